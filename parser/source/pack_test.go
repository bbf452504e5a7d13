package source_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/qmparse/qmparse/parser/internal/build/archivebuild"
	"github.com/qmparse/qmparse/parser/source"
)

// entry is a file to be packed, or one that came out.
type entry struct {
	name string
	data []byte
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// zipped is a zip as archive/zip writes it: sizes behind the members.
func zipped(entries ...entry) []byte { return zippedBy(zip.Deflate, entries...) }

func zippedBy(method uint16, entries ...entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(93, zstd.ZipCompressor())
	for _, e := range entries {
		f, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: method})
		check(err)
		_, err = f.Write(e.data)
		check(err)
	}
	check(w.Close())
	return b.Bytes()
}

// zippedSized is a zip with the sizes before the members, as most tools write it.
func zippedSized(method uint16, entries ...entry) []byte {
	in, err := zip.NewReader(bytes.NewReader(zippedBy(method, entries...)), int64(len(zippedBy(method, entries...))))
	check(err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range in.File {
		h := f.FileHeader
		h.Flags &^= 8
		raw, err := f.OpenRaw()
		check(err)
		to, err := w.CreateRaw(&h)
		check(err)
		_, err = io.Copy(to, raw)
		check(err)
	}
	check(w.Close())
	return b.Bytes()
}

func tarred(entries ...entry) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		check(w.WriteHeader(&tar.Header{Name: e.name, Size: int64(len(e.data)), Mode: 0o600, Typeflag: tar.TypeReg}))
		_, err := w.Write(e.data)
		check(err)
	}
	check(w.Close())
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(data)
	check(err)
	check(w.Close())
	return b.Bytes()
}

func zstded(data []byte) []byte {
	w, err := zstd.NewWriter(nil)
	check(err)
	return w.EncodeAll(data, nil)
}

func xzed(data []byte) []byte {
	var b bytes.Buffer
	w, err := xz.WriterConfig{DictCap: 1 << 16}.NewWriter(&b)
	check(err)
	_, err = w.Write(data)
	check(err)
	check(w.Close())
	return b.Bytes()
}

func cabbed(method uint16, entries ...entry) []byte {
	f := archivebuild.CabFolder{Method: method}
	for _, e := range entries {
		f.Files = append(f.Files, archivebuild.CabFile{Name: e.name, Data: e.data})
	}
	return (&archivebuild.Cab{Folders: []archivebuild.CabFolder{f}}).Bytes()
}

func sevenZipped(method archivebuild.Method, entries ...entry) []byte {
	f := archivebuild.SevenZipFolder{Method: method}
	for _, e := range entries {
		f.Files = append(f.Files, archivebuild.SevenZipFile{Name: e.name, Data: e.data})
	}
	return (&archivebuild.SevenZip{Folders: []archivebuild.SevenZipFolder{f}, Packed: true}).Bytes()
}

// packings are all ways in which files are packed together.
var packings = map[string]func(...entry) []byte{
	"zip":             zipped,
	"zip sized":       func(e ...entry) []byte { return zippedSized(zip.Deflate, e...) },
	"zip stored":      func(e ...entry) []byte { return zippedBy(zip.Store, e...) },
	"zip stored size": func(e ...entry) []byte { return zippedSized(zip.Store, e...) },
	"zip zstd":        func(e ...entry) []byte { return zippedSized(93, e...) },
	"tar":             tarred,
	"tar.gz":          func(e ...entry) []byte { return gzipped(tarred(e...)) },
	"tar.zst":         func(e ...entry) []byte { return zstded(tarred(e...)) },
	"tar.xz":          func(e ...entry) []byte { return xzed(tarred(e...)) },
	"cab stored":      func(e ...entry) []byte { return cabbed(archivebuild.CabStored, e...) },
	"cab mszip":       func(e ...entry) []byte { return cabbed(archivebuild.CabMSZIP, e...) },
	"7z copy":         func(e ...entry) []byte { return sevenZipped(archivebuild.SevenZipCopy, e...) },
	"7z lzma":         func(e ...entry) []byte { return sevenZipped(archivebuild.SevenZipLZMA, e...) },
	"7z lzma2":        func(e ...entry) []byte { return sevenZipped(archivebuild.SevenZipLZMA2, e...) },
}

// compressions are all ways in which one file is compressed.
var compressions = map[string]func([]byte) []byte{"gz": gzipped, "zst": zstded, "xz": xzed}

// unpacked is what came out of sources.
type unpacked struct {
	source.Source
	data []byte
	err  error // of the iteration
	read error // of reading
}

// contents reads everything that paths name. What is read of each Content is up
// to part, all if nil.
func contents(t *testing.T, stdin io.Reader, part func(source.Content) int64, paths ...string) []unpacked {
	t.Helper()
	var all []unpacked
	for s, err := range source.Walk(paths, stdin) {
		if err != nil {
			t.Fatal(err)
		}
		for c, err := range s.Contents(context.Background()) {
			u := unpacked{Source: c.Source, err: err}
			if err == nil {
				var r io.Reader = c
				if part != nil {
					r = io.LimitReader(c, part(c))
				}
				u.data, u.read = io.ReadAll(r)
			}
			all = append(all, u)
		}
	}
	return all
}

// only returns what came out of bytes that are one file, or from standard input,
// which must be the same.
func only(t *testing.T, b []byte) []unpacked {
	t.Helper()
	name := t.TempDir() + "/file"
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile := contents(t, nil, nil, name)
	fromPipe := contents(t, io.MultiReader(bytes.NewReader(b)), nil, "-")
	if len(fromFile) != len(fromPipe) {
		t.Fatalf("%d of a file, %d of a pipe: %v, %v", len(fromFile), len(fromPipe), fromFile, fromPipe)
	}
	for i, f := range fromFile {
		p := fromPipe[i]
		if f.Path != name || p.Path != "-" || f.Member != p.Member && !strings.HasPrefix(f.Member, "file") || !bytes.Equal(f.data, p.data) || (f.err == nil) != (p.err == nil) || (f.read == nil) != (p.read == nil) {
			t.Errorf("a file gives %q %d bytes %v %v, a pipe %q %d bytes %v %v", f.Member, len(f.data), f.err, f.read, p.Member, len(p.data), p.err, p.read)
		}
	}
	return fromFile
}

// whole checks that the entries came out, in their order, and nothing else.
func whole(t *testing.T, got []unpacked, entries ...entry) {
	t.Helper()
	if len(got) != len(entries) {
		for _, u := range got {
			t.Logf("%q: %d bytes, %v, %v", u.Member, len(u.data), u.err, u.read)
		}
		t.Fatalf("%d came out, want %d", len(got), len(entries))
	}
	for i, e := range entries {
		if u := got[i]; u.Member != e.name || u.err != nil || u.read != nil || !bytes.Equal(u.data, e.data) {
			t.Errorf("%d: %q: %d bytes, %v, %v; want %q of %d", i, u.Member, len(u.data), u.err, u.read, e.name, len(e.data))
		}
	}
}

// failures returns all errors in what came out.
func failures(got []unpacked) (errs []error) {
	for _, u := range got {
		for _, err := range []error{u.err, u.read} {
			if err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errs
}

// wantError checks that there is one error, which wraps and says what is wanted.
func wantError(t *testing.T, got []unpacked, wraps error, says string) {
	t.Helper()
	errs := failures(got)
	if len(errs) != 1 || !errors.Is(errs[0], wraps) || !strings.Contains(errs[0].Error(), says) {
		t.Errorf("%v: want one error that says %q: %v", errs, says, wraps)
	}
}
