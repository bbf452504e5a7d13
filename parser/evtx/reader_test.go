package evtx_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/qmparse/qmparse/parser/evtx"
	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// However the source hands out its bytes, the log is the same.
func TestReadersThatGiveLittle(t *testing.T) {
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"one byte":                       iotest.OneByteReader,
		"half":                           iotest.HalfReader,
		"the end with the data":          iotest.DataErrReader,
		"one byte, then the end with it": func(r io.Reader) io.Reader { return iotest.DataErrReader(iotest.OneByteReader(r)) },
		"nothing now and then":           func(r io.Reader) io.Reader { return &hesitant{r: r} },
		"at most 4097 bytes":             func(r io.Reader) io.Reader { return limited{r, 4097} },
		"a pipe": func(r io.Reader) io.Reader {
			pr, pw := io.Pipe()
			go func() {
				_, err := io.Copy(pw, r)
				pw.CloseWithError(err)
			}()
			return pr
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, fixture := range []string{"security-multi-chunk.evtx", "truncated.evtx", "damaged.evtx"} {
				log := fixtureBytes(t, fixture)
				want := read(t, log)
				got := readWith(evtx.NewDecoder(), wrap(bytes.NewReader(log)))
				if d := diff(got.rows, want.rows, sameRow); d != "" || joined(got.errs) != joined(want.errs) || got.size != want.size {
					t.Errorf("%s: %s\n%s\nwant %s", fixture, d, joined(got.errs), joined(want.errs))
				}
			}
		})
	}
}

func fixtureBytes(t testing.TB, name string) []byte { return fixture(t, name).Bytes }

// hesitant gives nothing every other time, which a Reader may.
type hesitant struct {
	r  io.Reader
	no bool
}

func (h *hesitant) Read(p []byte) (int, error) {
	if h.no = !h.no; h.no {
		return 0, nil
	}
	return h.r.Read(p)
}

type limited struct {
	r io.Reader
	n int
}

func (l limited) Read(p []byte) (int, error) { return l.r.Read(p[:min(len(p), l.n)]) }

// failing gives an error and no bytes.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// withLast gives an error together with the last bytes.
type withLast struct {
	r   *bytes.Reader
	err error
}

func (w withLast) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if w.r.Len() == 0 {
		err = w.err
	}
	return n, err
}

var errDisk = errors.New("the disk is gone")

// An error of reading is not damage and not the end: it comes as it is, last, and
// behind the records that were read before it.
func TestErrorOfReading(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	for range 3 {
		f.NewChunk()
		for i := range 4 {
			f.Event(numbered(i))
		}
	}
	im := image(t, f)
	whole := read(t, im.Bytes)
	inSecond := im.Records[6].Offset // two records of the second chunk are before it
	for _, cause := range []error{errDisk, io.ErrUnexpectedEOF, fmt.Errorf("gzip: %w", io.ErrUnexpectedEOF), fmt.Errorf("stream: %w", io.EOF),
		io.ErrClosedPipe, &cursor.Error{Offset: 1, Field: "another format", Err: cursor.ErrTruncated}} {
		for _, c := range []struct{ n, rows int }{
			{im.Chunks[0], 0}, {im.Chunks[0] + 1, 0}, {im.Chunks[0] + 100, 0}, {im.Chunks[1], 4}, {inSecond, 6}, {im.Chunks[2], 8},
			{im.Chunks[2] + chunkSize - 1, 12}, {len(im.Bytes), 12},
		} {
			head := im.Bytes[:c.n]
			for form, src := range map[string]io.Reader{
				"behind the bytes":   io.MultiReader(bytes.NewReader(head), failing{cause}),
				"with the last ones": withLast{bytes.NewReader(head), cause},
			} {
				got := readWith(evtx.NewDecoder(), src)
				last := len(got.errs) - 1
				if last < 0 || !errors.Is(got.errs[last], cause) {
					t.Errorf("%v after %d bytes, %s: %s", cause, c.n, form, joined(got.errs))
					continue
				}
				// Before it, that the chunk it came in is not whole.
				for _, err := range got.errs[:last] {
					if !errors.Is(err, cursor.ErrTruncated) || c.n%chunkSize == fileHeader || offsetOf(err) < int64(c.n/chunkSize*chunkSize) {
						t.Errorf("%v after %d bytes, %s: before it %v", cause, c.n, form, err)
					}
				}
				if d := diff(got.rows, whole.rows[:c.rows], bareRow); d != "" {
					t.Errorf("%v after %d bytes, %s: %s", cause, c.n, form, d)
				}
			}
		}
	}
}

// An error within the file header is NewReader's own.
func TestErrorOfReadingTheHeader(t *testing.T) {
	log := logOf(t, 1).Bytes
	for _, cause := range []error{errDisk, io.ErrUnexpectedEOF, fmt.Errorf("stream: %w", io.EOF)} {
		for _, n := range []int{0, 1, 127, 128, fileHeader - 1} {
			_, err := evtx.NewReader(io.MultiReader(bytes.NewReader(log[:n]), failing{cause}))
			if !errors.Is(err, cause) || errors.Is(err, cursor.ErrTruncated) {
				t.Errorf("%v after %d bytes: %v", cause, n, err)
			}
		}
	}
}

// A source that gives neither bytes nor an end is an error, not a loop.
func TestSourceThatGivesNothing(t *testing.T) {
	log := logOf(t, 1).Bytes
	for _, n := range []int{0, 100, fileHeader, fileHeader + 100, len(log)} {
		src := io.MultiReader(bytes.NewReader(log[:n]), failing{nil})
		got := readWith(evtx.NewDecoder(), src)
		if len(got.errs) == 0 || !errors.Is(got.errs[len(got.errs)-1], io.ErrNoProgress) {
			t.Errorf("after %d bytes: %s", n, joined(got.errs))
		}
	}
}

// Nothing is read of a source before it is needed, and never more than a chunk.
func TestReadsForwardByChunks(t *testing.T) {
	im := threeChunks(t)
	src := bytes.NewReader(im.Bytes)
	r, err := evtx.NewReader(src)
	if err != nil {
		t.Fatal(err)
	}
	if left := src.Len(); left != 3*chunkSize || r.Size() != fileHeader {
		t.Errorf("%d bytes left behind the header, size %d", left, r.Size())
	}
	want := 3
	for range r.Chunks() {
		if want--; src.Len() != want*chunkSize || r.Size() != int64(len(im.Bytes)-src.Len()) {
			t.Errorf("%d bytes left, want %d; size %d", src.Len(), want*chunkSize, r.Size())
		}
	}
}

// A chunk that was given back is the memory of the next one; one that was not is
// nobody else's.
func TestRecycle(t *testing.T) {
	log := fixture(t, "security-multi-chunk.evtx").Bytes
	for _, keep := range []bool{false, true} {
		r, err := evtx.NewReader(bytes.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		memory := map[*byte]int{}
		var all []*evtx.Chunk
		for c, err := range r.Chunks() {
			if err != nil {
				t.Fatal(err)
			}
			memory[&c.Data[0]]++
			if !bytes.Equal(c.Data, log[c.Offset:][:len(c.Data)]) {
				t.Errorf("the chunk at %#x has other bytes", c.Offset)
			}
			if all = append(all, c); !keep {
				r.Recycle(c)
			}
		}
		if want := map[bool]int{false: 1, true: 3}[keep]; len(all) != 3 || len(memory) != want {
			t.Errorf("keep %t: %d chunks in %d places, want %d", keep, len(all), len(memory), want)
		}
		for _, c := range all {
			if keep && !bytes.Equal(c.Data, log[c.Offset:][:len(c.Data)]) {
				t.Errorf("the chunk at %#x was written over", c.Offset)
			}
		}
	}
}

// How much of the last chunk there is does not depend on who has given it back by then.
func TestCutChunkThatWasGivenBack(t *testing.T) {
	f := evtxbuild.New(evtxbuild.Options{})
	f.Event(evtxbuild.Event{Provider: "P", EventID: 1})
	log := f.Bytes()[:4096+1234]
	r, err := evtx.NewReader(bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	said := ""
	for c, err := range r.Chunks() {
		if err != nil {
			said += err.Error()
		} else {
			r.Recycle(c)
		}
	}
	if want := "chunk at offset 0x14d2: the file ends after 1234 of 65536 bytes: truncated"; said != want {
		t.Errorf("%q, want %q", said, want)
	}
}
