package parser_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/qmparse/qmparse/parser"
)

// A source that breaks off with an error that wraps io.EOF has not ended.
func TestOpenWrappedEOFIsAnErrorOfReading(t *testing.T) {
	cause := fmt.Errorf("stream: %w", io.EOF)
	for _, n := range []int{0, 7, 100, 4000} {
		if _, err := parser.Open(io.MultiReader(bytes.NewReader(evtxLog(t, 1)[:n]), failing{cause})); !errors.Is(err, cause) || errors.Is(err, parser.ErrUnknownFormat) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
