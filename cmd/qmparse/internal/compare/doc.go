// Package compare says where qmparse and golang-evtx do not agree about a record.
//
// What is compared is what qmparse writes: the System fields, and the column data
// by name. golang-evtx gives maps of texts, so values are brought to one form
// first. These are one value:
//
//   - a number and its decimal text, a truth value and its text;
//   - hex integers with and without leading zeros, GUIDs in either case;
//   - times with more or fewer digits behind the second, to 100 ns;
//   - a SID whose authority is above 32 bits, in hex and in decimal;
//   - an ANSI string, and base64 of its bytes in code page Windows-1252;
//   - a real, and its six decimals if they are all it has;
//   - NULL and nothing, an empty text and nothing, an element without content and
//     any of these; but NULL is no empty text;
//   - Provider, and an element named after the provider, which is how golang-evtx
//     writes a Provider without Guid;
//   - repeated elements as an array, and as Data, Data3, Data7.
//
// Where golang-evtx is known not to be able to hold a value, the difference has a
// [Limit]. Each of them is proven: from the bytes of the value it is worked out
// what golang-evtx must make of it, and only if it did make that, the limit is the
// reason. All else is a difference.
package compare
