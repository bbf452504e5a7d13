// Package binxml decodes BinXML, the binary XML of Windows event records, as
// [MS-EVEN6] 2.2.12 defines it and as real logs use it.
//
// BinXML is a stream of tokens: elements, attributes, text. A record seldom
// carries it as such; it carries a template instance, which names a template
// definition elsewhere in the same chunk and an array of typed values, the
// substitutions, that fill it. A value may itself be BinXML (type 0x21): that is
// how the data of an event, whose template its provider made, gets into the
// system's template.
//
// A [Decoder] compiles each definition once and keeps it for as long as other
// chunks carry the same one. A [Document] is a compiled fragment with the values
// of one record, which stay where they are in the chunk until they are wanted.
// From a document come the System fields ([Document.System]), the event's data
// as JSON or as named fields ([Document.AppendJSON], [Document.Fields]), the
// whole as a tree with typed values ([Document.Tree]) and as XML
// ([Document.AppendXML]).
//
// Records of one [Kind] have the same provider, channel, host and event id, because
// the bytes are the same that these are made of. [Decoder.Glance] tells the kind of
// a record, and its time, without decoding it; then the System fields that are left
// ([Decoder.Rest]) and nearly all data ([Decoder.AppendJSON]) are read from where they
// stand, and no document is made.
//
// The BinXML of an old record may have to move: [Decoder.Remnant] takes it out of its
// chunk, [Decoder.Definition] the templates that it needs out of theirs, and both are put
// together where they decode as any record does.
//
// The package refuses, with an error that says where: tokens that the grammar
// does not have, names and values that leave their chunk or record, nesting
// deeper than [MaxDepth] fragments or [MaxElementDepth] elements, and records
// that expand to more than their size allows, at most [MaxNodes] nodes or [MaxText]
// bytes, as templates that fill themselves in would. What decodes but looks wrong is a
// diagnostic.
//
// [MS-EVEN6]: https://learn.microsoft.com/openspecs/windows_protocols/ms-even6/
package binxml
