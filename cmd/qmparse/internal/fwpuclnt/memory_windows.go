package fwpuclnt

import "golang.org/x/sys/windows"

// Memory is that of this process.
type Memory struct{}

// Read copies n bytes at an address; false if one of them cannot be read. It is
// the system that looks, so that a wild pointer is an answer and not a fault.
func (Memory) Read(address uint64, n int) ([]byte, bool) {
	at := uintptr(address)
	if uint64(at) != address || n < 0 {
		return nil, false
	}
	b := make([]byte, n)
	if n == 0 {
		return b, true
	}
	var read uintptr
	err := windows.ReadProcessMemory(windows.CurrentProcess(), at, &b[0], uintptr(n), &read)
	return b, err == nil && read == uintptr(n)
}
