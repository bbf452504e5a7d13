package main

import (
	"errors"

	"github.com/qmparse/qmparse/parser"
)

// unread is the last damaged place of a log, if it is bytes that could not be read. Those are
// told by the chunk, and a disk that is gone has as many as the log: what goes on with a place
// is the same place.
type unread struct {
	end  int64  // 0 if the last place is none
	more int64  // bytes that it has beyond what was told
	size *int64 // of it in the list; nil if it is not listed
}

// goesOn says how many bytes err adds to the place, 0 if it is another one.
func (u *unread) goesOn(err error) int64 {
	gap, ok := unreadGap(err)
	if !ok || gap.Offset != u.end {
		return 0
	}
	u.end += gap.Size
	u.more += gap.Size
	if u.size != nil {
		*u.size += gap.Size
	}
	return gap.Size
}

// begin begins with the place that err is about.
func (u *unread) begin(err error, size *int64) {
	*u = unread{}
	if gap, ok := unreadGap(err); ok {
		u.end, u.size = gap.Offset+gap.Size, size
	}
}

// unreadGap returns the bytes that err says could not be read.
func unreadGap(err error) (gap *parser.Gap, ok bool) {
	return gap, errors.As(err, &gap) && gap.Unread && gap.Size > 0
}
