package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sideFile is a file that is written beside the rows.
type sideFile struct {
	option, path string
	regular      bool // must be
	replaces     bool // what is there
}

// checkSides checks the files that are written beside the rows: a slip of the hand must not
// cost evidence, nor one output another.
func (f *convertFlags) checkSides(manifest string, uids *dedupe) error {
	b, folder := &f.batch, f.toFolder()
	sides := []sideFile{
		{option: "--manifest", path: manifest, regular: folder, replaces: f.force || folder},
		{option: "--summary-json", path: b.summary, replaces: f.force || b.resume && isSummary(b.summary)},
	}
	if uids != nil {
		side := sideFile{option: "the uids of --dedupe", path: uids.file, regular: true, replaces: true}
		sides = slices.Insert(sides, 1, side)
	}
	before := []sideFile{{option: "--output", path: f.output}} // whoever writes it looks
	for _, side := range sides {
		if side.path == "" || side.path == "-" {
			continue
		}
		for _, other := range before {
			if sameName(side.path, other.path) {
				return usagef("%s and %s are the same file", other.option, side.option)
			}
		}
		before = append(before, side)
		inOutput := folder && sameName(filepath.Dir(side.path), f.output)
		if err := side.check(inOutput); err != nil {
			return err
		}
	}
	return nil
}

// check checks what there is in the place of the file, which may be the folder of the output.
func (s *sideFile) check(inOutput bool) error {
	if inOutput && partName.MatchString(filepath.Base(s.path)) {
		return usagef("%s: is the name of a part", s.path)
	}
	folder, err := os.Stat(filepath.Dir(s.path))
	if err != nil && !inOutput { // that is made
		return err
	}
	if err == nil && !folder.IsDir() {
		return fmt.Errorf("%s: is no folder", filepath.Dir(s.path))
	}
	info, err := os.Stat(s.path)
	switch {
	case err != nil:
	case info.IsDir():
		return fmt.Errorf("%s: is a directory", s.path)
	case !info.Mode().IsRegular():
		if s.regular {
			return fmt.Errorf("%s: is no regular file", s.path)
		}
	case !s.replaces && !isLog(s.path):
		return fmt.Errorf("%s: file exists (--force overwrites it)", s.path)
	default:
		return mayReplace(s.path)
	}
	return nil
}

// isSummary says whether the file of that name is one that --summary-json has written.
func isSummary(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := io.ReadFull(f, head)
	return strings.HasPrefix(string(head[:n]), summaryBegin)
}

// sameName says whether two names are of one file, which need not be there.
func sameName(a, b string) bool {
	one, err := os.Stat(a)
	two, err2 := os.Stat(b)
	if err == nil && err2 == nil {
		return os.SameFile(one, two)
	}
	a, err = filepath.Abs(a)
	b, err2 = filepath.Abs(b)
	return err == nil && err2 == nil && a == b
}
