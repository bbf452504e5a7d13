package source

import (
	"fmt"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

// limits are what one named source may cost when it is unpacked. Whoever makes an
// archive decides how much comes out of it, so each has a bound, and an error that
// names it says when it was met.
type limits struct {
	depth   int   // archives and compressions in each other
	members int   // of all archives in the source
	name    int   // bytes of a member's name with those of the archives around it
	free    int64 // bytes that may come out whatever went in
	ratio   int64 // bytes that may come out for a byte that went in, beyond free
	total   int64 // bytes that may come out at all
	held    int64 // bytes of archives in each other that are kept in memory
	claims  int64 // bytes that decoders make room for, beyond what ratio allows and what came out
	windows int   // windows of maxWindow that decoders in each other keep
	damages int   // errors about an archive and its members that are reported one by one
}

var defaultLimits = limits{
	// A log in a gz, in the zip of a machine, in a tar.zst of all machines is four
	// deep. A file that unpacks to itself has no end.
	depth: 8,
	// A whole system disk has half a million files.
	members: 1 << 20,
	// Four times what the longest path of Linux has, and 5,000 characters of any script
	// of Windows: no log lies as deep. A zip allows 65,535 bytes, a tar a million, and the
	// name is in each row and message about the member.
	name: 16 << 10,
	// Logs shrink to a tenth. Preallocated ones are mostly zeros and shrink to a
	// thousandth, but are small. Bombs reach millions.
	free:  1 << 30,
	ratio: 250,
	// The logs of a thousand machines.
	total: 1 << 40,
	// A 7z has its directory at the end: from a pipe or from within another
	// archive it must be kept.
	held: 256 << 20,
	// Room that is filled or used again does not count, so that of an archive that
	// somebody needs is a few windows. One of three thousand bytes can ask for
	// 256 MiB a thousand times.
	claims: 1 << 30,
	// A 7z can ask for two. Compressions with a large window are rarely in each
	// other, as a .xz is in a .tar.zst; without a bound each layer of a nest could
	// ask for one.
	windows: 4,
	// An archive whose members are all encrypted would be told member by member.
	damages: 100,
}

// maxWindow is the largest window of a zst and dictionary of an xz: the one that
// zstd --ultra --long needs, and twice that of xz -9. Decoders allocate it.
const maxWindow = 128 << 20

// budget is what of the limits is used up.
type budget struct {
	limits
	in   func() int64 // bytes that were read of the source
	out  int64        // bytes that came out of any archive in it
	seen int          // members

	claimed int64 // bytes that decoders made room for
}

// spend counts n bytes that came out.
func (b *budget) spend(n int) error {
	b.out += int64(n)
	switch {
	case b.out > b.total:
		return limitError(b.in(), "more than %d bytes come out of it", b.total)
	case b.out > b.free && (b.out-b.free)/b.ratio > b.in():
		return limitError(b.in(), "more than %d bytes and %d times what was read of it come out", b.free, b.ratio)
	}
	return nil
}

// window takes n large windows for a decoder of the layer, if there may be so many
// more.
func (l *layer) window(format string, n int) error {
	if l.windows+n > l.u.windows {
		return limitError(l.offset(), "%s within others that need large windows, too", format)
	}
	l.windows += n
	return nil
}

// claim asks for n bytes of room that may stay empty, for a decoder of the layer.
func (l *layer) claim(format string, n int64) error {
	u := l.u
	if sum := u.claimed + n - u.out; sum > u.claims && (sum-u.claims)/u.ratio > u.in() {
		return limitError(l.offset(), "%s asks for %d bytes of memory, with those before it too much for what was read and came out", format, n)
	}
	u.claimed += n
	return nil
}

// limitError is the error of meeting a limit, offset bytes into an archive.
func limitError(offset int64, format string, args ...any) error {
	return &cursor.Error{Offset: offset, Field: "archive", Detail: "refused: " + fmt.Sprintf(format, args...), Err: cursor.ErrUnsupported}
}
