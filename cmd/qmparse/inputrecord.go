package main

import (
	"errors"
	"slices"
	"syscall"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

// What convert notes of each input for the manifest.

func (c *convert[T]) skip(src *source.Source) bool {
	if !c.done[src.Path] {
		return false
	}
	c.skipped++
	return true
}

// noted returns the record of the current input, nil if none is kept.
func (c *convert[T]) noted() *inputRecord {
	if c.keep && c.record == nil {
		c.record = &inputRecord{Formats: []string{}}
	}
	return c.record
}

func (c *convert[T]) begin(in *input) {
	c.ledger.begin(in)
	if r := c.noted(); r != nil {
		r.Logs++
		if format := string(in.log.Format()); !slices.Contains(r.Formats, format) {
			r.Formats = append(r.Formats, format)
		}
	}
}

func (c *convert[T]) note(out *converted[T]) {
	r := c.noted()
	if r == nil {
		return
	}
	for i := range out.runs {
		r.Records += int64(out.runs[i].Last - out.runs[i].First + 1)
	}
	r.Records += out.events
	r.Old += out.old
	r.Rows += int64(out.rows)
}

func (c *convert[T]) noteDamage(err error) {
	r := c.noted()
	if r == nil {
		return
	}
	r.Damage++
	var record *parser.RecordError
	if errors.As(err, &record) {
		r.Undecodable++
		if record.State == model.StateSlack || record.State == model.StateCarved {
			r.Old++
		}
	}
	r.failed(err)
}

func (c *convert[T]) noteRefused(_ *input, err error) {
	if r := c.noted(); r != nil {
		r.Refused++
		r.failed(err)
	}
}

// failed notes an error of the system: an input that was not read to its end is not done.
func (r *inputRecord) failed(err error) {
	var of syscall.Errno
	if r.Error == nil && errors.As(err, &of) {
		text := err.Error()
		r.Error = &text
	}
}

// finished is called when all of an input is written.
func (c *convert[T]) finished(src *source.Source) error {
	r := c.noted()
	if r == nil {
		return nil
	}
	c.record = nil
	r.Path = src.Path
	if src.Path != source.Stdin {
		before := *r
		r.failed(r.look())
		if src.Size >= 0 && r.Size != nil && *r.Size != src.Size && before.Error == nil {
			text := "its size changed while it was read"
			r.Error = &text
		}
		if c.hash && r.Size != nil && r.Error == nil {
			sum, err := hashFile(r.Path)
			if err == nil {
				r.SHA256 = &sum
			}
			r.failed(err)
		}
	}
	return c.to.finished(r)
}
