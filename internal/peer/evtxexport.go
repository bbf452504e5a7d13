package peer

import (
	"bufio"
	"io"
	"iter"
	"os/exec"
	"strings"
	"testing"
)

// maxLine is far above any line that 64 KiB of record can become as XML, binary
// as hex and every character an entity.
const maxLine = 4 << 20

// EvtxExport is libevtx's program. It prints allocated records only, and gives
// up, with what it printed before, at the first record that it cannot read, a
// record without template among them.
func EvtxExport(t testing.TB) *Reader {
	t.Helper()
	exe, err := exec.LookPath("evtxexport")
	if err != nil {
		missing(t, "evtxexport", "apt-get install libevtx-utils")
	}
	return &Reader{"evtxexport", []string{exe, "-f", "xml"}, decodeEvents}
}

// decodeEvents cuts evtxexport's output, a banner and indented Event elements,
// into the elements. Text that begins a line with "<" is escaped, so a line that
// begins with a tag of Event is one.
func decodeEvents(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		var event strings.Builder
		in := false
		sc := bufio.NewScanner(r)
		sc.Buffer(nil, maxLine)
		for sc.Scan() {
			line := sc.Text()
			in = in || strings.HasPrefix(line, "<Event ") || strings.HasPrefix(line, "<Event>")
			if !in {
				continue
			}
			event.WriteString(line)
			event.WriteByte('\n')
			if line == "</Event>" {
				if !yield(Record{Offset: -1, XML: event.String()}, nil) {
					return
				}
				event.Reset()
				in = false
			}
		}
		if err := sc.Err(); err != nil {
			yield(Record{}, err)
		} else if in {
			yield(Record{}, io.ErrUnexpectedEOF)
		}
	}
}
