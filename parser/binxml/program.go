package binxml

import "github.com/qmparse/qmparse/model"

// kind is what a node of a program is.
type kind uint8

const (
	kindElement      kind = iota
	kindAttribute         // name, then its value nodes
	kindText              // literal
	kindSubstitution      // a value of the instance
	kindCDATA             // literal
	kindEntity            // name
	kindPI                // name, literal
	kindInstance          // a template instance among the tokens; literal BinXML
)

// node is one token of a compiled fragment, in document order. What belongs to
// an element or attribute follows it, up to end.
type node struct {
	kind     kind
	optional bool   // substitution: NULL leaves out the element or attribute around it
	distinct bool   // element: its members are elements with distinct keys, no text among them; of EventData, its Data by Name
	sub      uint16 // substitution: index of the value; element: dependency id, noDependency if none
	attrs    int32  // element: index behind its attributes
	end      int32  // index behind the node and all that belongs to it
	name     *name  // element, attribute, entity, PI target
	data     *name  // element: the Name of a Data of EventData, if it is literal
	lit      Value  // text, CDATA, PI data
}

// noDependency is the dependency id of an element that depends on no value.
const noDependency = 0xffff

// program is a compiled fragment: a template definition, or the tokens of a
// record or value that has none.
type program struct {
	nodes  []node
	system []systemSlot // where the System fields are, if this is an Event
	parts  []int32      // the nodes that are children of Event, if this is one
	root   int32        // index of the root element, -1 if there is none

	trailing bool // something stands behind the root element
	badNames int  // names whose hash or terminator is wrong, or that have no text: overwritten

	bound bool      // to its chunk: it holds an instance, which refers to the chunk
	start int       // position in the chunk while compiling
	names []nameRef // of a template definition, and of what is to move
	sizes []int32   // the same, of elements: where they stand, from start

	moving bool // no definition, and to move to another place

	// Of a template definition only:
	isTemplate bool
	definition *Definition // once it was asked for
	guid       model.GUID
	id         uint32 // the first four bytes of the GUID
	source     []byte // a copy of the definition from its GUID on, which lit points into
	nameBytes  int
	elsewhere  []nameRef // the names that do not stand in the definition
	plan       plan
	data       data
	layouts    []*layout // those met most at the front
}

func (p *program) reset() {
	*p = program{nodes: p.nodes[:0], system: p.system[:0], parts: p.parts[:0]}
}
