package dumpbuild

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// Fixture is one file of testdata/wfpnev.
type Fixture struct {
	Name     string
	Contains string // for SOURCES.md
	Damaged  bool   // a reader must go on, not succeed

	write func(*file)
}

// Build returns the file.
func (f Fixture) Build() ([]byte, error) {
	var w file
	f.write(&w)
	if w.err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, w.err)
	}
	return w.out.Bytes(), nil
}

// File returns the file with its name.
func (f Fixture) File() (name string, content []byte, err error) {
	content, err = f.Build()
	return f.Name, content, err
}

// file is a file in the making: one dump, or several.
type file struct {
	out                  bytes.Buffer
	w                    *netevent.Writer
	version, pointerSize int
	err                  error
}

func machine(pointerSize int) netevent.Machine {
	if pointerSize == 4 {
		return netevent.MachineI386
	}
	return netevent.MachineAMD64
}

func (f *file) must(err error) { f.err = cmp.Or(f.err, err) }

// dump begins a dump of a host.
func (f *file) dump(version, pointerSize int, host string) {
	f.version, f.pointerSize = version, pointerSize
	w, err := netevent.NewWriter(&f.out, netevent.Header{
		PointerSize: uint8(pointerSize), NetEventVersion: uint8(version), Machine: machine(pointerSize)})
	if f.must(err); f.err != nil {
		return
	}
	f.w = w
	if host == "" {
		return
	}
	f.must(w.Meta(netevent.Meta{
		HostName: model.Some(host), OSBuild: model.Some("10.0.22631.4460"),
		CapturedAt: model.Some("2025-03-04T10:00:00Z"), BootTime: model.Some("2025-03-01T06:30:00Z"),
		Collector: model.Some("qmparse dumpbuild"), API: model.Some(fmt.Sprintf("FwpmNetEventEnum%d", version)),
	}))
}

func (f *file) events(evs ...Event) {
	for _, ev := range evs {
		if f.err == nil {
			f.must(f.w.Event(Payload(f.version, f.pointerSize, ev)))
		}
	}
}

// image adds the events as a memory image.
func (f *file) image(base uint64, evs ...Event) {
	if f.err != nil {
		return
	}
	b, roots := Image(f.version, f.pointerSize, base, evs...)
	f.must(f.w.Segment(base, b))
	f.must(f.w.Roots(roots))
}

func (f *file) end() {
	if f.err == nil {
		f.must(f.w.End())
	}
}

// All is every fixture, in the order of SOURCES.md.
func All() []Fixture {
	return []Fixture{tunnelX64, transportX64, tunnelX86, imageX64, versionsJoined, pointers, kinds, empty, damaged, truncated}
}

// Sources is the text of testdata/wfpnev/SOURCES.md.
func Sources() (string, error) {
	var b strings.Builder
	b.WriteString(`# Where these dumps come from

Made by the project's own writer, no machine wrote them: ` + "`go run ./parser/internal/build/mkfixtures`" + ` in the
repository's root writes every ` + "`.wfpnev`" + ` file here and this page; ` + "`parser/internal/build/dumpbuild`" + ` defines them.
A test compares the files with the definitions. Licence: that of the project.

The structures are laid out from the members that Windows' headers give them, by the rules of a C compiler for Windows; the
container is defined in ` + "`parser/netevent/FORMAT.md`" + `. Addresses are of the documentation ranges (192.0.2.0/24,
198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32), private or loopback; hosts and accounts are fictional. Damaged dumps are
marked: there a reader must go on, not succeed.

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
