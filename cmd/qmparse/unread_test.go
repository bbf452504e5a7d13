package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

// What could not be read in one piece is one place, however many chunks it has, in what is
// counted, listed and said; what stands apart, or is damage, is another.
func TestUnreadBytesAreOnePlace(t *testing.T) {
	gap := func(offset, size int64, unread bool) error {
		return &parser.Gap{Offset: offset, Size: size, Unread: unread, Err: fmt.Errorf("at %d", offset)}
	}
	v := &inspection{ledger: newLedger(newConsole(io.Discard, false, true, nil))}
	in := &input{Source: source.Source{Path: "a"}}
	v.file = newTally()
	for _, err := range []error{
		gap(100, 50, false), gap(150, 10, true), gap(160, 10, true), gap(170, 30, true), gap(200, 5, false),
		gap(205, 1, true), gap(300, 2, true), gap(302, 3, true), errors.New("disk"), gap(305, 4, true),
	} {
		v.damaged(in, err)
	}
	want := []lostReport{{Offset: 100, Size: 50}, {Offset: 150, Size: 50}, {Offset: 200, Size: 5}, {Offset: 205, Size: 1}, {Offset: 300, Size: 5}, {Offset: 305, Size: 4}}
	if fmt.Sprint(v.lost) != fmt.Sprint(want) || v.ledger.damages != 7 || len(v.listed) != 7 {
		t.Errorf("%v, %d places, %d listed; want %v", v.lost, v.ledger.damages, len(v.listed), want)
	}
	for i, size := range map[int]int64{0: 50, 1: 50, 2: 5, 3: 1, 4: 5, 6: 4} {
		if e := v.listed[i]; e.Size == nil || *e.Size != size {
			t.Errorf("listed %d: %+v", i, e)
		}
	}
}

// An input whose disk has failed is not done, wherever in a place the error of the system is.
func TestUnreadInputsAreNotDone(t *testing.T) {
	disk := &os.PathError{Op: "read", Path: "a", Err: syscall.EIO}
	for first := range 3 {
		c := &convert[model.Event]{ledger: newLedger(newConsole(io.Discard, false, true, nil)), record: &inputRecord{}}
		for i := range int64(3) {
			err := errors.New("of another kind")
			if int(i) == first {
				err = disk
			}
			c.damaged(&input{}, &parser.Gap{Offset: 100 + 10*i, Size: 10, Unread: true, Err: err})
		}
		if c.record.Damage != 1 || c.record.Error == nil {
			t.Errorf("error %d of 3: %d places, error %v", first, c.record.Damage, c.record.Error)
		}
	}
}
