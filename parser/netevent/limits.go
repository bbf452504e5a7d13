package netevent

// What an event may have. An event with all it points to is at most MaxEvent
// bytes, wherever it is.
const (
	// maxGroups bounds the group SIDs of a principal. A token of Windows holds
	// about a thousand.
	maxGroups = 4096

	sidHeader         = 8
	maxSubAuthorities = 15 // [MS-DTYP] 2.4.2
)
