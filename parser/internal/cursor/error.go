package cursor

import (
	"errors"
	"fmt"
)

// What is wrong with bytes that could not be decoded. Rejecting bad bytes and
// lacking a feature are different news.
var (
	ErrTruncated   = errors.New("truncated")   // the bytes end too early
	ErrMalformed   = errors.New("malformed")   // the bytes contradict the format
	ErrUnsupported = errors.New("unsupported") // the format allows it, this reader does not read it
)

// Error says what could not be decoded, and where. Err is [ErrTruncated],
// [ErrMalformed] or [ErrUnsupported].
type Error struct {
	Offset int64  // from the start of the file or archive member
	Field  string // the format's name of what was being read
	Detail string // what is wrong with it; may be empty
	Err    error
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("%s at offset %#x: %v", e.Field, e.Offset, e.Err)
	}
	return fmt.Sprintf("%s at offset %#x: %s: %v", e.Field, e.Offset, e.Detail, e.Err)
}

// Unwrap returns the sentinel.
func (e *Error) Unwrap() error { return e.Err }
