package binxml

// Limits on what one record may cost. Real records stay below a hundredth of
// each; a record that reaches one was made to.
const (
	// MaxDepth bounds fragments within fragments. Two levels are normal; a
	// template that instantiates itself would have no end.
	MaxDepth = 16

	// MaxElementDepth bounds elements within elements of one fragment.
	MaxElementDepth = 128

	// MaxNodes bounds the nodes that one record expands to. A substitution may
	// stand in a template many times, so nested ones multiply.
	MaxNodes = 1 << 20

	// MaxText bounds the bytes that one record expands to: a chunk of 64 KiB
	// holds less than 1 MiB however it is escaped.
	MaxText = 8 << 20

	// maxChunkNodes bounds the nodes compiled from the definitions of one
	// chunk. Definitions do not overlap, and a token has at least one byte.
	maxChunkNodes = 1 << 16

	// maxCompared bounds the members of an element that are compared pair by
	// pair; of more the keys are sorted.
	maxCompared = 128

	// maxCached bounds the definitions and the names kept from chunk to chunk;
	// a cache that reaches it starts anew.
	maxCachedTemplates = 1 << 12
	maxCachedNames     = 1 << 16
	maxVariants        = 8 // definitions with the same GUID and size

	// maxDiagnostics bounds what is said of one record.
	maxDiagnostics = 32
)
