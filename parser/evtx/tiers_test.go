package evtx_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// A decoder that may step over what is not wanted gives of every log what one
// gives that decodes everything: all that is wanted, all that is odd, and of the
// rest the same counts and times. These are the wants that are tried; the
// decoders keep what they know from log to log.
func tierDecoders() []*evtx.Decoder {
	odd := func(ev *model.Event) bool { return ev.EventID.V%2 == 1 }
	security := func(ev *model.Event) bool { return ev.Channel.V == "Security" && ev.EventID.V != 4624 }
	at := func(t model.FILETIME) model.Opt[model.FILETIME] { return model.Some(t) }
	const start = 133540992000000000 // of what evtxbuild writes: 2024-03-05T08:00:00Z
	var all []*evtx.Decoder
	for _, w := range []evtx.Want{
		{Kind: func(*model.Event) bool { return false }},
		{Kind: odd},
		{Kind: func(*model.Event) bool { return false }, Since: at(start + 15_000_000), Until: at(start + 60_000_000)},
		{Kind: security, Since: at(start + 30_000_000)},
		{Since: at(start + 20_000_000), Until: at(start + 60_000_000)},
		{Kind: odd, Until: at(start + 1)},
		{Kind: odd, Since: at(start + 20_000_000), Until: at(start + 60_000_000), AnyTime: true},
		{Until: at(0)},
		{}, // all, and by kind
	} {
		d := evtx.NewDecoder()
		d.Want = &w
		all = append(all, d)
	}
	return all
}

// seen is one thing that a decoder says of a chunk.
type seen struct {
	record evtx.Record
	event  model.Event
	fields string // as text, in which NaN equals itself
	err    error
}

func (s *seen) String() string {
	return fmt.Sprintf("%#x %d %v %s torn %t after %t %d: %v: %+v %s", s.record.Offset, s.record.ID, s.record.Written, s.record.State,
		s.record.Torn, s.record.AfterDamage, len(s.record.Data), s.err, s.event, s.fields)
}

func (s *seen) is(o *seen) bool {
	a, b := s.record, o.record
	return a.Offset == b.Offset && a.ID == b.ID && a.Written == b.Written && a.State == b.State && a.Torn == b.Torn &&
		a.AfterDamage == b.AfterDamage && a.Covers == b.Covers && a.Covered == b.Covered && len(a.Data) == len(b.Data) &&
		(s.err == o.err || fmt.Sprint(s.err) == fmt.Sprint(o.err)) && reflect.DeepEqual(s.event, o.event) && s.fields == o.fields
}

// plain says that nothing is odd about what was seen, so that it may be left out
// if it is not wanted.
func (s *seen) plain() bool {
	return s.err == nil && s.record.State == model.StateLive && !s.record.Torn && !s.record.AfterDamage
}

// kindCount is what is to be known of the records of a kind.
type kindCount struct {
	records, within int64
	first, last     model.Opt[model.FILETIME]
}

func (c *kindCount) add(o kindCount) {
	c.records += o.records
	c.within += o.within
	for _, t := range []model.Opt[model.FILETIME]{o.first, o.last} {
		if t.OK && (!c.first.OK || t.V < c.first.V) {
			c.first = t
		}
		if t.OK && (!c.last.OK || t.V > c.last.V) {
			c.last = t
		}
	}
}

// kindKey is what Passed says of a kind.
type kindKey struct {
	provider, channel, host model.Opt[string]
	guid                    model.Opt[model.GUID]
	id                      model.Opt[uint32]
}

type kindCounts map[kindKey]*kindCount

func (c kindCounts) add(ev *model.Event, n kindCount) {
	key := kindKey{ev.Provider, ev.Channel, ev.Host, ev.ProviderGUID, ev.EventID}
	if c[key] == nil {
		c[key] = &kindCount{}
	}
	c[key].add(n)
}

// wholly is what a decoder says of a log that decodes everything.
type wholly struct {
	errs   string // between the chunks
	chunks []whollyChunk
}

type whollyChunk struct {
	odd  string // what Verify says
	seen []seen
}

func readWholly(log []byte) (w wholly) {
	chunks, errs := chunksOf(log)
	w.errs = fmt.Sprint(errs)
	for _, c := range chunks {
		of := whollyChunk{odd: fmt.Sprint(c.Verify())}
		d := evtx.NewDecoder() // nothing that it knows is of another chunk
		d.Chunk(c)
		for r, err := range c.Records() {
			of.seen = append(of.seen, sight(d, r, err, d.SystemByField))
		}
		w.chunks = append(w.chunks, of)
	}
	return w
}

// sameTiers compares what d says of a log with that, and returns how many records
// d has stepped over.
func sameTiers(d *evtx.Decoder, log []byte, w *wholly) (passed int64, err error) {
	chunks, errs := chunksOf(log)
	if got := fmt.Sprint(errs); got != w.errs || len(chunks) != len(w.chunks) {
		return 0, fmt.Errorf("%s, want %s", got, w.errs)
	}
	for i, c := range chunks {
		if got := fmt.Sprint(c.Verify()); got != w.chunks[i].odd {
			return 0, fmt.Errorf("%s, want %s", got, w.chunks[i].odd)
		}
		var got []seen
		d.Chunk(c)
		for r, err := range d.Records() {
			got = append(got, sight(d, r, err, d.System))
		}
		left, told := kindCounts{}, kindCounts{}
		whole := w.chunks[i].seen
		for i := range whole {
			w := &whole[i]
			if len(got) > 0 && got[0].is(w) {
				got = got[1:]
				continue
			}
			within := d.Want.Time(w.event.Time)
			wanted := d.Want.Kind == nil || d.Want.Kind(&w.event)
			if !w.plain() || wanted && (within || d.Want.AnyTime) {
				return passed, fmt.Errorf("without %s", w)
			}
			n := kindCount{records: 1, first: w.event.Time, last: w.event.Time}
			if within {
				n.within = 1
			}
			left.add(&w.event, n)
			passed++
		}
		if len(got) > 0 {
			return passed, fmt.Errorf("with %s", &got[0])
		}
		for p := range d.Passed() {
			told.add(p.Event, kindCount{p.Records, p.Within, p.First, p.Last})
		}
		if len(left) != len(told) {
			return passed, fmt.Errorf("%d kinds, want %d", len(told), len(left))
		}
		for key, n := range left {
			if told[key] == nil || *told[key] != *n {
				return passed, fmt.Errorf("%v: %+v, want %+v", key, told[key], n)
			}
		}
	}
	return passed, nil
}

func sight(d *evtx.Decoder, r evtx.Record, err error, system func(*evtx.Record, *model.Event) error) seen {
	s := seen{record: r, err: err}
	if err == nil {
		if s.err = system(&r, &s.event); s.err == nil {
			if _, err := d.Data(nil, &s.event); err != nil { // and what it says of the values
				s.event.Data = []byte(err.Error())
			}
			err := d.Fields(&s.event)
			s.fields = fmt.Sprint(s.event.Fields, err)
			s.event.Fields = nil
		}
	}
	return s
}

// chunksOf returns the chunks of a log, and the errors between them.
func chunksOf(log []byte) (chunks []*evtx.Chunk, errs []error) {
	f, err := evtx.NewReader(bytes.NewReader(log))
	if err != nil {
		return nil, []error{err}
	}
	for c, err := range f.Chunks() {
		if err != nil {
			errs = append(errs, err)
		} else {
			chunks = append(chunks, c)
		}
	}
	return chunks, errs
}

// allTiers compares a log with every want, and returns how many records were
// stepped over.
func allTiers(t *testing.T, decoders []*evtx.Decoder, log []byte) (passed int64) {
	t.Helper()
	passed, err := trySameTiers(decoders, log)
	if err != nil {
		t.Fatal(err)
	}
	return passed
}

func trySameTiers(decoders []*evtx.Decoder, log []byte) (passed int64, err error) {
	w := readWholly(log)
	for i, d := range decoders {
		n, err := sameTiers(d, log, &w)
		if err != nil {
			return passed, fmt.Errorf("want %d: %w", i, err)
		}
		passed += n
	}
	return passed, nil
}

func TestTiersOfFixtures(t *testing.T) {
	decoders := tierDecoders()
	var passed int64
	for _, f := range fixtures.All() {
		t.Run(f.Name, func(t *testing.T) {
			log := fixture(t, f.Name).Bytes
			for range 2 { // the second time its kinds are known
				passed += allTiers(t, decoders, log)
			}
		})
	}
	if passed < 1000 {
		t.Errorf("%d records were stepped over", passed)
	}
}

func TestTiersOfSamples(t *testing.T) {
	names, _ := filepath.Glob(filepath.Join(sampleDir, "*.evtx"))
	if len(names) == 0 {
		t.Skipf("no samples in %s", sampleDir)
	}
	decoders := tierDecoders()
	var passed int64
	for _, name := range names {
		t.Run(filepath.Base(name), func(t *testing.T) {
			log, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if testing.Short() && len(log) > 1<<20 {
				t.Skip("large")
			}
			passed += allTiers(t, decoders, log)
		})
	}
	if passed < 2000 {
		t.Errorf("%d records were stepped over", passed)
	}
}

// Of a log whose kinds are known nearly all records are stepped over.
func TestTiersStepOverNearlyAll(t *testing.T) {
	log := securityLog(1 << 20)
	decoders := tierDecoders()[:1]
	for i := range 2 {
		passed := allTiers(t, decoders, log)
		if records := int64(len(read(t, log).rows)); records < 1000 || passed < records-int64(20*(1-i)) {
			t.Errorf("%d of %d records", passed, records)
		}
	}
}

// Bytes of a log with a bit or all inverted, read by decoders that know its kinds.
func TestTiersOfFlippedBytes(t *testing.T) {
	for name, step := range map[string]int{"security-neighbours.evtx": 1, "oddities-values.evtx": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			im := fixture(t, name).Image
			decoders := tierDecoders()[:2]
			if allTiers(t, decoders, im.Bytes); allTiers(t, decoders, im.Bytes) == 0 {
				t.Fatal("nothing was stepped over")
			}
			last := im.Records[len(im.Records)-1]
			if testing.Short() {
				step = 29
			}
			for p := fileHeader; p < min(last.Offset+last.Size+32, len(im.Bytes)); p += step {
				mask := byte(1) << (p % 8)
				if p%9 == 0 {
					mask = 0xff
				}
				im.Bytes[p] ^= mask
				if _, err := trySameTiers(decoders, im.Bytes); err != nil {
					t.Fatalf("byte %#x ^ %#02x: %v", p, mask, err)
				}
				im.Bytes[p] ^= mask
			}
		})
	}
}

// Records that differ from a known one in nothing but what kinds are told apart
// by, or in how that is laid out.
func TestTiersTellKindsApart(t *testing.T) {
	event := func(edit func(*evtxbuild.Event)) evtxbuild.Event {
		ev := evtxbuild.Event{Provider: "Provider-A", ProviderGUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}", EventID: 4624,
			Channel: "Channel-A", Computer: "host-a", Data: []evtxbuild.Data{evtxbuild.D("a", evtxbuild.UInt32(1))}}
		edit(&ev)
		return ev
	}
	edits := []func(*evtxbuild.Event){
		func(*evtxbuild.Event) {},
		func(ev *evtxbuild.Event) { ev.EventID = 4625 },
		func(ev *evtxbuild.Event) { ev.EventID = 4624 + 64 }, // of the same bucket
		func(ev *evtxbuild.Event) { ev.Provider = "Provider-B" },
		func(ev *evtxbuild.Event) { ev.Provider = "Provider" }, // of another size
		func(ev *evtxbuild.Event) { ev.ProviderGUID = "{54849625-5478-4994-A5BA-3E3B0328C30E}" },
		func(ev *evtxbuild.Event) { ev.ProviderGUID = "" },
		func(ev *evtxbuild.Event) { ev.Channel = "Channel-B" },
		func(ev *evtxbuild.Event) { ev.Computer = "host-b" }, // text of another template
		func(ev *evtxbuild.Event) { q := uint16(1); ev.Qualifiers = &q },
		func(ev *evtxbuild.Event) { ev.UserID = "S-1-5-18" },
		func(ev *evtxbuild.Event) { ev.UserID = "S-1-5-21-1-2-3-4" },
		func(ev *evtxbuild.Event) { ev.ActivityID = "{54849625-5478-4994-A5BA-3E3B0328C30D}" },
		func(ev *evtxbuild.Event) { ev.Style = evtxbuild.Classic; ev.Strings = []string{"a"} },
		func(ev *evtxbuild.Event) { ev.Style = evtxbuild.Literal },
		func(ev *evtxbuild.Event) { ev.Data = nil },
		func(ev *evtxbuild.Event) { ev.Bare = true },
	}
	f := evtxbuild.New(evtxbuild.Options{})
	for range 3 {
		for _, edit := range edits {
			f.Event(event(edit))
			f.Event(event(edits[0]))
		}
	}
	im := image(t, f)
	decoders := tierDecoders()
	if passed := allTiers(t, decoders, im.Bytes); passed < int64(2*len(edits)) {
		t.Errorf("%d records were stepped over", passed)
	}
	got := allTiers(t, decoders[:1], im.Bytes)
	if records := int64(len(im.Records)); got != records-3 { // but those without template
		t.Errorf("%d of %d records were stepped over", got, records)
	}
}

// Templates and values that Windows does not write: in each log the second record
// differs from the first in something that decides what System says.
func TestTiersOfOddLayouts(t *testing.T) {
	el, opt := evtxbuild.El, evtxbuild.Optional
	u16, ft, str, guid := evtxbuild.UInt16, evtxbuild.FileTime, evtxbuild.String, evtxbuild.GUID
	const start = 133540992000000000
	attr := func(name, of string, n evtxbuild.Node) evtxbuild.Element {
		return evtxbuild.Element{Name: name, Empty: true, Attributes: []evtxbuild.Attribute{evtxbuild.Attr(of, n)}}
	}
	// The values: event id, time, channel, GUID, last one.
	template := evtxbuild.Definition(el("Event", el("System",
		attr("Provider", "Guid", opt(3, evtxbuild.TypeGUID)), el("EventID", opt(0, evtxbuild.TypeUInt16)),
		attr("TimeCreated", "SystemTime", opt(1, evtxbuild.TypeFileTime)),
		evtxbuild.Element{Name: "Channel", Dependency: evtxbuild.On(4), Content: []evtxbuild.Node{opt(2, evtxbuild.TypeString)}}),
		el("EventData", el("Data", opt(4, evtxbuild.TypeString)))))
	// The time is the last value.
	timeLast := evtxbuild.Definition(el("Event", el("System", el("EventID", opt(0, evtxbuild.TypeUInt16)),
		attr("TimeCreated", "SystemTime", opt(1, evtxbuild.TypeFileTime)))))
	const g = "{54849625-5478-4994-A5BA-3E3B0328C30D}"
	whole := []evtxbuild.Value{u16(2), ft(start), str("C"), guid(g), str("x")}
	with := func(i int, v evtxbuild.Value) []evtxbuild.Value {
		values := append([]evtxbuild.Value{}, whole...)
		values[i] = v
		return values
	}
	sysTime := evtxbuild.SysTime([8]uint16{2024, 3, 2, 5, 8, 0, 1, 0})
	for _, c := range []struct {
		name          string
		template      *evtxbuild.Template
		first, second []evtxbuild.Value
		edit          func(im *evtxbuild.Image, record, descriptors int) // of the second
	}{
		{"the last value is NULL", template, whole, with(4, evtxbuild.NullSized(2)), nil},
		{"the last value is cut", template, with(4, evtxbuild.BinXML(el("a"), evtxbuild.EOF{})), with(4, evtxbuild.BinXML(el("a"), evtxbuild.EOF{})),
			func(im *evtxbuild.Image, _, at int) { im.Put(at+4*4+1, 1) }},
		{"the last value is too long", template, whole, whole, func(im *evtxbuild.Image, _, at int) { im.Put(at+4*4+1, 1) }},
		{"a value is too long", template, whole, whole, func(im *evtxbuild.Image, _, at int) { im.Put(at+2*4+1, 1) }},
		{"the time is the last value", timeLast, []evtxbuild.Value{u16(2), ft(start)}, []evtxbuild.Value{u16(2), evtxbuild.RawValue(evtxbuild.TypeFileTime, make([]byte, 4))}, nil},
		{"the time is a SYSTEMTIME", template, with(1, sysTime), with(1, sysTime), nil},
		{"the time is text", template, with(1, str("2024-03-05T08:00:01Z")), with(1, str("2024-03-05T08:00:02Z")), nil},
		{"the time is short", template, with(1, evtxbuild.RawValue(evtxbuild.TypeFileTime, make([]byte, 7))), with(1, evtxbuild.RawValue(evtxbuild.TypeFileTime, make([]byte, 7))), nil},
		{"the time is NULL", template, with(1, evtxbuild.NullSized(8)), whole, nil},
		{"values are missing", template, whole[:3], whole[:3], nil},
		{"all values are missing", template, nil, nil, nil},
		{"the id is text", template, with(0, str("2")), with(0, str("x")), nil},
		{"the id has four bytes", template, with(0, evtxbuild.UInt32(2)), with(0, evtxbuild.UInt32(70000)), nil},
		{"the id is NULL", template, with(0, evtxbuild.NullSized(2)), whole, nil},
		{"the GUID is odd", template, with(3, evtxbuild.RawValue(evtxbuild.TypeGUID, make([]byte, 15))), with(3, evtxbuild.RawValue(evtxbuild.TypeGUID, make([]byte, 15))), nil},
		{"the GUID differs", template, whole, with(3, guid("{54849625-5478-4994-A5BA-3E3B0328C30E}")), nil},
		{"the record's size is too large", template, whole, whole, func(im *evtxbuild.Image, i, _ int) {
			r := im.Records[i]
			im.PutUint32(r.Offset+4, uint32(r.Size)+1<<16)
			im.PutUint32(r.Offset+r.Size-4, uint32(r.Size)+1<<16)
		}},
		{"another version of the fragment", template, whole, whole, func(im *evtxbuild.Image, i, _ int) { im.Put(im.Records[i].Offset+recordHead+1, 2) }},
		{"another template id", template, whole, whole, func(im *evtxbuild.Image, i, _ int) { im.Put(im.Records[i].Offset+recordHead+6, 0xee) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := evtxbuild.New(evtxbuild.Options{})
			for i := range 9 {
				values := c.first
				if i%3 == 2 {
					values = c.second
				}
				f.Record(evtxbuild.Record{Body: evtxbuild.Document(evtxbuild.Instance{Template: c.template, Values: values})})
			}
			im := image(t, f)
			decoders := tierDecoders()
			if c.edit != nil {
				allTiers(t, decoders, im.Bytes)
				r := im.Records[5]
				table := binary.LittleEndian.AppendUint32(nil, uint32(len(c.second)))
				at := bytes.LastIndex(im.Bytes[r.Offset:r.Offset+r.Size], table)
				if at < 0 {
					t.Fatal("no descriptors")
				}
				c.edit(im, 5, r.Offset+at+4)
			}
			allTiers(t, decoders, im.Bytes)
			allTiers(t, decoders, im.Bytes)
		})
	}
}

// Two templates that share names, in a second chunk whose names differ, and the
// first of them at another place, to which its names do not belong.
func TestTiersOfSharedNames(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	for range 2 {
		f.NewChunk()
		for _, host := range []string{"host-a", "host-b", "host-b"} {
			ev := numbered(1)
			ev.Computer = host
			f.Event(ev)
		}
	}
	im := image(t, f)
	decoders := tierDecoders()
	allTiers(t, decoders, im.Bytes)
	allTiers(t, decoders, im.Bytes)

	second := im.Bytes[im.Chunks[1]:]
	name := evtxbuild.StringUnits([]uint16{'C', 'o', 'm', 'p', 'u', 't', 'e', 'r'}).Data
	at := bytes.Index(second, name)
	binary.LittleEndian.PutUint16(second[at-4:], evtxbuild.NameHash("Komputer"))
	second[at] = 'K'
	im.Seal(1)
	allTiers(t, decoders, im.Bytes)

	// The first record of the first chunk again, its definition with it, as the
	// second of the second chunk.
	from, to := im.Records[0], im.Records[4]
	record := bytes.Clone(im.Bytes[from.Offset : from.Offset+from.Size])
	at = to.Offset - im.Chunks[1]
	binary.LittleEndian.PutUint32(record[recordHead+10:], uint32(at+recordHead+14))
	copy(second[at:], record)
	im.Seal(1)
	allTiers(t, decoders, im.Bytes)
}

// More kinds than are remembered, in more layouts and templates.
func TestTiersForgetKinds(t *testing.T) {
	n := 6000
	if testing.Short() {
		n = 1500
	}
	f := evtxbuild.New(evtxbuild.Options{})
	for i := range n {
		f.Event(evtxbuild.Event{Provider: fmt.Sprint("P", i%997), EventID: uint16(i % 1501), Channel: fmt.Sprint("C", i%7),
			Data: []evtxbuild.Data{evtxbuild.D("a", evtxbuild.UInt32(1))}})
	}
	decoders := tierDecoders()[:2]
	log := image(t, f).Bytes
	allTiers(t, decoders, log)
	allTiers(t, decoders, log)
}

// Stepping over a record allocates nothing.
func TestPassAllocatesNothing(t *testing.T) {
	chunks, _ := chunksOf(securityLog(1 << 20))
	d := tierDecoders()[0]
	var passed int64
	all := func() {
		for _, c := range chunks {
			d.Chunk(c)
			for r, err := range d.Records() {
				if s := sight(d, r, err, d.System); s.err != nil {
					t.Fatal(s.err)
				}
			}
		}
		for p := range d.Passed() {
			passed += p.Records
		}
	}
	all()
	passed = 0
	n := testing.AllocsPerRun(5, all)
	if records := passed / 6; records < 1000 || n > float64(len(chunks)+20) {
		t.Errorf("%v allocations for %d records in %d chunks", n, records, len(chunks))
	}
}

// Who stops in the middle of what was passed gets the rest the next time.
func TestPassedGoesOn(t *testing.T) {
	chunks, _ := chunksOf(securityLog(1 << 20))
	d := tierDecoders()[0]
	pass := func() {
		d.Chunk(chunks[0])
		for r, err := range d.Records() {
			if s := sight(d, r, err, d.System); s.err != nil {
				t.Fatal(s.err)
			}
		}
	}
	pass() // the kinds become known
	for range d.Passed() {
	}
	pass()
	whole, told := map[uint32]int64{}, map[uint32]int64{}
	for p := range d.Passed() {
		whole[p.Event.EventID.V] += p.Records
	}
	pass()
	for calls := range len(whole) + 1 {
		for p := range d.Passed() {
			if calls == len(whole) {
				t.Error("one more than there are kinds")
			}
			told[p.Event.EventID.V] += p.Records
			break
		}
	}
	if len(whole) < 2 || !maps.Equal(whole, told) {
		t.Errorf("%v one by one, %v at once", told, whole)
	}
}
