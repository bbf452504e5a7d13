package archivebuild

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"unicode/utf16"

	"github.com/ulikunitz/xz/lzma"
)

// Method is how the folders of a 7z are packed.
type Method string

const (
	SevenZipCopy  Method = "\x00"
	SevenZipLZMA  Method = "\x03\x01\x01"
	SevenZipLZMA2 Method = "\x21"
	SevenZipAES   Method = "\x06\xf1\x07\x01" // the bytes are not encrypted, only said to be
	SevenZipPPMd  Method = "\x03\x04\x01"     // the same
)

// SevenZip is a 7z to be written.
type SevenZip struct {
	Folders []SevenZipFolder
	Packed  bool                // the header, with LZMA
	Edit    func([]byte) []byte // changes the header before it is packed and sealed
}

// SevenZipFolder is a folder of it. A file without data has no stream.
type SevenZipFolder struct {
	Method Method
	Files  []SevenZipFile
	NoSums bool
}

// SevenZipFile is a file in a folder.
type SevenZipFile struct {
	Name string
	Data []byte
}

// Bytes returns the archive.
func (z *SevenZip) Bytes() []byte {
	var data bytes.Buffer
	header := z.header(&data)
	if z.Edit != nil {
		header = z.Edit(header)
	}
	if z.Packed {
		packed, props := pack(SevenZipLZMA, header)
		start := data.Len()
		data.Write(packed)
		var h bytes.Buffer
		h.WriteByte(0x17)
		h.Write(streamsInfo(start, []int{len(packed)}, []coderOf{{SevenZipLZMA, props, len(header)}}))
		h.Write([]byte{0x00})
		header = h.Bytes()
	}
	return seal(data.Bytes(), header)
}

// Seal puts an archive together of packed bytes and a header.
func seal(data, header []byte) []byte {
	start := binary.LittleEndian.AppendUint64(nil, uint64(len(data)))
	start = binary.LittleEndian.AppendUint64(start, uint64(len(header)))
	start = binary.LittleEndian.AppendUint32(start, crc32.ChecksumIEEE(header))
	b := append([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(start))...)
	b = append(b, start...)
	b = append(b, data...)
	return append(b, header...)
}

// Reseal computes the checksums of an archive anew, after its header was changed.
func Reseal(b []byte) []byte {
	data := int(binary.LittleEndian.Uint64(b[12:]))
	return seal(b[32:32+data], b[32+data:])
}

type coderOf struct {
	method Method
	props  []byte
	size   int
}

// header writes the packed bytes to data and returns the header.
func (z *SevenZip) header(data *bytes.Buffer) []byte {
	var sizes []int
	var coders []coderOf
	for _, f := range z.Folders {
		var plain []byte
		for _, file := range f.Files {
			plain = append(plain, file.Data...)
		}
		packed, props := pack(f.Method, plain)
		data.Write(packed)
		sizes = append(sizes, len(packed))
		coders = append(coders, coderOf{f.Method, props, len(plain)})
	}
	var h bytes.Buffer
	h.WriteByte(0x01)
	if len(z.Folders) > 0 {
		h.WriteByte(0x04)
		h.Write(streamsInfo(0, sizes, coders))
		h.WriteByte(0x08)
		h.WriteByte(0x0d)
		for _, f := range z.Folders {
			h.Write(num(len(f.streams())))
		}
		h.WriteByte(0x09)
		var sums bytes.Buffer
		var defined []bool
		for _, f := range z.Folders {
			for i, file := range f.streams() {
				if i < len(f.streams())-1 {
					h.Write(num(len(file.Data)))
				}
				defined = append(defined, !f.NoSums)
				if !f.NoSums {
					put(&sums, crc32.ChecksumIEEE(file.Data))
				}
			}
		}
		h.WriteByte(0x0a)
		h.WriteByte(0)
		h.Write(vector(defined))
		h.Write(sums.Bytes())
		h.Write([]byte{0, 0})
	}
	var empty []bool
	names := []byte{0}
	for _, f := range z.Folders {
		for _, file := range f.Files {
			empty = append(empty, len(file.Data) == 0)
			for _, u := range append(utf16.Encode([]rune(file.Name)), 0) {
				names = binary.LittleEndian.AppendUint16(names, u)
			}
		}
	}
	h.WriteByte(0x05)
	h.Write(num(len(empty)))
	for _, p := range []struct {
		id   byte
		data []byte
	}{{0x0e, vector(empty)}, {0x19, make([]byte, 5)}, {0x11, names}} {
		h.WriteByte(p.id)
		h.Write(num(len(p.data)))
		h.Write(p.data)
	}
	h.Write([]byte{0, 0})
	return h.Bytes()
}

func (f *SevenZipFolder) streams() (files []SevenZipFile) {
	for _, file := range f.Files {
		if len(file.Data) > 0 {
			files = append(files, file)
		}
	}
	return files
}

// streamsInfo is a PackInfo and an UnpackInfo.
func streamsInfo(start int, packed []int, coders []coderOf) []byte {
	var h bytes.Buffer
	h.WriteByte(0x06)
	h.Write(num(start))
	h.Write(num(len(packed)))
	h.WriteByte(0x09)
	for _, n := range packed {
		h.Write(num(n))
	}
	h.Write([]byte{0x00, 0x07, 0x0b})
	h.Write(num(len(coders)))
	h.WriteByte(0)
	for _, c := range coders {
		flags := byte(len(c.method))
		if len(c.props) > 0 {
			flags |= 0x20
		}
		h.Write([]byte{1, flags})
		h.WriteString(string(c.method))
		if len(c.props) > 0 {
			h.Write(num(len(c.props)))
			h.Write(c.props)
		}
	}
	h.WriteByte(0x0c)
	for _, c := range coders {
		h.Write(num(c.size))
	}
	h.WriteByte(0x00)
	return h.Bytes()
}

// num is a number, in as few bytes as it takes.
func num(n int) []byte {
	v := uint64(n)
	for more := range 8 {
		if v < 1<<(7*(more+1)) {
			first := byte(0xff<<(8-more)) | byte(v>>(8*more))
			return append([]byte{first}, binary.LittleEndian.AppendUint64(nil, v)[:more]...)
		}
	}
	return append([]byte{0xff}, binary.LittleEndian.AppendUint64(nil, v)...)
}

func vector(bits []bool) []byte {
	b := make([]byte, (len(bits)+7)/8)
	for i, bit := range bits {
		if bit {
			b[i/8] |= 0x80 >> (i % 8)
		}
	}
	return b
}

func pack(m Method, plain []byte) (packed, props []byte) {
	var b bytes.Buffer
	switch m {
	case SevenZipLZMA:
		z, _ := lzma.WriterConfig{SizeInHeader: true, Size: int64(len(plain)), DictCap: 1 << 16}.NewWriter(&b)
		z.Write(plain)
		z.Close()
		return b.Bytes()[13:], b.Bytes()[:5]
	case SevenZipLZMA2:
		z, _ := lzma.Writer2Config{DictCap: 1 << 16}.NewWriter2(&b)
		z.Write(plain)
		z.Close()
		return b.Bytes(), []byte{lzma.EncodeDictCap(1 << 16)}
	}
	return plain, nil
}
