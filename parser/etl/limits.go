package etl

const (
	// MaxBufferSize bounds a buffer, as it stands in the file and expanded. ETW
	// takes at most 16 MiB for a session's buffers.
	MaxBufferSize = 16 << 20

	// A compressed buffer may expand to freeExpansion, the size that most sessions
	// have, and beyond that to maxExpansion times its own size. Records differ at
	// least in their times, so real buffers shrink to a half or a tenth.
	freeExpansion = 64 << 10
	maxExpansion  = 200

	// The buffers of a file, all together, may expand to freeFileExpansion, and
	// beyond that to maxExpansion times their size: else every tiny buffer could
	// have freeExpansion. Buffers of real traces, compressed as the tests do it,
	// shrink to a twelfth at most, one event that comes again and again, but for
	// its time, to a fiftieth, and events that are mostly zeros to a 240th.
	freeFileExpansion = 64 << 20

	// maxItems bounds the extended items of a record. There are some 20 types,
	// and each occurs once.
	maxItems = 64

	// maxName bounds the session's and the file's name in the trace header, in
	// bytes: paths have at most 32,767 characters.
	maxName = 2 * 32768
)
