package netevent_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/qmparse/qmparse/parser/netevent"
)

// TestRawSamplesOfOthers: in real traces, none of which is of the Base Filtering
// Engine, nothing is a raw net event: no payload, and no bytes of a size that one
// could have, wherever they stand.
func TestRawSamplesOfOthers(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/samples/etl/*.etl")
	if len(files) == 0 {
		t.Skip("no traces in ../shared/samples/etl")
	}
	sizes := map[int][]int{}
	for pointerSize, images := range rawImages {
		for base := range images {
			for _, rest := range []int{8, 16, 24, 32, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 136} {
				sizes[pointerSize] = append(sizes[pointerSize], base+rest)
			}
		}
	}
	d := netevent.NewRawDecoder()
	events, windows := 0, 0
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for at, payload := range etwPayloads(file) {
			events++
			for pointerSize := range sizes {
				if m, v := d.Match(payload, pointerSize); v == netevent.RawAccepted {
					t.Errorf("%s at %d: %+v", name, at, m)
				}
			}
		}
		step := 256
		if *rawPayloads > 1_000_000 {
			step = 4
		}
		for at := 0; at < len(file); at += step {
			for pointerSize, all := range sizes {
				for _, n := range all {
					if n > len(file)-at {
						continue
					}
					windows++
					if m, v := d.Match(file[at:at+n], pointerSize); v == netevent.RawAccepted {
						t.Errorf("%s at %d, %d bytes: %+v", name, at, n, m)
					}
				}
			}
		}
	}
	if events == 0 {
		t.Error("no event was found")
	}
	t.Logf("%d events, %d windows", events, windows)
}

// etwPayloads finds the payloads of events with an EVENT_HEADER in a trace, by
// their offsets: in buffers that are not compressed, record by record.
func etwPayloads(file []byte) map[int][]byte {
	all := map[int][]byte{}
	for start := 0; len(file)-start >= 0x48; {
		size := int(le.Uint32(file[start:]))
		if size < 0x48 || size > len(file)-start {
			break
		}
		b := file[start : start+size]
		filled := min(int(le.Uint32(b[0x30:])), size)
		if le.Uint16(b[0x34:])&0x40 != 0 {
			filled = 0
		}
		for at := 0x48; filled-at >= 8 && le.Uint32(b[at:]) != 0xFFFFFFFF; {
			r := b[at:filled]
			n := int(le.Uint16(r))
			if t := r[2]; t >= 1 && t <= 4 || t == 0x10 || t == 0x11 {
				n = int(le.Uint16(r[4:]))
			}
			if n < 8 || n > len(r) || r[3] != 0xC0 {
				break
			}
			if (r[2] == 0x12 || r[2] == 0x13) && n >= 80 {
				body := 80
				for more := le.Uint16(r[4:])&1 != 0; more && n-body >= 8; {
					more = le.Uint16(r[body+4:])&1 != 0
					body += max(8, int(le.Uint16(r[body:])))
				}
				if body <= n {
					all[start+at] = r[body:n]
				}
			}
			at += (n + 7) &^ 7
		}
		start += size
	}
	return all
}
