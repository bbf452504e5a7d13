package parser_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
	"github.com/qmparse/qmparse/parser/quickmode"
)

// oldRow is an event as far as these tests look at it.
type oldRow struct {
	model.Event
	text string // System, all but provenance
	data string
}

// readRows reads a log; the counts are those of the frames.
func readRows(t testing.TB, log []byte, o parser.Options) (rows []oldRow, counts map[string]int64) {
	t.Helper()
	l, err := o.Open(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	counts = map[string]int64{}
	w := parser.NewWorker()
	w.Raw = true
	for f, err := range l.Frames() {
		if err != nil {
			continue
		}
		for ev, err := range w.Events(f) {
			if err != nil {
				continue
			}
			if err := w.Load(ev); err != nil {
				continue
			}
			r := oldRow{Event: *ev, data: string(ev.Data)}
			r.Diagnostics = slices.Clone(ev.Diagnostics)
			r.Raw = bytes.Clone(ev.Raw)
			r.text = systemText(ev)
			rows = append(rows, r)
		}
		for _, c := range w.Counts() {
			counts[c.Name] += c.N
		}
		parser.Release(f)
	}
	return rows, counts
}

// systemText is what System says.
func systemText(ev *model.Event) string {
	return fmt.Sprint(ev.Provider, ev.ProviderGUID, ev.Channel, ev.Host, ev.EventID, ev.Version, ev.Level, ev.Task, ev.Opcode, ev.Keywords,
		ev.Time, ev.Logged, ev.RecordID, ev.EventRecordID, ev.ProcessID, ev.ThreadID, ev.ActivityID, ev.RelatedActivityID, ev.UserSID, ev.Qualifiers)
}

func slackOf(rows []oldRow) []oldRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r oldRow) bool { return r.State != model.StateSlack })
}

var slackOptions = parser.Options{Recover: parser.RecoverSlack}

// The old records of the fixture are where SOURCES.md says, and their templates.
func TestSlackOfTheFixture(t *testing.T) {
	log := evtxFixture(t, "slack.evtx")
	rows, counts := readRows(t, log, slackOptions)
	plain, none := readRows(t, log, parser.Options{})
	if len(none) > 0 || len(slackOf(plain)) > 0 {
		t.Errorf("without recovery: %v", none)
	}
	if n := len(rows) - len(slackOf(rows)); n != len(plain) {
		t.Errorf("%d current records, without recovery %d", n, len(plain))
	}
	filter := regexp.MustCompile(`"QMFilterID":"(\d+)"`)
	from := map[string]int{}
	for _, r := range slackOf(rows) {
		id := "none"
		if m := filter.FindStringSubmatch(r.data); m != nil {
			id = m[1][:3] + "xx"
		}
		from[fmt.Sprintf("%d %s %s", r.EventID.V, id, r.TemplateSource)]++
		if len(r.Diagnostics) > 0 {
			t.Errorf("record %d: %v", r.RecordID.V, r.Diagnostics)
		}
		if !bytes.Equal(r.Raw, log[r.Offset:][:len(r.Raw)]) {
			t.Errorf("record %d: raw is not what stands at %#x", r.RecordID.V, r.Offset)
		}
	}
	want := map[string]int{
		"4654 860xx chunk": 8, "4654 861xx other_chunk": 8, "5451 none other_chunk": 8, "4653 none built_in": 8,
		"4654 862xx other_chunk": 1, "4624 none built_in": 1,
	}
	if !maps.Equal(from, want) {
		t.Errorf("old records %v\nwant %v", from, want)
	}
	if !maps.Equal(counts, map[string]int64{"old_repeats": 4}) {
		t.Errorf("counts %v", counts)
	}
}

// Copies of other records are left out, or kept and say what those say.
func TestRepeats(t *testing.T) {
	log := evtxFixture(t, "slack.evtx")
	rows, counts := readRows(t, log, slackOptions)
	kept, none := readRows(t, log, parser.Options{Recover: parser.RecoverSlack, KeepRepeats: true})
	if len(kept) != len(rows)+int(counts["old_repeats"]) || len(none) > 0 {
		t.Fatalf("%d rows with repeats %v, %d without %v", len(kept), none, len(rows), counts)
	}
	uids := map[model.GUID]oldRow{}
	for _, r := range kept {
		if other, ok := uids[r.UID]; ok && (other.text != r.text || other.data != r.data) {
			t.Errorf("%s %s\nand %s %s", r.text, r.data, other.text, other.data)
		}
		uids[r.UID] = r
	}
	if len(uids) != len(rows) {
		t.Errorf("%d records, %d without repeats", len(uids), len(rows))
	}
}

// makeOld makes slack of every record of every chunk but the first, which loses its
// signature.
func makeOld(log []byte) {
	for at := 4096; at+512 < len(log); at += 64 << 10 {
		if binary.LittleEndian.Uint32(log[at+512:]) == 0x2a2a {
			binary.LittleEndian.PutUint32(log[at+48:], 512) // free space
			binary.LittleEndian.PutUint32(log[at+512:], 0)
		}
	}
}

// same fails if an old record says something else than when it was current.
func same(t *testing.T, name string, was, is *oldRow) {
	t.Helper()
	if was.text != is.text || was.data != is.data || was.UID != is.UID {
		t.Errorf("%s: record %d was\n%s %s\nas an old one it is\n%s %s", name, was.RecordID.V, was.text, was.data, is.text, is.data)
	}
}

// everyLog returns the undamaged fixtures, and the samples if they are there.
func everyLog(t testing.TB) map[string][]byte {
	all := map[string][]byte{}
	for _, f := range fixtures.All() {
		l, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		if !f.Damaged {
			all[f.Name] = l.Bytes
		}
	}
	names, _ := filepath.Glob("../../shared/samples/evtx/*.evtx")
	for i, name := range names {
		if testing.Short() && i%4 != 0 {
			continue
		}
		if b, err := os.ReadFile(name); err == nil && len(b) > 0 {
			all[filepath.Base(name)] = b
		}
	}
	return all
}

// A record says the same when it has become an old one whose templates are still
// there, or is refused; nearly none is.
func TestOldRecordsSayWhatTheySaid(t *testing.T) {
	compared, refused := 0, 0
	for name, log := range everyLog(t) {
		if _, err := parser.Open(bytes.NewReader(log)); err != nil {
			continue
		}
		rows, _ := readRows(t, log, parser.Options{})
		was := map[uint64]*oldRow{} // by offset
		for i := range rows {
			was[rows[i].Offset] = &rows[i]
		}
		log = bytes.Clone(log)
		makeOld(log)
		old, counts := readRows(t, log, parser.Options{Recover: parser.RecoverSlack, KeepRepeats: true})
		for _, r := range slackOf(old) {
			if w := was[r.Offset]; w != nil && len(r.Diagnostics) == 0 && len(w.Diagnostics) == 0 && r.TemplateSource != model.TemplateBuiltIn {
				compared++
				same(t, name, w, &r)
			}
		}
		for why, n := range counts {
			if why != "old_template_gone" && why != "old_template_vague" { // of what was old before
				refused += int(n)
			}
		}
	}
	if compared < 100 || refused > compared/50 {
		t.Errorf("%d compared, %d refused", compared, refused)
	}
}

// Of records whose templates are all gone nothing is said that is not true: what
// the values themselves tell, and the data of events whose fields are known. Data of others
// are null, and the provider is among the values.
func TestBuiltIn(t *testing.T) {
	from, withoutData := map[string]int{}, 0
	for _, f := range fixtures.All() {
		l, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		if f.Damaged {
			continue
		}
		rows, _ := readRows(t, l.Bytes, parser.Options{})
		was := map[uint64]*oldRow{}
		for i := range rows {
			was[rows[i].Offset] = &rows[i]
		}
		log := bytes.Clone(l.Bytes)
		makeOld(log)
		for _, d := range l.Image.Definitions {
			clear(log[d.Offset+4 : d.Offset+20])
		}
		old, _ := readRows(t, log, slackOptions)
		for _, r := range slackOf(old) {
			w := was[r.Offset]
			if w == nil {
				continue // was old before
			}
			if r.TemplateSource != model.TemplateBuiltIn {
				if r.TemplateSource != "" {
					t.Errorf("%s: record %d: template from %s", f.Name, r.RecordID.V, r.TemplateSource)
				}
				continue
			}
			from[fmt.Sprintf("%d v%d provider %v", r.EventID.V, r.Version.V, r.Provider.OK)]++
			lost := *w
			if r.data == "" && saysCode(r, "data-template") {
				lost.data = ""
				withoutData++
			}
			lost.Host = model.Opt[string]{}
			if !r.Provider.OK {
				lost.Provider, lost.ProviderGUID, lost.Channel = model.Opt[string]{}, model.Opt[model.GUID]{}, model.Opt[string]{}
			}
			if r.Host.OK || r.Provider != lost.Provider || r.ProviderGUID != lost.ProviderGUID || r.Channel != lost.Channel ||
				r.EventID != w.EventID || r.Version != w.Version || r.Level != w.Level || r.Task != w.Task || r.Opcode != w.Opcode ||
				r.Keywords != w.Keywords || r.Time != w.Time || r.EventRecordID != w.EventRecordID || r.ProcessID != w.ProcessID ||
				r.ThreadID != w.ThreadID || r.ActivityID != w.ActivityID || r.UserSID != w.UserSID || r.data != lost.data {
				t.Errorf("%s: record %d was\n%s %s\nand is now\n%s %s", f.Name, r.RecordID.V, w.text, w.data, r.text, r.data)
			}
		}
	}
	for _, want := range []string{"4654 v0 provider true", "4654 v1 provider true", "1007 v0 provider true", "1007 v1 provider true"} {
		if from[want] == 0 {
			t.Errorf("none of event %s: %v", want, from)
		}
	}
	if withoutData == 0 {
		t.Error("no event without data")
	}
}

// Of a record whose provider stood in its template, which is gone, the values tell all but that.
// Its event id makes it no failure, for other providers have the same ids.
func TestBuiltInWithoutProvider(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	for _, id := range []uint16{1007, 1007, 4654, 7036} {
		f.Event(evtxbuild.Event{Style: evtxbuild.Classic, Provider: "P", EventID: id, Strings: []string{"a", "b"}, Level: 4, ProcessID: 8})
	}
	im := f.Image()
	if im == nil {
		t.Fatal(f.Err())
	}
	for _, dataToo := range []bool{false, true} { // is gone
		log := bytes.Clone(im.Bytes)
		makeOld(log)
		for i, d := range im.Definitions {
			if dataToo || i == 0 { // that of the record comes first
				clear(log[d.Offset+4 : d.Offset+20])
			}
		}
		rows, counts := readRows(t, log, slackOptions)
		old := slackOf(rows)
		if len(old) != 3 || len(counts) > 0 {
			t.Fatalf("%d old records, %v", len(old), counts)
		}
		for i, want := range []uint32{1007, 4654, 7036} {
			r := old[i]
			data := `{"Data":["a","b"]}`
			if dataToo {
				data = ""
			}
			if r.Provider.OK || r.Channel.OK || r.EventID != model.Some(want) || r.Level != model.Some[uint8](4) || !r.Time.OK || r.EventRecordID != r.RecordID ||
				r.data != data || !saysCode(r, model.ProviderUnknown) || saysCode(r, "data-template") != dataToo || quickmode.Wants(&r.Event) {
				t.Errorf("%s %s %v", r.text, r.data, r.Diagnostics)
			}
		}
	}
}

// Why data are null is said of their template, not of the record's.
func TestBuiltInOfVagueData(t *testing.T) {
	im := chunksNamed(t, "n", "n", "m")
	replace := func(b []byte, from, to [16]byte) []byte {
		b = bytes.ReplaceAll(b, from[:], to[:])
		return bytes.ReplaceAll(b, append([]byte{0x0c, 1}, from[:4]...), append([]byte{0x0c, 1}, to[:4]...))
	}
	// The third chunk's data has the template id of the others', and the record's template is
	// only in the first chunk, where it is overwritten.
	const first = 4096 + 65536
	event, data, other := im.Definitions[0].GUID, im.Definitions[1].GUID, im.Definitions[len(im.Definitions)-1].GUID
	im.Bytes = replace(im.Bytes, other, data)
	renamed := event
	renamed[0] ^= 0xff
	renamed[7] ^= 1
	copy(im.Bytes[first:], replace(im.Bytes[first:], event, renamed))
	im.Seal(1)
	im.Seal(2)
	for _, d := range im.Definitions {
		if d.Chunk == 0 {
			clear(im.Bytes[d.Offset+4 : d.Offset+20])
		}
	}
	makeOld(im.Bytes[:first])
	rows, _ := readRows(t, im.Bytes, slackOptions)
	old := slackOf(rows)
	if len(old) != 2 {
		t.Fatalf("%d old records", len(old))
	}
	for _, r := range old {
		if r.TemplateSource != model.TemplateBuiltIn || r.data != "" || !strings.Contains(fmt.Sprint(r.Diagnostics), "several templates") {
			t.Errorf("%s %s %v", r.TemplateSource, r.data, r.Diagnostics)
		}
	}
}

// chunksNamed builds a log with a chunk for each name, that of the field its three events have.
func chunksNamed(t *testing.T, names ...string) *evtxbuild.Image {
	t.Helper()
	f := evtxbuild.New(evtxbuild.Options{})
	for i, name := range names {
		if i > 0 {
			f.NewChunk()
		}
		for n := range 3 {
			f.Event(evtxbuild.Event{Provider: "P", EventID: 7, Data: []evtxbuild.Data{evtxbuild.D(name, evtxbuild.UInt32(uint32(n)))}})
		}
	}
	im := f.Image()
	if im == nil {
		t.Fatal(f.Err())
	}
	return im
}

func saysCode(r oldRow, code string) bool {
	return slices.ContainsFunc(r.Diagnostics, func(d model.Diagnostic) bool { return d.Code == code })
}

// A definition that was overwritten is found in another chunk; but not if there are
// two that may be it.
func TestTemplateOfAnotherChunk(t *testing.T) {
	build := func(names ...string) *evtxbuild.Image { return chunksNamed(t, names...) }
	// old makes old records of the first chunk, whose definitions are overwritten.
	old := func(im *evtxbuild.Image) []byte {
		log := bytes.Clone(im.Bytes)
		for _, d := range im.Definitions {
			if d.Chunk == 0 {
				clear(log[d.Offset+4 : d.Offset+20])
			}
		}
		first := log[:4096+65536]
		makeOld(first)
		return log
	}
	rows, counts := readRows(t, old(build("n", "n")), slackOptions)
	if got := slackOf(rows); len(got) != 2 || got[0].TemplateSource != model.TemplateOtherChunk || got[1].data != `{"n":2}` || len(counts) > 0 {
		t.Fatalf("%d old records, %v", len(got), counts)
	}
	// Two chunks with other names under the same GUID.
	im := build("n", "n", "m")
	guid := im.Definitions[len(im.Definitions)-1].GUID
	var ofN [16]byte
	for _, d := range im.Definitions {
		if d.Chunk == 0 {
			ofN = d.GUID
		}
	}
	log := bytes.ReplaceAll(im.Bytes, guid[:], ofN[:])
	log = bytes.ReplaceAll(log, append([]byte{0x0c, 1}, guid[:4]...), append([]byte{0x0c, 1}, ofN[:4]...))
	copy(im.Bytes, log)
	im.Seal(2)
	rows, counts = readRows(t, old(im), slackOptions)
	for _, r := range slackOf(rows) {
		if r.data != "" || !strings.Contains(fmt.Sprint(r.Diagnostics), "several") {
			t.Errorf("of two templates one was taken: %s %v", r.data, r.Diagnostics)
		}
	}
	if len(slackOf(rows)) != 2 {
		t.Errorf("%d old records, %v", len(slackOf(rows)), counts)
	}
}

// FuzzOld reads any bytes as a log with old records: it ends, rows are where they
// say, and reading again gives the same.
func FuzzOld(f *testing.F) {
	for _, name := range []string{"slack.evtx", "damaged.evtx", "oddities-xml.evtx"} {
		f.Add(evtxFixture(f, name))
	}
	log := evtxFixture(f, "security-4654-tunnel.evtx")
	makeOld(log)
	f.Add(log)
	addMutants(f, evtxFixture(f, "security-4654-tunnel.evtx"))
	f.Fuzz(func(t *testing.T, log []byte) {
		o := parser.Options{Recover: parser.RecoverSlack, KeepRepeats: len(log)%2 == 1}
		if _, err := o.Open(bytes.NewReader(log)); err != nil {
			t.Skip()
		}
		rows, counts := readRows(t, log, o)
		for _, r := range slackOf(rows) {
			if r.Offset+uint64(len(r.Raw)) > uint64(len(log)) || !bytes.Equal(r.Raw, log[r.Offset:][:len(r.Raw)]) {
				t.Errorf("record at %#x is not there", r.Offset)
			}
		}
		again, count := readRows(t, log, o)
		if len(again) != len(rows) || !maps.Equal(count, counts) {
			t.Errorf("%d rows %v, then %d %v", len(rows), counts, len(again), count)
		}
	})
}

// Every byte of a log is accounted for once, whatever is wrong with it and wherever it
// ends.
func TestAccount(t *testing.T) {
	account := func(name string, log []byte) {
		for _, o := range []parser.Options{{}, slackOptions} {
			l, err := o.Open(bytes.NewReader(log))
			if err != nil {
				continue
			}
			w := parser.NewWorker()
			var a parser.Account
			for f := range l.Frames() {
				if f == nil {
					continue
				}
				for range w.Events(f) {
				}
				a.Add(w.Account())
			}
			a.Add(l.(parser.Accounted).Account())
			if a.Total() != int64(len(log)) {
				t.Errorf("%s, recover %q: %d bytes, accounted for are %d: %+v", name, o.Recover, len(log), a.Total(), a)
			}
			if o.Recover == "" && a.Slack+a.Repeats+a.Undecodable > 0 || o.Recover != "" && a.Unread > 0 {
				t.Errorf("%s, recover %q: %+v", name, o.Recover, a)
			}
			for _, n := range []int64{a.Headers, a.Live, a.PastFree, a.Slack, a.Repeats, a.Undecodable, a.Unread, a.Zero, a.Damaged} {
				if n < 0 {
					t.Errorf("%s, recover %q: %+v", name, o.Recover, a)
				}
			}
		}
	}
	for name, log := range everyLog(t) {
		account(name, log)
	}
	for _, f := range fixtures.All() {
		l, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		if f.Damaged {
			account(f.Name, l.Bytes)
		}
	}
	slack := evtxFixture(t, "slack.evtx")
	for n := 4096; n < len(slack); n += 509 {
		account(fmt.Sprintf("slack.evtx cut at %d", n), slack[:n])
	}
	makeOld(slack)
	account("slack.evtx with all records old", slack)
}

// Runs are of ids that follow each other, and tell of a clock that was set back.
func TestRuns(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{FirstRecordID: 10})
	at := evtxbuild.Ticks(time.Date(2024, 3, 5, 8, 0, 0, 0, time.UTC))
	for i, id := range []uint64{10, 11, 12, 15, 16} {
		ev := numbered(i)
		ev.RecordID, ev.Time = id, at+uint64(i)*10
		if id == 12 {
			ev.Time = at - 70
		}
		if id == 16 {
			ev.Written = 0xffff // long ago
		}
		f.Event(ev)
	}
	w := parser.NewWorker()
	for _, frame := range frames(t, f.Bytes()) {
		for range w.Events(frame.(parser.Frame)) {
		}
	}
	got := fmt.Sprint(w.Runs())
	start := model.FILETIME(at)
	want := fmt.Sprint([]parser.Run{
		{First: 10, Last: 12, Start: start, End: start - 70, Back: parser.Back{N: 1, Most: 80, ID: 12}},
		{First: 15, Last: 16, Start: start + 30, End: 0xffff, Back: parser.Back{N: 1, Most: start + 30 - 0xffff, ID: 16}},
	})
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// Every old record that others count in the sample logs is recovered, or refused with a
// reason; or it is one that they take for old since they end at the first damage.
func TestSlackOfTheSamples(t *testing.T) {
	dir := filepath.Join("..", "..", "shared", "samples", "evtx")
	manifest, err := os.ReadFile(filepath.Join(dir, "MANIFEST.tsv"))
	if err != nil {
		t.Skipf("no samples: %v", err)
	}
	recovered, accounted, carvable := 0, 0, 0
	for i, line := range strings.Split(strings.TrimSpace(string(manifest)), "\n") {
		column := strings.Split(line, "\t")
		if i == 0 || len(column) < 13 || column[12] == "0" {
			continue
		}
		want, err := strconv.Atoi(column[12])
		if err != nil {
			t.Fatal(err)
		}
		log, err := os.ReadFile(filepath.Join(dir, column[0]))
		if err != nil {
			t.Fatal(err)
		}
		rows, counts := readRows(t, log, slackOptions)
		old := slackOf(rows)
		got := len(old)
		for _, n := range counts {
			got += int(n)
		}
		recovered += len(old)
		// Live records that were found behind damage, whether their data decodes or not.
		for _, r := range readMutant(bytes.NewReader(log), slackOptions).rows {
			if strings.Contains(fmt.Sprint(r.Diagnostics), "after-damage") {
				got++
			}
		}
		carvable += want
		accounted += got
		if got < want {
			t.Errorf("%s: %d old records, %d are accounted for", column[0], want, got)
		}
	}
	if recovered < carvable/2 {
		t.Errorf("%d of %d old records are recovered", recovered, carvable)
	}
	t.Logf("%d old records in the manifest, %d accounted for, %d recovered", carvable, accounted, recovered)
}
