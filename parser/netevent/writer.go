package netevent

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
)

// Writer writes a dump. Each block goes out before the method that makes it
// returns; the caller buffers if that is too often. After an error of the
// underlying writer every method returns it.
//
// META should come first, and End must come last: without it the dump counts as
// cut. What its pointers point to is not checked.
type Writer struct {
	w        io.Writer
	layout   *Layout
	hash     hash.Hash
	buf      []byte
	sequence uint64
	events   uint64
	err      error
}

var errEnded = errors.New("the dump has ended")

// NewWriter writes the file header. If h.NetEventSize is 0 it is that of the
// layout.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	l, err := LayoutFor(int(h.NetEventVersion), int(h.PointerSize))
	if err != nil {
		return nil, err
	}
	if h.NetEventSize == 0 {
		h.NetEventSize = uint32(l.Size())
	}
	le := binary.LittleEndian
	b := append(make([]byte, 0, HeaderSize), Signature...)
	b = le.AppendUint16(b, major)
	b = le.AppendUint16(b, minor)
	b = append(b, h.PointerSize, h.NetEventVersion)
	b = le.AppendUint16(b, uint16(h.Machine))
	b = le.AppendUint32(b, h.NetEventSize)
	b = le.AppendUint64(b, 0)
	b = le.AppendUint32(b, crc32.Checksum(b, castagnoli))
	d := &Writer{w: w, layout: l, hash: sha256.New()}
	if d.write(b); d.err != nil {
		return nil, d.err
	}
	return d, nil
}

// Meta writes what the dump says of its origin.
func (d *Writer) Meta(m Meta) error {
	payload, err := m.appendJSON(nil)
	if err != nil {
		return err
	}
	return d.block(blockMeta, payload, nil)
}

// Event writes one event, a payload as [Copy] returns it: a run of memory from
// address 0 on whose first 16 bytes are 0 and whose FWPM_NET_EVENTn is at 16.
func (d *Writer) Event(payload []byte) error {
	if len(payload) < eventAt+d.layout.Size() {
		return fmt.Errorf("an EVENT of %d bytes cannot hold FWPM_NET_EVENT%d", len(payload), d.layout.version)
	}
	err := d.block(blockEvent, payload, nil)
	if err == nil {
		d.events++
	}
	return err
}

// Segment writes the bytes found at an address.
func (d *Writer) Segment(base uint64, memory []byte) error {
	if n := uint64(len(memory)); n > 0 && base+(n-1) < base || d.layout.pointerSize == 4 && base+n > 1<<32 {
		return fmt.Errorf("a SEGMENT of %d bytes at %#x leaves the address space", len(memory), base)
	}
	return d.block(blockSegment, binary.LittleEndian.AppendUint64(nil, base), memory)
}

// Roots writes the addresses of events in the segments before.
func (d *Writer) Roots(addresses []uint64) error {
	if len(addresses) > MaxRoots {
		return fmt.Errorf("%d ROOTS, at most %d are allowed", len(addresses), MaxRoots)
	}
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, 8+8*len(addresses)), uint64(len(addresses)))
	for _, a := range addresses {
		b = binary.LittleEndian.AppendUint64(b, a)
	}
	err := d.block(blockRoots, b, nil)
	if err == nil {
		d.events += uint64(len(addresses))
	}
	return err
}

// Lost says that the system reported n events as lost at this point.
func (d *Writer) Lost(n uint64) error {
	return d.block(blockLost, binary.LittleEndian.AppendUint64(nil, n), nil)
}

// End writes the last block. Nothing can be written after it.
func (d *Writer) End() error {
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, endSize), d.events)
	b = binary.LittleEndian.AppendUint64(b, d.sequence)
	b = d.hash.Sum(b)
	err := d.block(blockEnd, b, nil)
	if err == nil {
		d.err = errEnded
	}
	return err
}

// block writes a block whose payload is head and then tail.
func (d *Writer) block(t blockType, head, tail []byte) error {
	if d.err != nil {
		return d.err
	}
	if n := uint64(len(head)) + uint64(len(tail)); n > uint64(t.limit()) {
		return fmt.Errorf("%d bytes of %v, at most %d are allowed", n, t, t.limit())
	}
	n := len(head) + len(tail)
	le := binary.LittleEndian
	b := append(d.buf[:0], BlockSync...)
	b = le.AppendUint16(b, uint16(t))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, uint32(n))
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, d.sequence)
	b = append(b, head...)
	le.PutUint32(b[12:], crc32.Update(crc32.Checksum(b, castagnoli), castagnoli, tail))
	padding := make([]byte, padded(n)-n)
	if len(tail) == 0 {
		b = append(b, padding...)
		padding = nil
	}
	d.write(b)
	d.write(tail)
	d.write(padding)
	d.buf = b
	d.sequence++
	return d.err
}

func (d *Writer) write(b []byte) {
	if d.err != nil || len(b) == 0 {
		return
	}
	d.hash.Write(b)
	_, d.err = d.w.Write(b)
}
