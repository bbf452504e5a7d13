package export

import (
	"github.com/qmparse/qmparse/model"
)

// codec is the generated code of a table.
type codec[T Row] struct {
	table     Table
	json      func() rowText[T]
	csv       func() rowText[T]
	csvHeader string // without raw
	put       func(c []leaf, r *T, raw bool)
}

// rowText appends a row as text. One that keeps something from row to row is for one batch.
type rowText[T Row] func(b []byte, r *T, raw bool) []byte

func stateless[T Row](f rowText[T]) func() rowText[T] { return func() rowText[T] { return f } }

func codecOf[T Row]() codec[T] {
	var c any
	switch any((*T)(nil)).(type) {
	case *model.Event:
		json := func() rowText[model.Event] { return new(jsonEvent).appendEventJSON }
		c = codec[model.Event]{Events, json, stateless(appendEventCSV), headerEventCSV, putEvent}
	case *model.QMFailure:
		c = codec[model.QMFailure]{QMFailures, stateless(appendQMFailureJSON), stateless(appendQMFailureCSV), headerQMFailureCSV, putQMFailure}
	}
	return c.(codec[T])
}
