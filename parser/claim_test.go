package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/qmparse/qmparse/parser"
)

// claiming is a log in a file, of which parts can be claimed.
type claiming struct {
	*bytes.Reader
	claims int
	open   int   // claims that were neither read nor given up
	reads  int   // of claims
	bad    int64 // offset of a byte that cannot be read, if not 0
	gone   int64 // offset from which on nothing can be read, if not 0
	cut    int64 // what the file has left when parts of it are read, if not 0
}

var errSector = errors.New("a bad sector")

func (c *claiming) Claim(n int) func([]byte) (int, error) {
	if n > c.Len() {
		return nil
	}
	at := c.Size() - int64(c.Len())
	c.Seek(int64(n), io.SeekCurrent)
	c.claims++
	c.open++
	return func(b []byte) (int, error) {
		if c.open--; b == nil {
			return 0, nil
		}
		c.reads++
		end := at + int64(len(b))
		switch {
		case c.bad >= at && c.bad < end || c.gone > 0 && c.gone < end:
			m, _ := c.ReadAt(b[:max(0, max(c.bad, c.gone)-at)], at)
			return m, errSector
		case c.cut > 0 && c.cut < end:
			m, _ := c.ReadAt(b[:max(0, c.cut-at)], at)
			return m, io.EOF
		}
		return c.ReadAt(b, at)
	}
}

// claimedLog is a log of six chunks, the third without content, the fourth without signature.
func claimedLog(t *testing.T) []byte {
	log := bytes.Clone(evtxFixture(t, "slack.evtx"))
	chunk := log[4096:][:64<<10]
	for len(log) < 4096+6*64<<10 {
		log = append(log, chunk...)
	}
	log = log[:4096+6*64<<10]
	clear(log[4096+2*64<<10:][:64<<10])
	clear(log[4096+3*64<<10:][:8])
	return log
}

// What is read by who decodes it is the same, with or without old records.
func TestClaims(t *testing.T) {
	log := claimedLog(t)
	for _, o := range []parser.Options{{}, slackOptions} {
		for _, n := range []int{len(log), len(log) - 1, len(log) - 64<<10 + 600, len(log) + 1000} {
			cut := append(bytes.Clone(log), make([]byte, 1000)...)[:n]
			want := readMutant(bytes.NewReader(cut), o)
			c := &claiming{Reader: bytes.NewReader(cut)}
			got := readMutant(c, o)
			if !slices.Equal(told(got.rows), told(want.rows)) || fmt.Sprint(got.errs) != fmt.Sprint(want.errs) || got.account != want.account {
				t.Errorf("recover %q, %d bytes: %d rows, errors %v, %+v\nwant %d, %v, %+v", o.Recover, n, len(got.rows), got.errs, got.account, len(want.rows), want.errs, want.account)
			}
			if len(got.rows) == 0 || c.claims < 4 {
				t.Errorf("%d rows, %d claims", len(got.rows), c.claims)
			}
		}
	}
}

// A place of a file that cannot be read costs what is in its chunk behind it, and is told as
// the gap that it is; every byte is accounted for.
func TestClaimsThatCannotBeRead(t *testing.T) {
	log := claimedLog(t)
	whole := readMutant(bytes.NewReader(log), parser.Options{})
	for _, o := range []parser.Options{{}, slackOptions} {
		for chunk := int64(1); chunk < 6; chunk++ { // the first is read with the stream
			for _, within := range []int64{0, 100, 5000, 65535} {
				at := 4096 + chunk*64<<10 + within
				got := readMutant(&claiming{Reader: bytes.NewReader(log), bad: at}, o)
				from := within // what is lost
				if from < 512 {
					from = 0 // most of the chunk header
				}
				n := 0
				for _, err := range got.errs {
					if errors.Is(err, errSector) {
						n++
						gap := errorOf[*parser.Gap](t, err)
						if want := fmt.Sprintf("read at offset %#x: a bad sector", at); err.Error() != want || !gap.Unread || gap.Offset != at-within+from || gap.Size != 64<<10-from {
							t.Errorf("%v, %+v, want %s", err, gap, want)
						}
					} else if within < 512 && offsetIn(err) == chunk {
						t.Errorf("at %#x: %v", at, err)
					}
				}
				if n != 1 {
					t.Errorf("at %#x: %v", at, got.errs)
				}
				zero := int64(64 << 10)
				if chunk == 2 {
					zero = from
				}
				if o.Recover == "" && got.account.Zero != zero {
					t.Errorf("at %#x: %d bytes are zero, want %d", at, got.account.Zero, zero)
				}
				if total := got.account.Total(); total != int64(len(log)) || got.account.Damaged < 64<<10-from {
					t.Errorf("at %#x: accounted for are %d of %d bytes, %+v", at, total, len(log), got.account)
				}
				var others []oldRow
				for _, r := range whole.rows {
					if (int64(r.Offset)-4096)>>16 != chunk {
						others = append(others, r)
					}
				}
				if lines := missing(told(others), told(got.rows)); len(lines) > 0 {
					t.Errorf("at %#x: %d rows of other chunks are lost: %.300q", at, len(lines), lines)
				}
			}
		}
	}
}

// offsetIn returns the number of the chunk that err is about, -1 if it says none.
func offsetIn(err error) int64 {
	var e *parser.Error
	if errors.As(err, &e) {
		return (e.Offset - 4096) >> 16
	}
	return -1
}

// Of a disk that is gone each chunk is tried, as what lies behind a bad place may be good; the
// gaps are the rest of the log.
func TestClaimsOfADiskThatIsGone(t *testing.T) {
	log := claimedLog(t)
	for len(log) < 4096+200*64<<10 {
		log = append(log, log[4096:][:64<<10]...)
	}
	for _, o := range []parser.Options{{}, slackOptions} {
		const gone = 4096 + 100*64<<10 + 1000
		c := &claiming{Reader: bytes.NewReader(log), gone: gone}
		got := readMutant(c, o)
		if c.reads != 199 || c.open != 0 {
			t.Errorf("%d reads, %d claims are left", c.reads, c.open)
		}
		end := int64(gone)
		for _, err := range got.errs {
			var gap *parser.Gap
			if errors.As(err, &gap) && gap.Unread {
				if gap.Offset != end {
					t.Errorf("a gap at %#x behind %#x", gap.Offset, end)
				}
				end += gap.Size
			}
		}
		if end != int64(len(log)) || got.account.Total() != int64(len(log)) || got.account.Damaged < end-gone {
			t.Errorf("gaps to %#x of %#x, %+v", end, len(log), got.account)
		}
	}
}

// A file that becomes shorter while it is read is as if it had been so.
func TestClaimsOfAFileThatShrinks(t *testing.T) {
	log := claimedLog(t)
	for _, o := range []parser.Options{{}, slackOptions} {
		for _, cut := range []int{4096 + 4*64<<10 + 700, 4096 + 4*64<<10, 4096 + 2*64<<10 + 9} {
			got := readMutant(&claiming{Reader: bytes.NewReader(log), cut: int64(cut)}, o)
			want := readMutant(bytes.NewReader(log[:cut]), o)
			if !slices.Equal(told(got.rows), told(want.rows)) || fmt.Sprint(got.errs) != fmt.Sprint(want.errs) || got.account != want.account {
				t.Errorf("%d bytes: %d rows, %v, %+v\nwant %d, %v, %+v", cut, len(got.rows), got.errs, got.account, len(want.rows), want.errs, want.account)
			}
		}
	}
}

// Who gives frames back without having them decoded leaves no claim.
func TestClaimsAreGivenUp(t *testing.T) {
	log := claimedLog(t)
	for _, o := range []parser.Options{{}, slackOptions} {
		c := &claiming{Reader: bytes.NewReader(log)}
		l, err := o.Open(c)
		if err != nil {
			t.Fatal(err)
		}
		for f, err := range l.Frames() {
			if err != nil {
				t.Fatal(err)
			}
			parser.Release(f)
		}
		if c.claims == 0 || c.open != 0 {
			t.Errorf("%d of %d claims are left", c.open, c.claims)
		}
	}
}
