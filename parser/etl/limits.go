package etl

const (
	// MaxBufferSize bounds a buffer, as it stands in the file and expanded. ETW
	// takes at most 16 MiB for a session's buffers.
	MaxBufferSize = 16 << 20

	// A compressed buffer may expand to freeExpansion, the size that sessions
	// had at most for long, and beyond that to maxExpansion times its own size.
	// Records differ at least in their times, so real ones stay far below.
	freeExpansion = 1 << 20
	maxExpansion  = 1000

	// maxItems bounds the extended items of a record. There are some 20 types,
	// and each occurs once.
	maxItems = 64

	// maxName bounds the session's and the file's name in the trace header, in
	// bytes: paths have at most 32,767 characters.
	maxName = 2 * 32768
)
