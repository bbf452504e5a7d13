package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

// outFile is a file that is whole or absent: it is written beside its target
// under a temporary name, and renamed when it is complete.
type outFile struct {
	target string
	f      *os.File // nil for a stream
	size   int64    // once it is sealed
	b      *bufio.Writer
}

// createOut makes the output named target, "-" for stdout. An existing file is an
// error unless force is set; it stays as it is until commit.
func createOut(target string, stdout io.Writer, force bool) (*outFile, error) {
	if target == "-" {
		return &outFile{target: target, b: bufio.NewWriterSize(stdout, 1<<16)}, nil
	}
	mode := fs.FileMode(0o666)
	switch info, err := os.Stat(target); {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s: is a directory", target)
	case err == nil && !info.Mode().IsRegular():
		// A pipe or a device cannot be replaced; it is a stream.
		f, err := os.OpenFile(target, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &outFile{target: target, b: bufio.NewWriterSize(f, 1<<16)}, nil
	case err == nil && !force:
		return nil, fmt.Errorf("%s: file exists (--force overwrites it)", target)
	case err == nil:
		if err := mayReplace(target); err != nil {
			return nil, err
		}
		mode = info.Mode().Perm()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	f, err := createBeside(target, mode)
	if err != nil {
		return nil, err
	}
	return &outFile{target: target, f: f, b: bufio.NewWriterSize(f, 1<<20)}, nil
}

// mayReplace returns nil if the file of that name is empty or such as qmparse writes, and
// else why it stays: what may hold evidence, as the image of a disk does, a slip of the hand
// with --force must not cost.
func mayReplace(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if head = head[:n]; err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	for _, begin := range [...]string{
		"PAR1", `{"event_uid":`, "event_uid,", // rows
		`{"qmparse_manifest":`, uidsBegin, summaryBegin,
	} {
		if bytes.HasPrefix(head, []byte(begin)) {
			return nil
		}
	}
	if n == 0 {
		return nil
	}
	if isLog(name) {
		return fmt.Errorf("%s: is a log or an archive and is not overwritten", name)
	}
	return fmt.Errorf("%s: is nothing that qmparse has written and is not overwritten", name)
}

// isLog says whether the file of that name is one that is read.
func isLog(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	if source.IsArchive(head[:n]) {
		return true
	}
	_, err = parser.Open(io.MultiReader(bytes.NewReader(head[:n]), f))
	return err == nil
}

// createBeside creates a new file in the directory of target.
func createBeside(target string, mode fs.FileMode) (*os.File, error) {
	for n := 0; ; n++ {
		name := filepath.Join(filepath.Dir(target), fmt.Sprintf(".%s.%d-%d.tmp", filepath.Base(target), os.Getpid(), n))
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) && n < 100 {
			continue
		}
		return f, err
	}
}

// newOut returns the output that f, which was created beside target, becomes.
func newOut(target string, f *os.File) *outFile {
	return &outFile{target: target, f: f, b: bufio.NewWriterSize(f, 1<<16)}
}

func (o *outFile) Write(b []byte) (int, error) { return o.b.Write(b) }

// seal makes sure that what was written is on the disk; the file is still under its
// temporary name.
func (o *outFile) seal() error {
	err := o.b.Flush()
	if o.f == nil {
		return err
	}
	o.b = nil // a part may have thousands of files
	if err == nil {
		err = o.f.Sync()
	}
	if info, statErr := o.f.Stat(); statErr == nil {
		o.size = info.Size()
	}
	if err = errors.Join(err, o.f.Close()); err != nil {
		os.Remove(o.f.Name())
		o.f = nil
	}
	return err
}

// place gives a file that was sealed its name.
func (o *outFile) place() error {
	if o.f == nil {
		return nil
	}
	err := os.Rename(o.f.Name(), o.target)
	if err != nil {
		os.Remove(o.f.Name())
	} else {
		syncDir(filepath.Dir(o.target))
	}
	o.f = nil
	return err
}

// syncDir makes sure that a name is on the disk, where a folder can be synced.
func syncDir(name string) {
	if d, err := os.Open(name); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// commit makes the file what its name says, or reports why that failed.
func (o *outFile) commit() error {
	if err := o.seal(); err != nil {
		return err
	}
	return o.place()
}

// discard removes what was written, unless commit was called.
func (o *outFile) discard() {
	if o.f != nil {
		o.f.Close()
		os.Remove(o.f.Name())
		o.f = nil
	}
}

// exists says whether there is a file of that name.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}
