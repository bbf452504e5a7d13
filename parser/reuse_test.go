package parser_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// A log says the same whatever the logs were that were read before it with the same Reuse,
// and what is read at the same time.
func TestReuseChangesNothing(t *testing.T) {
	logs := everyLog(t)
	for _, f := range fixtures.All() {
		l, err := f.Build()
		if err != nil {
			t.Fatal(err)
		}
		logs[f.Name] = l.Bytes
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(logs)), func(name string) bool {
		_, err := parser.Open(bytes.NewReader(logs[name]))
		return err != nil
	})
	read := func(name string, o parser.Options) string {
		rows, counts := readRows(t, logs[name], o)
		var all bytes.Buffer
		for _, r := range rows {
			fmt.Fprintln(&all, r.Offset, r.State, r.TemplateSource, r.text, r.data, r.Diagnostics, r.UID)
		}
		fmt.Fprintln(&all, counts)
		return all.String()
	}
	want := map[string]string{}
	old := 0
	for _, name := range names {
		want[name] = read(name, slackOptions)
		rows, _ := readRows(t, logs[name], slackOptions)
		old += len(slackOf(rows))
	}
	if len(names) < 10 || old == 0 {
		t.Fatalf("%d logs, %d old records", len(names), old)
	}
	shared := slackOptions
	shared.Reuse = &parser.Reuse{}
	var all sync.WaitGroup
	for worker := range 2 {
		all.Go(func() {
			names := slices.Clone(names)
			if worker == 1 {
				slices.Reverse(names)
			}
			for range 2 {
				for _, name := range names {
					if got := read(name, shared); got != want[name] {
						t.Errorf("%s differs behind others", name)
					}
				}
			}
		})
	}
	all.Wait()

	// Who stops within a log leaves nothing of it to the next.
	for _, name := range names {
		l, err := shared.Open(bytes.NewReader(logs[name]))
		if err != nil {
			t.Fatal(err)
		}
		for range l.Frames() {
			break
		}
		if next := names[len(names)/2]; read(next, shared) != want[next] {
			t.Errorf("%s differs behind part of %s", next, name)
		}
	}
}
