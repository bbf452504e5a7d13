package main

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/qmparse/qmparse/parser/source"
)

// What an earlier run has left in a folder of parts.

var (
	// partName is the name of a part, and of one on its way: table, share, number, which of
	// the files of a partition, format, temporary. A run makes no number of more digits.
	partName = regexp.MustCompile(`^\.?(events|qm_failures)(?:-s\d+of(\d+))?-(\d{5,6})(?:-\d+)?\.(parquet|ndjson|csv)(\.\d+-\d+\.tmp)?$`)

	// ownFolder is the name of the folder of a partition.
	ownFolder = regexp.MustCompile(`^p_(host|date)=`)
)

const maxParts = 1_000_000

// partFiles are files of parts.
type partFiles struct {
	n     int
	bytes int64
}

// ours returns the files in the folder that are parts of this name, or are on their way
// to become some; with the numbers of the parts, -1 for what has none. Folders are looked
// into only if they are partitions. Parts of other shares than those of this run, in the
// same format, are an error: rows would be there twice. So is a log with the name of a part.
func (d *dirParts[T]) ours() (files map[string]int, parts map[int]partFiles, err error) {
	files, parts = map[string]int{}, map[int]partFiles{}
	spool := regexp.MustCompile(`^\.` + regexp.QuoteMeta(d.name) + `\.spool\.\d+-\d+\.tmp$`)
	err = d.walk(func(path string, entry fs.DirEntry) error {
		name := entry.Name()
		if spool.MatchString(name) {
			files[path] = -1
			return nil
		}
		m := partName.FindStringSubmatch(name)
		if m == nil || m[1] != d.table || "."+m[4] != d.ext {
			return nil
		}
		temporary := m[5] != ""
		if m[2] != d.shares && !temporary {
			return fmt.Errorf("%s: is of a run with other shares (--shard)", path)
		}
		if !strings.HasPrefix(strings.TrimPrefix(name, "."), d.name+"-"+m[3]) {
			return nil // of another share
		}
		if temporary {
			files[path] = -1
			return nil
		}
		if isLog(path) {
			return fmt.Errorf("%s: is a log or an archive and is not overwritten", path)
		}
		return countPart(files, parts, path, m[3], entry)
	})
	// The manifest and the uids on their way.
	for _, path := range []string{d.manifest.path, d.uids()} {
		folder, base := filepath.Split(path)
		temporary := regexp.MustCompile(`^\.` + regexp.QuoteMeta(base) + `\.\d+-\d+\.tmp$`)
		entries, _ := os.ReadDir(filepath.Clean(folder))
		for _, entry := range entries {
			if path != "" && temporary.MatchString(entry.Name()) {
				files[filepath.Join(folder, entry.Name())] = -1
			}
		}
	}
	return files, parts, err
}

// countPart notes a file of the part with that number.
func countPart(files map[string]int, parts map[int]partFiles, path, number string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(number)
	of := parts[n]
	files[path], parts[n] = n, partFiles{of.n + 1, of.bytes + info.Size()}
	return nil
}

// walk calls each for the files in the folder and in its partitions.
func (d *dirParts[T]) walk(each func(path string, entry fs.DirEntry) error) error {
	root := d.dir + string(filepath.Separator) // the folder, if it is a link to one
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			return each(path, entry)
		case path != root && !ownFolder.MatchString(entry.Name()):
			return fs.SkipDir
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// replaced returns the parts of the run whose manifest this one replaces that are not ours:
// those in another format. What is not as the manifest says, and parts of another table or
// share, are not for this run to remove, and an error: without a manifest that has them nobody
// would tell them from what is written now.
func (d *dirParts[T]) replaced() (map[string]int, error) {
	was, lines, err := readManifest(d.manifest.path)
	name := was.partsName()
	var failed *fs.PathError
	switch {
	case errors.As(err, &failed) && !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case err != nil, name == d.name && "."+was.Format == d.ext: // no manifest, or ours has them
		return nil, nil
	}
	files, there := map[string]int{}, map[int]partFiles{}
	err = d.walk(func(path string, entry fs.DirEntry) error {
		m := partName.FindStringSubmatch(entry.Name())
		if m == nil || m[4] != was.Format || m[5] != "" || !strings.HasPrefix(entry.Name(), name+"-"+m[3]) {
			return nil
		}
		return countPart(files, there, path, m[3], entry)
	})
	if err != nil {
		return nil, err
	}
	listed := map[int]partFiles{}
	for _, line := range lines {
		if p := line.part; p != nil && p.Files > 0 {
			listed[p.Part] = partFiles{p.Files, p.Bytes}
		}
	}
	inFolder := sameName(filepath.Dir(d.manifest.path), d.dir) // else it may be of another one
	for _, path := range sortedKeys(files) {
		is, said := there[files[path]], listed[files[path]]
		// Of a part some files are not there if a run was killed while it removed them.
		asSaid := is == said || is.n < said.n && is.bytes <= said.bytes
		switch {
		case name != d.name:
			return nil, fmt.Errorf("%s: is of a run of another table or share, whose manifest %s would be overwritten: --force does not remove it (name another folder or --manifest)", path, d.manifest.path)
		case !inFolder || !asSaid:
			return nil, fmt.Errorf("%s: is of a run in another format, and not as %s in the folder says: --force does not remove it", path, filepath.Base(d.manifest.path))
		case isLog(path):
			return nil, fmt.Errorf("%s: is a log or an archive and is not removed", path)
		}
	}
	return files, nil
}

// evidence returns a log in the folder, "" if there is none.
func (d *dirParts[T]) evidence() (string, error) {
	entries, err := os.ReadDir(d.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	for _, entry := range entries {
		if path := filepath.Join(d.dir, entry.Name()); entry.Type().IsRegular() && isLog(path) {
			return path, nil
		}
	}
	return "", nil
}

// lock makes the folder and keeps others from writing what this run does: its parts, and the
// manifest and the uids, which a run of another table, or into another folder, may have, too.
func (d *dirParts[T]) lock() error {
	if err := d.mkdir(d.dir); err != nil {
		return err
	}
	d.before, d.made = d.made, nil
	for _, path := range []string{filepath.Join(d.dir, d.name), d.manifest.path, d.uids()} {
		if path == "" {
			continue
		}
		l, err := lockDir(filepath.Dir(path), filepath.Base(path))
		if err != nil {
			return err
		}
		d.locked = append(d.locked, l)
	}
	return otherShares(d.dir, d.table, d.shares)
}

// begin makes ready for a run from the start. What an earlier run has left is an error; with
// force it is removed when the first part is whole. What is of no run stays, but a folder
// of logs is no place for a part unless it is forced.
func (d *dirParts[T]) begin(force bool) error {
	if !force {
		switch log, err := d.evidence(); {
		case err != nil:
			return err
		case log != "":
			return fmt.Errorf("%s: is a log or an archive, and parts are not put beside it (unless --force)", printable(log))
		}
	}
	if err := d.lock(); err != nil {
		return err
	}
	files, _, err := d.ours()
	if err != nil {
		return err
	}
	if !force {
		for _, path := range []string{d.manifest.path, d.uids()} {
			if path != "" && exists(path) {
				return fmt.Errorf("%s: file exists (--resume goes on, --force begins anew)", path)
			}
		}
		for _, path := range sortedKeys(files) {
			if files[path] >= 0 { // else what a run that was killed had not finished
				return fmt.Errorf("%s: file exists (--force removes the parts of an earlier run)", path)
			}
		}
	}
	replaced := map[string]int{}
	if force {
		for _, path := range sortedKeys(files) {
			if files[path] < 0 {
				continue // what was not finished is known by its name alone
			}
			if err := mayReplace(path); err != nil {
				return err
			}
		}
		if replaced, err = d.replaced(); err != nil {
			return err
		}
	}
	d.start = func() error {
		// What only the manifest of the earlier run knows goes while that is there: were this
		// run killed, another would find the rest.
		if err := removeParts(replaced, func(int) bool { return true }); err != nil {
			return err
		}
		// Of our own the manifest comes first: what it does not know a run that goes on removes.
		if err := d.manifest.start(nil); err != nil {
			return err
		}
		return removeParts(files, func(int) bool { return true })
	}
	return nil
}

// uids is the file with the uids of the rows, "" for none.
func (d *dirParts[T]) uids() string {
	if d.dedupe == nil {
		return ""
	}
	return d.dedupe.file
}

// earlier is what an earlier run has done.
type earlier struct {
	done    map[string]int // inputs, as often as they were read
	again   []string       // inputs of parts that are written again
	changed int64          // of them, since they were read
	gone    int64          // parts of which files are not there
	damaged int64          // inputs that are done
	failed  map[string]int // inputs that could not be read, as often
}

// resume makes the folder ready to go on, and returns what is done. Of a part one of whose
// inputs has changed, or of which a file is not there, all is done again.
func (d *dirParts[T]) resume(hash bool) (*earlier, error) {
	if err := d.lock(); err != nil {
		return nil, err
	}
	was, lines, err := readManifest(d.manifest.path)
	if err != nil {
		return nil, err
	}
	if differ := sameOptions(was, d.manifest.options); differ != "" {
		return nil, fmt.Errorf("%s: another run: %s", d.manifest.path, differ)
	}
	files, there, err := d.ours()
	if err != nil {
		return nil, err
	}
	e := &earlier{done: map[string]int{}, failed: map[string]int{}}
	parts, err := d.wholeParts(lines, there, e, hash)
	if err != nil {
		return nil, err
	}
	if d.dedupe != nil {
		if err := d.dedupe.resume(lines, func(r *inputRecord) bool { return r.Part == nil || parts[*r.Part] }); err != nil {
			return nil, err
		}
	}
	d.failed = map[string]int{}
	var keep, again []entry
	for _, line := range lines {
		r := line.input
		if r == nil {
			if p := line.part; p.Files > 0 && !parts[p.Part] {
				line.part = &partRecord{Part: p.Part, Gone: true}
			}
			if line.part.next() > line.part.Part || len(keep) > 0 && keep[len(keep)-1].part == nil { // else it ends nothing
				keep = append(keep, line)
			}
			continue
		}
		key := pathKey(was.Folder, r.Path)
		switch {
		case r.Part != nil && !parts[*r.Part], r.Again:
			// Its rows go with the part, and only come back if it can be read.
			f, err := os.Open(r.Path)
			if err != nil {
				return nil, fmt.Errorf("a part is to be written again, and of its inputs one cannot be read: %w", err)
			}
			_ = f.Close()
			e.again = append(e.again, r.Path)
			d.failed[key]++
			again = append(again, entry{input: &inputRecord{Path: r.Path, PathBytes: r.PathBytes, Formats: []string{}, Again: true}})
		case r.Part == nil && r.Error != nil:
			d.failed[key]++
			e.failed[key]++
			keep = append(keep, line)
		case r.Size == nil && r.Part == nil, r.Part == nil && r.changed(hash):
			// It is read if it is named.
		default:
			e.done[key]++
			if r.damaged() {
				e.damaged++
			}
			keep = append(keep, line)
		}
	}
	if len(again) > 0 { // last, so that no line says that they were
		keep = append(append(keep, again...), entry{part: &partRecord{Part: d.number}})
	}
	// The manifest forgets first: what it does not know the next run removes, too.
	if err := d.manifest.start(keep); err != nil {
		return nil, err
	}
	return e, removeParts(files, func(n int) bool { return !parts[n] })
}

// wholeParts says which parts of the manifest are there, of inputs that are as they were.
func (d *dirParts[T]) wholeParts(lines []entry, there map[int]partFiles, e *earlier, hash bool) (map[int]bool, error) {
	parts := map[int]bool{}
	for _, line := range lines {
		p := line.part
		if p == nil {
			continue
		}
		if d.number = max(d.number, p.next()); p.Files > 0 {
			if parts[p.Part] = there[p.Part] == (partFiles{p.Files, p.Bytes}); !parts[p.Part] {
				e.gone++
			}
		}
	}
	for _, line := range lines {
		r := line.input
		switch {
		case r == nil || r.Part == nil:
		case r.Size == nil:
			return nil, fmt.Errorf("%s: %s was read as a stream, and nothing says whether it is the same: begin anew (--force)", d.manifest.path, printable(r.Path))
		case r.Error != nil:
			parts[*r.Part] = false
		case r.changed(hash):
			parts[*r.Part] = false
			e.changed++
		}
	}
	for _, whole := range parts {
		if whole {
			d.whole++
		}
	}
	return parts, nil
}

// removeParts removes those of the files whose part is to go, and partitions that are
// empty then.
func removeParts(files map[string]int, goes func(part int) bool) error {
	var folders []string
	for _, path := range sortedKeys(files) {
		if !goes(files[path]) {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for f := filepath.Dir(path); ownFolder.MatchString(filepath.Base(f)); f = filepath.Dir(f) {
			folders = append(folders, f)
		}
	}
	slices.Sort(folders)
	removeEmpty(slices.Compact(folders))
	return nil
}

// goOn yields what is to be read after an earlier run: what is named, then what must be
// read again although it is not named.
func (c *convert[T]) goOn(sources iter.Seq2[source.Source, error]) iter.Seq2[source.Source, error] {
	return func(yield func(source.Source, error) bool) {
		met := map[string]int{} // to be read again, and named
		each := func(src source.Source, err error) bool {
			if c.hash {
				src.Digest = &source.Digest{}
			}
			return yield(src, err)
		}
		for src, err := range sources {
			if len(c.earlier.again)+len(c.earlier.failed) > 0 {
				key := pathKey(c.folder, src.Path)
				if c.earlier.done[key] == 0 {
					met[key]++
				}
				delete(c.earlier.failed, key)
			}
			if !each(src, err) {
				return
			}
		}
		for _, path := range c.earlier.again {
			if key := pathKey(c.folder, path); met[key] > 0 {
				met[key]--
				continue
			}
			for src, err := range source.Walk([]string{path}, nil) {
				if !each(src, err) {
					return
				}
			}
		}
	}
}

// left returns how many inputs of the earlier run were not met.
func (e *earlier) left() (n int64) {
	for _, times := range e.done {
		n += int64(times)
	}
	return n
}

// unread returns how many inputs the earlier run could not read that were not met, either.
func (e *earlier) unread() (n int64) {
	for _, times := range e.failed {
		n += int64(times)
	}
	return n
}

// skip says whether an earlier run has done a source.
func (c *convert[T]) skip(src *source.Source) bool {
	if len(c.earlier.done) == 0 {
		return false
	}
	key := pathKey(c.folder, src.Path)
	if c.earlier.done[key] == 0 {
		return false
	}
	c.earlier.done[key]--
	c.skipped++
	return true
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
