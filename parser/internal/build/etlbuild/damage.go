package etlbuild

// recordIn is the index of the nth record of a buffer, from 0.
func (im *Image) recordIn(buffer, n int) int {
	for i, r := range im.Records {
		if r.Buffer == buffer {
			return i + n
		}
	}
	return -1
}

var damaged = Fixture{
	Name: "damaged.etl",
	Contains: `Seven buffers of event 1007, three events in each, QMFilterId ten times the sequence number and the place: the
second event of buffer 2 has size 0, the second of buffer 4 one past the end; buffer 3 has BufferSize 0; buffer 5 says that
more of it is filled than it has; buffer 6 is compressed, and a match in it leads before the beginning; 1 and 7 are whole.`,
	Damaged: true,
	write: trace(Options{BufferSize: 2048}, func(t *Trace) {
		for i := range int64(7) {
			numbered(t, Buffer{Compressed: i == 5}, i+1)
		}
	}),
	damage: func(im *Image) {
		im.SetSize(im.recordIn(2, 1), 0)
		im.SetSize(im.recordIn(4, 1), 0x7000)
		im.PutUint32(im.Buffers[3].Offset, 0)
		im.PutUint32(im.Buffers[5].Offset+0x30, 0x4000)
		im.PutUint32(im.Buffers[6].Offset+bufferHeaderSize, 0xFFFFFFFF) // a match where nothing is yet
	},
}

var truncated = Fixture{
	Name:     "truncated.etl",
	Contains: `Three buffers like those of damaged.etl, cut in the middle of the last one's second event.`,
	Damaged:  true,
	write: trace(Options{BufferSize: 2048}, func(t *Trace) {
		for i := range int64(3) {
			numbered(t, Buffer{}, i+1)
		}
	}),
	damage: func(im *Image) {
		r := im.Records[im.recordIn(3, 1)]
		im.Cut(r.Offset + r.Size/2)
	},
}

var empty = Fixture{
	Name:     "empty.etl",
	Contains: `A trace without events: the header's buffer alone.`,
	write:    trace(Options{Session: "WFP-IKE Diagnostics", File: `C:\ProgramData\Microsoft\Windows\wfp\ikediag.etl`}, func(*Trace) {}),
}
