// Package mutate damages event logs for tests, as disks, copies and attackers do: the same
// seed gives the same bytes on every machine.
//
// A mutation knows where the parts of a log are, so that it strikes what matters more often
// than chance would: heads of records and chunks, template definitions, sizes and counts. It
// never makes a checksum right again, except where it says so.
package mutate

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"slices"
)

const (
	headerSize      = 4096
	chunkSize       = 64 << 10
	chunkHeaderSize = 512
)

// Mutant is a damaged log.
type Mutant struct {
	Bytes []byte
	What  string // what was done, and where

	// InPlace says that all bytes that were not struck stand where they stood.
	InPlace bool

	// Old says that what was struck no checksum covers: old records, or all if the log
	// says that it has none. What they say may be another thing, and nobody can know.
	Old bool

	// Whole says that nothing is lost for who looks closely: every row is to be had.
	Whole bool
}

// Kind is a way to damage a log.
type Kind struct {
	Name string
	do   func(m *mutation) Mutant
}

// Kinds are all there are.
var Kinds = []Kind{
	{"flip-bits", flipBits},
	{"flip-head", flipHead},
	{"tear-sector", tearSector},
	{"cut", cut},
	{"swap-chunks", swapChunks},
	{"repeat-chunk", repeatChunk},
	{"insert-bytes", insertBytes},
	{"remove-bytes", removeBytes},
	{"hostile-number", hostileNumber},
	{"refer-to-itself", referToItself},
	{"splice-slack", spliceSlack},
	{"flip-slack", flipSlack},
	{"loop-chains", loopChains},
	{"file-header", fileHeader},
	{"hide-records", hideRecords},
}

// Apply damages a copy of log, an event log of one chunk or more with records.
func (k Kind) Apply(log []byte, seed uint64) Mutant {
	m := &mutation{Rand: rand.New(rand.NewPCG(seed, 0x6d757461)), log: slices.Clone(log)}
	for at := headerSize; at+chunkSize <= len(log); at += chunkSize {
		if string(log[at:at+7]) == "ElfChnk" {
			m.chunks = append(m.chunks, at)
		}
	}
	return k.do(m)
}

type mutation struct {
	*rand.Rand
	log    []byte
	chunks []int // where they begin
}

func (m *mutation) chunk() int { return m.chunks[m.IntN(len(m.chunks))] }

// used returns where the records of a chunk end, in the chunk.
func (m *mutation) used(chunk int) int {
	free := int(binary.LittleEndian.Uint32(m.log[chunk+48:]))
	return min(max(free, chunkHeaderSize+1), chunkSize)
}

// records returns where the records of a chunk begin, in the log.
func (m *mutation) records(chunk int) (at []int) {
	for pos := chunkHeaderSize; pos+28 <= m.used(chunk); {
		size := int(binary.LittleEndian.Uint32(m.log[chunk+pos+4:]))
		if string(m.log[chunk+pos:chunk+pos+4]) != "**\x00\x00" || size < 28 || pos+size > chunkSize {
			break
		}
		at = append(at, chunk+pos)
		pos += size
	}
	return at
}

// record returns where a record begins, and its size; the start of a chunk's records if it
// has none.
func (m *mutation) record() (at, size int) {
	chunk := m.chunk()
	if all := m.records(chunk); len(all) > 0 {
		at = all[m.IntN(len(all))]
		return at, int(binary.LittleEndian.Uint32(m.log[at+4:]))
	}
	return chunk + chunkHeaderSize, 28
}

func (m *mutation) done(inPlace bool, format string, args ...any) Mutant {
	return Mutant{Bytes: m.log, What: fmt.Sprintf(format, args...), InPlace: inPlace}
}

func flipBits(m *mutation) Mutant {
	n := 1 + m.IntN(8)
	first := 0
	for i := range n {
		chunk := m.chunk()
		at := chunk + m.IntN(m.used(chunk))
		if i == 0 {
			first = at
		}
		m.log[at] ^= 1 << m.IntN(8)
	}
	return m.done(true, "%d bits from %#x on", n, first)
}

// flipHead strikes the heads of records, chunks and template instances.
func flipHead(m *mutation) Mutant {
	at, size := m.record()
	switch m.IntN(4) {
	case 0:
		at = m.chunk() + m.IntN(128)
	case 1:
		at += size - 4 + m.IntN(4)
	default:
		at += m.IntN(min(64, size))
	}
	m.log[at] ^= byte(1 + m.IntN(255))
	return m.done(true, "the byte at %#x", at)
}

// tearSector leaves a sector or page as it was before: zero, or part of another place.
func tearSector(m *mutation) Mutant {
	size := []int{512, 4096}[m.IntN(2)]
	chunk := m.chunk()
	at := (chunk + m.IntN(m.used(chunk))) / size * size
	what := "zero"
	if from := m.chunk() + m.IntN(chunkSize-size); m.IntN(2) == 0 {
		copy(m.log[at:at+size], slices.Clone(m.log[from:from+size]))
		what = fmt.Sprintf("those at %#x", from)
	} else {
		clear(m.log[at : at+size])
	}
	return m.done(true, "%d bytes at %#x are %s", size, at, what)
}

func cut(m *mutation) Mutant {
	n := m.IntN(len(m.log))
	m.log = m.log[:n]
	return m.done(true, "after %d bytes", n)
}

func swapChunks(m *mutation) Mutant {
	a, b := m.chunk(), m.chunk()
	first := slices.Clone(m.log[a : a+chunkSize])
	copy(m.log[a:a+chunkSize], m.log[b:b+chunkSize])
	copy(m.log[b:b+chunkSize], first)
	return m.done(false, "%#x and %#x", a, b)
}

func repeatChunk(m *mutation) Mutant {
	a := m.chunk()
	m.log = slices.Insert(m.log, m.chunk(), slices.Clone(m.log[a:a+chunkSize])...)
	return m.done(false, "%#x", a)
}

func insertBytes(m *mutation) Mutant {
	n, at := 1+m.IntN(5000), m.IntN(len(m.log))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(m.Uint32())
	}
	m.log = slices.Insert(m.log, at, b...)
	return m.done(false, "%d at %#x", n, at)
}

func removeBytes(m *mutation) Mutant {
	n := 1 + m.IntN(5000)
	at := m.IntN(max(1, len(m.log)-n))
	m.log = slices.Delete(m.log, at, min(at+n, len(m.log)))
	return m.done(false, "%d at %#x", n, at)
}

var hostile = []uint32{0, 1, 2, 3, 0x7f, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff}

// hostileNumber puts a number that is too large, too small or just wrong where one stands.
func hostileNumber(m *mutation) Mutant {
	at, size := m.record()
	value := hostile[m.IntN(len(hostile))]
	switch m.IntN(5) {
	case 0: // of a chunk: records, ids, header size, last record, free space
		at = m.chunk() + []int{8, 16, 24, 32, 40, 44, 48}[m.IntN(7)]
	case 1: // of a record: size, id, time, template id, definition, number of values or GUID
		at += []int{4, 8, 16, 30, 34, 38}[m.IntN(6)]
	case 2: // the copy of the size
		at += size - 4
	case 3: // the size, one that another record has
		other, n := m.record()
		value = uint32(n)
		at += 4
		_ = other
	default: // anything aligned or not in the record
		at += m.IntN(size - 3)
	}
	if m.IntN(2) == 0 {
		binary.LittleEndian.PutUint16(m.log[at:], uint16(value))
	} else {
		binary.LittleEndian.PutUint32(m.log[at:], value)
	}
	return m.done(true, "%#x at %#x", value, at)
}

// referToItself makes definitions of one record those of another, or of itself.
func referToItself(m *mutation) Mutant {
	chunk := m.chunk()
	all := m.records(chunk)
	if len(all) == 0 {
		return m.done(true, "nothing")
	}
	at := all[m.IntN(len(all))]
	size := int(binary.LittleEndian.Uint32(m.log[at+4:]))
	to := all[m.IntN(len(all))] - chunk + []int{24, 28, 34, 38}[m.IntN(4)]
	// Where an instance stands: behind its token and version come id and definition.
	var instances []int
	for i := at + 24; i+10 < at+size; i++ {
		if m.log[i] == 0x0c && m.log[i+1] == 1 {
			instances = append(instances, i+6)
		}
	}
	if len(instances) == 0 {
		instances = []int{at + 34}
	}
	where := instances[m.IntN(len(instances))]
	binary.LittleEndian.PutUint32(m.log[where:], uint32(to))
	return m.done(true, "the definition at %#x is %#x", where, to)
}

// spliceSlack fills the free space of a chunk with parts of another: records and halves of
// some, whose templates are not where they say.
func spliceSlack(m *mutation) Mutant {
	chunk, from := m.chunk(), m.chunk()
	free := m.used(chunk)
	n := 0
	for free < chunkSize-64 && n < 20 {
		start := chunkHeaderSize + m.IntN(chunkSize-chunkHeaderSize-64)
		if all := m.records(from); len(all) > 0 && m.IntN(3) > 0 {
			start = all[m.IntN(len(all))] - from
		}
		size := min(1+m.IntN(3000), chunkSize-start, chunkSize-free)
		free += copy(m.log[chunk+free:chunk+free+size], slices.Clone(m.log[from+start:from+start+size]))
		free = min((free+7)&^7, chunkSize)
		n++
	}
	mutant := m.done(true, "%d pieces behind %#x", n, chunk+m.used(chunk))
	mutant.Old = true
	return mutant
}

func flipSlack(m *mutation) Mutant {
	chunk := m.chunk()
	used := m.used(chunk)
	if used == chunkSize {
		return m.done(true, "nothing")
	}
	at := chunk + used + m.IntN(chunkSize-used)
	m.log[at] ^= byte(1 + m.IntN(255))
	mutant := m.done(true, "the byte at %#x", at)
	mutant.Old = true
	return mutant
}

// loopChains makes the chains of names and templates of a chunk's header end nowhere.
func loopChains(m *mutation) Mutant {
	chunk := m.chunk()
	at := chunk + 128 + 4*m.IntN(96)
	to := binary.LittleEndian.Uint32(m.log[chunk+128+4*m.IntN(96):])
	if m.IntN(2) == 0 && to >= chunkHeaderSize && to <= chunkSize-4 {
		binary.LittleEndian.PutUint32(m.log[chunk+int(to):], to) // follows itself
	} else {
		binary.LittleEndian.PutUint32(m.log[at:], uint32(m.IntN(chunkSize+100)))
	}
	return m.done(true, "%#x and %#x", at, to)
}

func fileHeader(m *mutation) Mutant {
	at := m.IntN(128)
	switch m.IntN(3) {
	case 0:
		clear(m.log[:headerSize])
		return m.done(true, "zero")
	case 1:
		at = []int{8, 16, 24, 32, 36, 40, 42, 120}[m.IntN(8)]
	}
	m.log[at] ^= byte(1 + m.IntN(255))
	mutant := m.done(true, "the byte at %#x", at)
	mutant.Old = m.log[120]&4 != 0 // the log says now that it has no checksums
	return mutant
}

// hideRecords makes a record that has a template as large as it and some behind it, with all
// checksums right, as tools do that take records out of a log.
func hideRecords(m *mutation) Mutant {
	chunk := m.chunk()
	all := m.records(chunk)
	if len(all) < 3 {
		return m.done(true, "nothing")
	}
	first := m.IntN(len(all) - 1)
	last := min(first+1+m.IntN(4), len(all)-1)
	at := all[first]
	if m.log[at+28] != 0x0c {
		return m.done(true, "nothing")
	}
	end := all[last] + int(binary.LittleEndian.Uint32(m.log[all[last]+4:]))
	size := uint32(end - at)
	binary.LittleEndian.PutUint32(m.log[at+4:], size)
	binary.LittleEndian.PutUint32(m.log[end-4:], size)
	m.seal(chunk)
	mutant := m.done(true, "%d behind %#x", last-first, at)
	mutant.Whole = true
	return mutant
}

// seal makes the checksums of a chunk right.
func (m *mutation) seal(chunk int) {
	c := m.log[chunk : chunk+chunkSize]
	binary.LittleEndian.PutUint32(c[52:], crc32.ChecksumIEEE(c[chunkHeaderSize:m.used(chunk)]))
	binary.LittleEndian.PutUint32(c[124:], crc32.Update(crc32.ChecksumIEEE(c[:120]), crc32.IEEETable, c[128:chunkHeaderSize]))
}
