package evtx

import "sync"

// Memory is memory for chunks, as much as were in use at once. It is safe for concurrent
// use; the zero Memory is empty.
type Memory struct {
	mu   sync.Mutex
	free [][]byte // given back, the longest ago first
}

// take returns what was given back longest ago: if workers take turns, what each gave back
// itself, which is in the cache of its processor.
func (m *Memory) take() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.free) == 0 {
		return make([]byte, ChunkSize)
	}
	data := m.free[0]
	m.free = append(m.free[:0], m.free[1:]...)
	return data
}

// recycle takes memory back, once: all that take gave, of which data is a part from the start.
func (m *Memory) recycle(data []byte) {
	if cap(data) != ChunkSize {
		return // nil, or it was not ours
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = append(m.free, data[:ChunkSize])
}
