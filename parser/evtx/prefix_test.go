package evtx_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// prefixBroke says what is wrong with what came of the first n bytes of a log:
// the records that are whole in them must be those of the whole log, in order,
// and the end must be said where it is in the middle of something.
func prefixBroke(got, full *reading, n int) string {
	if err := got.check(n); err != nil {
		return err.Error()
	}
	if n < fileHeader {
		if got.opened || len(got.errs) != 1 || !errors.Is(got.errs[0], cursor.ErrTruncated) && !errors.Is(full.errs[0], cursor.ErrMalformed) {
			return "opened without its header"
		}
		return ""
	}
	var whole []row
	for _, r := range full.rows {
		if r.offset+int64(r.size) <= int64(n) {
			whole = append(whole, r)
		}
	}
	if d := diff(got.rows, whole, bareRow); d != "" {
		return d
	}
	// The chunk that the bytes end in is cut, unless it is nothing but zeros, or
	// what there is of it is no chunk.
	in := (n - fileHeader) % chunkSize
	said := slices.ContainsFunc(got.errs, func(err error) bool {
		return errors.Is(err, cursor.ErrTruncated) && offsetOf(err) > int64(n-in) || errors.Is(err, cursor.ErrTruncated) && in < 8 ||
			errors.Is(err, cursor.ErrMalformed) && offsetOf(err) == int64(n-in)
	})
	if in == 0 && errors.Is(errors.Join(got.errs...), cursor.ErrTruncated) {
		return "truncated between chunks"
	}
	if in > 0 && !said && got.empty <= full.empty && !zeroChunkAt(full, n-in) {
		return "cut off and nothing says so"
	}
	return ""
}

// zeroChunkAt says whether no row and no error of a reading is in the chunk at
// this offset: it is not in use.
func zeroChunkAt(full *reading, at int) bool {
	in := func(o int64) bool { return o >= int64(at) && o < int64(at+chunkSize) }
	return full.empty > 0 && !slices.ContainsFunc(full.rows, func(r row) bool { return in(r.offset) }) &&
		!slices.ContainsFunc(full.errs, func(err error) bool { return in(offsetOf(err)) })
}

// Every strict prefix of one log of one chunk.
func TestEveryPrefix(t *testing.T) {
	l := fixture(t, "security-neighbours.evtx")
	log, last := l.Bytes, l.Image.Records[len(l.Image.Records)-1]
	full := read(t, log)
	const parts = 4
	for part := range parts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			d := evtx.NewDecoder()
			step := parts
			if testing.Short() {
				step *= 29
			}
			for n := part; n < len(log); n += step {
				if n > last.Offset+last.Size && n/parts%8 != 0 {
					// In the free space all records are whole: most times their heads will do.
					if got := heads(log[:n]); got != "9001 9002 9003 9004 9005 9006 9007 9008 9009 9010 cut" {
						t.Fatalf("%d bytes: %s", n, got)
					}
					continue
				}
				got := readWith(d, bytes.NewReader(log[:n]))
				if bad := prefixBroke(&got, &full, n); bad != "" {
					t.Fatalf("%d bytes: %s\n%s", n, bad, joined(got.errs))
				}
			}
		})
	}
}

// heads returns the ids of the records of a log, without decoding them, and
// "cut" where the file ends within a chunk.
func heads(log []byte) string {
	r, err := evtx.NewReader(bytes.NewReader(log))
	if err != nil {
		return err.Error()
	}
	var said []string
	for c, err := range r.Chunks() {
		if errors.Is(err, cursor.ErrTruncated) && offsetOf(err) == int64(len(log)) {
			said = append(said, "cut")
			continue
		}
		if err == nil {
			err = c.Verify()
		}
		if err != nil {
			return err.Error()
		}
		for rec, err := range c.Records() {
			if err != nil {
				return err.Error()
			}
			said = append(said, fmt.Sprint(rec.ID))
		}
	}
	return strings.Join(said, " ")
}

// Prefixes of every fixture, damaged ones among them: all that end near where a
// structure begins or ends, and some of the others.
func TestPrefixesOfFixtures(t *testing.T) {
	for _, f := range fixtures.All() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			l, err := f.Build()
			if err != nil {
				t.Fatal(err)
			}
			full := read(t, l.Bytes)
			d := evtx.NewDecoder()
			ends := prefixes(l.Image)
			if len(ends) < 100 {
				t.Fatalf("only %d prefixes", len(ends))
			}
			for i, n := range ends {
				if testing.Short() && i%23 != 0 {
					continue
				}
				got := readWith(d, bytes.NewReader(l.Bytes[:n]))
				if bad := prefixBroke(&got, &full, n); bad != "" {
					t.Fatalf("%d bytes: %s\n%s", n, bad, joined(got.errs))
				}
			}
		})
	}
}

// prefixes returns the lengths of prefixes to try of a log, in order.
func prefixes(im *evtxbuild.Image) (ends []int) {
	near := func(at int) {
		for n := at - 2; n <= at+2; n++ {
			ends = append(ends, n)
		}
	}
	for _, at := range []int{0, 8, 36, 40, 120, 124, 128, fileHeader} {
		near(at)
	}
	for _, c := range im.Chunks {
		for _, at := range []int{0, 8, 44, 48, 52, 124, 128, 384, 512, chunkSize} {
			near(c + at)
		}
	}
	for i, r := range im.Records {
		if len(im.Records) > 60 && i%9 != 0 {
			continue // a long log: every ninth
		}
		for _, at := range []int{0, 4, 8, 16, recordHead, recordHead + 4, recordHead + 14, r.Size - 4, r.Size} {
			near(r.Offset + at)
		}
	}
	for _, d := range im.Definitions {
		near(d.Offset)
		near(d.Offset + 24)
	}
	for n := 0; n < len(im.Bytes); n += 1021 {
		ends = append(ends, n)
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	return slices.DeleteFunc(ends, func(n int) bool { return n < 0 || n >= len(im.Bytes) })
}
