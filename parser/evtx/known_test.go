package evtx

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// What is known are the records that were added, whatever their order, and no others.
func TestKnown(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var k known
	added := map[key]bool{}
	for range 50 {
		first, written := rng.Uint64N(1000), model.FILETIME(rng.Uint64())
		for i := range rng.Uint64N(40) {
			k.add(first+i, written+model.FILETIME(i)*10_000_000)
			added[key{first + i, written + model.FILETIME(i)*10_000_000}] = true
		}
		if rng.IntN(4) == 0 {
			k.has(rng.Uint64N(1000), 0) // sorts, and more may come
		}
	}
	k.add(1<<64-1, 5) // the last id there is
	added[key{1<<64 - 1, 5}] = true
	for want := range added {
		if !k.has(want.id, want.written) {
			t.Errorf("%v was added", want)
		}
		if other := (key{want.id, want.written + 1}); !added[other] && k.has(other.id, other.written) {
			t.Errorf("%v was not added", other)
		}
	}
	for id := range uint64(1100) {
		if k.has(id, 12345) {
			t.Errorf("%d at 12345 was not added", id)
		}
	}
}

// Many runs may have been made to lie about one id: a few of them are looked at, and of a record
// beyond nobody says that it is known.
func TestKnownOverlap(t *testing.T) {
	var k known
	for i := range uint64(100_000) {
		k.add(i, 1)
	}
	for i := range uint64(maxOverlap - 1) {
		k.add(2*i, 2)
	}
	if !k.has(5000, 1) || !k.has(99_999, 1) || k.has(99_999, 2) {
		t.Error("what others lie about is not known")
	}
	k.add(1, 3)
	if k.has(99_999, 1) || !k.has(1, 1) || !k.has(1, 3) {
		t.Error("more is looked at than is bounded")
	}
}

// What is known of a log is forgotten for the next, and so is the memory of a large one.
func TestKnownForgetsALog(t *testing.T) {
	var k known
	const n = 20*marks + 5
	for i := range uint64(n) {
		k.add(2*i, model.FILETIME(i))
	}
	k.forgetLog()
	if len(k.marks) != 16 || k.marks[:cap(k.marks)][16] != nil || cap(k.runs) > 1<<12 || k.full() {
		t.Errorf("%d blocks, %d runs are kept", len(k.marks), cap(k.runs))
	}
	for i := range uint64(100) {
		if k.has(2*i, model.FILETIME(i)) {
			t.Fatalf("%d is known", 2*i)
		}
	}
	for i := range uint64(n) {
		k.add(i, model.FILETIME(i+7))
	}
	if !k.has(0, 7) || !k.has(n-1, n+6) || k.has(n, n+7) || k.has(2, 1) {
		t.Error("another log is not known as it is")
	}
}

// Of definitions with one id the one that stood among current records counts, and of
// two such none.
func TestLibrary(t *testing.T) {
	a := binxml.EventDataDefinition(7, []string{"A"})
	b := binxml.EventDataDefinition(7, []string{"B"})
	c := binxml.EventDataDefinition(7, []string{"C"})
	var l library
	find := func(want *binxml.Definition, several bool) {
		t.Helper()
		got, s := l.find(7, model.Opt[model.GUID]{})
		if (got == nil) != (want == nil) || got != nil && got.Definition != want || s != several {
			t.Errorf("%v, several %v; want %p, %v", got, s, want, several)
		}
	}
	find(nil, false)
	l.add(entry{a, false, true})
	find(a, false)
	l.add(entry{binxml.EventDataDefinition(7, []string{"A"}), false, true})
	find(a, false)
	l.add(entry{b, true, false})
	find(nil, true)
	l.add(entry{b, true, true})
	find(b, false)
	l.add(entry{c, false, true})
	find(b, false)
	if got, _ := l.find(7, model.Some(model.GUID{1})); got != nil {
		t.Error("a definition with another GUID")
	}
	l.add(entry{c, true, true})
	find(nil, true)
	if got, _ := l.find(8, model.Opt[model.GUID]{}); got != nil {
		t.Error("a definition with another id")
	}
}

// Of one id there may be many definitions, if somebody made them: a few are kept, and one that
// all speaks for is among them.
func TestLibraryOfMany(t *testing.T) {
	var l library
	certain := binxml.EventDataDefinition(7, []string{"certain"})
	for i := range 3 * maxAlike {
		l.add(entry{binxml.EventDataDefinition(7, []string{fmt.Sprint(i)}), i%2 == 0, false})
	}
	if got, several := l.find(7, model.Opt[model.GUID]{}); got != nil || !several || len(l.byID[7]) != maxAlike {
		t.Errorf("of %d %v, several %v", len(l.byID[7]), got, several)
	}
	l.add(entry{certain, true, true})
	if got, several := l.find(7, model.Opt[model.GUID]{}); got == nil || got.Definition != certain || several || len(l.byID[7]) != maxAlike {
		t.Errorf("of %d %v, several %v", len(l.byID[7]), got, several)
	}
	kept := 0
	for i := range l.byID[7] {
		kept += len(l.byID[7][i].Content())
	}
	if l.bytes != kept {
		t.Errorf("%d bytes are counted, %d kept", l.bytes, kept)
	}
	// None is right that may be one of those that were left out, whatever its GUID.
	if got, several := l.find(7, model.Some(model.GUID{1})); got != nil || !several {
		t.Errorf("of an unknown GUID %v, several %v", got, several)
	}
	for i := range maxAlike {
		l.add(entry{binxml.EventDataDefinition(7, []string{fmt.Sprint("certain", i)}), true, true})
	}
	if got, several := l.find(7, model.Some(certain.GUID)); got != nil || !several {
		t.Errorf("where one that is certain was left out %v, several %v", got, several)
	}
}

// Where there is no room for a definition, no other of its id is right any more, unless all
// speaks for that one alone; where there is no room for the id, none is.
func TestLibraryOfLarge(t *testing.T) {
	large := func(id uint32, name string) *binxml.Definition {
		return binxml.EventDataDefinition(id, []string{name, strings.Repeat("x", 20_000)})
	}
	var l library
	first, sure := large(1, "first"), large(2, "sure")
	l.add(entry{first, false, true})
	l.add(entry{sure, true, true})
	n := 0
	for id := uint32(100); len(l.leftOut) == 0; id++ {
		l.add(entry{large(id, "other"), true, true})
		n++
	}
	if size := len(first.Content()); l.bytes > maxLibrary || l.bytes < maxLibrary-size || n < 100 {
		t.Fatalf("%d bytes of %d definitions", l.bytes, n)
	}
	small := binxml.EventDataDefinition(3, []string{"small"})
	if l.add(entry{small, true, true}); len(l.byID[3]) != 1 {
		t.Error("a small one has no room")
	}
	for _, c := range []struct {
		id     uint32
		sure   bool
		before *binxml.Definition
		after  *binxml.Definition
	}{{1, false, first, nil}, {2, false, sure, sure}, {2, true, sure, nil}, {4, false, nil, nil}} {
		find := func(want *binxml.Definition, several bool) {
			t.Helper()
			got, s := l.find(c.id, model.Opt[model.GUID]{})
			if (got == nil) != (want == nil) || got != nil && got.Definition != want || s != several {
				t.Errorf("id %d: %v, several %v", c.id, got, s)
			}
		}
		find(c.before, false)
		l.add(entry{large(c.id, "second"), c.sure, true})
		find(c.after, c.after == nil)
	}
	for id := uint32(1000); len(l.leftOut) < maxLeftOut; id++ {
		l.leaveOut(id, true)
	}
	if got, several := l.find(3, model.Opt[model.GUID]{}); got == nil || several {
		t.Errorf("%v, several %v", got, several)
	}
	l.leaveOut(1, true) // is noted
	if got, several := l.find(3, model.Opt[model.GUID]{}); got == nil || several {
		t.Errorf("%v, several %v", got, several)
	}
	l.leaveOut(999, false)
	if got, several := l.find(3, model.Opt[model.GUID]{}); got != nil || !several || len(l.leftOut) != maxLeftOut {
		t.Errorf("%v, several %v, %d ids", got, several, len(l.leftOut))
	}
}

// The table of known fields has those of the events that matter, with types that
// there are.
func TestBuiltinTable(t *testing.T) {
	lists := builtin()
	for id, want := range map[uint32][]int{4654: {19, 21}, 1007: {15, 17}, 5452: {8, 10, 12}, 4653: {16}} {
		var got []int
		for _, l := range lists[id] {
			got = append(got, len(l.names))
		}
		if len(got) != len(want) {
			t.Errorf("event %d: lists of %v fields, want %v", id, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("event %d: lists of %v fields, want %v", id, got, want)
			}
		}
	}
	for id, of := range lists {
		for _, l := range of {
			seen := map[string]bool{}
			for i, name := range l.names {
				if name == "" || seen[name] || l.types[i] == binxml.TypeNull {
					t.Errorf("event %d: field %q of %v", id, name, l.types[i])
				}
				seen[name] = true
			}
		}
	}
}

// Without the provider's name few fields tell nothing.
func TestListOf(t *testing.T) {
	values := func(types ...binxml.Type) (all []binxml.Value) {
		for _, typ := range types {
			all = append(all, binxml.Value{Type: typ})
		}
		return all
	}
	const audit = "Microsoft-Windows-Security-Auditing"
	if l := listOf(audit, 4646, 0, values(binxml.TypeString)); l == nil || l.names[0] != "notification" {
		t.Error("4646 with its one field is not found")
	}
	for name, l := range map[string]*fieldList{
		"without provider":  listOf("", 4646, 0, values(binxml.TypeString)),
		"another provider":  listOf("Microsoft-Windows-WFP", 4646, 0, values(binxml.TypeString)),
		"another version":   listOf(audit, 4646, 1, values(binxml.TypeString)),
		"another type":      listOf(audit, 4646, 0, values(binxml.TypeUInt32)),
		"one value more":    listOf(audit, 4646, 0, values(binxml.TypeString, binxml.TypeString)),
		"none of the event": listOf(audit, 4624, 0, values(binxml.TypeString)),
	} {
		if l != nil {
			t.Errorf("%s: %v", name, l.names)
		}
	}
	var of4654 []binxml.Type
	for _, l := range builtin()[4654] {
		if l.version == 1 {
			of4654 = l.types
		}
	}
	if l := listOf("", 4654, 1, values(of4654...)); l == nil || l.provider != audit {
		t.Error("4654 is not told by its 21 values")
	}
	// A field may have no value.
	some := slices.Clone(of4654)
	for i := range some[enoughFields:] {
		some[i] = binxml.TypeNull
	}
	if l := listOf("", 4654, 1, values(some...)); l == nil || l.provider != audit {
		t.Error("4654 is not told by 8 values")
	}
	some[len(some)-1] = binxml.TypeNull
	if l := listOf("", 4654, 1, values(some...)); l != nil {
		t.Errorf("7 values tell %v", l.names)
	}
	if l := listOf(audit, 4654, 1, values(some...)); l == nil {
		t.Error("with the provider's name they tell nothing")
	}
}
