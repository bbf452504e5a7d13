package netsh

import "bytes"

// Sniff says whether a file that begins with head is a dump of net events: XML
// in UTF-8 or UTF-16 whose root element is <netEvents>, <netEvent> or <wfpdiag>,
// or that has one of the first two among the elements of head. A dump with a
// document type is one, too: [Reader.Elements] refuses it and says so.
func Sniff(head []byte) bool {
	s := scanner{src: &source{r: bytes.NewReader(head)}}
	for c, ok := s.peek(0); ; c, ok = s.peek(0) {
		if !ok || c != '<' && c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
		if c == '<' {
			break
		}
		s.at++
	}
	for root := true; ; {
		t := s.next()
		switch t.kind {
		case tokenStart, tokenEmpty:
			switch string(t.name) {
			case "netEvents", "netEvent":
				return true
			case "wfpdiag":
				return root
			}
			root = false
		case tokenDoctype:
			for s.more() {
			}
			for _, name := range [...]string{"netEvents", "netEvent", "wfpdiag"} {
				if bytes.Contains(s.rest(), []byte("<"+name)) {
					return true
				}
			}
			return false
		case tokenText, tokenEnd, tokenComment, tokenPI, tokenMalformed:
		case tokenEOF, tokenCut:
			return false
		}
	}
}
