// Package parser opens a log of any format that qmparse reads and yields its
// events. The format is known by the bytes, never by the name.
//
//	log, err := parser.Open(r)
//	if err != nil { … }        // parser.ErrUnknownFormat: no log
//	w := parser.NewWorker()
//	for frame, err := range log.Frames() {
//		if err != nil { … }    // damage, with its offset; the next frame follows
//		for ev, err := range w.Events(frame) {
//			if err != nil { … } // one record
//			err := w.Load(ev)   // its data
//		}
//		parser.Release(frame)   // if nothing of it is kept: less work for memory
//	}
//
// A frame is a run of bytes that decodes without any other: a chunk, a buffer,
// a block; or, if [Options] want them, old records of those before it. Frames of one log
// may be decoded by several workers at once; their order is that of the file. Memory does
// not grow with the input.
//
// [Options] add old records to those that a log holds, or have bytes of any kind searched; then
// Open refuses nothing but no bytes.
//
// With [Worker.Want] events that nobody wants are stepped over and counted; see
// [Worker.Passed]. With [Worker.LoadAll] those of event logs cost less, if all are wanted.
//
// What cannot be decoded is an [Error] that wraps [ErrTruncated], [ErrMalformed] or
// [ErrUnsupported] and says where, or a [SizeError]. Any other error is that of reading the
// bytes.
package parser
