//go:build unix

package source_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/qmparse/qmparse/parser/source"
)

// A pipe that is named is read, and its size is not known; in a directory it is
// passed over, for nobody may ever write to it.
func TestPipe(t *testing.T) {
	tree(t, "d/a", "d/z")
	if err := syscall.Mkfifo("d/pipe", 0o600); err != nil {
		t.Skip(err)
	}
	got, errs := walked(t, "d")
	want(t, got, "d/a ###", "d/pipe error", "d/z ###")
	if len(errs) != 1 || !errors.Is(errs[0], source.ErrNotRegular) {
		t.Error(errs)
	}
	got, errs = walked(t, "d/pipe") // nobody writes: not opened
	want(t, got, "d/pipe named")
	if errs != nil {
		t.Error(errs)
	}
	for s, err := range source.Walk([]string{"d/pipe"}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if err := os.WriteFile("d/pipe", []byte("through the pipe"), 0o600); err != nil {
				t.Error(err)
			}
		}()
		if got := content(t, s); got != "through the pipe" {
			t.Errorf("%q", got)
		}
	}
}

func TestDevice(t *testing.T) {
	got, errs := walked(t, "/dev/null")
	want(t, got, "/dev/null named")
	if errs != nil {
		t.Error(errs)
	}
	for s, err := range source.Walk([]string{"/dev/null"}, nil) {
		if err != nil || content(t, s) != "" {
			t.Error(err)
		}
	}
}

// What may not be read is an error of its own; what is beside it comes.
func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	tree(t, "d/a", "d/locked/b", "d/secret", "d/z")
	for name, mode := range map[string]fs.FileMode{"d/locked": 0, "d/secret": 0} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(name, 0o700)
	}
	got, errs := walked(t, "d")
	want(t, got, "d/a ###", "d/locked error", "d/secret ########", "d/z ###")
	if len(errs) != 1 || !errors.Is(errs[0], fs.ErrPermission) || !strings.Contains(errs[0].Error(), "d/locked") {
		t.Error(errs)
	}
	got, errs = walked(t, "d/locked", "d/locked/b", "d/secret")
	want(t, got, "d/locked named error", "d/locked/b named error", "d/secret named ########")
	if len(errs) != 2 || !errors.Is(errs[0], fs.ErrPermission) {
		t.Error(errs)
	}
	for s := range source.Walk([]string{"d/secret"}, nil) {
		if _, err := s.Open(); !errors.Is(err, fs.ErrPermission) {
			t.Error(err)
		}
	}
}
