package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/gofrs/flock"
)

// dirLock keeps others from writing the same: a file that is locked while a run lasts.
// What a run that was killed leaves of it locks nothing.
type dirLock struct{ f *flock.Flock }

// lockName is the name of the lock of parts: table, shares.
var lockName = regexp.MustCompile(`^\.(events|qm_failures)(?:-s\d+of(\d+))?\.lock$`)

// lockDir takes the lock of what has that name in a folder, parts or a file.
func lockDir(dir, name string) (*dirLock, error) {
	for range lockTries {
		l := &dirLock{flock.New(filepath.Join(dir, "."+name+".lock"))}
		switch ok, err := l.f.TryLock(); {
		case err != nil:
			return nil, err
		case !ok:
			return nil, fmt.Errorf("%s: another run is writing %s there", dir, name)
		case l.inPlace():
			return l, nil
		}
		_ = l.f.Unlock()
	}
	return nil, fmt.Errorf("%s: other runs are writing %s there, one after another", dir, name)
}

// lockTries is how often a lock is taken that was just given up: each time another run has
// ended at that moment.
const lockTries = 100

// inPlace says whether the file that is locked is there: who held the lock before may have
// removed it after it was opened, and then others lock a new one.
func (l *dirLock) inPlace() bool {
	locked, err := l.f.Stat()
	there, err2 := os.Stat(l.f.Path())
	return err == nil && err2 == nil && os.SameFile(locked, there)
}

// otherShares is an error if a run with other shares is writing the table in the folder: rows
// would be there twice. It is called with the lock of the parts taken; so of two that begin at
// once one sees the other, or each does.
func otherShares(dir, table, shares string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		m := lockName.FindStringSubmatch(entry.Name())
		if m == nil || m[1] != table || m[2] == shares {
			continue
		}
		// Shared, so that two that look do not see each other.
		f := flock.New(filepath.Join(dir, entry.Name()), flock.SetFlag(os.O_RDONLY))
		switch ok, err := f.TryRLock(); {
		case ok:
			_ = f.Unlock()
		case err == nil:
			return fmt.Errorf("%s: another run is writing %s there, with other shares (--shard)", dir, table)
		case !errors.Is(err, fs.ErrNotExist): // else it has ended
			return err
		}
	}
	return nil
}

func (l *dirLock) release() {
	err := os.Remove(l.f.Path()) // before others can take it, where an open file can be removed
	_ = l.f.Unlock()
	if err != nil {
		_ = os.Remove(l.f.Path())
	}
}
