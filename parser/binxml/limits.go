package binxml

// Limits on what one record, one chunk and one decoder may cost. Real records
// stay far below; a record that reaches one was made to.
const (
	// MaxDepth bounds fragments within fragments. Two levels are normal; a
	// template that instantiates itself would have no end.
	MaxDepth = 16

	// MaxElementDepth bounds elements within elements of one fragment.
	MaxElementDepth = 128

	// MaxNodes bounds the nodes, values and items of arrays that are looked at for
	// one record. A substitution may stand in a template many times, so nested
	// ones multiply. A record may have freeNodes, and nodesPerByte for each of its
	// bytes: its templates, which it may share, have at most some thousands of
	// nodes, and of the record itself nearly every node or item takes a byte.
	MaxNodes     = 1 << 20
	freeNodes    = 64 << 10
	nodesPerByte = 32

	// MaxText bounds the bytes that one record expands to: a chunk of 64 KiB
	// holds less than 1 MiB however it is escaped. A record may have freeText, more
	// than the names of the largest template come to, and textPerByte for each of its
	// bytes, of which escaped text has three, and a field of an array item 129.
	MaxText     = 8 << 20
	freeText    = 512 << 10
	textPerByte = 512

	// maxWalks is through how many arrays of one element a decoder goes at once.
	maxWalks = 8

	// MaxName bounds the characters of the name of an element or attribute.
	MaxName = 512

	// maxChunkDefinitions bounds the bytes of the definitions of one chunk, those
	// of records, of data and of old records each, and maxChunkNames those of the names in
	// them. Definitions that Windows writes do not overlap, so they have less than
	// the chunk.
	maxChunkDefinitions = 4 << 16
	maxChunkNames       = 4 << 16

	// maxCompared bounds the members of an element that are compared pair by
	// pair; of more the keys are sorted.
	maxCompared = 128

	// maxCache bounds each cache that a decoder keeps from chunk to chunk, in
	// bytes; one that reaches it starts anew. maxCachedText is the longest text
	// worth keeping: names are.
	maxCache      = 8 << 20
	maxCachedText = 2 * MaxName
	maxVariants   = 8 // definitions with the same GUID and size

	// A decoder remembers maxKinds kinds of records, then begins anew; in each of
	// maxLayouts layouts of a template maxBucket of those that share one of
	// maxKindBuckets buckets. maxKindKey is the most bytes that tell a kind. What
	// is beyond is decoded, which costs time and no row. A real log has some
	// hundred kinds.
	maxKinds       = 4096
	maxLayouts     = 64
	maxKindBuckets = 64
	maxBucket      = 8
	maxKindKey     = 1024

	// maxDefinition bounds a definition that was taken out of its chunk, and
	// maxRemnant the BinXML of a record: names that were shared are repeated in it.
	// Real ones stay below 16 KiB and 64 KiB.
	maxDefinition = 64 << 10
	maxRemnant    = 128 << 10

	// maxGrowth bounds by how much the BinXML of the records of one chunk may be more
	// than usualGrowth times what they were. Real ones come to twice that.
	maxGrowth   = 512 << 10
	usualGrowth = 3

	// namedSlots is how many names of a chunk are found at once by where they stand.
	namedSlots = 128

	// recentSlots is how many templates of a chunk Glance finds at once, of records and as
	// many of data.
	recentSlots = 16

	// maxDiagnostics bounds what is said of one record.
	maxDiagnostics = 32
)
