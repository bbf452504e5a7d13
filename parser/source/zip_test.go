package source_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/archivebuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/source"
)

// zipBytes puts a zip together by hand.
type zipBytes struct {
	b       []byte
	entries [][]byte
}

// zipPart is a member of it. Sizes and CRC-32 are those of data unless they are
// said otherwise.
type zipPart struct {
	name     string
	data     []byte // as it is in the archive
	flags    uint16
	method   uint16
	extra    []byte
	packed   *uint32
	size     *uint32
	crc      *uint32
	behind   []byte // the descriptor
	unlisted bool
}

func pointer(n uint32) *uint32 { return &n }

func or(p *uint32, n uint32) uint32 {
	if p != nil {
		return *p
	}
	return n
}

func le(values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		check(binary.Write(&b, binary.LittleEndian, v))
	}
	return b.Bytes()
}

func (z *zipBytes) add(p zipPart) *zipBytes {
	start := len(z.b)
	common := le(p.flags, p.method, uint32(0x58c16000), or(p.crc, crc32.ChecksumIEEE(p.data)), or(p.packed, uint32(len(p.data))), or(p.size, uint32(len(p.data))),
		uint16(len(p.name)), uint16(len(p.extra)))
	z.b = slices.Concat(z.b, le(uint32(0x04034b50), uint16(20)), common, []byte(p.name), p.extra, p.data, p.behind)
	if !p.unlisted {
		z.entries = append(z.entries, slices.Concat(le(uint32(0x02014b50), uint16(20), uint16(20)), common,
			le(uint16(3), uint16(0), uint16(0), uint32(0), uint32(start)), []byte(p.name), p.extra, []byte("abc")))
	}
	return z
}

func (z *zipBytes) bytes() []byte {
	directory := slices.Concat(z.entries...)
	return slices.Concat(z.b, directory, le(uint32(0x06054b50), uint32(0), uint16(len(z.entries)), uint16(len(z.entries)), uint32(len(directory)), uint32(len(z.b)), uint16(7)), []byte("comment"))
}

// TestZipByHand reads an archive of one stored member that was put together from
// APPNOTE.TXT, field by field.
func TestZipByHand(t *testing.T) {
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", "\n", "", "\t", "").Replace(`
		504b0304 0a00 0000 0000 0060 c158 8289d1f7 05000000 05000000 0600 0000 612e65767478
		48656c6c6f
		504b0102 1403 0a00 0000 0000 0060 c158 8289d1f7 05000000 05000000 0600 0000 0000 0000 0000 00000000 00000000 612e65767478
		504b0506 0000 0000 0100 0100 34000000 29000000 0000`))
	check(err)
	whole(t, only(t, b), entry{"a.evtx", []byte("Hello")})
	whole(t, only(t, []byte("PK\x05\x06"+strings.Repeat("\x00", 18))))
}

// Sizes stand in the header, in its 64-bit field, or behind the member in one of
// four forms.
func TestZipSizes(t *testing.T) {
	data := archivebuild.Words(300, 1)
	crc, n := crc32.ChecksumIEEE(data), uint32(len(data))
	none := zipPart{name: "a", data: data, flags: 8, packed: pointer(0), size: pointer(0), crc: pointer(0)}
	for name, behind := range map[string][]byte{
		"32 bits": le(uint32(0x08074b50), crc, n, n), "64 bits": le(uint32(0x08074b50), crc, uint64(n), uint64(n)),
		"32 bits, no signature": le(crc, n, n), "64 bits, no signature": le(crc, uint64(n), uint64(n)),
	} {
		var deflated bytes.Buffer
		z, err := zip.NewReader(bytes.NewReader(zipped(entry{"a", data})), int64(len(zipped(entry{"a", data}))))
		check(err)
		raw, err := z.File[0].OpenRaw()
		check(err)
		_, err = deflated.ReadFrom(raw)
		check(err)
		packed := uint32(deflated.Len())
		p := none
		p.data, p.method = deflated.Bytes(), 8
		p.behind = behind
		switch len(behind) { // the packed size is before the other
		case 12, 16:
			copy(p.behind[len(behind)-8:], le(packed))
		default:
			copy(p.behind[len(behind)-16:], le(uint64(packed)))
		}
		whole(t, only(t, new(zipBytes).add(p).add(zipPart{name: "b", data: data}).bytes()), entry{"a", data}, entry{"b", data})

		// A stored member of unknown size needs the signature to be found.
		stored := none
		if stored.behind = le(uint32(0x08074b50), crc, n, n); len(behind) > 16 {
			stored.behind = le(uint32(0x08074b50), crc, uint64(n), uint64(n))
		}
		whole(t, only(t, new(zipBytes).add(stored).add(zipPart{name: "b", data: data}).bytes()), entry{"a", data}, entry{"b", data})

		// Sizes in both places.
		both := zipPart{name: "a", data: data, flags: 8, behind: slices.Clone(stored.behind)}
		whole(t, only(t, new(zipBytes).add(both).add(zipPart{name: "b", data: data}).bytes()), entry{"a", data}, entry{"b", data})
		if t.Failed() {
			t.Fatal(name)
		}
	}
	all := pointer(math.MaxUint32)
	wide := zipPart{name: "a", data: data, packed: all, size: all, extra: le(uint16(0x5455), uint16(1), uint8(0), uint16(1), uint16(16), uint64(n), uint64(n))}
	whole(t, only(t, new(zipBytes).add(wide).add(zipPart{name: "b", data: data}).bytes()), entry{"a", data}, entry{"b", data})

	// Sizes that nothing has.
	wide.extra = le(uint16(1), uint16(16), uint64(1<<62), uint64(1<<62))
	got := only(t, new(zipBytes).add(wide).bytes())
	wantError(t, got, cursor.ErrTruncated, "zip member at offset")
	wide.extra = le(uint16(1), uint16(16), uint64(1<<63), uint64(1<<63))
	got = only(t, new(zipBytes).add(wide).add(zipPart{name: "b", data: data}).bytes())
	wantError(t, got, cursor.ErrMalformed, "a size of 9223372036854775808 bytes")
	if len(got) != 2 || got[1].Member != "b" || !bytes.Equal(got[1].data, data) {
		t.Errorf("%v", got)
	}
}

// Names are only names.
func TestZipNames(t *testing.T) {
	data := []byte("x")
	z := new(zipBytes)
	var want []entry
	for _, c := range []struct {
		name, want string
		flags      uint16
	}{
		{"../../etc/passwd", "../../etc/passwd", 0}, {"/abs", "/abs", 0}, {`C:\Windows\a.evtx`, `C:\Windows\a.evtx`, 0}, {"a\x00b", "a\x00b", 0},
		{"\x1b[2Ja", "\x1b[2Ja", 0}, {"", "", 0}, {"a//b/./c", "a//b/./c", 0}, {"\x81ber", "über", 0}, {"über", "über", 0}, {"日本", "日本", 1 << 11},
		{"\xff", "\xff", 1 << 11}, {"dir/", "dir/", 0}, // not empty, so no directory
		{"C%3A/a%254b", "C:/a%4b", 0}, {"a%4Admin", "a%4Admin", 0}, {strings.Repeat("n", 16<<10), strings.Repeat("n", 16<<10), 0},
	} {
		z.add(zipPart{name: c.name, data: data, flags: c.flags})
		want = append(want, entry{c.want, data})
	}
	z.add(zipPart{name: "directory/"})
	got := contents(t, bytes.NewReader(z.bytes()), nil, "-")
	whole(t, got, want...)
}

// What is encrypted or compressed in a way that is not read is said member by
// member, and the others are read, whether its size is known or not.
func TestZipRefused(t *testing.T) {
	data := archivebuild.Words(300, 1)
	n := uint32(len(data))
	unknown := zipPart{data: data, flags: 8, packed: pointer(0), size: pointer(0), crc: pointer(0), behind: le(uint32(0x08074b50), uint32(0x12345678), n, uint32(999))}
	wide := unknown
	wide.behind = le(uint32(0x08074b50), uint32(0x12345678), uint64(n), uint64(999))
	for name, c := range map[string]struct {
		part zipPart
		says string
	}{
		"encrypted":               {zipPart{data: data, flags: 1, method: 8}, "it is encrypted"},
		"encrypted, both sizes":   {zipPart{data: data, flags: 1 | 8, method: 8, behind: unknown.behind}, "it is encrypted"},
		"AES":                     {zipPart{data: data, flags: 1, method: 99}, "it is encrypted"},
		"Deflate64":               {zipPart{data: data, method: 9}, "Deflate64, as the Explorer"},
		"PPMd":                    {zipPart{data: data, method: 98}, "compressed by method 98: unpack it with 7z"},
		"encrypted, no size":      {unknown, "it is encrypted"},
		"encrypted, no size, 64":  {wide, "it is encrypted"},
		"bzip2, no size":          {unknown, "method 12"},
		"Deflate64, no size, too": {unknown, "Deflate64"},
	} {
		p := c.part
		p.name = "secret"
		switch {
		case strings.HasPrefix(name, "encrypted, no"):
			p.flags |= 1
		case strings.HasPrefix(name, "bzip2"):
			p.method = 12
		case strings.HasPrefix(name, "Deflate64, no"):
			p.method = 9
		}
		got := only(t, new(zipBytes).add(zipPart{name: "a", data: data}).add(p).add(p).add(zipPart{name: "b", data: data}).bytes())
		if errs := failures(got); len(errs) != 2 || len(got) != 4 || !strings.Contains(errs[0].Error(), c.says) || got[1].Member != "secret" || got[2].Member != "secret" {
			t.Fatalf("%s: %v", name, errs)
		}
		whole(t, []unpacked{got[0], got[3]}, entry{"a", data}, entry{"b", data})
	}
	z := new(zipBytes).add(zipPart{name: "a", data: data})
	got := only(t, slices.Concat(z.b, []byte("PK\x06\x08"), make([]byte, 100)))
	wantError(t, got, cursor.ErrUnsupported, "zip directory at offset")
}

// A damaged member costs its neighbours nothing.
func TestZipDamagedMember(t *testing.T) {
	entries := []entry{{"a", archivebuild.Words(3000, 1)}, {"b", archivebuild.Words(4000, 2)}, {"c", archivebuild.Words(5000, 3)}}
	for name, pack := range packings {
		if !strings.HasPrefix(name, "zip") {
			continue
		}
		b := pack(entries...)
		second := bytes.Index(b[10:], []byte("PK\x03\x04")) + 10
		for _, at := range []int{40, 100, 600} {
			bad := bytes.Clone(b)
			bad[second+at] ^= 0x55
			got := only(t, bad)
			if len(got) < 3 || len(failures(got)) == 0 || got[0].Member != "a" || got[len(got)-1].Member != "c" {
				t.Errorf("%s: %v", name, failures(got))
				continue
			}
			whole(t, []unpacked{got[0], got[len(got)-1]}, entries[0], entries[2])
			// Nor is it passed over in silence if nobody reads it; with its size
			// known it is stepped over.
			got = contents(t, bytes.NewReader(bad), func(source.Content) int64 { return 1 }, "-")
			if last := got[len(got)-1]; last.Member != "c" || len(last.data) != 1 {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
}

// The directory at the end is compared with the members: none is hidden, none is
// read twice.
func TestZipDirectory(t *testing.T) {
	a, b := zipPart{name: "a", data: archivebuild.Words(10, 1)}, zipPart{name: "b", data: archivebuild.Words(20, 2)}
	hidden := a
	hidden.unlisted = true
	got := only(t, new(zipBytes).add(hidden).add(b).bytes())
	wantError(t, got, cursor.ErrMalformed, "it lists 1 of 2 members")
	whole(t, got[:2], entry{"a", a.data}, entry{"b", b.data})

	// As bombs do it: many entries of one member, or of what is within it.
	z := new(zipBytes).add(a)
	for range 1000 {
		z.entries = append(z.entries, z.entries[0])
	}
	got = only(t, z.bytes())
	wantError(t, got, cursor.ErrMalformed, "it lists 1001 of 1 members")
	inner := new(zipBytes).add(b)
	z = new(zipBytes).add(zipPart{name: "outer", data: append([]byte("quoted"), inner.b...)})
	within := slices.Clone(inner.entries[0])
	binary.LittleEndian.PutUint32(within[42:], 30+5+6)
	z.entries = append(z.entries, within)
	got = only(t, z.bytes())
	wantError(t, got, cursor.ErrMalformed, fmt.Sprintf("it lists a member at %#x, where none is", 30+5+6))
	if len(got) != 2 || got[0].Member != "outer" {
		t.Errorf("%v", got)
	}

	// Without it the members come all the same.
	z = new(zipBytes).add(a).add(b)
	got = only(t, z.b)
	wantError(t, got, cursor.ErrTruncated, "zip directory at offset")
	whole(t, got[:2], entry{"a", a.data}, entry{"b", b.data})
	got = only(t, append(slices.Clone(z.b), z.entries[0][:30]...))
	wantError(t, got, cursor.ErrTruncated, "zip directory at offset")

	// The 64-bit forms of its end and of offsets, and a signature.
	entries := [][]byte{slices.Clone(z.entries[0]), slices.Clone(z.entries[1])}
	entries[1] = slices.Concat(entries[1][:30], le(uint16(12)), entries[1][32:42], le(uint32(math.MaxUint32)), []byte("b"),
		le(uint16(1), uint16(8), uint64(len(new(zipBytes).add(a).b))), entries[1][47:])
	end := slices.Concat(le(uint32(0x05054b50), uint16(3)), []byte("abc"),
		le(uint32(0x06064b50), uint64(44)), make([]byte, 44), le(uint32(0x07064b50)), make([]byte, 16), le(uint32(0x06054b50)), make([]byte, 18))
	whole(t, only(t, slices.Concat(z.b, entries[0], entries[1], end)), entry{"a", a.data}, entry{"b", b.data})

	// The marks of archives in volumes.
	for _, mark := range []string{"PK\x07\x08", "PK00"} {
		z := &zipBytes{b: []byte(mark)}
		whole(t, only(t, z.add(a).bytes()), entry{"a", a.data})
	}
}
