package blobbuild

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/qmparse/qmparse/parser/internal/build/dumpbuild"
	"github.com/qmparse/qmparse/parser/internal/build/etlbuild"
	"github.com/qmparse/qmparse/parser/internal/build/fixtures"
)

// Fixture is one file of testdata/carve.
type Fixture struct {
	Name     string
	Contains string // for SOURCES.md

	write func(*Blob, *Logs)
}

// Logs are the fixtures of the other writers, by name.
type Logs struct {
	all map[string][]byte
	err error
}

// Load returns the fixtures of the other writers.
func Load() (*Logs, error) {
	l := &Logs{all: map[string][]byte{}}
	for _, f := range fixtures.All() {
		log, err := f.Build()
		if err != nil {
			return nil, err
		}
		l.all[f.Name] = log.Bytes
	}
	for _, f := range etlbuild.All() {
		log, err := f.Build()
		if err != nil {
			return nil, err
		}
		l.all[f.Name] = log
	}
	for _, f := range dumpbuild.All() {
		log, err := f.Build()
		if err != nil {
			return nil, err
		}
		l.all[f.Name] = log
	}
	return l, nil
}

// Log returns one of them.
func (l *Logs) Log(name string) []byte {
	b, ok := l.all[name]
	if !ok && l.err == nil {
		l.err = fmt.Errorf("no log %s", name)
	}
	return b
}

// Build returns the file.
func (f Fixture) Build() ([]byte, error) {
	logs, err := Load()
	if err != nil {
		return nil, err
	}
	b := New(uint64(len(f.Name)))
	if f.write(b, logs); logs.err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, logs.err)
	}
	return b.Bytes, nil
}

// File returns the file with its name.
func (f Fixture) File() (name string, content []byte, err error) {
	content, err = f.Build()
	return f.Name, content, err
}

// All is every fixture, in the order of SOURCES.md.
func All() []Fixture { return []Fixture{volume, joined} }

var volume = Fixture{
	Name: "volume.img",
	Contains: `A volume: noise; two event logs that NTFS has compressed, their first chunks in two units, of which one is stored
as it is; a chunk that was cut after some records; the same records of a log twice, in no chunk; a buffer of a trace that
is gone, a trace, whole, and one whose buffers stand apart; a dump in two pieces, and blocks of one whose header is gone;
zeros.`,
	write: func(b *Blob, l *Logs) {
		b.Noise(3000)
		b.Align(cluster)
		b.Put(NTFS(l.Log("security-4654-tunnel.evtx"), nil))
		b.Put(NTFS(l.Log("slack.evtx")[:headerSize+chunkSize], func(unit int) bool { return unit == 1 }))
		b.Noise(777)
		b.Put(Chunk(l.Log("security-multi-chunk.evtx"), 1)[:9000])
		b.Noise(1001)
		for _, r := range Records(Chunk(l.Log("wfp-1007-v0.evtx"), 0))[:5] {
			b.Put(r)
			b.Put(r)
			b.Noise(13)
		}
		b.Zero(5000)
		b.Put(Buffers(l.Log("x86.etl"))[1]) // of no trace that is described
		b.Noise(50)
		b.Put(l.Log("compressed.etl"))
		b.Noise(100)
		for i, buffer := range Buffers(l.Log("wfp-1007-v1.etl"))[:3] {
			b.Put(buffer)
			b.Noise(99 * (i + 1))
		}
		b.Put(Blocks(l.Log("tunnel-x86-v3.wfpnev"))[2])
		b.Noise(50)
		dump := Blocks(l.Log("tunnel-x64-v5.wfpnev"))
		b.Put(bytes.Join(dump[:4], nil))
		b.Noise(333)
		b.Put(bytes.Join(dump[6:], nil))
		b.Align(cluster)
	},
}

var joined = Fixture{
	Name: "joined.bin",
	Contains: `Bytes that begin as an event log and go on with others: a log without its last 40,000 bytes, a trace, a dump, the
chunk of a log from its byte 8 on, and noise.`,
	write: func(b *Blob, l *Logs) {
		log := l.Log("wfp-1007-v1.evtx")
		b.Put(log[:len(log)-40000])
		b.Put(l.Log("compressed.etl"))
		b.Put(l.Log("transport-x64-v5.wfpnev"))
		b.Put(Chunk(l.Log("forwarded-4654.evtx"), 0)[8:20000])
		b.Noise(100)
	},
}

// Sources is the text of testdata/carve/SOURCES.md.
func Sources() (string, error) {
	var b strings.Builder
	b.WriteString(`# Where these blobs come from

Made by the project's own writer, no machine wrote them: ` + "`go run ./parser/internal/build/mkfixtures`" + ` in the
repository's root writes every file here and this page; ` + "`parser/internal/build/blobbuild`" + ` defines them. A test compares
the files with the definitions. Licence: that of the project.

The logs in them are those of the folders beside this one. A reader must find what is left of each, and go on.

`)
	for _, f := range All() {
		file, err := f.Build()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "## %s\n\n%s\n\n%d bytes, sha256 %x\n\n", f.Name, f.Contains, len(file), sha256.Sum256(file))
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}
