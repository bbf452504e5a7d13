package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

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
