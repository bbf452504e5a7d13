package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

// inputRecord is what a manifest says of one input: a file as it was named or met, with
// all that is in it if it is an archive.
type inputRecord struct {
	Path        string       `json:"path"`
	PathBytes   []byte       `json:"path_bytes,omitempty"` // base64, of a path that is not UTF-8
	Named       bool         `json:"named"`                // itself, not met in a folder
	Size        *int64       `json:"size"`                 // null if it is a stream
	Modified    *string      `json:"modified"`             // null if it is a stream
	SHA256      *string      `json:"sha256"`               // with --hash, of the bytes that were read
	Formats     []string     `json:"formats"`
	Logs        int64        `json:"logs"`           // itself, or in it
	Searched    int64        `json:"searched"`       // the same of other files, with --recover carve
	Refused     int64        `json:"not_logs"`       // files in it, or itself, that are none
	Unreadable  int64        `json:"unreadable"`     // files in it, or itself, that cannot be read
	Why         *string      `json:"unreadable_why"` // of the first
	Records     stateNumbers `json:"records"`        // by state, also those that are not decoded
	Undecodable int64        `json:"undecodable"`
	Rows        int64        `json:"rows"`
	Duplicates  int64        `json:"duplicates"`      // left out by --dedupe
	Damage      int64        `json:"damage"`          // places
	Error       *string      `json:"error"`           // of the system, so that it is to be read again
	Part        *int         `json:"part"`            // that its rows are in; null if there are none
	Again       bool         `json:"again,omitempty"` // it was read, and its part is no more: it is to be read again
}

// stateNumbers are numbers of records by their state.
type stateNumbers struct {
	Live     int64 `json:"live"`
	PastFree int64 `json:"past_free"`
	Slack    int64 `json:"slack"`
	Carved   int64 `json:"carved"`
}

// of returns the number of a state; of what is none of them, that of live.
func (n *stateNumbers) of(s model.RecordState) *int64 {
	switch s {
	case model.StatePastFree:
		return &n.PastFree
	case model.StateSlack:
		return &n.Slack
	case model.StateCarved:
		return &n.Carved
	}
	return &n.Live
}

// add adds the numbers of o, times so often.
func (n *stateNumbers) add(o stateNumbers, times int64) {
	n.Live += times * o.Live
	n.PastFree += times * o.PastFree
	n.Slack += times * o.Slack
	n.Carved += times * o.Carved
}

// pathKey tells inputs apart, however their paths are written; those that are relative are to
// the folder.
func pathKey(folder, path string) string {
	if path == source.Stdin || filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
}

// damaged says whether not all of the input could be read, or it was named and is no log.
func (r *inputRecord) damaged() bool {
	return r.Damage > 0 || r.Unreadable > 0 || r.Error != nil || r.Named && r.Refused > 0 && r.Logs+r.Searched == 0
}

// look fills in what the file system says; nothing of a stream.
func (r *inputRecord) look() error {
	info, err := os.Stat(r.Path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	size, modified := info.Size(), modifiedText(info.ModTime())
	r.Size, r.Modified = &size, &modified
	return nil
}

func modifiedText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// changed says whether the file is known to be another than when the record was made: by its
// size and time, or, with hash, if the record has one, by its size and SHA-256, whatever its
// time is. One that is not there, or cannot be looked at now, is not.
func (r *inputRecord) changed(hash bool) bool {
	now := inputRecord{Path: r.Path}
	switch {
	case now.look() != nil:
		return false
	case r.Size == nil || r.Modified == nil || now.Size == nil || *now.Size != *r.Size:
		return true
	case hash && r.SHA256 != nil:
		if sum, err := hashFile(r.Path); err == nil {
			return sum != *r.SHA256
		}
	}
	return *now.Modified != *r.Modified
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// What convert notes of each input for the manifest.

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
		format := in.log.Format()
		if format == parser.FormatBlob {
			r.Searched++
			return
		}
		r.Logs++
		if !slices.Contains(r.Formats, string(format)) {
			r.Formats = append(r.Formats, string(format))
		}
	}
}

func (c *convert[T]) note(out *converted[T]) {
	r := c.noted()
	if r == nil {
		return
	}
	r.Records.add(out.records, 1)
	r.Undecodable += out.undecodable
	r.Rows += int64(out.rows)
}

// noteDamage notes a damaged place, or, if it is not a new one, what goes on with the last.
func (c *convert[T]) noteDamage(err error, isNew bool) {
	r := c.noted()
	if r == nil {
		return
	}
	if isNew {
		r.Damage++
	}
	r.failed(err)
}

func (c *convert[T]) noteRefused(err error) {
	r := c.noted()
	if r == nil {
		return
	}
	if isNoLog(err) {
		r.Refused++
	} else {
		r.Unreadable++
		if text := err.Error(); r.Why == nil {
			r.Why = &text
		}
	}
	r.failed(err)
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
	r.Path, r.Named = src.Path, src.Named
	if src.Digest != nil {
		sum, err := src.Digest.Sum()
		if err == nil && sum != "" {
			r.SHA256 = &sum
		}
		r.failed(err)
	}
	if src.Size >= 0 { // a file
		if r.look() != nil { // it was read, and is gone since
			size, modified := src.Size, modifiedText(src.Modified)
			r.Size, r.Modified = &size, &modified
		}
		if r.Error == nil && (r.Size == nil || *r.Size != src.Size || *r.Modified != modifiedText(src.Modified)) {
			text := "it changed while it was read"
			r.Error = &text
			c.con.say("%s: %s", (&input{Source: *src}).name(), text)
			c.changing++
		}
	}
	return c.to.finished(r)
}
