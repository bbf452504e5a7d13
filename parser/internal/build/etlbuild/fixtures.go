package etlbuild

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// Fixture is one file of testdata/etl.
type Fixture struct {
	Name     string
	Contains string // for SOURCES.md
	Damaged  bool   // a reader must go on, not succeed

	write  func() (*Trace, error)
	damage func(*Image)
}

// Image returns the file and the places of its parts.
func (f Fixture) Image() (*Image, error) {
	t, err := f.write()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	im := t.Image()
	if err := t.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if f.damage != nil {
		f.damage(im)
	}
	return im, nil
}

// Build returns the file.
func (f Fixture) Build() ([]byte, error) {
	im, err := f.Image()
	if err != nil {
		return nil, err
	}
	return im.Bytes, nil
}

// File returns the file with its name.
func (f Fixture) File() (name string, content []byte, err error) {
	content, err = f.Build()
	return f.Name, content, err
}

// trace is a fixture that always can be written.
func trace(opt Options, fill func(*Trace)) func() (*Trace, error) {
	return func() (*Trace, error) {
		t := New(opt)
		fill(t)
		return t, t.Err()
	}
}

// All is every fixture, in the order of SOURCES.md.
func All() []Fixture {
	return []Fixture{
		failuresV0, failuresV1, wfpEvents, wfpEventsWin7,
		clockQPC, clockSystem, clockCPU, x86,
		compressed, circular, lost, rtBackup,
		kinds, traceLogging, rawNetEvents, rawNetEventsX86,
		damaged, truncated, empty,
	}
}

// Sources is the text of testdata/etl/SOURCES.md.
func Sources() (string, error) {
	var b strings.Builder
	b.WriteString(`# Where these traces come from

Made by the project's own writer, no machine wrote them: ` + "`go run ./parser/internal/build/mkfixtures`" + ` in the
repository's root writes every ` + "`.etl`" + ` file here and this page; ` + "`parser/internal/build/etlbuild`" + ` defines them.
A test compares the files with the definitions. Licence: that of the project.

Buffers and records have the structure that public descriptions and traces of Windows give them, events of
Microsoft-Windows-WFP the fields of its manifest. COMPACT, INSTANCE, ERROR and WPP records, and any record of a 32-bit
Windows, were in none of those traces: they follow the descriptions alone. So do the forms an address has, and raw net
events. Addresses are of the documentation ranges (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32),
link-local or loopback; hosts and accounts are fictional. Damaged traces are marked: there a reader must go on, not
succeed.

`)
	for _, f := range All() {
		file, err := f.Build()
		if err != nil {
			return "", err
		}
		mark := ""
		if f.Damaged {
			mark = " (damaged)"
		}
		fmt.Fprintf(&b, "## %s%s\n\n%s\n\n%d bytes, sha256 %x\n\n", f.Name, mark, f.Contains, len(file), sha256.Sum256(file))
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
