package binxml_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/binxml"
)

// simpleExample is the dump of [MS-EVEN6] 4.4, Simple BinXml Example, read on
// https://learn.microsoft.com/openspecs/windows_protocols/ms-even6/7cdd0c95-2181-4794-a094-55c78b389358
const simpleExample = `
0f 01 01 00 01 f2 00 00 00 ba 0c 05 00 45 00 76
00 65 00 6e 00 74 00 00 00 02 01 22 00 00 00 b5
79 08 00 45 00 6c 00 65 00 6d 00 65 00 6e 00 74
00 31 00 00 00 02 05 01 03 00 61 00 62 00 63 00
04 01 44 00 00 00 b6 79 08 00 45 00 6c 00 65 00
6d 00 65 00 6e 00 74 00 32 00 00 00 02 45 01 05
00 20 00 64 00 65 00 66 00 20 00 49 24 fb 03 00
61 00 6d 00 70 00 00 00 48 3c 00 05 01 05 00 20
00 67 00 68 00 69 00 20 00 04 41 6b 00 00 00 b7
79 08 00 45 00 6c 00 65 00 6d 00 65 00 6e 00 74
00 33 00 00 00 50 00 00 00 46 90 d8 05 00 41 00
74 00 74 00 72 00 41 00 00 00 05 01 03 00 61 00
62 00 63 00 06 91 d8 05 00 41 00 74 00 74 00 72
00 42 00 00 00 45 01 03 00 64 00 65 00 66 00 49
24 fb 03 00 61 00 6d 00 70 00 00 00 48 3c 00 05
01 03 00 67 00 68 00 69 00 03 04 00`

func unhex(t testing.TB, dump string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(dump), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The specification's bytes are for the network, where a name is its hash, its
// length and its text. In a chunk the offset of all that, and that of the next
// name of the bucket, stand before it.
func TestSimpleExampleOfTheSpecification(t *testing.T) {
	dump := unhex(t, simpleExample)
	chunk := make([]byte, 512, chunkSize)
	at := 0
	for _, name := range []int{0x09, 0x1f, 0x46, 0x6c, 0x8f, 0xaa, 0xc5, 0xe0} { // where the dump has hashes
		chunk = append(chunk, dump[at:name]...)
		chunk = binary.LittleEndian.AppendUint32(chunk, uint32(len(chunk)+4))
		chunk = append(chunk, 0, 0, 0, 0)
		at = name
	}
	chunk = append(chunk, dump[at:]...)
	d := binxml.NewDecoder()
	d.Chunk(chunk[:chunkSize], chunkAt)
	doc, err := d.Document(512, len(chunk))
	if err != nil {
		t.Fatal(err)
	}
	const want = `<Event><Element1>abc</Element1><Element2> def &amp;&lt; ghi </Element2><Element3 AttrA='abc' AttrB='def&amp;&lt;ghi'/></Event>`
	if got := xmlOf(t, &doc); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if doc.Templated || doc.HasSystem() {
		t.Error("an example without template and System has one")
	}
	wantCodes(t, d)
}

// An instance, its definition and a value, byte by byte, from 0x218 of a chunk:
//
//	218  fragment header
//	21c  template instance 1, id 4d3c2b1a, definition at 226
//	226  definition: next 0, GUID {4d3c2b1a-6f5e-8170-92a3-b4c5d6e7f809}, 190 bytes
//	23e  fragment header
//	242  element with attributes, no dependency, 178 bytes, name at 24d
//	24d    next 0, hash 0cba, 5 units: Event
//	261    attribute list of 39 bytes: attribute, name at 26a
//	26a    next 0, hash 0fbc, 5 units: xmlns
//	27e    text of 5 units: urn:x
//	28c    end of the start tag
//	28d  element, no dependency, 102 bytes, name at 298
//	298    next 0, hash 8244, 9 units: EventData
//	2b4    end of the start tag
//	2b5  element with attributes, depends on value 0, 61 bytes, name at 2c0
//	2c0    next 0, hash 6f8a, 4 units: Data
//	2d2    attribute list of 29 bytes: attribute, name at 2db
//	2db    next 0, hash 954b, 4 units: Name
//	2ed    text of 1 unit: A
//	2f3    end of the start tag
//	2f4    optional substitution 0, UInt32
//	2f8  three end tags, EOF
//	2fc  one value: 4 bytes, UInt32: 42
const instanceExample = `
0f 01 01 00 0c 01 1a 2b 3c 4d 26 02 00 00 00 00
00 00 1a 2b 3c 4d 5e 6f 70 81 92 a3 b4 c5 d6 e7
f8 09 be 00 00 00 0f 01 01 00 41 ff ff b2 00 00
00 4d 02 00 00 00 00 00 00 ba 0c 05 00 45 00 76
00 65 00 6e 00 74 00 00 00 27 00 00 00 06 6a 02
00 00 00 00 00 00 bc 0f 05 00 78 00 6d 00 6c 00
6e 00 73 00 00 00 05 01 05 00 75 00 72 00 6e 00
3a 00 78 00 02 01 ff ff 66 00 00 00 98 02 00 00
00 00 00 00 44 82 09 00 45 00 76 00 65 00 6e 00
74 00 44 00 61 00 74 00 61 00 00 00 02 41 00 00
3d 00 00 00 c0 02 00 00 00 00 00 00 8a 6f 04 00
44 00 61 00 74 00 61 00 00 00 1d 00 00 00 06 db
02 00 00 00 00 00 00 4b 95 04 00 4e 00 61 00 6d
00 65 00 00 00 05 01 01 00 41 00 02 0e 00 00 08
04 04 04 00 01 00 00 00 04 00 08 00 2a 00 00 00`

func TestInstanceByteByByte(t *testing.T) {
	b := unhex(t, instanceExample)
	chunk := make([]byte, chunkSize)
	end := 0x218 + copy(chunk[0x218:], b)
	d := binxml.NewDecoder()
	d.Chunk(chunk, chunkAt)
	doc, err := d.Document(0x218, end)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := render(t, &doc), (rendered{`{"A":42}`, `<Event xmlns='urn:x'><EventData><Data Name='A'>42</Data></EventData></Event>`}); got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if !doc.Templated || doc.TemplateID != 0x4d3c2b1a || !doc.TemplateMatches {
		t.Errorf("templated %v, id %08x, matches %v", doc.Templated, doc.TemplateID, doc.TemplateMatches)
	}
	wantCodes(t, d)
	// The notation of hand gives the same bytes but for the sizes it leaves 0.
	written, stop := hand(t, templated(
		`41 ffff b2000000 'Event' 27000000 06 'xmlns' 05 01 "urn:x" 02
			01 ffff 66000000 'EventData' 02
				41 0000 3d000000 'Data' 1d000000 06 'Name' 05 01 "A" 02 0e 0000 08 04
			04
		04`, value{binxml.TypeUInt32, "2a000000"}))
	if stop != end || !bytes.Equal(written[0x218:stop], b) {
		t.Errorf("hand writes\n%x\nwant\n%x", written[0x218:stop], b)
	}
}

// Hashes that chunks of Windows have.
func TestHashOfNames(t *testing.T) {
	for name, want := range map[string]uint16{
		"Event": 0x0cba, "Element1": 0x79b5, "amp": 0xfb24, "AttrA": 0xd890,
		"System": 0x546f, "Provider": 0x7bf1, "EventData": 0x8244, "Data": 0x6f8a,
	} {
		if got := hashOf(name); got != want {
			t.Errorf("hash of %s is %04x, want %04x", name, got, want)
		}
	}
}
