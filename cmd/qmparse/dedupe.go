package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/qmparse/qmparse/cmd/qmparse/internal/uidset"
	"github.com/qmparse/qmparse/export"
	"github.com/qmparse/qmparse/model"
)

// dedupe leaves out rows whose event_uid was written before, be it for another copy of
// the log.
type dedupe struct {
	set     uidset.Set
	dropped int64

	// Of the input that the last row was of: the uids of events without an EventRecordID,
	// and how often those that there are several of were met.
	of    *input
	here  uidset.Set
	times map[model.GUID]uint64

	// file keeps the uids of the rows in parts for a run that goes on, behind uidsBegin 16
	// bytes each in the order in which they were written; "" if none can.
	file  string
	begun bool     // the file is of this run, or goes on
	first *outFile // what becomes the file when the first part is whole; nil for none
	added []byte   // not yet in the file
}

// uidsBegin is what the file begins with.
const uidsBegin = "qmparse uids v1\n"

// takes says whether the row of an event is to be written.
func (d *dedupe) takes(in *input, ev *model.Event) (bool, error) {
	key, err := d.key(in, ev)
	added := false
	if err == nil {
		added, err = d.set.Add(key)
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("remembering what was written: %w", err)
	case !added:
		d.dropped++
	case d.file != "":
		if d.added = append(d.added, key[:]...); len(d.added) >= addedBytes {
			err = d.write()
		}
	}
	return added, err
}

// key returns what an event has in common with its copies. Without an EventRecordID, as net
// events are and those of traces, events of one log may have the same uid and be several, for
// times may be in milliseconds or unknown: the second of them is a copy of the second of
// another input. But an image that is carved has copies itself.
func (d *dedupe) key(in *input, ev *model.Event) (uidset.Key, error) {
	if ev.EventRecordID.OK || ev.State == model.StateCarved {
		return uidset.Key(ev.UID), nil
	}
	if d.of != in {
		if err := d.here.Close(); err != nil {
			return uidset.Key{}, err
		}
		d.of, d.here = in, uidset.Set{Memory: hereKeys}
		if m := d.set.Memory / 4; m > 0 {
			d.here.Memory = min(m, hereKeys)
		}
		clear(d.times)
	}
	added, err := d.here.Add(uidset.Key(ev.UID))
	if added || err != nil {
		return uidset.Key(ev.UID), err
	}
	if d.times == nil {
		d.times = map[model.GUID]uint64{}
	}
	d.times[ev.UID]++
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(ev.UID[:], d.times[ev.UID]))
	return uidset.Key(sum[:16]), nil
}

// hereKeys is how many uids of one input are kept in memory.
const hereKeys = 512 << 10

// close gives up what is on the disk.
func (d *dedupe) close() error { return errors.Join(d.set.Close(), d.here.Close()) }

// addedBytes is how much is written to the file at once.
const addedBytes = 1 << 20

// write writes the uids that were added. What is there of a part that does not come to be,
// a run that goes on cuts off.
func (d *dedupe) write() (err error) {
	added := d.added
	d.added = d.added[:0]
	if d.begun {
		f, err := os.OpenFile(d.file, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return err
		}
		_, err = f.Write(added)
		return errors.Join(err, f.Sync(), f.Close())
	}
	if d.first == nil {
		if d.first, err = createOut(d.file, nil, true); err != nil {
			return err
		}
		if _, err := io.WriteString(d.first, uidsBegin); err != nil {
			return err
		}
	}
	_, err = d.first.Write(added)
	return err
}

// flush makes sure that the uids of the part's rows are on the disk.
func (d *dedupe) flush() error {
	if d == nil || d.file == "" || d.begun && len(d.added) == 0 {
		return nil
	}
	err := d.write()
	if err == nil && !d.begun {
		d.begun = true
		err = d.first.commit()
	}
	return err
}

// discard removes what has not become the file.
func (d *dedupe) discard() {
	if d != nil && d.first != nil {
		d.first.discard()
	}
}

// resume takes the uids of the rows that these inputs have, in the order of the run. What is
// behind them is of a part that did not come to be. All rows must stay: those that were left
// out as their copies are in no part.
func (d *dedupe) resume(lines []entry, kept func(*inputRecord) bool) error {
	rows := int64(0)
	for _, line := range lines {
		switch r := line.input; {
		case r == nil:
		case r.Again || r.Rows > 0 && !kept(r):
			return fmt.Errorf("the part with %s is to be written again, since it or another of its inputs changed or was not read whole, or a file of the part is gone; with --dedupe others may have been left out for it: begin anew (--force)", printable(r.Path))
		default:
			rows += r.Rows
		}
	}
	f, err := os.OpenFile(d.file, os.O_RDWR|os.O_CREATE, 0o666) // of no part there may be none
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewReader(f)
	begin := make([]byte, len(uidsBegin))
	switch n, err := io.ReadFull(b, begin); {
	case n == 0 && err == io.EOF && rows == 0:
		if _, err := f.WriteString(uidsBegin); err != nil {
			return err
		}
	case err != nil && err != io.EOF && err != io.ErrUnexpectedEOF:
		return err
	case string(begin) != uidsBegin:
		return fmt.Errorf("%s: is no file of uids: begin anew (--force)", d.file)
	}
	for range rows {
		var uid uidset.Key
		if _, err := io.ReadFull(b, uid[:]); err != nil {
			return fmt.Errorf("%s: has fewer uids than its manifest has rows: %w", d.file, err)
		}
		if _, err := d.set.Add(uid); err != nil {
			return err
		}
	}
	d.begun = true
	return f.Truncate(int64(len(uidsBegin)) + rows*int64(len(uidset.Key{})))
}

// owned returns a copy of a row that shares nothing with the event it was made of but
// strings.
func owned[T export.Row](row *T) T {
	c := *row
	ev := eventOf(&c)
	ev.Data, ev.Raw = slices.Clone(ev.Data), slices.Clone(ev.Raw)
	ev.Diagnostics = slices.Clone(ev.Diagnostics)
	ev.Fields, ev.NetEvent = nil, nil // in no column
	return c
}

// eventOf returns the event of a row.
func eventOf[T export.Row](row *T) *model.Event {
	switch r := any(row).(type) {
	case *model.Event:
		return r
	case *model.QMFailure:
		return &r.Event
	}
	return nil
}
