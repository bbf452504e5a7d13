package compare

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

var fuzzSeeds = []struct{ ours, theirs string }{
	{`{"a":1,"b":[true,null,"x"],"C":{"Name":"n","#text":"t"}}`, `{"Event":{"System":{"P":""},"EventData":{"a":"1","b":["true",null],"n":"t"}}}`},
	{`{"Data":["a",""],"Data2":"x"}`, `{"Event":{"EventData":{"Data":"a","Data1":{},"Data2":"x"}}}`},
	{`{"Root":{"a":{"Name":"b"},"b":[{"Name":"a"}]}}`, `{"Event":{"UserData":{"Root":{"b":[],"a":{"Value":{"Value":[]}}}}}}`},
	{`[]`, `[[[]]]`},
}

// FuzzRecord compares anything with anything: nothing panics, and each difference
// has a field and a value.
func FuzzRecord(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s.ours, s.theirs)
	}
	tree := func() (*binxml.Element, error) {
		return element("Event", "", element("EventData", "", element("Data", "a", raw(binxml.TypeBool, "02")))).Element, nil
	}
	f.Fuzz(func(t *testing.T, ours, theirs string) {
		var v any
		dec := json.NewDecoder(strings.NewReader(theirs))
		dec.UseNumber()
		if dec.Decode(&v) != nil {
			return
		}
		differences, err := Record(&model.Event{Data: []byte(ours)}, tree, v)
		if err != nil && differences != nil {
			t.Errorf("%v with %v", err, differences)
		}
		for _, d := range differences {
			if d.Field == "" || d.Ours == Missing && d.Theirs == Missing {
				t.Errorf("%+v", d)
			}
		}
	})
}

func TestFuzzSeeds(t *testing.T) {
	for _, s := range fuzzSeeds {
		if !json.Valid([]byte(s.ours)) || !json.Valid([]byte(s.theirs)) {
			t.Errorf("%s, %s: the target would not look at it", s.ours, s.theirs)
		}
	}
	if len(fuzzSeeds) == 0 {
		t.Error("no seeds")
	}
}
