package source_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/qmparse/qmparse/parser/source"
)

// The digest is of the bytes of the file or pipe, however much of it its reader wants
// and steps over.
func TestDigest(t *testing.T) {
	plain := bytes.Repeat([]byte("0123456789abcdef"), 20000)
	var packed bytes.Buffer
	g := gzip.NewWriter(&packed)
	check2(g.Write(plain))
	check(g.Close())
	for name, b := range map[string][]byte{
		"empty": nil,
		"plain": plain,
		// What no one reads of the first member is stepped over.
		"zip":   (&zipBytes{}).add(zipPart{name: "a", data: plain}).add(zipPart{name: "b", data: plain[:1000]}).bytes(),
		"gz":    packed.Bytes(),
		"torn":  packed.Bytes()[:packed.Len()/2],
		"badgz": append([]byte{0x1f, 0x8b, 8, 0xff}, plain...),
	} {
		path := filepath.Join(t.TempDir(), name)
		check(os.WriteFile(path, b, 0o666))
		sum := sha256.Sum256(b)
		want := hex.EncodeToString(sum[:])
		for _, stdin := range []io.Reader{nil, iotest.HalfReader(bytes.NewReader(b))} {
			for _, most := range []int64{1 << 40, 1000, 0} {
				paths := []string{path}
				if stdin != nil {
					if most != 1000 {
						continue // it is read once
					}
					paths = []string{source.Stdin}
				}
				for s, err := range source.Walk(paths, stdin) {
					check(err)
					s.Digest = &source.Digest{}
					for c, err := range s.Contents(t.Context()) {
						if err == nil {
							_, _ = io.CopyN(io.Discard, c, most)
						}
					}
					if got, err := s.Digest.Sum(); got != want || err != nil {
						t.Errorf("%s, %d bytes of a content: %q, %v", s.Path, most, got, err)
					}
				}
			}
		}
	}
}

// Of what was not read to its end there is none.
func TestNoDigest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	check(os.WriteFile(path, []byte("abc"), 0o666))
	for s, err := range source.Walk([]string{path}, nil) {
		check(err)
		s.Digest = &source.Digest{}
		for range s.Contents(t.Context()) {
			break
		}
		if got, err := s.Digest.Sum(); got != "" || err != nil {
			t.Errorf("stopped: %q, %v", got, err)
		}
	}
	for s, err := range source.Walk([]string{source.Stdin}, iotest.ErrReader(os.ErrDeadlineExceeded)) {
		check(err)
		s.Digest = &source.Digest{}
		for range s.Contents(t.Context()) {
			continue
		}
		if got, err := s.Digest.Sum(); got != "" || err == nil {
			t.Errorf("a pipe that fails: %q, %v", got, err)
		}
	}
}

func check2(_ int, err error) { check(err) }
