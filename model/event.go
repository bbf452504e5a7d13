package model

// SourceFormat names the kind of file an event was read from.
type SourceFormat string

// The formats, as the column source_format has them.
const (
	FormatEVTX     SourceFormat = "evtx"
	FormatETL      SourceFormat = "etl"
	FormatDump     SourceFormat = "wfpnev"
	FormatNetshXML SourceFormat = "netsh_xml"
)

// RecordState says where in its container a record was found.
type RecordState string

// The states, as the column record_state has them.
const (
	StateLive     RecordState = "live"      // within the chunk's used space
	StatePastFree RecordState = "past_free" // contiguous and whole, behind the chunk's free-space offset
	StateSlack    RecordState = "slack"     // an older record in space the chunk calls free
	StateCarved   RecordState = "carved"    // found without a container
)

// TemplateSource says where the template of an EVTX record came from; "" is a
// record without template, or another format.
type TemplateSource string

// The template sources, as the column template_source has them.
const (
	TemplateChunk      TemplateSource = "chunk"
	TemplateOtherChunk TemplateSource = "other_chunk"
	TemplateBuiltIn    TemplateSource = "built_in"
)

// LayoutBasis says how the layout of the bytes is known.
type LayoutBasis string

// The bases, as the column layout_basis has them.
const (
	LayoutDocumented LayoutBasis = "documented"
	LayoutDerived    LayoutBasis = "derived"
)

// Provenance says where an event was read.
type Provenance struct {
	Format         SourceFormat
	Path           string // the file as it was named
	Member         string // inside an archive; "" if none
	Offset         uint64 // of the record in the file or member
	State          RecordState
	TemplateSource TemplateSource // "" if none
	LayoutBasis    LayoutBasis
}

// Event is one decoded event of any source: where it was read, its system
// fields, and its data.
type Event struct {
	Provenance

	UID GUID // deterministic, see [EventUID]

	Time   Opt[FILETIME] // when it happened: TimeCreated, or the ETW time
	Logged Opt[FILETIME] // when the record was written: EVTX record header, ETW
	Host   Opt[string]   // System/Computer

	RecordID      Opt[uint64] // EVTX record header
	EventRecordID Opt[uint64] // System/EventRecordID

	Provider     Opt[string]
	ProviderGUID Opt[GUID]
	Channel      Opt[string]
	EventID      Opt[uint32]
	Qualifiers   Opt[uint16]
	Version      Opt[uint8]
	Level        Opt[uint8]
	Task         Opt[uint16]
	Opcode       Opt[uint8]
	Keywords     Opt[uint64]
	ProcessID    Opt[uint32]
	ThreadID     Opt[uint32]

	ActivityID        Opt[GUID]
	RelatedActivityID Opt[GUID]
	UserSID           Opt[string] // System/Security/@UserID

	// Data is the event's data as one JSON object in UTF-8 without white
	// space, the text of the column data; nil is null.
	Data []byte

	// Fields are the same data by name with their types, in order, for the
	// mapping to failures. Filled only for events that a mapping wants.
	Fields []Field

	// NetEvent is what a net-event dump or netsh's XML has; nil for other
	// formats. Its type is there from the start, the rest with Data.
	NetEvent *NetEvent

	Diagnostics []Diagnostic
	Raw         []byte // the record's bytes, if asked for
}
