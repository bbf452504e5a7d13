package parser_test

import (
	"bytes"
	"encoding/binary"
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
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

func fixtureFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readAll returns the rows of a log, and what was said of it.
func readAll(t testing.TB, log []byte, o parser.Options) (rows []oldRow, said []string, l parser.Log) {
	t.Helper()
	l, err := o.Open(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	w := parser.NewWorker()
	for f, err := range l.Frames() {
		if err != nil {
			said = append(said, err.Error())
			continue
		}
		for ev, err := range w.Events(f) {
			if err == nil {
				err = w.Load(ev)
			}
			if err != nil {
				said = append(said, err.Error())
				continue
			}
			r := oldRow{Event: *ev, data: string(ev.Data), text: systemText(ev)}
			r.Diagnostics = slices.Clone(ev.Diagnostics)
			rows = append(rows, r)
		}
	}
	return rows, said, l
}

func property(l parser.Log, name string) any {
	for _, p := range l.Properties() {
		if p.Name == name {
			return p.Value
		}
	}
	return nil
}

// Whatever stands before a log, whole or cut anywhere, costs the log nothing, at the start
// of a file or not.
func TestNothingSwallowsALog(t *testing.T) {
	parts := map[string][]byte{
		"event log": fixtureFile(t, "evtx/security-4654-tunnel.evtx"), "chunks": fixtureFile(t, "evtx/security-multi-chunk.evtx"),
		"trace": fixtureFile(t, "etl/qpc.etl"), "compressed trace": fixtureFile(t, "etl/compressed.etl"),
		"dump": fixtureFile(t, "wfpnev/tunnel-x64-v5.wfpnev"), "joined dumps": fixtureFile(t, "wfpnev/versions-joined.wfpnev"),
		"compressed chunks": blobbuild.NTFS(fixtureFile(t, "evtx/slack.evtx"), nil),
	}
	rng := rand.New(rand.NewPCG(7, 8))
	names := slices.Sorted(maps.Keys(parts))
	for i, first := range names {
		for j, second := range names {
			if testing.Short() && (i+j)%3 != 0 {
				continue
			}
			a, b := parts[first], parts[second]
			alone, _, _ := readAll(t, slices.Concat([]byte("x"), b), carveOptions)
			cuts := []int{0, 1, 1000, 21000, 30001}
			for range 3 {
				cuts = append(cuts, rng.IntN(len(a)))
			}
			for _, cut := range cuts {
				if cut >= len(a) {
					continue
				}
				for _, before := range []string{"", "0123456789"} {
					blob := slices.Concat([]byte(before), a[:len(a)-cut], b)
					got, _, _ := readAll(t, blob, carveOptions)
					if lines := missing(told(alone), told(got)); len(lines) > 0 {
						t.Errorf("%q, %s without %d bytes, %s: %d of %d rows are missing: %.200q", before, first, cut, second, len(lines), len(alone), lines)
					}
				}
			}
		}
	}
}

// A log of any format that is carved as a whole is read as it is, and as much is said of
// its damage.
func TestCarvedLogsOfAllFormats(t *testing.T) {
	files, _ := filepath.Glob("../testdata/*/*.*")
	samples, _ := filepath.Glob("../../shared/samples/etl/*.etl")
	n := 0
	for _, name := range append(files, samples...) {
		if ext := filepath.Ext(name); ext != ".etl" && ext != ".wfpnev" && ext != ".xml" {
			continue
		}
		log, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		n++
		want, saidThen, as := readAll(t, log, parser.Options{})
		got, said, l := readAll(t, log, carveOptions)
		line := func(r oldRow) string {
			return fmt.Sprint(r.State, r.Offset, r.UID, r.text, r.data, r.Diagnostics)
		}
		if !slices.EqualFunc(got, want, func(a, b oldRow) bool { return line(a) == line(b) }) {
			t.Errorf("%s: %d rows, want %d, or others", name, len(got), len(want))
		}
		if !slices.Equal(said, saidThen) {
			t.Errorf("%s: said\n%q\nas a log\n%q", name, said, saidThen)
		}
		if l.Format() != as.Format() {
			t.Errorf("%s is %s, as a log %s", name, l.Format(), as.Format())
		}
	}
	if n < 30 {
		t.Errorf("%d logs", n)
	}
}

// A log that cannot be read as what it begins as is searched.
func TestCarvedWhatIsRefused(t *testing.T) {
	log := fixtureFile(t, "evtx/security-4654-tunnel.evtx")
	want, _, _ := readAll(t, log, parser.Options{})
	dump := bytes.Clone(fixtureFile(t, "wfpnev/tunnel-x64-v5.wfpnev")[:32])
	dump[8] = 9 // major version
	trace := bytes.Clone(fixtureFile(t, "etl/qpc.etl")[:0x48+0x20+0x118])
	trace[0x48+0x20+0x2c] = 7 // pointer size
	trace[0x48+0x20+0x110] = 9
	for name, head := range map[string][]byte{"dump": dump, "trace": trace, "dump as text": []byte("\x89WNE\n\x1a\n")} {
		blob := slices.Concat(head, log)
		if _, err := parser.Open(bytes.NewReader(blob)); err == nil && name != "trace" {
			t.Errorf("%s: is read as a log", name)
		}
		got, _, _ := readAll(t, blob, carveOptions)
		if lines := missing(told(want), told(got)); len(lines) > 0 {
			t.Errorf("%s: %d of %d rows are missing", name, len(lines), len(want))
		}
	}
}

// A log that was cut anywhere gives every record that is whole.
func TestCarvedCut(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	logs := everyLog(t)
	for _, name := range slices.Sorted(maps.Keys(logs)) {
		log := logs[name]
		if _, err := parser.Open(bytes.NewReader(log)); err != nil || strings.HasPrefix(name, "006__") || strings.HasPrefix(name, "008__") || strings.HasPrefix(name, "028__") {
			continue
		}
		rows, _ := readRows(t, log, parser.Options{})
		for range 3 {
			cut := rng.IntN(len(log))
			var want []oldRow
			for _, r := range rows {
				if int(r.Offset)+len(r.Raw) <= cut {
					want = append(want, r)
				}
			}
			// Something stands behind the cut, or nothing.
			for _, tail := range [][]byte{nil, bytes.Repeat([]byte("other bytes"), 9000)} {
				got, _ := readRows(t, slices.Concat([]byte("x"), log[:cut], tail), carveOptions)
				if lines := missing(told(want), told(got)); len(lines) > 0 {
					t.Errorf("%s up to %#x: %d of %d rows are missing: %.300q", name, cut, len(lines), len(want), lines)
				}
			}
		}
	}
}

// A chunk whose head and first records were overwritten gives the others.
func TestCarvedChunkWithoutItsBeginning(t *testing.T) {
	log := fixtureFile(t, "evtx/security-4654-tunnel.evtx")
	rows, _ := readRows(t, log, parser.Options{})
	chunk := bytes.Clone(blobbuild.Chunk(log, 0))
	chunk[124] ^= 1 // checksum of the head
	third := int(rows[2].Offset) - 4096
	for i := 512; i < third-8; i++ {
		chunk[i] = 0xee
	}
	got, counts := readRows(t, slices.Concat([]byte("x"), chunk), carveOptions)
	// The templates were those of the first record; Windows' own and the known fields do.
	if len(got) != 25 {
		t.Errorf("%d rows: %v", len(got), counts)
	}
	for _, r := range got {
		if i := slices.IndexFunc(rows, func(o oldRow) bool { return o.RecordID == r.RecordID }); i < 2 || rows[i].UID != r.UID && len(r.Diagnostics) == 0 {
			t.Errorf("record %d: %s %s %v", r.RecordID.V, r.text, r.data, r.Diagnostics)
		}
	}
}

// said says whether a diagnostic with that code is on the row.
func (r *oldRow) said(code string) bool {
	return slices.ContainsFunc(r.Diagnostics, func(d model.Diagnostic) bool { return d.Code == code })
}

// Buffers of a trace that stand apart from its description have its times; if it is not
// known which trace they are of they have none.
func TestBuffersAlone(t *testing.T) {
	for _, name := range []string{"wfp-1007-v1.etl", "wfp-events.etl", "compressed.etl", "x86.etl"} {
		trace := fixtureFile(t, "etl/"+name)
		want, _, _ := readAll(t, trace, parser.Options{})
		buffers := blobbuild.Buffers(trace)
		b := blobbuild.New(3)
		b.Noise(500)
		b.Put(buffers[0])
		for _, buffer := range buffers[1:] {
			b.Noise(77)
			b.Put(buffer)
		}
		b.Noise(9)
		got, said, l := readAll(t, b.Bytes, carveOptions)
		late := 0 // events of buffers with a record long behind the end of the trace
		if name == "compressed.etl" {
			late = 1
		}
		if w, g := told(want), told(got); len(w) != len(g) || len(missing(w, g)) != late {
			t.Errorf("%s: %d rows, want %d; missing %.300q, more %.300q; %q", name, len(got), len(want), missing(w, g), missing(g, w), said)
		}
		alone := 0
		for i := range got {
			if got[i].said("buffer-alone") {
				alone++
			}
			if got[i].State != model.StateCarved {
				t.Errorf("%s: %s", name, got[i].State)
			}
		}
		if alone == 0 || property(l, "buffers_alone") == nil || (property(l, "buffers_without_time") != nil) != (late > 0) {
			t.Errorf("%s: %d events of buffers that stand alone, %v", name, alone, l.Properties())
		}
	}

	trace := fixtureFile(t, "etl/wfp-1007-v1.etl")
	buffers := blobbuild.Buffers(trace)
	other := bytes.Clone(buffers[0])
	const start = 0x48 + 0x20 + 0x108 // StartTime
	binary.LittleEndian.PutUint64(other[start:], binary.LittleEndian.Uint64(other[start:])-1)
	const end, size = 0x48 + 0x20 + 0x10, 0x48 + 0x20 // EndTime, BufferSize
	live, ended, large := bytes.Clone(buffers[0]), bytes.Clone(buffers[0]), bytes.Clone(buffers[0])
	clear(live[end : end+8])
	copy(ended[end:end+8], ended[start:start+8])
	binary.LittleEndian.PutUint32(large[size:], 2*binary.LittleEndian.Uint32(large[size:]))
	for name, blob := range map[string][]byte{
		"of a trace without end":         slices.Concat([]byte("x"), live, []byte("y"), buffers[1]),
		"later than its trace":           slices.Concat([]byte("x"), ended, []byte("y"), buffers[1]),
		"of a trace with larger buffers": slices.Concat([]byte("x"), large, []byte("y"), buffers[1]),
		"of no trace":                    slices.Concat([]byte("x"), buffers[1], []byte("y"), buffers[2]),
		"before its trace":               slices.Concat([]byte("x"), buffers[1], []byte("y"), buffers[0]),
		"of one of two traces":           slices.Concat([]byte("x"), buffers[0], []byte("y"), other, []byte("z"), buffers[1]),
	} {
		got, said, l := readAll(t, blob, carveOptions)
		n := 0
		for i := range got {
			if r := &got[i]; r.said("buffer-alone") {
				n++
				if r.Time.OK || r.Logged.OK || !r.said("time-unreadable") || r.EventID.V != 1007 || r.data == "" {
					t.Errorf("%s: %s %s %v", name, r.text, r.data, r.Diagnostics)
				}
			}
		}
		if n == 0 || property(l, "buffers_without_time") == nil {
			t.Errorf("%s: %d events, %v, %q", name, n, l.Properties(), said)
		}
	}
}

// Blocks of a dump that stand apart from its header are read as those of the dump that
// goes on with them; if there is none they are counted.
func TestBlocksAlone(t *testing.T) {
	dump := fixtureFile(t, "wfpnev/tunnel-x64-v5.wfpnev")
	want, _, _ := readAll(t, dump, parser.Options{})
	blocks := blobbuild.Blocks(dump)
	for n := 3; n < len(blocks)-1; n++ {
		blob := slices.Concat([]byte("some bytes"), bytes.Join(blocks[:n], nil), []byte("others"), bytes.Join(blocks[n:], nil), []byte("more"))
		got, _, l := readAll(t, blob, carveOptions)
		if w, g := told(want), told(got); !slices.Equal(w, g) {
			t.Errorf("apart from block %d: %d rows, want %d; missing %.300q, more %.300q", n, len(got), len(want), missing(w, g), missing(g, w))
		}
		for i := range got {
			if r := &got[i]; r.said("block-alone") != (i >= n-2) || string(blob[r.Offset:][:4]) != "WNEB" {
				t.Errorf("apart from block %d: row %d at %#x: %v", n, i, r.Offset, r.Diagnostics)
			}
		}
		if property(l, "block_runs_alone") != uint64(1) {
			t.Errorf("apart from block %d: %v", n, l.Properties())
		}
	}
	got, _, l := readAll(t, slices.Concat([]byte("x"), blocks[2], blocks[3]), carveOptions)
	if len(got) > 0 || property(l, "blocks_without_header") != uint64(2) {
		t.Errorf("without a header: %d rows, %v", len(got), l.Properties())
	}
	// A dump that has ended does not go on, nor one whose next block is another's.
	got, _, l = readAll(t, slices.Concat([]byte("x"), dump, []byte("x"), blocks[3]), carveOptions)
	if len(got) != len(want) || property(l, "blocks_without_header") != uint64(1) {
		t.Errorf("behind its end: %d rows, %v", len(got), l.Properties())
	}
}

// A record goes with a template of its chunk only if that is its own.
func TestCarvedChunkThatGoesOnAsAnother(t *testing.T) {
	a, b := fixtureFile(t, "evtx/security-multi-chunk.evtx"), fixtureFile(t, "evtx/oddities-values.evtx")
	all := map[string]bool{}
	for _, log := range [][]byte{a, b} {
		rows, _ := readRows(t, log, parser.Options{})
		for i := range rows {
			all[told(rows[i : i+1])[0]] = true
		}
	}
	for _, cut := range []int{1000, 8192, 20000, 20008, 40000} {
		blob := slices.Concat([]byte("x"), blobbuild.Chunk(a, 0)[:cut], blobbuild.Chunk(b, 0)[cut:])
		got, _ := readRows(t, blob, carveOptions)
		for i := range got {
			if r := &got[i]; !all[told(got[i : i+1])[0]] && !r.said("data-template") && !r.said("record-torn") && r.TemplateSource != model.TemplateBuiltIn {
				t.Errorf("cut at %d: a record that neither has: %s %s %v", cut, r.text, r.data, r.Diagnostics)
			}
		}
	}
}

// A dump that was cut in the padding of a block costs the one joined to it nothing.
func TestDumpBehindCutPadding(t *testing.T) {
	dump := fixtureFile(t, "wfpnev/tunnel-x64-v5.wfpnev")
	whole, _, _ := readAll(t, dump, parser.Options{})
	blocks := blobbuild.Blocks(dump)
	tried := 0
	for n, at := 1, len(blocks[0]); n < len(blocks); n++ {
		size := 24 + int(binary.LittleEndian.Uint32(blocks[n][8:]))
		for cut := size; cut < len(blocks[n]); cut++ {
			rows, said, _ := readAll(t, slices.Concat(dump[:at+cut], dump), parser.Options{})
			if want := len(whole) + max(0, n-1); len(rows) != want {
				t.Errorf("block %d cut at %d of %d: %d rows, want %d: %q", n, cut, len(blocks[n]), len(rows), want, said)
			}
			tried++
		}
		at += len(blocks[n])
	}
	if tried == 0 {
		t.Error("no block has padding")
	}
}

// Where a block that stands apart is from is not taken of a dump that it may not be of.
func TestBlockOfAnotherDump(t *testing.T) {
	cut, whole := fixtureFile(t, "wfpnev/tunnel-x64-v5.wfpnev"), fixtureFile(t, "wfpnev/transport-x64-v5.wfpnev")
	blocks := blobbuild.Blocks(whole)
	copied := blocks[len(blocks)-2]
	n := len(bytes.Join(blobbuild.Blocks(cut)[:4], nil))
	got, _, _ := readAll(t, slices.Concat([]byte("x"), cut[:n], []byte("some bytes"), whole, []byte("others"), copied), carveOptions)
	found := 0
	for i := range got {
		if r := &got[i]; r.said("block-alone") {
			if found++; r.Host.OK {
				t.Errorf("from %s", r.Host.V)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d events of blocks apart", found)
	}
}

// What a value holds is a value, also where no checksum vouches for it but the records that
// follow each other.
func TestCarvedLogWithLogsInValues(t *testing.T) {
	for name, value := range map[string][]byte{
		"dump":      fixtureFile(t, "wfpnev/tunnel-x64-v5.wfpnev")[:2000],
		"trace":     fixtureFile(t, "etl/qpc.etl")[:0x300],
		"event log": fixtureFile(t, "evtx/slack.evtx")[:4096],
	} {
		f := evtxbuild.New(evtxbuild.Options{})
		for i := range 20 {
			data := []evtxbuild.Data{evtxbuild.D("n", evtxbuild.UInt32(uint32(i)))}
			if i == 6 {
				data = append(data, evtxbuild.D("b", evtxbuild.Binary(value)))
			}
			f.Event(evtxbuild.Event{Provider: "P", EventID: 1, Data: data})
		}
		im := f.Image()
		im.BreakRecordsCRC(0)
		im.BreakHeaderCRC(0)
		want, _ := readRows(t, im.Bytes, parser.Options{})
		got, _ := readRows(t, im.Bytes, carveOptions)
		if w, g := told(want), told(got); len(want) != 20 || !slices.Equal(w, g) {
			t.Errorf("%s: %d rows, want %d", name, len(got), len(want))
		}
	}
}
