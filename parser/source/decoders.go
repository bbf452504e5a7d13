package source

import (
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/mikelolasagasti/xz"
)

// decoders are those that keep a window and are not in use. Each is used again, for
// what follows decides how large a window it asks for: made anew for each of many
// members of a few bytes, windows would take all the time there is.
type decoders struct {
	gzip          pool[gzip.Reader]
	zstd, zipZstd pool[zstdReader]
	xz            pool[xz.Reader]
}

// begin makes what the next source may claim what it would be without a source before it.
func (d *decoders) begin() {
	for _, pool := range []pool[zstdReader]{d.zstd, d.zipZstd} {
		for _, z := range pool {
			z.frames.window = 0
		}
	}
}

// pool has as many decoders as were in each other at a time.
type pool[T any] []*T

// take returns nil if there is none.
func (p *pool[T]) take() (d *T) {
	if n := len(*p) - 1; n >= 0 {
		d, *p = (*p)[n], (*p)[:n]
	}
	return d
}

func (p *pool[T]) put(d *T) { *p = append(*p, d) }

// unused are decoders for the next source; the collector takes them if there is none
// soon.
var unused = sync.Pool{New: newDecoders}

func newDecoders() any { return new(decoders) }
