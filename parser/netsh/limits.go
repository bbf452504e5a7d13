package netsh

// What is beyond these is damage, and said so; none of it is kept in memory.
// The deepest element of an event that netsh writes lies at level 9 of
// wfpdiag.xml, its longest text is an appId: 32,767 characters as four
// hexadecimal digits each.
const (
	maxDepth    = 64      // elements in each other
	maxName     = 128     // bytes of an element's name
	maxTag      = 4 << 10 // bytes of a tag or processing instruction
	maxEvent    = 1 << 20 // bytes of an event's element in UTF-8
	maxElements = 16384   // in one event
	maxText     = 256 << 10
	maxHost     = 1 << 10

	// maxDiagnostics is more than an event of sound structure can have.
	maxDiagnostics = 64
)
