package main

import (
	"bufio"
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

	// file keeps the uids of the rows in parts, 16 bytes each in the order in which they
	// were written, for a run that goes on; "" if none can.
	file  string
	begun bool     // the file is of this run, or goes on
	first *outFile // what becomes the file when the first part is whole; nil for none
	added []byte   // not yet in the file
}

// takes says whether a row is to be written.
func (d *dedupe) takes(uid model.GUID) (bool, error) {
	added, err := d.set.Add(uidset.Key(uid))
	switch {
	case err != nil:
		return false, fmt.Errorf("remembering what was written: %w", err)
	case !added:
		d.dropped++
	case d.file != "":
		if d.added = append(d.added, uid[:]...); len(d.added) >= addedBytes {
			err = d.write()
		}
	}
	return added, err
}

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
	return f.Truncate(rows * int64(len(uidset.Key{})))
}

// owned returns a copy of a row that shares nothing with the event it was made of but
// strings.
func owned[T export.Row](row *T) T {
	c := *row
	switch r := any(&c).(type) {
	case *model.Event:
		ownedEvent(r)
	case *model.QMFailure:
		ownedEvent(&r.Event)
	}
	return c
}

func ownedEvent(ev *model.Event) {
	ev.Data, ev.Raw = slices.Clone(ev.Data), slices.Clone(ev.Raw)
	ev.Diagnostics = slices.Clone(ev.Diagnostics)
	ev.Fields, ev.NetEvent = nil, nil // in no column
}

// uidOf returns the uid of a row.
func uidOf[T export.Row](row *T) model.GUID {
	switch r := any(row).(type) {
	case *model.Event:
		return r.UID
	case *model.QMFailure:
		return r.UID
	}
	return model.GUID{}
}
