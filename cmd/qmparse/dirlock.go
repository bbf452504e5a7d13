package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// dirLock keeps others from writing the same parts: a file that is locked while a run lasts.
// What a run that was killed leaves of it locks nothing.
type dirLock struct{ f *flock.Flock }

// lockDir takes the lock of the parts of that name in a folder.
func lockDir(dir, name string) (*dirLock, error) {
	l := &dirLock{flock.New(filepath.Join(dir, "."+name+".lock"))}
	switch ok, err := l.f.TryLock(); {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fmt.Errorf("%s: another run is writing %s there", dir, name)
	}
	return l, nil
}

func (l *dirLock) release() {
	if l == nil {
		return
	}
	err := os.Remove(l.f.Path()) // before others can take it, where an open file can be removed
	_ = l.f.Unlock()
	if err != nil {
		_ = os.Remove(l.f.Path())
	}
}
