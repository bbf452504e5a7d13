package main

import (
	"bytes"
	"testing"
)

// What is recovered comes on top: the rows of current records are the same without.
func TestRecoveredRowsComeOnTop(t *testing.T) {
	t.Chdir("../..")
	for _, fixture := range []string{"testdata/evtx/slack.evtx", "testdata/evtx/damaged.evtx"} {
		for _, command := range []string{"export", "events"} {
			without := ndjson(t, []string{command, "--recover", "none"}, "2", fixture)
			with := ndjson(t, []string{command, "--recover", "slack"}, "2", fixture)
			var current []byte
			old := 0
			for line := range bytes.Lines(with) {
				if bytes.Contains(line, []byte(`"record_state":"slack"`)) {
					old++
				} else {
					current = append(current, line...)
				}
			}
			if !bytes.Equal(current, without) {
				t.Errorf("%s %s: current rows are not those without recovery", command, fixture)
			}
			if old == 0 {
				t.Errorf("%s %s: no old records", command, fixture)
			}
		}
	}
}
