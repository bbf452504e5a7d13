package source_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/qmparse/qmparse/parser/source"
)

// tree makes files in a new directory, each with its own path as content, and
// makes it the working directory. A name that ends in a slash is a directory.
func tree(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range names {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			continue
		}
		if err := os.WriteFile(name, []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func symlink(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skip(err)
	}
}

// walked is what Walk yields, a line each: the path, "named" if it was, its size
// if it is known, and "error" if there was one.
func walked(t *testing.T, paths ...string) (lines []string, errs []error) {
	t.Helper()
	for s, err := range source.Walk(paths, strings.NewReader("standard input")) {
		line := s.Path
		if s.Named {
			line += " named"
		}
		if s.Size >= 0 {
			line += " " + strings.Repeat("#", int(s.Size))
		}
		if err != nil {
			line += " error"
			errs = append(errs, err)
		}
		if s.Member != "" {
			t.Errorf("%s: member %s of no archive", s.Path, s.Member)
		}
		lines = append(lines, line)
	}
	return lines, errs
}

func want(t *testing.T, got []string, lines ...string) {
	t.Helper()
	if !slices.Equal(got, lines) {
		t.Errorf("%q\nwant %q", got, lines)
	}
}

// content reads a source.
func content(t *testing.T, s source.Source) string {
	t.Helper()
	r, err := s.Open()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return string(b)
}

func TestFiles(t *testing.T) {
	tree(t, "b", "dir/a")
	got, errs := walked(t, "b", "dir/a", "./b", "b")
	want(t, got, "b named #", "dir/a named #####", "./b named #", "b named #")
	if errs != nil {
		t.Error(errs)
	}
	for s, err := range source.Walk([]string{"dir/a"}, nil) {
		if err != nil || content(t, s) != "dir/a" || content(t, s) != "dir/a" {
			t.Errorf("%v", err)
		}
	}
}

// A directory is all below it, in the order of names, level by level of the
// path; nothing in it was named.
func TestDirectory(t *testing.T) {
	tree(t, "d/b", "d/a/z", "d/a/b/c", "d/a.evtx", "d/a-/x", "d/C", "d/ä", "d/10", "d/9", "d/.hidden/f", "d/empty/", "d/e/e/")
	got, errs := walked(t, "d")
	var paths []string
	for _, line := range got {
		path, size, _ := strings.Cut(line, " ")
		paths = append(paths, path)
		if size != strings.Repeat("#", len(path)) {
			t.Errorf("%s: %s", path, size)
		}
	}
	want(t, paths, "d/.hidden/f", "d/10", "d/9", "d/C", "d/a/b/c", "d/a/z", "d/a-/x", "d/a.evtx", "d/b", "d/ä")
	if errs != nil {
		t.Error(errs)
	}
	for _, same := range []string{"d/", "./d", "d/a/.."} {
		again, _ := walked(t, same)
		if len(again) != len(got) {
			t.Errorf("%s: %q", same, again)
		}
	}
	got, _ = walked(t, "d/empty", "d/e")
	want(t, got)
}

// The order is that of the paths given, and what cannot be found ends nothing.
func TestMissing(t *testing.T) {
	tree(t, "a", "d/b")
	got, errs := walked(t, "d", "missing", "a", "", "a/b", "d/missing/c")
	want(t, got, "d/b ###", "missing named error", "a named #", " named error", "a/b named error", "d/missing/c named error")
	if len(errs) != 4 || !errors.Is(errs[0], fs.ErrNotExist) || !strings.Contains(errs[0].Error(), "missing") {
		t.Error(errs)
	}
}

func TestGlob(t *testing.T) {
	tree(t, "2.evtx", "10.evtx", "x.txt", "logs/a.evtx", "logs/b.evtx", "more/a.evtx", "dir.evtx/inner", "[1].evtx", "a*b")
	got, errs := walked(t, "*.evtx")
	want(t, got, "10.evtx named #######", "2.evtx named ######", "[1].evtx named ########", "dir.evtx/inner ##############")
	got, more := walked(t, "*/a.evtx", "?.txt", "[0-9].evtx")
	want(t, got, "logs/a.evtx named ###########", "more/a.evtx named ###########", "x.txt named #####", "2.evtx named ######")
	// A file of that name is that file, whatever else it matches.
	got, also := walked(t, "[1].evtx", "a*b")
	want(t, got, "[1].evtx named ########", "a*b named ###")
	if errs = slices.Concat(errs, more, also); errs != nil {
		t.Error(errs)
	}
	got, errs = walked(t, "*.etl", "a[", "x.txt")
	want(t, got, "*.etl named error", "a[ named error", "x.txt named #####")
	if len(errs) != 2 || !strings.Contains(errs[0].Error(), "*.etl") || !errors.Is(errs[1], filepath.ErrBadPattern) || !strings.Contains(errs[1].Error(), "a[") {
		t.Error(errs)
	}
}

// A link that is named is what it leads to; one in a directory is reported and
// passed over, so that nothing is read twice and no walk goes in circles. One to a file that
// is not below the directory is told, for its target is not read.
func TestLinks(t *testing.T) {
	tree(t, "file", "d/a", "d/sub/b")
	symlink(t, "file", "link")
	symlink(t, "d", "dirlink")
	symlink(t, "nowhere", "dangling")
	symlink(t, "loop", "loop")
	symlink(t, "../file", "d/link")
	symlink(t, "..", "d/sub/up")
	symlink(t, "sub/b", "d/within")
	got, errs := walked(t, "link")
	want(t, got, "link named ####")
	if errs != nil {
		t.Error(errs)
	}
	got, errs = walked(t, "d")
	want(t, got, "d/a ###", "d/link error", "d/sub/b #######", "d/sub/up error", "d/within error")
	if len(errs) != 3 || !errors.Is(errs[0], source.ErrLink) || !errors.Is(errs[1], source.ErrNotRegular) || !errors.Is(errs[2], source.ErrNotRegular) || !strings.Contains(errs[0].Error(), "d/link") {
		t.Error(errs)
	}
	got, _ = walked(t, "dirlink")
	want(t, got, "dirlink/a ###", "dirlink/link error", "dirlink/sub/b #######", "dirlink/sub/up error", "dirlink/within error")
	got, _ = walked(t, "dirlink/")
	want(t, got, "dirlink/a ###", "dirlink/link error", "dirlink/sub/b #######", "dirlink/sub/up error", "dirlink/within error")
	got, errs = walked(t, "dangling", "loop", "link")
	want(t, got, "dangling named error", "loop named error", "link named ####")
	if len(errs) != 2 || !errors.Is(errs[0], fs.ErrNotExist) {
		t.Error(errs)
	}
	for s, err := range source.Walk([]string{"link"}, nil) {
		if err != nil || content(t, s) != "file" {
			t.Error(err)
		}
	}
}

func TestStandardInput(t *testing.T) {
	tree(t, "-", "a")
	got, errs := walked(t, "a", "-", "./-")
	want(t, got, "a named #", "- named", "./- named #")
	if errs != nil {
		t.Error(errs)
	}
	for s, err := range source.Walk([]string{"-"}, strings.NewReader("from the pipe")) {
		if err != nil || content(t, s) != "from the pipe" {
			t.Error(err)
		}
	}
	for s, err := range source.Walk([]string{"./-"}, strings.NewReader("from the pipe")) {
		if err != nil || content(t, s) != "-" {
			t.Error(err)
		}
	}
}

// Names are bytes: what a terminal or a shell makes of them is not our business.
func TestOddNames(t *testing.T) {
	names := []string{"a b", "a\tb", "a\nb", " ", "--help", "-x", "$HOME", "~", "ü", "日本語", "a'b\"c", "\\", "%s", "#", "name.",
		strings.Repeat("n", 200)}
	if runtime.GOOS == "linux" { // elsewhere names are Unicode, and one in both forms is one
		names = append(names, "u\u0308", "a\xffb")
	}
	var paths []string
	for _, n := range names {
		paths = append(paths, "d/"+n)
	}
	tree(t, append(paths, "d/end")...)
	var found []string
	for s, err := range source.Walk([]string{"d"}, nil) {
		if err != nil || content(t, s) != s.Path {
			t.Errorf("%q: %v", s.Path, err)
		}
		found = append(found, s.Path)
	}
	all := append(slices.Clone(paths), "d/end")
	slices.Sort(all)
	if !slices.Equal(found, all) {
		t.Errorf("%q\nwant %q", found, all)
	}
	for s, err := range source.Walk(paths, nil) { // each by its name
		if err != nil || content(t, s) != s.Path || !s.Named {
			t.Errorf("%q: %v", s.Path, err)
		}
	}
	// Without a directory before them, too.
	t.Chdir("d")
	for s, err := range source.Walk(names, nil) {
		if err != nil || content(t, s) != "d/"+s.Path {
			t.Errorf("%q: %v", s.Path, err)
		}
	}
}

// A walk that is left early yields no more.
func TestWalkStops(t *testing.T) {
	tree(t, "d/a", "d/b", "e/c", "f")
	symlink(t, "a", "d/aa")
	paths := []string{"d", "missing", "*.none", "-", "e", "f"}
	all, _ := walked(t, paths...)
	want(t, all, "d/a ###", "d/aa error", "d/b ###", "missing named error", "*.none named error", "- named", "e/c ###", "f named #")
	for n := 1; n <= len(all); n++ {
		seen := 0
		for range source.Walk(paths, strings.NewReader("")) {
			if seen++; seen == n {
				break
			}
		}
		if seen != n {
			t.Errorf("%d instead of %d", seen, n)
		}
	}
	for range source.Walk(nil, nil) {
		t.Error("something of nothing")
	}
}

// What went away between the walk and the reading is Open's error.
func TestFileThatWentAway(t *testing.T) {
	tree(t, "d/a")
	for s, err := range source.Walk([]string{"d"}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(s.Path); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	}
}
