package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"math"
	"os"
)

// Digest is the SHA-256 of the bytes of a source, those of the archive if it is one. They
// are hashed as they are read; what its reader steps over or leaves is read in between or
// at the end. It is known when the iteration over Contents has ended.
type Digest struct {
	sum string
	err error
}

// Sum returns the digest in lower-case hexadecimal digits; "" if the source was not
// opened, not iterated to its end, or is a pipe of which not all could be read; with the
// error, if there was one.
func (d *Digest) Sum() (string, error) { return d.sum, d.err }

// digesting hashes what is read through it. Of a file the bytes that are hashed are a
// prefix of it; a read behind its end, as after a seek, is left to finish.
type digesting struct {
	io.ReadCloser
	hash hash.Hash
	n    int64 // bytes that are hashed
	pos  int64 // of the next Read
}

func (d *digesting) Read(b []byte) (int, error) {
	n, err := d.ReadCloser.Read(b)
	if end := d.pos + int64(n); d.pos <= d.n && d.n < end {
		d.hash.Write(b[d.n-d.pos : n])
		d.n = end
	}
	d.pos += int64(n)
	return n, err
}

// digestingFile is one of a file, which can be read at any place.
type digestingFile struct {
	digesting
	*os.File
}

func (d *digestingFile) Read(b []byte) (int, error) { return d.digesting.Read(b) }
func (d *digestingFile) Close() error               { return d.File.Close() }

func (d *digestingFile) Seek(offset int64, whence int) (int64, error) {
	pos, err := d.File.Seek(offset, whence)
	if err == nil {
		d.pos = pos
	}
	return pos, err
}

// finish hashes what was not read.
func (d *digesting) finish(ctx context.Context, to *Digest) {
	var rest io.Reader = d.ReadCloser
	if f, ok := rest.(io.ReaderAt); ok {
		rest = io.NewSectionReader(f, d.n, math.MaxInt64-d.n)
	}
	if _, to.err = io.Copy(d.hash, reading{ctx, rest}); to.err == nil {
		to.sum = hex.EncodeToString(d.hash.Sum(nil))
	}
}

// digest returns r such that what is read of it goes into a digest, and what ends that.
func digest(r io.ReadCloser, to *Digest) (io.ReadCloser, func(context.Context)) {
	d := digesting{ReadCloser: r, hash: sha256.New()}
	if f, ok := r.(*os.File); ok {
		file := &digestingFile{d, f}
		return file, func(ctx context.Context) { file.digesting.finish(ctx, to) }
	}
	return &d, func(ctx context.Context) { d.finish(ctx, to) }
}
