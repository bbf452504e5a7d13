// Package blobbuild makes images of disks and the like, in which logs and parts of logs
// stand among other bytes, for tests of carving. The logs are the fixtures of the other
// writers. The command mkfixtures writes those of testdata/carve; a test compares them with
// what is defined here.
package blobbuild

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"github.com/qmparse/qmparse/parser/internal/build/lznt1build"
)

// Blob is bytes in the making.
type Blob struct {
	Bytes []byte
	rng   *rand.Rand
}

// New returns an empty blob; noise is the same for the same seed.
func New(seed uint64) *Blob { return &Blob{rng: rand.New(rand.NewPCG(seed, 1))} }

// Put appends bytes.
func (b *Blob) Put(data []byte) { b.Bytes = append(b.Bytes, data...) }

// Noise appends n random bytes.
func (b *Blob) Noise(n int) {
	for range n {
		b.Bytes = append(b.Bytes, byte(b.rng.Uint32()))
	}
}

// Zero appends n zeros.
func (b *Blob) Zero(n int) { b.Bytes = append(b.Bytes, make([]byte, n)...) }

// Align appends zeros up to a multiple of n.
func (b *Blob) Align(n int) {
	for len(b.Bytes)%n != 0 {
		b.Bytes = append(b.Bytes, 0)
	}
}

const (
	unitSize = 64 << 10 // that NTFS compresses, 16 clusters
	cluster  = 4096
)

// NTFS returns a file as it stands on a volume whose files are compressed. raw says which
// units are left as they are, as those are that do not get smaller; nil is none but them.
func NTFS(file []byte, raw func(unit int) bool) (disk []byte) {
	for unit := 0; len(file) > 0; unit++ {
		n := min(len(file), unitSize)
		packed := append(lznt1build.Compress(file[:n]), 0, 0)
		if len(packed) > n-cluster && n == unitSize || raw != nil && raw(unit) {
			packed = slices.Clone(file[:n])
		}
		for len(packed)%cluster != 0 {
			packed = append(packed, 0)
		}
		disk = append(disk, packed...)
		file = file[n:]
	}
	return disk
}

const (
	headerSize = 4096 // of an event log
	chunkHead  = 512
	chunkSize  = 64 << 10
)

// Chunk returns a chunk of an event log.
func Chunk(log []byte, n int) []byte { return log[headerSize+n*chunkSize:][:chunkSize] }

// Records returns the records of a chunk, each by itself.
func Records(chunk []byte) (all [][]byte) {
	for pos := chunkHead; pos+8 <= len(chunk) && binary.LittleEndian.Uint32(chunk[pos:]) == 0x2a2a; {
		size := int(binary.LittleEndian.Uint32(chunk[pos+4:]))
		all = append(all, chunk[pos:pos+size])
		pos += size
	}
	return all
}

// Blocks returns the header and the blocks of a dump, each by itself.
func Blocks(dump []byte) (all [][]byte) {
	const head, blockHead = 32, 24
	all = append(all, dump[:head])
	for dump = dump[head:]; len(dump) > blockHead; {
		n := min((blockHead+int(binary.LittleEndian.Uint32(dump[8:]))+7)&^7, len(dump))
		all = append(all, dump[:n])
		dump = dump[n:]
	}
	return all
}

// Buffers returns the buffers of a trace, each by itself.
func Buffers(trace []byte) (all [][]byte) {
	for len(trace) >= 4 {
		n := min(int(binary.LittleEndian.Uint32(trace)), len(trace))
		all = append(all, trace[:n])
		trace = trace[n:]
	}
	return all
}
