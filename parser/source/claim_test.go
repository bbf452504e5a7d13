package source_test

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/qmparse/qmparse/parser/source"
)

type claimer interface {
	Claim(int) func([]byte) (int, error)
}

// noise is bytes that are no archive.
func noise(n int) []byte {
	b := make([]byte, n)
	rnd := rand.New(rand.NewPCG(1, uint64(n)))
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	b[0] = 'n'
	return b
}

// Whatever is claimed and whatever is read in between is, together, the file, also if the
// claims are read last, at once and backwards, when the iteration is over and the name gone.
func TestClaim(t *testing.T) {
	t.Chdir(t.TempDir())
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		want := noise(1 + rnd.IntN(200_000))
		if err := os.WriteFile("f", want, 0o666); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		var claims []func()
		for s := range source.Walk([]string{"f"}, nil) {
			for c, err := range s.Contents(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				at, end := 0, false
				for !end {
					n := 1 + rnd.IntN(50_000)
					if read := c.Reader.(claimer).Claim(n); read != nil {
						part := got[at : at+n]
						at += n
						if c.Consumed() < int64(at) {
							t.Errorf("%d bytes are consumed of %d", c.Consumed(), at)
						}
						claims = append(claims, func() {
							if m, err := read(part); m != len(part) || err != nil {
								t.Errorf("%d of %d bytes, %v", m, len(part), err)
							}
						})
					} else if n <= len(want)-at {
						t.Errorf("%d bytes cannot be claimed, %d are left", n, len(want)-at)
					}
					m, err := c.Read(got[at:min(len(got), at+1+rnd.IntN(1000))])
					at += m
					end = err == io.EOF || at == len(want)
				}
			}
		}
		os.Remove("f")
		var all sync.WaitGroup
		for i := range claims {
			all.Go(claims[len(claims)-1-i])
		}
		all.Wait()
		if !bytes.Equal(got, want) {
			t.Fatalf("%d bytes in %d claims differ", len(want), len(claims))
		}
	}
}

// Nothing can be claimed of what is no file of its own, and of a file of which all is wanted
// for a digest: its bytes go by here.
func TestNothingToClaim(t *testing.T) {
	t.Chdir(t.TempDir())
	plain := noise(100_000)
	for name, b := range map[string][]byte{"plain": plain, "f.gz": gzipped(plain)} {
		if err := os.WriteFile(name, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"plain", "f.gz", source.Stdin} {
		for s := range source.Walk([]string{path}, bytes.NewReader(plain)) {
			if path == "plain" {
				s.Digest = &source.Digest{}
			}
			n := 0
			for c, err := range s.Contents(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				n++
				if c.Reader.(claimer).Claim(1) != nil {
					t.Errorf("%s can be claimed", path)
				}
				if b, err := io.ReadAll(c); err != nil || !bytes.Equal(b, plain) {
					t.Errorf("%s: %d bytes, %v", path, len(b), err)
				}
			}
			if n != 1 {
				t.Errorf("%s holds %d", path, n)
			}
		}
	}
}

// A file that has become shorter says so to who reads what was claimed.
func TestClaimOfAFileThatShrinks(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("f", noise(100_000), 0o666); err != nil {
		t.Fatal(err)
	}
	for s := range source.Walk([]string{"f"}, nil) {
		for c, err := range s.Contents(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			read := c.Reader.(claimer).Claim(90_000)
			if err := os.Truncate("f", 50_000); err != nil {
				t.Fatal(err)
			}
			if n, err := read(make([]byte, 90_000)); n != 50_000 || err != io.EOF {
				t.Errorf("%d bytes, %v", n, err)
			}
		}
	}
}
