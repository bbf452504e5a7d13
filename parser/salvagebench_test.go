package parser_test

import (
	"bytes"
	"testing"

	"github.com/qmparse/qmparse/parser"
)

// BenchmarkSalvage reads every fixture and sample with its old records, one log after the
// other, as a command does with a folder, and loads no event.
func BenchmarkSalvage(b *testing.B) {
	logs := everyLog(b)
	o := slackOptions
	o.Reuse = &parser.Reuse{}
	w := parser.NewWorker()
	size := int64(0)
	for _, log := range logs {
		size += int64(len(log))
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		old := 0
		for _, log := range logs {
			l, err := o.Open(bytes.NewReader(log))
			if err != nil {
				continue
			}
			for f, err := range l.Frames() {
				if err != nil {
					continue
				}
				for ev, err := range w.Events(f) {
					if err == nil && ev.State != "live" {
						old++
					}
				}
				parser.Release(f)
			}
		}
		if old == 0 {
			b.Fatal("no old records")
		}
	}
}
