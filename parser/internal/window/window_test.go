package window_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"github.com/qmparse/qmparse/parser/internal/window"
)

func text(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

// Whatever is looked at and passed, the bytes are those of the stream.
func TestWindow(t *testing.T) {
	all := text(1 << 20)
	for name, r := range map[string]io.Reader{
		"whole": bytes.NewReader(all), "halves": iotest.HalfReader(bytes.NewReader(all)),
		"the end with the data": iotest.DataErrReader(bytes.NewReader(all)),
	} {
		rnd := rand.New(rand.NewPCG(1, 2))
		w := window.New(r)
		for at := 0; ; {
			n := rnd.IntN(5000)
			if rnd.IntN(50) == 0 {
				n = rnd.IntN(300_000)
			}
			b := w.Ahead(n)
			if w.Offset() != int64(at) || len(b) < min(n, len(all)-at) || !bytes.Equal(b, all[at:at+len(b)]) {
				t.Fatalf("%s: at %d of %d: %d bytes ahead, asked for %d", name, at, w.Offset(), len(b), n)
			}
			if n > 0 && len(b) == 0 {
				break
			}
			n = rnd.IntN(len(b) + 1)
			w.Pass(n)
			at += n
		}
		if w.Offset() != int64(len(all)) || w.Failure() != nil {
			t.Errorf("%s: ends at %d: %v", name, w.Offset(), w.Failure())
		}
	}
}

// An error of reading says where it struck; the bytes before it are there.
func TestFailure(t *testing.T) {
	disk := errors.New("the disk is gone")
	for _, cause := range []error{disk, io.ErrUnexpectedEOF} {
		w := window.New(io.MultiReader(bytes.NewReader(text(100)), iotest.ErrReader(cause)))
		w.Ahead(10)
		w.Pass(10)
		if b := w.Ahead(1000); len(b) != 90 {
			t.Errorf("%d bytes ahead", len(b))
		}
		if err := w.Failure(); !errors.Is(err, cause) || err.Error() != "read at offset 0x64: "+cause.Error() {
			t.Errorf("%v", err)
		}
	}
}

// idle gives nothing, for ever.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestIdleReader(t *testing.T) {
	w := window.New(idle{})
	if b := w.Ahead(1); len(b) != 0 || !errors.Is(w.Failure(), io.ErrNoProgress) {
		t.Errorf("%d bytes, %v", len(b), w.Failure())
	}
}

// counting says how large the reads were.
type counting struct{ most int }

func (c *counting) Read(b []byte) (int, error) {
	c.most = max(c.most, len(b))
	return 0, io.EOF
}

// What is asked for is not what is allocated: bytes have to come in first.
func TestAllocatesAsBytesComeIn(t *testing.T) {
	c := &counting{}
	w := window.New(c)
	w.Ahead(1 << 30)
	if c.most > 1<<20 {
		t.Errorf("room for %d bytes", c.most)
	}
}
