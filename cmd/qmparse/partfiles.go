package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What runs have left in a folder of parts.

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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
