package main

import (
	"errors"
	"io"
	"io/fs"

	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

// shownDamage is how many damaged places of one log are printed without -v.
const shownDamage = 20

// ledger keeps what a run read, found damaged and refused, and says it.
type ledger struct {
	con     *console
	options parser.Options // for reading logs

	logs        int
	searched    int // other files, with --recover carve
	tally       *tally
	damagedLogs int
	damages     int64 // places
	refusedHere int   // named inputs that are no log or cannot be read
	notLogs     int   // of them: opened, but no log or cut in its header
	passedOver  int   // other files in directories and archives
	unreadable  int   // files in them that cannot be read
	changing    int   // inputs that changed while they were read
	before      int64 // damaged inputs that an earlier run has done

	missing     uint64 // ids between those of records that were read
	missingLogs int
	missingMore bool // there may be more of them
	back        parser.Back

	listed []damageEntry // the first damaged places

	shown  int // of the current log's damages
	count  int
	unread unread
	ids    sequence
}

func newLedger(con *console) *ledger { return &ledger{con: con, tally: newTally()} }

// skip and finished do nothing for a command that keeps no account of its sources.
func (l *ledger) skip(*source.Source) bool      { return false }
func (l *ledger) finished(*source.Source) error { return nil }

func (l *ledger) open(r io.Reader) (parser.Log, error) { return l.options.Open(r) }

func (l *ledger) begin(in *input) {
	if in.log.Format() == parser.FormatBlob {
		l.searched++
	} else {
		l.logs++
	}
	l.shown, l.count, l.unread, l.ids = 0, 0, unread{}, sequence{runs: l.ids.runs[:0]}
}

// passed says that n more bytes of what was named are done with.
func (l *ledger) passed(n int64) { l.con.read(int(n)) }

// damage reports a place of in that could not be read. If it goes on with the one before,
// it returns by how many bytes.
func (l *ledger) damage(in *input, err error) int64 {
	if more := l.unread.goesOn(err); more > 0 {
		return more
	}
	l.sayUnread(in)
	if l.count == 0 {
		l.damagedLogs++
	}
	l.count++
	l.damages++
	l.unread.begin(err, l.listDamage(in, err))
	if l.shown < shownDamage || l.con.verbose {
		l.shown++
		l.con.say("%s: %v", in.name(), err)
	}
	return 0
}

// sayUnread says what has gone on with the last place.
func (l *ledger) sayUnread(in *input) {
	if l.unread.more > 0 && (l.count <= shownDamage || l.con.verbose) {
		l.con.say("%s: all up to offset %#x could not be read", in.name(), l.unread.end)
	}
}

func (l *ledger) end(in *input) {
	l.sayUnread(in)
	l.tally.bytes += in.read
	l.tally.log(in.log)
	if ids := l.ids.report(); ids != nil && (ids.Missing > 0 || ids.Incomplete) {
		l.missing += ids.Missing
		l.missingMore = l.missingMore || ids.Incomplete
		l.missingLogs++
	}
	l.back.Add(l.ids.back())
	if more := l.count - l.shown; more > 0 {
		l.con.say("%s: and %d more damaged places (-v shows all)", in.name(), more)
	}
}

// refuse reports an input that is no log.
func (l *ledger) refuse(in *input, err error) {
	noLog := isNoLog(err)
	switch {
	case in.Named:
		l.refusedHere++
		var bad *parser.Error
		if noLog || errors.As(err, &bad) {
			l.notLogs++
		}
	case noLog:
		l.passedOver++
	default:
		l.unreadable++
	}
	if in.Named || !noLog || l.con.verbose {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err // it names the file, too
		}
		l.con.say("%s: %v", in.name(), err)
	}
}

// isNoLog says of an error of opening an input that there is nothing wrong with it.
func isNoLog(err error) bool {
	return errors.Is(err, parser.ErrUnknownFormat) || errors.Is(err, source.ErrNotRegular)
}

// err is how the run ends.
func (l *ledger) err() error {
	if l.damages > 0 || l.refusedHere > 0 || l.unreadable > 0 || l.changing > 0 || l.before > 0 {
		return errDamaged
	}
	return nil
}

// nothingDone says whether every input was one that could not even be opened.
func (l *ledger) nothingDone() bool {
	return l.logs == 0 && l.searched == 0 && l.notLogs == 0 && l.passedOver == 0 && l.refusedHere > 0
}
