package export

// Table names a table.
type Table string

// The tables.
const (
	QMFailures Table = "qm_failures" // rows are model.QMFailure
	Events     Table = "events"      // rows are model.Event
)

// SchemaVersion is the version of both tables' columns. A new column raises the
// minor number, a renamed one is a new major.
const SchemaVersion = "1"

// Column is a column of a table.
type Column struct {
	Name string
	Type string // of DuckDB: UBIGINT, VARCHAR[]
	Doc  string // one line, for a person

	form   form
	dict   bool     // in Parquet: a dictionary
	delta  bool     // differences of values that grow
	bloom  bool     // a Bloom filter
	fields []Column // of a STRUCT
}

// Columns returns the columns of a table in their order, nil for an unknown
// table. The last, raw, is in a file only if it was asked for.
func Columns(t Table) []Column {
	switch t {
	case QMFailures:
		return columnsOfQMFailure
	case Events:
		return columnsOfEvent
	}
	return nil
}

// form is the form of a column's Go value. Each has a jsonX, a csvX and a putX.
type form uint8

const (
	formGUID        form = iota // model.GUID, never null
	formOptGUID                 // model.Opt[model.GUID]
	formTime                    // model.Opt[model.FILETIME], as a time
	formNumber                  // model.Opt of an unsigned integer
	formDecimal                 // the same, a decimal string in NDJSON
	formCount                   // uint64, never null
	formText                    // model.Opt[string]
	formWord                    // a string type, "" is null
	formName                    // model.Opt of an enumeration, as its constant
	formPrefix                  // model.Opt[netip.Prefix], as CIDR
	formBound                   // model.Opt[[16]byte]
	formBlob                    // []byte, nil is null
	formObject                  // []byte that holds a JSON object, empty is null
	formDiagnostics             // []model.Diagnostic, never null
	formCondition               // *model.ConditionValue, nil is null
)
