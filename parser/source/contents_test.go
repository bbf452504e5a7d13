package source_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/internal/build/archivebuild"
	"github.com/qmparse/qmparse/parser/internal/cursor"
	"github.com/qmparse/qmparse/parser/source"
)

var logs = []entry{
	{"logs/Security.evtx", archivebuild.Words(70_000, 1)},
	{"logs/readme", []byte("PK")},
	{"wfpdiag.etl", archivebuild.Words(40_000, 2)},
	{"last", archivebuild.Words(3, 3)},
}

// What is no archive is itself.
func TestPlain(t *testing.T) {
	for _, data := range []string{"", "P", "PK", "PK\x03", "ElfFile\x00", "MSCF", "7z\xbc\xaf", "\x1f\x8b", strings.Repeat("0", 600)} {
		got := only(t, []byte(data))
		if len(got) != 1 || string(got[0].data) != data || got[0].err != nil || got[0].Member != "" || !got[0].Named || got[0].Size != int64(len(data)) {
			t.Errorf("%q: %+v", data, got)
		}
	}
}

// Every archive gives its members in its order, from a file and from a pipe,
// however many of their bytes are read.
func TestPackings(t *testing.T) {
	for name, pack := range packings {
		t.Run(name, func(t *testing.T) {
			b := pack(logs...)
			got := only(t, b)
			whole(t, got, logs...)
			if got[0].Named || got[0].Size >= 0 && got[0].Size != int64(len(logs[0].data)) {
				t.Errorf("%+v", got[0].Source)
			}
			for read := range int64(3) {
				got := contents(t, bytes.NewReader(b), func(source.Content) int64 { return read * 500 }, "-")
				if len(got) != len(logs) || failures(got) != nil {
					t.Fatalf("%d bytes of each: %v", read, got)
				}
				for i, e := range logs {
					if part := e.data[:min(int(read)*500, len(e.data))]; got[i].Member != e.name || !bytes.Equal(got[i].data, part) {
						t.Errorf("%s: %d bytes", got[i].Member, len(got[i].data))
					}
				}
			}
		})
	}
}

// An archive in each other is a folder in the member's name; a compressed file
// is a file without the suffix, unless it is an archive itself.
func TestNested(t *testing.T) {
	logs := []entry{{"logs/Security.evtx", archivebuild.Words(3000, 1)}, {"logs/readme", []byte("PK")}, {"wfpdiag.etl", archivebuild.Words(700, 2)}, {"last", archivebuild.Words(3, 3)}}
	for name, pack := range packings {
		for nameIn, packIn := range packings {
			t.Run(name+"/"+nameIn, func(t *testing.T) {
				inner := packIn(logs[1:]...)
				b := pack(logs[0], entry{"host 1.x", inner}, logs[3])
				want := []entry{logs[0]}
				for _, e := range logs[1:] {
					want = append(want, entry{"host 1.x/" + e.name, e.data})
				}
				whole(t, only(t, b), append(want, logs[3])...)
			})
		}
	}
	for suffix, compress := range compressions {
		b := zipped(entry{"a/Security.evtx." + suffix, compress(logs[0].data)}, entry{"a/b.XZ", compress(compress(logs[2].data))})
		whole(t, only(t, b), entry{"a/Security.evtx." + suffix + "/Security.evtx", logs[0].data}, entry{"a/b.XZ/b", logs[2].data})
	}
	deep := zipped(entry{"inner.tar.zst", zstded(tarred(entry{"dir/Security.evtx", logs[0].data}))})
	whole(t, only(t, deep), entry{"inner.tar.zst/dir/Security.evtx", logs[0].data})
}

// A compressed file alone is called as it is without the suffix.
func TestCompressed(t *testing.T) {
	tree(t, "d/")
	for suffix, compress := range compressions {
		path := "d/Security.evtx." + suffix
		if err := os.WriteFile(path, compress(logs[0].data), 0o600); err != nil {
			t.Fatal(err)
		}
		got := contents(t, nil, nil, path)
		whole(t, got, entry{"Security.evtx", logs[0].data})
		if !got[0].Named || contents(t, nil, nil, "d")[0].Named {
			t.Error("named as what it is compressed in is named")
		}
	}
	whole(t, contents(t, bytes.NewReader(gzipped(logs[0].data)), nil, "-"), entry{"-", logs[0].data})
	// Several of them in a row are one.
	double := append(gzipped(logs[0].data), gzipped(logs[2].data)...)
	whole(t, only(t, double), entry{"file", append(bytes.Clone(logs[0].data), logs[2].data...)})
}

// Directories are walked into archives, which their bytes tell.
func TestArchivesInDirectories(t *testing.T) {
	tree(t, "d/plain", "d/z/")
	for name, b := range map[string][]byte{"d/a.txt": zipped(logs...), "d/z/b": gzipped(tarred(logs...))} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := contents(t, nil, nil, "d")
	var lines []string
	for _, u := range got {
		lines = append(lines, u.Path+"|"+u.Member)
	}
	want(t, lines, "d/a.txt|"+logs[0].name, "d/a.txt|"+logs[1].name, "d/a.txt|"+logs[2].name, "d/a.txt|"+logs[3].name, "d/plain|",
		"d/z/b|"+logs[0].name, "d/z/b|"+logs[1].name, "d/z/b|"+logs[2].name, "d/z/b|"+logs[3].name)
	if errs := failures(got); errs != nil {
		t.Error(errs)
	}
}

// wfpdiag.cab, which netsh wfp capture leaves, gives its XML and its trace.
func TestWfpdiag(t *testing.T) {
	files := []entry{{"wfpdiag.xml", archivebuild.Words(40_000, 1)}, {"wfpdiag.etl", archivebuild.Words(90_000, 2)}}
	whole(t, only(t, cabbed(archivebuild.CabMSZIP, files...)), files...)
}

// TestCut cuts small archives at every byte: what is before the cut comes, in
// order and unchanged, and that there is a cut is one error.
func TestCut(t *testing.T) {
	small := []entry{{"a", archivebuild.Words(300, 1)}, {"b", archivebuild.Words(200, 2)}, {"c", archivebuild.Words(100, 3)}}
	for name, pack := range packings {
		t.Run(name, func(t *testing.T) {
			b := pack(small...)
			most := 0
			for n := range len(b) {
				if testing.Short() && n%7 != 0 {
					continue
				}
				got := contents(t, bytes.NewReader(b[:n]), nil, "-")
				if len(got) == 1 && got[0].Member == "" && got[0].err == nil {
					if n > 512 { // not to be known as an archive
						t.Fatalf("%d of %d bytes are no archive", n, len(b))
					}
					continue
				}
				good := 0
				for i, u := range got {
					if u.err != nil {
						continue
					}
					if u.Member == "-" && u.read != nil {
						continue // too little of a tar to know it
					}
					if u.Member != small[i].name || !bytes.HasPrefix(small[i].data, u.data) {
						t.Fatalf("%d of %d bytes: %q is not what was packed", n, len(b), u.Member)
					}
					if u.read == nil {
						good++
					}
				}
				most = max(most, good)
				errs := failures(got)
				// A cabinet says which files are lost by the cut, too.
				if len(errs) != 1 && !(strings.HasPrefix(name, "cab") && len(errs) == 2) {
					// The zeros at the end of a tar may be cut without loss.
					if len(errs) == 0 && strings.HasPrefix(name, "tar") && good == len(small) {
						continue
					}
					t.Fatalf("%d of %d bytes: %v", n, len(b), errs)
				}
				var at *cursor.Error
				if !errors.As(errs[0], &at) {
					t.Fatalf("%d of %d bytes: %v", n, len(b), errs)
				}
			}
			if most == 0 && (strings.HasPrefix(name, "zip") || name == "tar" || name == "tar.gz") { // others are one block
				t.Errorf("no whole member before any cut")
			}
		})
	}
}

// TestFlipped turns bits over: no panic, it ends, and what comes out of a format
// with checksums without an error is what was packed.
func TestFlipped(t *testing.T) {
	small := []entry{{"a", archivebuild.Words(300, 1)}, {"b", archivebuild.Words(200, 2)}, {"c", archivebuild.Words(100, 3)}}
	for name, pack := range packings {
		t.Run(name, func(t *testing.T) {
			b := pack(small...)
			for i := range b {
				if testing.Short() && i%7 != 0 {
					continue
				}
				for _, bit := range []byte{1, 0x40} {
					flipped := bytes.Clone(b)
					flipped[i] ^= bit
					got := contents(t, bytes.NewReader(flipped), nil, "-")
					if name == "tar" || strings.HasPrefix(name, "cab") || failures(got) != nil || len(got) == 1 && got[0].Member == "" {
						continue
					}
					for _, u := range got {
						ok := false
						for _, e := range small {
							ok = ok || bytes.Equal(u.data, e.data)
						}
						if !ok {
							t.Fatalf("bit %#x at %#x of %d changes %q without an error", bit, i, len(b), u.Member)
						}
					}
				}
			}
		})
	}
}

// What begins as an archive and is none is not passed over as one without
// members.
func TestNotAnArchive(t *testing.T) {
	for _, head := range []string{"PK\x03\x04", "PK\x05\x06\x00\x00\x00\x00", "7z\xbc\xaf\x27\x1c", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\xfd7zXZ\x00", "MSCF\x00\x00\x00\x00"} {
		for _, tail := range []string{"", " is how this text begins", strings.Repeat("\xff", 1000), strings.Repeat("PK", 70_000)} {
			got := only(t, []byte(head+tail))
			if errs := failures(got); len(errs) == 0 || len(errs) > 2 {
				t.Errorf("%q, %d bytes: %v", head, len(tail), errs)
			}
			for _, u := range got {
				if u.err == nil && len(u.data) > 0 {
					t.Errorf("%q, %d bytes: %q comes out", head, len(tail), u.data)
				}
			}
		}
	}
}

// Tar's members that are no files are passed over as those in directories are.
func TestTarLinks(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []tar.Header{
		{Name: "dir/", Typeflag: tar.TypeDir}, {Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		{Name: "hard", Typeflag: tar.TypeLink, Linkname: "../a"}, {Name: "pipe", Typeflag: tar.TypeFifo}, {Name: "a", Typeflag: tar.TypeReg},
	} {
		check(w.WriteHeader(&h))
	}
	check(w.Close())
	got := only(t, b.Bytes())
	var lines []string
	for _, u := range got {
		lines = append(lines, fmt.Sprint(u.Member, " ", errors.Is(u.err, source.ErrNotRegular)))
	}
	want(t, lines, "link true", "hard true", "pipe true", "a false")
}

// Tars behind each other are one; other bytes behind an archive are said.
func TestBehindTheEnd(t *testing.T) {
	a, b := []entry{{"a", archivebuild.Words(10, 1)}}, []entry{{"b", archivebuild.Words(20, 2)}}
	whole(t, only(t, append(tarred(a...), tarred(b...)...)), a[0], b[0])
	for name, pack := range packings {
		zeros := append(pack(a...), make([]byte, 1000)...)
		if strings.HasPrefix(name, "zip") || name == "tar" {
			whole(t, only(t, zeros), a[0])
			got := only(t, append(zeros, "hidden"...))
			wantError(t, got, cursor.ErrMalformed, "bytes behind its end")
			whole(t, got[:1], a[0])
		}
	}
	wantError(t, only(t, append(zipped(a...), zipped(b...)...)), cursor.ErrMalformed, "bytes behind its end")
	wantError(t, only(t, append(gzipped(tarred(a...)), "hidden"...)), cursor.ErrTruncated, "gzip at offset")
}

// Nothing is left open or running, wherever the iteration is left.
func TestNothingLeft(t *testing.T) {
	name := t.TempDir() + "/file"
	before := runtime.NumGoroutine()
	for kind, pack := range packings {
		if err := os.WriteFile(name, pack(logs[2], entry{"in", pack(logs[1:3]...)}), 0o600); err != nil {
			t.Fatal(err)
		}
		files := openFiles(t)
		for stop := range 3 {
			for s, err := range source.Walk([]string{name}, nil) {
				check(err)
				n := 0
				for c, err := range s.Contents(context.Background()) {
					check(err)
					if _, err := io.CopyN(io.Discard, c, 1); err != nil {
						t.Fatal(err)
					}
					if n++; n > stop {
						break
					}
				}
			}
		}
		if n := openFiles(t); n != files {
			t.Errorf("%s: %d files open, %d before", kind, n, files)
		}
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
}

// openFiles counts the open files of the process; 0 where nothing tells.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// A context that is done ends the reading.
func TestContext(t *testing.T) {
	name := t.TempDir() + "/file"
	check(os.WriteFile(name, zippedBy(zip.Store, logs[0], logs[0], logs[0], logs[0]), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	for s := range source.Walk([]string{name}, nil) {
		for c, err := range s.Contents(ctx) {
			if n++; n == 1 && err == nil {
				cancel()
				if _, err := io.Copy(io.Discard, c); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		}
	}
	if n != 1 {
		t.Errorf("%d contents", n)
	}
}

// What fails below is passed on as it is, once.
func TestReadError(t *testing.T) {
	bad := errors.New("bad sector")
	for name, pack := range packings {
		b := pack(logs...)
		for _, n := range []int{600, len(b) / 2, len(b) - 1} {
			got := contents(t, io.MultiReader(bytes.NewReader(b[:n]), failingReader{bad}), nil, "-")
			errs := failures(got)
			if len(errs) == 0 || !errors.Is(errs[0], bad) || len(errs) > 1 && !strings.HasPrefix(name, "cab") {
				t.Errorf("%s, %d of %d bytes: %v", name, n, len(b), errs)
			}
		}
	}
}

type failingReader struct{ err error }

func (f failingReader) Read([]byte) (int, error) { return 0, f.err }

// Consumed grows to the size of the file, whatever is read of the contents.
func TestConsumed(t *testing.T) {
	for name, pack := range packings {
		b := pack(logs...)
		file := t.TempDir() + "/file"
		check(os.WriteFile(file, b, 0o600))
		for s := range source.Walk([]string{file}, nil) {
			last := int64(0)
			for c, err := range s.Contents(context.Background()) {
				check(err)
				if n := c.Consumed(); n < last || n == 0 || n > s.Size {
					t.Errorf("%s: %d after %d of %d", name, n, last, s.Size)
				}
				last = c.Consumed()
			}
		}
	}
}

func TestIsArchive(t *testing.T) {
	for name, pack := range packings {
		if b := pack(logs...); !source.IsArchive(b[:512]) {
			t.Error(name)
		}
	}
	if source.IsArchive(nil) || source.IsArchive([]byte("ElfFile\x00")) || source.IsArchive(make([]byte, 512)) {
		t.Error("what is none")
	}
}
