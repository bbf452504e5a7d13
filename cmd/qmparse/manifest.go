package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"unicode/utf8"
)

// manifestVersion counts the forms that a manifest has had.
const manifestVersion = 1

// runOptions are what the rows of a run depend on beside its inputs: a run goes on only
// with the same.
type runOptions struct {
	Manifest    int      `json:"qmparse_manifest"`
	Version     string   `json:"version"`
	Table       string   `json:"table"`
	Schema      string   `json:"schema_version"`
	Format      string   `json:"format"`
	Recover     string   `json:"recover"`
	KeepRepeats bool     `json:"keep_repeats"`
	Raw         bool     `json:"raw"`
	Dedupe      bool     `json:"dedupe"`
	EventIDs    []string `json:"event_id"`
	Channels    []string `json:"channel"`
	Hosts       []string `json:"host"`
	Since       string   `json:"since"`
	Until       string   `json:"until"`
	PartitionBy string   `json:"partition_by"`
	PartRows    int64    `json:"part_rows"`
	Shard       string   `json:"shard"`
	Folder      string   `json:"working_folder"` // paths are relative to it
}

// partsName returns the name of the run's parts, before their number.
func (o *runOptions) partsName() string {
	if o.Shard == "" {
		return o.Table
	}
	return o.Table + "-s" + strings.Replace(o.Shard, "/", "of", 1)
}

// partRecord ends the lines of a part, or of inputs that made none. Lines behind the last one
// are of a part that did not come to be.
type partRecord struct {
	Part  int   `json:"part"`
	Files int   `json:"part_files"`
	Bytes int64 `json:"part_bytes"`     // of all of them
	Gone  bool  `json:"gone,omitempty"` // it had files, and is no more
}

// next returns the number of the part behind it.
func (p *partRecord) next() int {
	if p.Files > 0 || p.Gone {
		return p.Part + 1
	}
	return p.Part
}

// entry is a line of a manifest behind the first: one of the two.
type entry struct {
	input *inputRecord
	part  *partRecord
}

// manifest is the file that says what was done with each input: a line of JSON for the
// options of the run, then one for each input, and one behind those of a part. Lines are
// added when the rows of their inputs are safe.
type manifest struct {
	path    string
	options runOptions
	pending []entry // not yet written
}

func (m *manifest) add(r *inputRecord) {
	if !utf8.ValidString(r.Path) {
		r.PathBytes = []byte(r.Path)
	}
	m.pending = append(m.pending, entry{input: r})
}

// end ends the part whose inputs were added.
func (m *manifest) end(p partRecord) error {
	if len(m.pending) == 0 && p.Files == 0 {
		return nil
	}
	m.pending = append(m.pending, entry{part: &p})
	return m.flush()
}

// flush appends what was added.
func (m *manifest) flush() error {
	b, err := appendLines(nil, m.pending)
	if err != nil {
		return err
	}
	m.pending = nil
	f, err := os.OpenFile(m.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// start writes the manifest anew, with these lines; what is added is appended.
func (m *manifest) start(lines []entry) error {
	b, err := appendLine(nil, &m.options)
	if err == nil {
		b, err = appendLines(b, lines)
	}
	if err != nil {
		return err
	}
	o, err := createOut(m.path, nil, true)
	if err != nil {
		return err
	}
	defer o.discard()
	if _, err := o.Write(b); err != nil {
		return err
	}
	return o.commit()
}

func appendLines(b []byte, lines []entry) (_ []byte, err error) {
	for _, line := range lines {
		if line.part != nil {
			b, err = appendLine(b, line.part)
		} else {
			b, err = appendLine(b, line.input)
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

func appendLine(b []byte, v any) ([]byte, error) {
	w := bytes.NewBuffer(b)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return w.Bytes(), err
}

// readManifest reads a manifest up to the end of the last part that came to be. That an input
// could not be read, or has to be read again, is left out if it was read later.
func readManifest(path string) (o runOptions, lines []entry, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return o, nil, err
	}
	n, ended := 0, 0
	for line := range bytes.Lines(b) {
		if n++; line[len(line)-1] != '\n' {
			break // the run ended while it was written
		}
		var e entry
		if n == 1 {
			if err = json.Unmarshal(line, &o); err == nil && o.Manifest != manifestVersion {
				err = errors.New("not a manifest")
			}
		} else if e, err = readEntry(line); err == nil {
			if lines = append(lines, e); e.part != nil {
				ended = len(lines)
			}
		}
		if err != nil {
			return o, nil, fmt.Errorf("%s, line %d: %w", path, n, err)
		}
	}
	if n == 0 || o.Manifest == 0 {
		return o, nil, fmt.Errorf("%s: not a manifest", path)
	}
	return o, settled(lines[:ended], o.Folder), nil
}

func readEntry(line []byte) (e entry, err error) {
	if bytes.HasPrefix(line, []byte(`{"part":`)) {
		e.part = &partRecord{}
		return e, json.Unmarshal(line, e.part)
	}
	e.input = &inputRecord{}
	if err := json.Unmarshal(line, e.input); err != nil {
		return e, err
	}
	if e.input.PathBytes != nil {
		e.input.Path = string(e.input.PathBytes)
	}
	return e, nil
}

// settled leaves out of the lines those of inputs that were not read, or were to be read
// again, and have been read since.
func settled(lines []entry, folder string) []entry {
	open := map[string][]int{} // by path
	left := map[int]bool{}
	for i, line := range lines {
		switch r := line.input; {
		case r == nil:
		case r.Part == nil && (r.Error != nil || r.Again):
			key := pathKey(folder, r.Path)
			open[key] = append(open[key], i)
		default:
			if key := pathKey(folder, r.Path); len(open[key]) > 0 {
				left[open[key][0]] = true
				open[key] = open[key][1:]
			}
		}
	}
	kept := lines[:0]
	for i, line := range lines {
		if !left[i] {
			kept = append(kept, line)
		}
	}
	return kept
}

// sameOptions says how two runs differ; "" if they do not.
func sameOptions(was, is runOptions) string {
	a, b := reflect.ValueOf(was), reflect.ValueOf(is)
	for i := range a.NumField() {
		if x, y := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(x, y) {
			return fmt.Sprintf("%s was %v, is %v", a.Type().Field(i).Tag.Get("json"), x, y)
		}
	}
	return ""
}
