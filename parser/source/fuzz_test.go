package source_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/archivebuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/source"
)

// seeds are small archives of every kind, alone and in each other.
func seeds() (all [][]byte) {
	small := []entry{{"a", archivebuild.Words(300, 1)}, {"b%41%2f", archivebuild.Words(20, 2)}}
	for _, pack := range packings {
		all = append(all, pack(small...), pack(entry{"in", pack(small...)}))
	}
	for _, compress := range compressions {
		all = append(all, compress(archivebuild.Words(100, 4)))
	}
	return all
}

func TestFuzzHasSeeds(t *testing.T) {
	if n := len(seeds()); n < 30 {
		t.Fatalf("%d seeds", n)
	}
}

// FuzzContents: no panic and no endless loop on any bytes, errors say where.
func FuzzContents(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for s := range source.Walk([]string{"-"}, bytes.NewReader(b)) {
			for c, err := range s.Contents(context.Background()) {
				if err == nil {
					_, err = io.Copy(io.Discard, io.LimitReader(c, 1<<20))
				}
				var at *cursor.Error
				if err != nil && (!errors.As(err, &at) || at.Offset < 0) {
					t.Fatalf("%s: %v", c.Member, err)
				}
			}
		}
	})
}

// FuzzSniff: what a file is, is told by no more than its first 512 bytes, and what
// is no archive comes out as it is.
func FuzzSniff(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s[:min(len(s), 600)])
	}
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, b []byte) {
		is := source.IsArchive(b)
		if is != source.IsArchive(b[:min(len(b), 512)]) {
			t.Fatal("bytes behind the head matter")
		}
		if is {
			return
		}
		for s := range source.Walk([]string{"-"}, bytes.NewReader(b)) {
			for c, err := range s.Contents(context.Background()) {
				if got, bad := io.ReadAll(c); err != nil || bad != nil || !bytes.Equal(got, b) || c.Member != "" {
					t.Fatalf("%q: %v, %v", c.Member, err, bad)
				}
			}
		}
	})
}
