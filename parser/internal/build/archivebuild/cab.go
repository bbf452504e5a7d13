package archivebuild

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
)

// Methods of a folder.
const (
	CabStored  = 0
	CabMSZIP   = 1
	CabQuantum = 0x0472
	CabLZX     = 0x1503
)

// Cab is a cabinet to be written. What is zero is written as a plain cabinet has
// it.
type Cab struct {
	Folders []CabFolder
	Flags   uint16
	Reserve [3]int   // bytes in the header, in each folder, in each block
	Names   []string // previous or next cabinet and disk, as Flags tell
	NoSums  bool     // blocks without checksums
	Gap     int      // bytes between lists and data
}

// CabFolder is a folder of it.
type CabFolder struct {
	Method uint16
	Files  []CabFile
	Block  int // bytes in a block; 0: 32 KiB
}

// CabFile is a file in a folder. The folder's data are the files in this order.
type CabFile struct {
	Name    string
	Data    []byte
	Attribs uint16
	Folder  uint16 // its number, if not that of the folder it is in
	Start   int    // where it is said to begin, from where it does
}

// Bytes returns the cabinet.
func (c *Cab) Bytes() []byte {
	flags := c.Flags
	if c.Reserve != [3]int{} {
		flags |= 4
	}
	var files, data bytes.Buffer
	type place struct {
		start  int
		blocks int
	}
	var places []place
	n := 0
	for i, f := range c.Folders {
		start := data.Len()
		at := 0
		var content []byte
		for _, file := range f.Files {
			folder := uint16(i)
			if file.Folder != 0 {
				folder = file.Folder
			}
			put(&files, uint32(len(file.Data)), uint32(at+file.Start), folder, uint16(0x58c1), uint16(0x6000), file.Attribs)
			files.WriteString(file.Name + "\x00")
			at += len(file.Data)
			content = append(content, file.Data...)
			n++
		}
		places = append(places, place{start, c.blocks(&data, f, content)})
	}
	var b bytes.Buffer
	size := 36 + len(c.Folders)*(8+c.Reserve[1])
	if flags&4 != 0 {
		size += 4 + c.Reserve[0]
	}
	for _, name := range c.Names {
		size += len(name) + 1
	}
	base := size + files.Len() + c.Gap
	put(&b, []byte("MSCF"), uint32(0), uint32(base+data.Len()), uint32(0), uint32(size), uint32(0), uint8(3), uint8(1),
		uint16(len(c.Folders)), uint16(n), flags, uint16(0x1234), uint16(0))
	if flags&4 != 0 {
		put(&b, uint16(c.Reserve[0]), uint8(c.Reserve[1]), uint8(c.Reserve[2]), make([]byte, c.Reserve[0]))
	}
	for _, name := range c.Names {
		b.WriteString(name + "\x00")
	}
	for i, f := range c.Folders {
		put(&b, uint32(base+places[i].start), uint16(places[i].blocks), f.Method, make([]byte, c.Reserve[1]))
	}
	b.Write(files.Bytes())
	b.Write(make([]byte, c.Gap))
	b.Write(data.Bytes())
	return b.Bytes()
}

// blocks writes the blocks of a folder and returns their number. What this
// package cannot compress is written as it is.
func (c *Cab) blocks(w *bytes.Buffer, f CabFolder, content []byte) int {
	size := f.Block
	if size == 0 {
		size = 32 << 10
	}
	n := 0
	for at := 0; at < len(content); at += size {
		plain := content[at:min(at+size, len(content))]
		packed := plain
		if f.Method == CabMSZIP {
			var b bytes.Buffer
			b.WriteString("CK")
			z, _ := flate.NewWriterDict(&b, flate.BestSpeed, content[max(0, at-32<<10):at])
			z.Write(plain)
			z.Close()
			packed = b.Bytes()
		}
		var head bytes.Buffer
		put(&head, uint16(len(packed)), uint16(len(plain)))
		for i := range c.Reserve[2] {
			head.WriteByte(byte(0xa0 + i))
		}
		sum := uint32(0)
		if !c.NoSums {
			sum = cabSum(packed) ^ cabSum(head.Bytes())
		}
		put(w, sum, head.Bytes(), packed)
		n++
	}
	return n
}

// cabSum is the checksum of a block, as its definition says it, and not as the
// reader computes it.
func cabSum(b []byte) uint32 {
	sum := uint32(0)
	whole := len(b) / 4 * 4
	for i := 0; i < whole; i += 4 {
		sum ^= uint32(b[i]) | uint32(b[i+1])<<8 | uint32(b[i+2])<<16 | uint32(b[i+3])<<24
	}
	switch rest := b[whole:]; len(rest) {
	case 3:
		sum ^= uint32(rest[0])<<16 | uint32(rest[1])<<8 | uint32(rest[2])
	case 2:
		sum ^= uint32(rest[0])<<8 | uint32(rest[1])
	case 1:
		sum ^= uint32(rest[0])
	}
	return sum
}

// put writes numbers and bytes. No error comes of that, nor of compressing into
// memory: what is wrong here shows in what is written.
func put(w *bytes.Buffer, values ...any) {
	for _, v := range values {
		binary.Write(w, binary.LittleEndian, v)
	}
}
