package peer

import (
	_ "embed"
	"os"
	"os/exec"
	"testing"
)

//go:embed reader.py
var readerPy string

// RustEvtx is the Rust crate evtx through its Python bindings. Its times have
// six digits, and it gives System/EventRecordID in Event beside the header's id.
func RustEvtx(t testing.TB) *Reader {
	t.Helper()
	return &Reader{"Rust evtx", []string{python(t, "evtx", "pip install evtx"), "-c", readerPy, "rust"}, decodeNDJSON}
}

// PythonEvtx is python-evtx, which is slow, and reads no record without template.
func PythonEvtx(t testing.TB) *Reader {
	t.Helper()
	return &Reader{"python-evtx", []string{python(t, "Evtx", "apt-get install python3-evtx"), "-c", readerPy, "python"}, decodeNDJSON}
}

// python is the interpreter that can import module.
func python(t testing.TB, module, hint string) string {
	t.Helper()
	candidates := []string{"python3", "/usr/bin/python3"}
	if p := os.Getenv("QMPARSE_PYTHON"); p != "" {
		if err := exec.Command(p, "-c", "").Run(); err != nil {
			t.Fatalf("QMPARSE_PYTHON=%s: %v", p, err)
		}
		candidates = []string{p}
	}
	for _, p := range candidates {
		if exec.Command(p, "-c", "import "+module).Run() == nil {
			return p
		}
	}
	missing(t, "the Python module "+module, hint)
	return ""
}
