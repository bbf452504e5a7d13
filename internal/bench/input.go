package main

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

const module = "github.com/qmparse/qmparse"

// build builds what is measured.
func (b *bench) build() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b.self = self
	for exe, pkg := range map[string]string{"qmparse": "/cmd/qmparse", "golangevtx": "/internal/peer/golangevtx", "mklog": "/parser/internal/build/mklog"} {
		cmd := exec.CommandContext(b.ctx, "go", "build", "-o", filepath.Join(b.dir, exe), module+pkg)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w\n%s", cmd, err, out)
		}
	}
	return nil
}

// makeLog makes a log of that size with the project's writer.
func (b *bench) makeLog(size string) (string, error) {
	path := filepath.Join(b.dir, size+".evtx")
	cmd := exec.CommandContext(b.ctx, filepath.Join(b.dir, "mklog"), "-size", size, "-o", path)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd, err, out)
	}
	return path, nil
}

// sampleSize is about how large a log is made of real ones.
const sampleSize = 256 << 20

// joinSamples makes one log of the chunks of all logs below a folder, over and
// over: a header, then chunks on their grid. It keeps none in memory: what a process holds
// counts as held by those that it starts.
func (b *bench) joinSamples(dir string) (path string, err error) {
	path = filepath.Join(b.dir, "samples.evtx")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	size := int64(0)
	add := func(b []byte) error {
		_, err := f.Write(b)
		size += int64(len(b))
		return err
	}
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || name == path {
			return err
		}
		return addChunks(name, size == 0, add)
	})
	if err == nil && size <= headerSize {
		err = fmt.Errorf("%s: no log with chunks", dir)
	}
	once, chunk := size, make([]byte, chunkSize)
	for at := int64(headerSize); err == nil && size < headerSize+sampleSize; at += chunkSize {
		if at == once {
			at = headerSize
		}
		if _, err = f.ReadAt(chunk, at); err == nil {
			err = add(chunk)
		}
	}
	return path, err
}

// Sizes of the parts of an event log.
const (
	headerSize = 4096
	chunkSize  = 64 << 10
)

// addChunks adds the chunks of a file, and its header if it is wanted, if the file is an event
// log.
func addChunks(name string, header bool, add func([]byte) error) error {
	log, err := os.Open(name)
	if err != nil {
		return err
	}
	defer log.Close()
	b := make([]byte, chunkSize)
	if _, err := io.ReadFull(log, b[:headerSize]); err != nil || !bytes.HasPrefix(b, []byte("ElfFile\x00")) {
		return unlessShort(err)
	}
	if header {
		if err := add(b[:headerSize]); err != nil {
			return err
		}
	}
	for {
		if _, err := io.ReadFull(log, b); err != nil {
			return unlessShort(err)
		}
		if !bytes.HasPrefix(b, []byte("ElfChnk\x00")) {
			continue
		}
		if err := add(b); err != nil {
			return err
		}
	}
}

// unlessShort returns err, nil if it is that a file ends.
func unlessShort(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}

// warm reads a file once, so that every run finds it in memory.
func warm(path string) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return io.Copy(io.Discard, f)
}
