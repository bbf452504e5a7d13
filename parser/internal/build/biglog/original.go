package biglog

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

// What stands in an original for what each copy has of its own. The patterns
// occur in no text and no other number of the events.
const (
	idMark     = 0xa5d1_0000_0000_0000 // record ids begin here
	timeMark   = 0x01dc_a5d2_0000_0000 // times do; a FILETIME of 2026
	numberMark = 0xa5d3_c96b_5e1f_7284 // a number of the data
)

// original is a chunk that is copied, and where the copies differ.
type original struct {
	bytes    []byte
	records  []places
	failures int
	minor    uint16
}

// places are positions of 8 bytes in a chunk.
type places struct{ ids, times, numbers []int }

// makeChunks makes n chunks with the given number of failures among their records;
// perChunk and more fill them.
func makeChunks(n, failures int, minor uint16) ([]*original, error) {
	all := make([]*original, 0, n)
	for i := range n {
		o, err := makeChunk(i, failures, minor)
		if err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, nil
}

func makeChunk(i, failures int, minor uint16) (*original, error) {
	f := evtxbuild.New(evtxbuild.Options{Minor: minor, Channel: "Security", Computer: computer,
		FirstRecordID: idMark, Start: timeMark, Step: 1})
	const tooMany = 4 * perChunk // records of any kind, for one chunk
	failed := make([]bool, 0, 2*perChunk)
	placed := 0
	for k := 0; k < tooMany && f.Header().Chunks < 2; k++ {
		// The failures stand among the others, at different places.
		seed := scatter(uint64(i)<<16 | uint64(k))
		fails := failures >= perChunk || (k+7*i)%perChunk < failures && placed < failures
		if failed = append(failed, fails); fails {
			f.Event(failure(seed))
			placed++
		} else {
			f.Event(mixture(seed))
		}
	}
	im := f.Image()
	if im == nil {
		return nil, f.Err()
	}
	o := &original{bytes: im.Bytes[im.Chunks[0]:][:chunkSize], minor: f.Header().Minor}
	if len(im.Chunks) < 2 {
		return nil, fmt.Errorf("biglog: %d records do not fill a chunk", tooMany)
	}
	for k, r := range im.Records {
		if r.Chunk > 0 {
			break
		}
		at := r.Offset - im.Chunks[0]
		p := find(o.bytes, at, r.Size, idMark+uint64(k), timeMark+uint64(k))
		if len(p.ids) != 2 || len(p.times) != 2 {
			return nil, fmt.Errorf("biglog: record %d has its id in %d places, its time in %d", k, len(p.ids), len(p.times))
		}
		o.records = append(o.records, p)
		if failed[k] {
			o.failures++
		}
	}
	return o, nil
}

// find returns where in the record at pos its id, its time and numbers stand.
func find(chunk []byte, pos, size int, id, time uint64) (p places) {
	for _, w := range []struct {
		value uint64
		to    *[]int
	}{{id, &p.ids}, {time, &p.times}, {numberMark, &p.numbers}} {
		pattern := binary.LittleEndian.AppendUint64(nil, w.value)
		for at := pos; ; at += len(pattern) {
			i := bytes.Index(chunk[at:pos+size], pattern)
			if i < 0 {
				break
			}
			at += i
			*w.to = append(*w.to, at)
		}
	}
	return p
}
