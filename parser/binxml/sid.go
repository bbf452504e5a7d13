package binxml

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/qmparse/qmparse/model"
)

// domains makes text of SIDs. Most SIDs of a log are of few domains: of each number of
// SubAuthorities the text of the last one is remembered, all but the last SubAuthority.
type domains [16]domain

// domain is a SID without its last SubAuthority.
type domain struct{ raw, text []byte }

// append appends the text of a whole SID.
func (s *domains) append(dst, sid []byte) []byte {
	const header, size = 8, 4
	at := len(sid) - size
	if at < header { // it has none
		dst, _, _ = model.AppendSID(dst, sid)
		return dst
	}
	d := &s[(at-header)/size]
	if !bytes.Equal(d.raw, sid[:at]) {
		d.raw = append(d.raw[:0], sid[:at]...)
		d.text, _, _ = model.AppendSID(d.text[:0], sid)
		d.text = d.text[:bytes.LastIndexByte(d.text, '-')+1]
	}
	dst = append(dst, d.text...)
	return strconv.AppendUint(dst, uint64(binary.LittleEndian.Uint32(sid[at:])), 10)
}
