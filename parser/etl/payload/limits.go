package payload

// Limits on what one event and one decoder may cost. Real events stay below a
// hundredth of each; an event that reaches one was made to.
const (
	// maxPayload is more than any payload has: what needs as much needs too much.
	maxPayload = 1 << 16

	// maxDepth bounds structures within structures. Providers nest two or three.
	maxDepth = 16

	// maxFields bounds the fields of a schema. Windows' own decoder takes 128.
	maxFields = 1024

	// maxItems bounds the values of one event, with the arrays and structures
	// around them. A payload is below 64 KiB and most values take a byte of it,
	// but a structure may be empty, and arrays of such multiply: an event may have
	// freeItems, and beyond that itemsPerByte for each byte of its schema and
	// payload. A byte in seven arrays of structures, one within the other, is 15.
	maxItems     = 1 << 17
	freeItems    = 256
	itemsPerByte = 16

	// maxText bounds the bytes of JSON that one event becomes. Every structure of
	// an array brings its names anew, and names can be long: an event may have
	// freeText, and beyond that textPerByte for each byte of its schema and payload.
	// A byte in a structure, with a name of 100 letters, is 107.
	maxText     = 8 << 20
	freeText    = 64 << 10
	textPerByte = 128

	// maxSchemas bounds the bytes of the schemas that a decoder keeps compiled,
	// which take up to fifty times as many; a cache that is full starts anew. The
	// schemas of one trace rarely have a tenth of it.
	maxSchemas = 256 << 10

	// maxKept bounds the items whose memory a decoder keeps for the next event.
	maxKept = 1 << 12

	// maxDiagnostics bounds what is said of one event.
	maxDiagnostics = 32
)
