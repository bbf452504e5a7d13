package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
}

// manifest is the file that says what was done with each input: a line of JSON for the
// options of the run, then one for each input. Lines are added when the rows of their
// inputs are safe.
type manifest struct {
	path    string
	options runOptions
	append  bool // to what is there; else it is written whole, at the end
	pending []*inputRecord
}

func (m *manifest) add(r *inputRecord) {
	if !utf8.ValidString(r.Path) {
		r.PathBytes = []byte(r.Path)
	}
	m.pending = append(m.pending, r)
}

// flush writes the records that were added.
func (m *manifest) flush() error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if !m.append {
		_ = e.Encode(&m.options)
	}
	for _, r := range m.pending {
		if err := e.Encode(r); err != nil {
			return err
		}
	}
	m.pending = nil
	if !m.append {
		return m.replace(b.Bytes())
	}
	f, err := os.OpenFile(m.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	return errors.Join(err, f.Sync(), f.Close())
}

// start writes the manifest of a run that goes on from these records; more are appended.
func (m *manifest) start(records []*inputRecord) error {
	m.append, m.pending = false, records
	err := m.flush()
	m.append = true
	return err
}

// replace makes b the manifest.
func (m *manifest) replace(b []byte) error {
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

// readManifest reads a manifest as far as its lines are whole. That an input could not be
// read is left out if it was read later.
func readManifest(path string) (o runOptions, records []*inputRecord, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return o, nil, err
	}
	n := 0
	for line := range bytes.Lines(b) {
		if n++; line[len(line)-1] != '\n' {
			break // the run ended while it was written
		}
		if n == 1 {
			err = json.Unmarshal(line, &o)
			if err == nil && o.Manifest != manifestVersion {
				err = errors.New("not a manifest")
			}
		} else {
			r := &inputRecord{}
			if err = json.Unmarshal(line, r); err == nil {
				if r.PathBytes != nil {
					r.Path = string(r.PathBytes)
				}
				records = append(records, r)
			}
		}
		if err != nil {
			return o, nil, fmt.Errorf("%s, line %d: %w", path, n, err)
		}
	}
	if n == 0 || o.Manifest == 0 {
		return o, nil, fmt.Errorf("%s: not a manifest", path)
	}
	read := map[string]int{}
	for i, r := range records {
		if r.Error == nil {
			read[r.Path] = i
		}
	}
	kept := records[:0]
	for i, r := range records {
		later, ok := read[r.Path]
		if r.Error == nil || r.Part != nil || !ok || later < i {
			kept = append(kept, r)
		}
	}
	return o, kept, nil
}

// sameOptions says how two runs differ; "" if they do not.
func sameOptions(was, is runOptions) string {
	differ := ""
	a, b := map[string]any{}, map[string]any{}
	for of, to := range map[*runOptions]*map[string]any{&was: &a, &is: &b} {
		text, _ := json.Marshal(of)
		_ = json.Unmarshal(text, to)
	}
	for name := range b {
		if fmt.Sprint(a[name]) != fmt.Sprint(b[name]) && (differ == "" || name < differ) {
			differ = name
		}
	}
	if differ == "" {
		return ""
	}
	return fmt.Sprintf("%s was %v, is %v", differ, a[differ], b[differ])
}

// exists says whether there is a file of that name.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
