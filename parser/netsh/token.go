package netsh

type tokenKind uint8

const (
	tokenEOF       tokenKind = iota
	tokenCut                 // the file ends within it
	tokenText                // up to the next tag, or the content of a CDATA section
	tokenStart               // <name …>
	tokenEmpty               // <name …/>
	tokenEnd                 // </name>
	tokenComment             // <!-- … -->
	tokenPI                  // <? … ?>
	tokenDoctype             // <!DOCTYPE, <!ENTITY and their like: not read
	tokenMalformed           // none of these
)

// token is one piece of XML. Positions count bytes of the text.
type token struct {
	kind     tokenKind
	pos, end int64
	offset   int64  // of pos in the file
	name     []byte // of an element or declaration, in the scanner's memory
	solid    bool   // the text has more than white space
	bad      int64  // offset of a control character that XML does not have, or none
	detail   string // what is wrong
}
