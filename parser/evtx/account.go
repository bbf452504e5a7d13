package evtx

import "github.com/qmparse/qmparse/parser/internal/cursor"

// Account says what the bytes of a log are: all of them, each counted once.
type Account struct {
	Headers     int64 `json:"headers"`           // of the file and the chunks
	Live        int64 `json:"live"`              // records in use
	PastFree    int64 `json:"past_free"`         // whole ones behind them
	Slack       int64 `json:"slack_decoded"`     // old records that were recovered
	Repeats     int64 `json:"slack_repeats"`     // old records that are copies of others
	Undecodable int64 `json:"slack_undecodable"` // the rest of slack that is not zero
	Unread      int64 `json:"slack_not_read"`    // slack, if no old records are wanted
	Zero        int64 `json:"zero"`              // in slack and in chunks without content
	Damaged     int64 `json:"damaged"`           // where records should be, and what of them cannot be decoded
}

// Add adds what o counts.
func (a *Account) Add(o Account) {
	a.Headers += o.Headers
	a.Live += o.Live
	a.PastFree += o.PastFree
	a.Slack += o.Slack
	a.Repeats += o.Repeats
	a.Undecodable += o.Undecodable
	a.Unread += o.Unread
	a.Zero += o.Zero
	a.Damaged += o.Damaged
}

// Account says what the bytes of the chunk are, once its records were yielded. Of its
// current and past-free records so many bytes cannot be decoded. Slack that was salvaged
// is another's to count.
func (c *Chunk) Account(live, pastFree int64, salvaged bool) Account {
	a := Account{
		Headers:  chunkHeaderSize,
		Live:     int64(c.liveEnd-chunkHeaderSize) - c.gaps - live,
		PastFree: c.pastFree - pastFree,
		Damaged:  c.gaps + live + pastFree,
	}
	if !salvaged {
		a.Unread = int64(len(c.Data)-c.liveEnd) - c.pastFree
	}
	return a
}

// Old counts an old record of n bytes: whether it was recovered, and whether it stood
// where a current one should.
func (a *Account) Old(n int64, recovered, lost bool) {
	switch {
	case recovered:
		a.Slack += n
	case lost:
		a.Damaged += n
	default:
		a.Undecodable += n
	}
}

// Total returns how many bytes are accounted for.
func (a *Account) Total() int64 {
	return a.Headers + a.Live + a.PastFree + a.Slack + a.Repeats + a.Undecodable + a.Unread + a.Zero + a.Damaged
}

// zeroWords returns how many of the bytes are words of 8 that are zero, counted from the
// first byte.
func zeroWords(b []byte) (n int64) {
	for len(b) >= recordAlign {
		if word, _ := cursor.Uint64(b, 0); word == 0 {
			n += recordAlign
		}
		b = b[recordAlign:]
	}
	if cursor.IsZero(b) {
		n += int64(len(b))
	}
	return n
}
