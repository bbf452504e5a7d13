package main

import (
	"fmt"
	"os"

	"github.com/gofrs/flock"
)

// dirLock keeps others from writing to the same manifest: a file beside it that is locked
// while a run lasts. What a run that was killed leaves of it locks nothing.
type dirLock struct{ f *flock.Flock }

// lockDir takes the lock of a manifest.
func lockDir(manifest string) (*dirLock, error) {
	l := &dirLock{flock.New(lockName(manifest))}
	switch ok, err := l.f.TryLock(); {
	case err != nil:
		return nil, err
	case !ok:
		return nil, fmt.Errorf("%s: another run is writing it", manifest)
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
