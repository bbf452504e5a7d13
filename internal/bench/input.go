package main

import (
	"bufio"
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
// over: a header, then chunks on their grid.
func (b *bench) joinSamples(dir string) (string, error) {
	const header, chunk = 4096, 64 << 10
	var head []byte
	var chunks [][]byte
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		log, err := os.ReadFile(path)
		if err != nil || len(log) < header || !bytes.HasPrefix(log, []byte("ElfFile\x00")) {
			return err
		}
		if head == nil {
			head = log[:header]
		}
		for at := header; at+chunk <= len(log); at += chunk {
			if c := log[at : at+chunk]; bytes.HasPrefix(c, []byte("ElfChnk\x00")) {
				chunks = append(chunks, c)
			}
		}
		return nil
	})
	if err == nil && len(chunks) == 0 {
		err = fmt.Errorf("%s: no log with chunks", dir)
	}
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, "samples.evtx")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	_, err = w.Write(head)
	for n := 0; n < sampleSize && err == nil; n += chunk {
		_, err = w.Write(chunks[n/chunk%len(chunks)])
	}
	if err == nil {
		err = w.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return path, err
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
