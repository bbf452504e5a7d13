package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// What an earlier run has left in a folder of parts.

// What qmparse itself has in such a folder, whatever the run.
var (
	ownFile   = regexp.MustCompile(`^(_manifest(-s\d+of\d+)?\.(ndjson|uids)|(events|qm_failures)(-s\d+of\d+)?-\d{5,}(-\d+)?\.(parquet|ndjson|csv))$`)
	ownFolder = regexp.MustCompile(`^p_(host|date)=`)
	ownHidden = regexp.MustCompile(`^\.(_manifest|events|qm_failures)[-.0-9a-z]*\.\d+-\d+\.tmp$`)
)

// ours returns the files in the folder that are parts of this name, or are on their way
// to become some; with the numbers of the parts, -1 for what has none. Folders are looked
// into only if they are partitions.
func (d *dirParts[T]) ours() (files map[string]int, err error) {
	files = map[string]int{}
	part := regexp.MustCompile(`^` + regexp.QuoteMeta(d.name) + `-(\d{5,})(-\d+)?` + regexp.QuoteMeta(d.ext) + `$`)
	temporary := regexp.MustCompile(`^\.` + regexp.QuoteMeta(d.name) + `(-\d{5,}(-\d+)?` + regexp.QuoteMeta(d.ext) + `|\.spool)\.\d+-\d+\.tmp$`)
	err = filepath.WalkDir(d.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if path != d.dir && !ownFolder.MatchString(entry.Name()) {
				return fs.SkipDir
			}
		case temporary.MatchString(entry.Name()):
			files[path] = -1
		default:
			if m := part.FindStringSubmatch(entry.Name()); m != nil {
				if files[path], err = strconv.Atoi(m[1]); err != nil {
					return fmt.Errorf("%s: no run makes so many parts", path)
				}
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	// The manifest on its way.
	folder, base := filepath.Split(d.manifest.path)
	temporary = regexp.MustCompile(`^\.` + regexp.QuoteMeta(base) + `\.\d+-\d+\.tmp$`)
	entries, _ := os.ReadDir(filepath.Clean(folder))
	for _, entry := range entries {
		if temporary.MatchString(entry.Name()) {
			files[filepath.Join(folder, entry.Name())] = -1
		}
	}
	return files, err
}

// stranger returns what the folder holds that no run has put there, "" for nothing.
func (d *dirParts[T]) stranger() (string, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() && ownFolder.MatchString(name) || ownHidden.MatchString(name) || ownFile.MatchString(name) || filepath.Join(d.dir, name) == filepath.Clean(d.manifest.path) {
			continue
		}
		return filepath.Join(d.dir, name), nil
	}
	return "", nil
}

// begin makes the folder ready for a run from the start. What an earlier run has left is
// an error, or removed with force; what is not of a run is an error, or stays.
func (d *dirParts[T]) begin(force bool) error {
	files, err := d.ours()
	if err != nil {
		return err
	}
	if !force {
		if exists(d.manifest.path) {
			return fmt.Errorf("%s: file exists (--resume goes on, --force begins anew)", d.manifest.path)
		}
		for _, path := range sortedKeys(files) {
			if files[path] >= 0 { // else what a run that was killed had not finished
				return fmt.Errorf("%s: file exists (--force removes the parts of an earlier run)", path)
			}
		}
		switch other, err := d.stranger(); {
		case err != nil:
			return err
		case other != "":
			return fmt.Errorf("%s: is in the way, the folder should be empty (--force writes beside what no run has put there)", printable(other))
		}
	}
	if err := removeParts(files, func(int) bool { return true }); err != nil {
		return err
	}
	if err := d.mkdir(d.dir); err != nil {
		return err
	}
	d.before, d.made = d.made, nil
	if d.dedupe != nil {
		if err := os.Remove(d.dedupe.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	d.fresh = true
	return d.manifest.start(nil)
}

// earlier is what an earlier run has done.
type earlier struct {
	done    map[string]int // inputs, as often as they were read
	again   []string       // inputs of parts that are written again
	changed int64          // of them, since they were read
	gone    int64          // parts that are not there
}

// resume makes the folder ready to go on, and returns what is done. Of a part one of whose
// inputs has changed all is done again.
func (d *dirParts[T]) resume(hash bool) (*earlier, error) {
	was, records, err := readManifest(d.manifest.path)
	if err != nil {
		return nil, err
	}
	if differ := sameOptions(was, d.manifest.options); differ != "" {
		return nil, fmt.Errorf("%s: another run: %s", d.manifest.path, differ)
	}
	files, err := d.ours()
	if err != nil {
		return nil, err
	}
	there := map[int]bool{}
	for _, n := range files {
		there[n] = true
	}
	e := &earlier{done: map[string]int{}}
	stale := map[int]bool{}
	again := map[*inputRecord]bool{}
	d.failed = map[string]int{}
	for _, r := range records {
		if r.Part != nil {
			d.number = max(d.number, *r.Part+1)
		}
		switch {
		case r.Part != nil && r.Size == nil:
			return nil, fmt.Errorf("%s: %s was read as a stream, and nothing says whether it is the same: begin anew (--force)", d.manifest.path, printable(r.Path))
		case r.Part == nil && r.Error != nil: // stays in the manifest unless it can be read now
			d.failed[r.Path]++
		case r.Error != nil, r.Size == nil:
			again[r] = true
		case r.changed(hash):
			again[r] = true
			e.changed++
		case r.Part != nil && !there[*r.Part]:
			if !stale[*r.Part] {
				e.gone++
			}
			stale[*r.Part] = true
		}
		if again[r] && r.Part != nil {
			stale[*r.Part] = true
		}
	}
	kept := func(r *inputRecord) bool { return !again[r] && (r.Part == nil || !stale[*r.Part]) }
	var keep []*inputRecord
	for _, r := range records {
		switch {
		case kept(r):
			keep = append(keep, r)
			if r.Part != nil || r.Error == nil {
				e.done[r.Path]++
			}
		case r.Part != nil:
			// Its rows go with the part, and only come back if it can be read.
			f, err := os.Open(r.Path)
			if err != nil {
				return nil, fmt.Errorf("part %d is to be written again, and of its inputs one cannot be read: %w", *r.Part, err)
			}
			_ = f.Close()
			e.again = append(e.again, r.Path)
		}
	}
	if d.dedupe != nil {
		if err := d.dedupe.resume(records, kept); err != nil {
			return nil, err
		}
	}
	// The manifest forgets first: a part that it does not know is removed by the next run,
	// too.
	if err := d.manifest.start(keep); err != nil {
		return nil, err
	}
	return e, removeParts(files, func(n int) bool { return n < 0 || n >= d.number || stale[n] })
}

// removeParts removes those of the files whose part is to go, and partitions that are
// empty then.
func removeParts(files map[string]int, goes func(part int) bool) error {
	folders := map[string]int{}
	for _, path := range sortedKeys(files) {
		if !goes(files[path]) {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
		for f := filepath.Dir(path); ownFolder.MatchString(filepath.Base(f)); f = filepath.Dir(f) {
			folders[f]++
		}
	}
	removeEmpty(sortedKeys(folders))
	return nil
}

// outputBelow says whether a folder is below what path names, and how it is called when it
// is met there.
func outputBelow(output, path string) (met string, is bool) {
	real := func(name string) string {
		if full, err := filepath.EvalSymlinks(name); err == nil {
			name = full
		}
		name, _ = filepath.Abs(name)
		return name
	}
	rel, err := filepath.Rel(real(path), real(output))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return filepath.Join(path, rel), true
}
