package parser_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/blobbuild"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
)

var carveOptions = parser.Options{Recover: parser.RecoverCarve}

// told returns what rows say, all but where they stand: sorted, each line as often as
// there are such rows.
func told(rows []oldRow) []string {
	var all []string
	for _, r := range rows {
		all = append(all, fmt.Sprint(r.Format, r.UID, r.text, r.data))
	}
	slices.Sort(all)
	return all
}

// missing returns what of want is not in got; both are sorted.
func missing(want, got []string) (lines []string) {
	for len(want) > 0 {
		switch {
		case len(got) == 0 || want[0] < got[0]:
			lines, want = append(lines, want[0]), want[1:]
		case want[0] == got[0]:
			want, got = want[1:], got[1:]
		default:
			got = got[1:]
		}
	}
	return lines
}

// A log that is carved as a whole gives the rows that it gives as a log, as they are.
func TestCarvedLogIsTheLog(t *testing.T) {
	logs := everyLog(t)
	logs["damaged.evtx"], logs["truncated.evtx"] = evtxFixture(t, "damaged.evtx"), evtxFixture(t, "truncated.evtx")
	for name, log := range logs {
		if _, err := parser.Open(bytes.NewReader(log)); err != nil {
			continue
		}
		want, _ := readRows(t, log, slackOptions)
		got, _ := readRows(t, log, carveOptions)
		line := func(r oldRow) string {
			return fmt.Sprint(r.State, r.Offset, r.TemplateSource, r.UID, r.text, r.data, r.Diagnostics)
		}
		errs := func(o parser.Options) (all []string) {
			for _, err := range readMutant(bytes.NewReader(log), o).errs {
				var gap *parser.Gap // of what is no chunk carving says it in its own words
				if !errors.As(err, &gap) || gap.Offset >= 4096 && (gap.Offset-4096)%(64<<10) != 0 {
					all = append(all, err.Error())
				}
			}
			return all
		}
		if w, g := errs(slackOptions), errs(carveOptions); !slices.Equal(w, g) {
			t.Errorf("%s: errors %q, want %q", name, g, w)
		}
		for i := range max(len(want), len(got)) {
			if i >= len(want) || i >= len(got) || line(want[i]) != line(got[i]) {
				t.Errorf("%s: %d rows, want %d; they differ from row %d on", name, len(got), len(want), i)
				break
			}
		}
	}
}

// Wherever a log stands among other bytes, it gives the rows that it gives alone.
func TestCarvedAnywhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	noise := make([]byte, 8192)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	// Records in chunks without signature have no chunk to belong to here; and the record
	// that a log ends within goes on with what follows it, and says that it is torn.
	lost := []string{"006__", "008__", "028__"}
	for name, log := range everyLog(t) {
		if _, err := parser.Open(bytes.NewReader(log)); err != nil || slices.ContainsFunc(lost, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		want, _ := readRows(t, log, slackOptions)
		for _, before := range []int{1, 512, 7777} {
			blob := slices.Concat(noise[:before], log, noise)
			got, _ := readRows(t, blob, carveOptions)
			// In 011 a chunk has records of two times; carving finds templates for more of
			// them than reading does.
			if w, g := told(want), told(got); len(missing(w, g)) > 0 || !strings.HasPrefix(name, "011__") && len(missing(g, w)) > 0 {
				t.Errorf("%s behind %d bytes: %d rows, want %d; missing %.300q, more %.300q", name, before, len(got), len(want), missing(w, g), missing(g, w))
			}
			for _, r := range got {
				if !bytes.Equal(blob[r.Offset:][:len(r.Raw)], r.Raw) || r.State != model.StateCarved && r.State != model.StateSlack {
					t.Fatalf("%s behind %d bytes: row at %#x, %s", name, before, r.Offset, r.State)
				}
			}
		}
	}
}

// Logs joined to one file give the rows of each, and more where one has the templates
// that another has lost.
func TestCarvedJoined(t *testing.T) {
	logs := everyLog(t)
	var blob []byte
	var want []oldRow
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		if _, err := parser.Open(bytes.NewReader(logs[name])); err != nil || strings.HasPrefix(name, "006__") || strings.HasPrefix(name, "008__") {
			continue
		}
		rows, _ := readRows(t, logs[name], parser.Options{})
		want = append(want, rows...)
		blob = append(blob, logs[name]...)
	}
	got, _ := readRows(t, blob, carveOptions)
	if lines := missing(told(want), told(got)); len(lines) > 0 {
		t.Errorf("%d rows, of %d are missing %d: %.500q", len(got), len(want), len(lines), lines)
	}
}

// Chunks that NTFS has compressed are whole, though they stand in two units, and also if
// one of the two is stored as it is.
func TestCarvedCompressed(t *testing.T) {
	for _, name := range []string{"security-multi-chunk.evtx", "slack.evtx"} {
		log := evtxFixture(t, name)
		want, _ := readRows(t, log, slackOptions)
		for kind, raw := range map[string]func(int) bool{
			"all": nil, "first as it is": func(unit int) bool { return unit == 0 }, "all but the first as they are": func(unit int) bool { return unit > 0 },
			"each second": func(unit int) bool { return unit%2 == 1 },
		} {
			disk := slices.Concat(make([]byte, 8192), blobbuild.NTFS(log, raw), make([]byte, 4096))
			got, _ := readRows(t, disk, carveOptions)
			if w, g := told(want), told(got); !slices.Equal(w, g) {
				t.Errorf("%s, %s: %d rows, want %d; missing %.300q, more %.300q", name, kind, len(got), len(want), missing(w, g), missing(g, w))
			}
			packed := 0
			for _, r := range got {
				if strings.Contains(fmt.Sprint(r.Diagnostics), "checksum") {
					t.Fatalf("%s, %s: %v", name, kind, r.Diagnostics)
				}
				if strings.Contains(fmt.Sprint(r.Diagnostics), "compressed: at position 0x") {
					packed++
				}
			}
			if raw == nil && packed != len(got) || packed == 0 {
				t.Errorf("%s, %s: %d of %d rows say that they were compressed", name, kind, packed, len(got))
			}
		}
	}
}

// Traces and dumps are found, too, with the offsets of the blob.
func TestCarvedOtherFormats(t *testing.T) {
	files, _ := filepath.Glob("../testdata/*/*.*")
	blob := []byte("no log begins here")
	var want []oldRow
	n := 0
	for _, name := range files {
		if ext := filepath.Ext(name); ext != ".etl" && ext != ".wfpnev" || strings.Contains(name, "damaged") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Open(bytes.NewReader(b)); err != nil {
			continue
		}
		rows, _ := readRows(t, b, parser.Options{})
		for _, r := range rows {
			r.Offset += uint64(len(blob))
			want = append(want, r)
		}
		blob = append(append(blob, b...), "something else"...)
		n++
	}
	if n < 5 {
		t.Fatalf("%d files", n)
	}
	got, _ := readRows(t, blob, carveOptions)
	at := func(rows []oldRow) (all []string) {
		for _, r := range rows {
			all = append(all, fmt.Sprintf("%012x %v %v %s", r.Offset, r.Format, r.UID, r.data))
		}
		slices.Sort(all)
		return all
	}
	if w, g := at(want), at(got); !slices.Equal(w, g) {
		t.Errorf("%d rows, want %d; missing %.500q, more %.500q", len(got), len(want), missing(w, g), missing(g, w))
	}
	for _, r := range got {
		if r.State != model.StateCarved {
			t.Fatalf("%v at %#x is %s", r.Format, r.Offset, r.State)
		}
	}
}

// A log that was cut costs the one behind it nothing, whatever the two are.
func TestCarvedBehindWhatWasCut(t *testing.T) {
	logs := map[string][]byte{}
	for _, name := range []string{
		"evtx/security-4654-tunnel.evtx", "evtx/security-multi-chunk.evtx", "etl/qpc.etl", "etl/compressed.etl", "wfpnev/tunnel-x64-v5.wfpnev",
	} {
		b, err := os.ReadFile("../testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		logs[name] = b
	}
	for first, a := range logs {
		for second, b := range logs {
			want, _ := readRows(t, b, parser.Options{})
			for _, before := range []string{"", "other bytes"} {
				for _, cut := range []int{0, 1000, 21000, 30001} {
					if cut >= len(a)-4096 {
						continue
					}
					got, _ := readRows(t, slices.Concat([]byte(before), a[:len(a)-cut], b), carveOptions)
					if lines := missing(told(want), told(got)); len(lines) > 0 {
						t.Errorf("%s without its last %d bytes behind %q, then %s: %d of its %d rows are missing", first, cut, before, second, len(lines), len(want))
					}
				}
			}
		}
	}
}

// A trace log or a dump gives the rows that it gives as usual, damaged or not.
func TestCarvedTraceIsTheTrace(t *testing.T) {
	files, _ := filepath.Glob("../testdata/*/*.*")
	n := 0
	for _, name := range files {
		if ext := filepath.Ext(name); ext != ".etl" && ext != ".wfpnev" {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := readRows(t, b, parser.Options{})
		got, _ := readRows(t, b, carveOptions)
		if w, g := told(want), told(got); !slices.Equal(w, g) {
			t.Errorf("%s: %d rows, want %d", name, len(got), len(want))
		}
		n++
	}
	if n < 10 {
		t.Errorf("%d files", n)
	}
}

// Records that stand alone are found if they bring their template, or another has it.
func TestCarvedRecords(t *testing.T) {
	log := evtxFixture(t, "security-4654-tunnel.evtx")
	rows, _ := readRows(t, log, parser.Options{})
	var blob []byte
	for _, r := range rows {
		blob = append(append(blob, "between them"...), r.Raw...)
	}
	got, counts := readRows(t, blob, carveOptions)
	if w, g := told(rows), told(got); !slices.Equal(w, g) {
		t.Errorf("%d rows, want %d, %v; missing %.300q, more %.300q", len(got), len(rows), counts, missing(w, g), missing(g, w))
	}
	for _, r := range got {
		if r.State != model.StateCarved || !bytes.Equal(blob[r.Offset:][:len(r.Raw)], r.Raw) {
			t.Errorf("row at %#x, %s", r.Offset, r.State)
		}
	}
	// Without the first, which has the templates, the built-in ones serve.
	got, _ = readRows(t, blob[len("between them")+len(rows[0].Raw):], carveOptions)
	for _, r := range got {
		if r.TemplateSource == model.TemplateBuiltIn {
			return
		}
	}
	t.Errorf("no record of a built-in template among %d", len(got))
}

// Bytes that look like the beginning of something everywhere end like others.
func TestCarvedHostile(t *testing.T) {
	log := evtxFixture(t, "security-4654-tunnel.evtx")
	want, _ := readRows(t, log, slackOptions)
	for _, pattern := range []string{"ElfChnk\x00", "**\x00\x00", "ElfFile\x00", "\x00\xb0\x00ElfChnk\x00", "\x89WNE\r\n\x1a\n", "\x02\x00\x01\xc0", "**\x00\x00\x20\x00\x00\x00"} {
		blob := []byte("x" + strings.Repeat(pattern, 1<<18/len(pattern)))
		if rows, _ := readRows(t, blob, carveOptions); len(rows) > 0 {
			t.Errorf("%q: %d rows", pattern, len(rows))
		}
		rows, _ := readRows(t, append(blob, log...), carveOptions)
		if !slices.Equal(told(rows), told(want)) {
			t.Errorf("%q: %d rows of the log behind it, want %d", pattern, len(rows), len(want))
		}
	}
}

func FuzzCarve(f *testing.F) {
	// Small ones: a mutation of 64 KiB takes the fuzzer long and seldom meets anything.
	log := evtxFixture(f, "security-4654-tunnel.evtx")
	chunk := blobbuild.Chunk(log, 0)
	f.Add(log[:4096+3000])
	f.Add(chunk[:3000])
	f.Add(bytes.Join(blobbuild.Records(chunk)[:3], []byte("x")))
	f.Add(blobbuild.NTFS(log[:8192], nil))
	f.Add(append([]byte("x"), fixtureFile(f, "etl/compressed.etl")...))
	f.Add(bytes.Join(blobbuild.Buffers(fixtureFile(f, "etl/compressed.etl")), []byte("x")))
	f.Add(append([]byte("x"), fixtureFile(f, "wfpnev/tunnel-x64-v5.wfpnev")...))
	f.Add(bytes.Join(blobbuild.Blocks(fixtureFile(f, "wfpnev/tunnel-x64-v5.wfpnev")), []byte("x")))
	f.Fuzz(func(t *testing.T, blob []byte) {
		if len(blob) == 0 {
			return
		}
		if _, err := carveOptions.Open(bytes.NewReader(blob)); err != nil {
			return
		}
		rows, _ := readRows(t, blob, carveOptions)
		for _, r := range rows {
			if r.Offset >= uint64(len(blob)) {
				t.Errorf("row at %#x of %d bytes", r.Offset, len(blob))
			}
		}
		if again, _ := readRows(t, blob, carveOptions); !slices.Equal(told(again), told(rows)) {
			t.Error("another time it gives other rows")
		}
	})
}

// Each trace that is found would have room for buffers that expand to much: they share it.
func TestCarvedTracesExpandTogether(t *testing.T) {
	const traces, each, size = 8, 600, 64<<10 - 0x48 - 8
	trace := fixtureFile(t, "etl/compressed.etl")
	buffers := blobbuild.Buffers(trace)
	record := make([]byte, size)
	copy(record, []byte{0, 0, 0x11, 0xC0, size & 0xFF, size >> 8, 0, 1})
	le := binary.LittleEndian
	b := append(bytes.Clone(buffers[1][:0x48]), etlbuild.Compress(record)...)
	le.PutUint32(b, uint32(len(b)))
	le.PutUint32(b[0x30:], 0x48+size)
	first := bytes.Clone(buffers[0])
	le.PutUint32(first[0x48+32:], 64<<10) // the session's size
	var blob []byte
	for range traces {
		blob = append(append(blob, "junk"...), first...)
		for i := range each {
			le.PutUint64(b[0x18:], uint64(i))
			blob = append(blob, b...)
		}
	}
	rows, said, l := readAll(t, blob, carveOptions)
	if n := property(l, "traces_found"); n != uint64(traces) {
		t.Errorf("%v traces", n)
	}
	most := (64<<20+200*len(blob))/size + 2*traces // with those of the first buffers
	if len(rows) > most || len(rows) < most*3/4 || len(said) < traces {
		t.Errorf("%d rows of %d, at most %d may be; %d errors, %v", len(rows), traces*each, most, len(said), said[:min(len(said), 3)])
	}
}
