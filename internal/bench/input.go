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
func (b *bench) joinSamples(dir string) (string, error) {
	const header, chunk = 4096, 64 << 10
	path := filepath.Join(b.dir, "samples.evtx")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	size := int64(0)
	add := func(b []byte) error {
		_, err := f.Write(b)
		size += int64(len(b))
		return err
	}
	buf := make([]byte, chunk)
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || name == path {
			return err
		}
		log, err := os.Open(name)
		if err != nil {
			return err
		}
		defer log.Close()
		if _, err := io.ReadFull(log, buf[:header]); err != nil || !bytes.HasPrefix(buf, []byte("ElfFile\x00")) {
			return unlessShort(err)
		}
		if size == 0 {
			if err := add(buf[:header]); err != nil {
				return err
			}
		}
		for {
			if _, err := io.ReadFull(log, buf); err != nil {
				return unlessShort(err)
			}
			if bytes.HasPrefix(buf, []byte("ElfChnk\x00")) {
				if err := add(buf); err != nil {
					return err
				}
			}
		}
	})
	if err == nil && size <= header {
		err = fmt.Errorf("%s: no log with chunks", dir)
	}
	once := size
	for at := int64(header); err == nil && size < header+sampleSize; at += chunk {
		if at == once {
			at = header
		}
		if _, err = f.ReadAt(buf, at); err == nil {
			err = add(buf)
		}
	}
	return path, err
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
