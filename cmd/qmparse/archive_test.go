package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/ulikunitz/xz"
)

// packed is a file to be packed into an archive.
type packed struct {
	name string
	data []byte
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// written returns what write writes to a writer that newWriter makes.
func written[W io.WriteCloser](newWriter func(io.Writer) (W, error), data []byte) []byte {
	var b bytes.Buffer
	w, err := newWriter(&b)
	must(err)
	_, err = w.Write(data)
	must(err)
	must(w.Close())
	return b.Bytes()
}

// packers make an archive of files, by the suffix of its name.
var packers = map[string]func([]packed) []byte{
	".zip": func(files []packed) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, f := range files {
			to, err := w.Create(f.name)
			must(err)
			_, err = to.Write(f.data)
			must(err)
		}
		must(w.Close())
		return b.Bytes()
	},
	".tar": func(files []packed) []byte {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		for _, f := range files {
			must(w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.data)), Mode: 0o600, Typeflag: tar.TypeReg}))
			_, err := w.Write(f.data)
			must(err)
		}
		must(w.Close())
		return b.Bytes()
	},
	".gz": func(files []packed) []byte {
		return written(func(w io.Writer) (*gzip.Writer, error) { return gzip.NewWriter(w), nil }, files[0].data)
	},
	".zst": func(files []packed) []byte {
		return written(func(w io.Writer) (*zstd.Encoder, error) { return zstd.NewWriter(w) }, files[0].data)
	},
	".xz": func(files []packed) []byte {
		return written(func(w io.Writer) (*xz.Writer, error) { return xz.WriterConfig{DictCap: 1 << 20}.NewWriter(w) }, files[0].data)
	},
	".cab": cabinet,
}

// cabinet makes a cabinet of one folder, compressed with MSZIP.
func cabinet(files []packed) []byte {
	le := binary.LittleEndian
	var list, content, data []byte
	for _, f := range files {
		list = le.AppendUint32(le.AppendUint32(list, uint32(len(f.data))), uint32(len(content)))
		list = append(list, 0, 0, 0, 0, 0, 0, 0, 0)
		list = append(append(list, f.name...), 0)
		content = append(content, f.data...)
	}
	blocks := 0
	for at := 0; at < len(content); at += 32 << 10 {
		block := content[at:min(at+32<<10, len(content))]
		z := written(func(w io.Writer) (*flate.Writer, error) {
			return flate.NewWriterDict(w, flate.BestSpeed, content[max(0, at-32<<10):at])
		}, block)
		data = le.AppendUint16(le.AppendUint16(append(data, 0, 0, 0, 0), uint16(len(z)+2)), uint16(len(block)))
		data = append(append(data, "CK"...), z...)
		blocks++
	}
	const lists = 36 + 8
	b := append([]byte("MSCF"), make([]byte, 32)...)
	le.PutUint32(b[8:], uint32(lists+len(list)+len(data)))
	le.PutUint32(b[16:], lists)
	b[24], b[25] = 3, 1
	le.PutUint16(b[26:], 1)
	le.PutUint16(b[28:], uint16(len(files)))
	b = le.AppendUint32(b, uint32(lists+len(list)))
	b = le.AppendUint16(le.AppendUint16(b, uint16(blocks)), 1)
	return slices.Concat(b, list, data)
}

// pack packs files by the suffixes of a name: .tar.gz is a tar, compressed.
func pack(name string, files []packed) []byte {
	suffix := filepath.Ext(name)
	if inner := strings.TrimSuffix(name, suffix); filepath.Ext(inner) == ".tar" {
		files = []packed{{"", pack(inner, files)}}
	}
	return packers[suffix](files)
}

// TestArchives packs the logs of testdata in every way there is: the rows are
// those of the folder, but for where they come from.
func TestArchives(t *testing.T) {
	fixtures, err := filepath.Glob("../../testdata/evtx/*.evtx")
	must(err)
	if len(fixtures) < 10 {
		t.Fatalf("%d logs", len(fixtures))
	}
	dir := t.TempDir()
	var files []packed
	for _, name := range fixtures {
		b, err := os.ReadFile(name)
		must(err)
		files = append(files, packed{"logs/" + filepath.Base(name), b})
		must(os.MkdirAll(filepath.Join(dir, "logs"), 0o700))
		must(os.WriteFile(filepath.Join(dir, files[len(files)-1].name), b, 0o600))
	}
	t.Chdir(dir)
	want := map[string][]byte{}
	for _, command := range []string{"export", "events"} {
		want[command] = rows(t, command, "logs", nil)
	}
	check := func(name, member string, archive []byte) {
		t.Helper()
		must(os.WriteFile(name, archive, 0o600))
		for command, want := range want {
			for _, input := range []string{name, "-"} {
				got := rows(t, command, input, archive)
				if !bytes.Contains(got, []byte(`"source_path":"`+input+`","source_member":"`+member+`dirty.evtx"`)) {
					t.Errorf("%s, %s %s: no member %sdirty.evtx", name, command, input, member)
				}
				diffLines(t, name, anywhere(got), anywhere(want))
			}
		}
	}
	for _, name := range []string{"a.zip", "a.tar", "a.tar.gz", "a.tar.zst", "a.tar.xz", "a.cab"} {
		check(name, "logs/", pack(name, files))
	}
	check("z.tar.zst", "in.zip/logs/", pack("z.tar.zst", []packed{{"in.zip", pack("in.zip", files)}}))
	check("z.zip", "in.tar.zst/logs/", pack("z.zip", []packed{{"in.tar.zst", pack("in.tar.zst", files)}}))
	for _, suffix := range []string{".gz", ".zst", ".xz"} {
		must(os.Mkdir("one"+suffix, 0o700))
		for _, f := range files {
			must(os.WriteFile(filepath.Join("one"+suffix, filepath.Base(f.name)+suffix), pack(suffix, []packed{f}), 0o600))
		}
		diffLines(t, suffix, anywhere(rows(t, "events", "one"+suffix, nil)), anywhere(want["events"]))
	}
	tool, err := exec.LookPath("7z")
	if err != nil {
		t.Skip("7z is not installed: all but .7z were compared")
	}
	if out, err := exec.Command(tool, "a", "-bd", "a.7z", "logs").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	archive, err := os.ReadFile("a.7z")
	must(err)
	check("a.7z", "logs/", archive)
}

// rows returns what a command writes of an input, part of which is damaged.
func rows(t *testing.T, command, input string, stdin []byte) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{command, "-q", input}, bytes.NewReader(stdin), &stdout, &stderr); code != exitDamaged {
		t.Fatalf("%s %s: exit code %d: %s", command, input, code, &stderr)
	}
	return stdout.Bytes()
}

var place = regexp.MustCompile(`"source_path":"[^"]*","source_member":(null|"[^"]*")`)

// anywhere returns rows without where they come from.
func anywhere(rows []byte) []byte { return place.ReplaceAll(rows, nil) }

// packFiles is the command «pack ARCHIVE NAME=FILE…», which packs by suffix.
func packFiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: pack archive name=file...")
	}
	var files []packed
	for _, arg := range args[1:] {
		name, file, ok := strings.Cut(arg, "=")
		if !ok {
			ts.Fatalf("%s: no name", arg)
		}
		if unquoted, err := strconv.Unquote(`"` + name + `"`); err == nil {
			name = unquoted
		}
		files = append(files, packed{name, []byte(ts.ReadFile(file))})
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pack(args[0], files), 0o600))
}

// cutFile is the command «cut FILE N», which leaves its first N bytes, or all but
// its last -N.
func cutFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut file n")
	}
	b := ts.ReadFile(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	if n < 0 {
		n += len(b)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b[:n]), 0o600))
}
