package source

import (
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Walk yields the sources that paths name, in the order of the paths, and within
// a directory in the order of names. An error is about one path, which the
// source then names; the walk goes on.
func Walk(paths []string, stdin io.Reader) iter.Seq2[Source, error] {
	return func(yield func(Source, error) bool) {
		for _, path := range paths {
			if path == Stdin {
				if !yield(Source{Path: Stdin, Named: true, Size: -1, stdin: stdin}, nil) {
					return
				}
				continue
			}
			names, err := expand(path)
			if err != nil {
				if !yield(Source{Path: path, Named: true, Size: -1}, err) {
					return
				}
				continue
			}
			for _, name := range names {
				if !walk(name, yield) {
					return
				}
			}
		}
	}
}

// expand returns path itself if there is such a file, else what it matches as a
// glob.
func expand(path string) ([]string, error) {
	_, err := os.Lstat(path)
	if err == nil || !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(path, `*?[`) {
		return []string{path}, err
	}
	names, err := filepath.Glob(path)
	if err != nil {
		return nil, &fs.PathError{Op: "glob", Path: path, Err: err}
	}
	if len(names) == 0 {
		return nil, &fs.PathError{Op: "glob", Path: path, Err: errors.New("matches no file")}
	}
	return names, nil
}

// walk yields the file of that name, or the files below it; false to stop.
func walk(name string, yield func(Source, error) bool) bool {
	info, err := os.Stat(name)
	if err != nil {
		return yield(Source{Path: name, Named: true, Size: -1}, err)
	}
	if !info.IsDir() {
		s := Source{Path: name, Named: true, Size: -1}
		if info.Mode().IsRegular() {
			s.Size, s.Modified = info.Size(), info.ModTime()
		}
		return yield(s, nil)
	}
	stopped := false
	// A link to a directory is walked only if it is named: with the separator
	// behind it, it is the directory.
	root := name
	if link, err := os.Lstat(name); err == nil && link.Mode()&fs.ModeSymlink != 0 {
		root += string(filepath.Separator)
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		s := Source{Path: path, Named: path == root, Size: -1}
		switch {
		case err != nil:
		case entry.IsDir():
			return nil
		case !entry.Type().IsRegular():
			err = &fs.PathError{Op: "walk", Path: path, Err: notRegular(root, path, entry)}
		default:
			var info fs.FileInfo
			if info, err = entry.Info(); err == nil {
				s.Size, s.Modified = info.Size(), info.ModTime()
			}
		}
		if !yield(s, err) {
			stopped = true
			return fs.SkipAll
		}
		return nil
	})
	if err != nil && !stopped {
		return yield(Source{Path: name, Named: true, Size: -1}, err)
	}
	return !stopped
}

// notRegular says what is in a directory that is no regular file. A link to what is below the
// root as well costs nothing.
func notRegular(root, path string, entry fs.DirEntry) error {
	if entry.Type()&fs.ModeSymlink == 0 {
		return ErrNotRegular
	}
	to, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ErrNotRegular
	}
	root, err = filepath.EvalSymlinks(root)
	if err != nil {
		return ErrNotRegular
	}
	if info, err := os.Stat(to); err != nil || !info.Mode().IsRegular() && !info.IsDir() {
		return ErrNotRegular
	}
	if within, err := filepath.Rel(root, to); err == nil && filepath.IsLocal(within) {
		return ErrNotRegular
	}
	return ErrLink
}
