package netevent

import (
	"encoding/binary"
	"fmt"

	"github.com/qmparse/qmparse/model"
)

// RawDecoder recognises and decodes raw net events: the images of net events in
// memory that the Base Filtering Engine of Windows writes as payloads of ETW
// events (wfpdiag.etl, ikediag.etl and the backups of such traces). A payload is
//
//	the event image     FWPM_NET_EVENTn, or FWPM_NET_EVENT5 with private fields
//	its variable parts  each if its flag is set
//	the body            as the type says
//	the body's tail     of a Quick Mode failure in a tunnel: its subnets
//	private tails       of unknown form
//
// each padded to a multiple of 8. Pointers in it are dead: they belong to the
// process that wrote it, and are neither followed nor shown. The layout is
// derived from a description of the writer; no real file was there to see. So
// every event that comes of it says so, in a diagnostic.
//
// A RawDecoder keeps texts that events have in common and is not safe for
// concurrent use; what it says of a payload does not depend on others.
type RawDecoder struct {
	dec    Decoder
	layout Layout
	memory []byte // the payload, its pointers alive
}

// NewRawDecoder returns a decoder.
func NewRawDecoder() *RawDecoder { return &RawDecoder{dec: *NewDecoder()} }

// RawMatch is how a payload was taken for a raw net event.
type RawMatch struct {
	Type        model.NetEventType
	TimeStamp   model.FILETIME // of the header; if 0 the ETW event's time is the event's
	PointerSize int            // 8 or 4
	Base        int            // size of the event image
	Body        int            // size of the body, without padding
	Private     int            // bytes of private tails that are left undecoded

	// Ambiguous says that another image or body satisfies the rules too. The
	// larger image wins, and of one image the larger body; OtherBase and OtherBody
	// are the next best.
	Ambiguous            bool
	OtherBase, OtherBody int
}

// Match says whether a payload is one raw net event. PointerSize is 8 or 4, that
// of the process that logged it. There is nothing to go by but the structure, so
// every rule must hold for one of the images, and the payload must end with the
// event, or up to 7 zeros behind it:
//
//   - No flag beyond 0x3FFF or without a field in that image's header, ipVersion 0
//     to 2, type 0 to 10.
//   - Each part that a flag announces is there: a blob of the size in the header,
//     a well-formed SID, UTF-16 text with its NUL. The flag decides; the pointer
//     may be NULL.
//   - The body is there with its padding; failureErrorCode is a Win32 code or an
//     HRESULT; failurePoint, keyingModuleType, qmState,
//     saRole, and saTrafficType of a Quick Mode failure, ipVersion of DoS
//     Protection are in range.
//   - A tunnel has two V4_ADDR_MASK or two V6_ADDR_MASK, and these behind the body.
//   - Any other body has NULL for its pointers: what they would announce is of
//     unknown form.
//   - Private tails are announced only behind a Quick Mode failure. How long they
//     are is not known, so there the rest of the payload is theirs.
//
// Zeros satisfy all of this, as a main mode failure, and a time among zeros or
// small numbers may. So an event without subnets must say more, of what the rules
// take for granted: that it has a time, its own or else that of the ETW event, as
// IKE's events do, which tell of addresses then; and that a failure has failed.
//
//   - Its timeStamp is a time that a PC's clock can have, 1980 to 2107, or it is 0
//     and the flags have the IP version, which is 4 or 6, and an address.
//   - Of any type but Quick Mode failure the flags have an IP version.
//   - Its body is not all zeros, and of main, quick and extended mode the
//     failureErrorCode is not 0.
//
// An image of 240 bytes whose body is missing could pass for one of 152 with a
// body: what stands for the error code must be more than internalFlags can be.
//
// Match does not allocate. It keeps nothing of payload.
func (d *RawDecoder) Match(payload []byte, pointerSize int) (RawMatch, RawVerdict) {
	return matchRaw(payload, pointerSize)
}

func matchRaw(payload []byte, pointerSize int) (RawMatch, RawVerdict) {
	if pointerSize != 8 && pointerSize != 4 {
		return RawMatch{}, RawNoHeader
	}
	f := &rawForms()[abiOf(pointerSize)]
	if len(payload) < f.least {
		return RawMatch{}, RawNoHeader
	}
	// Flags and ipVersion stand in the same place in every image.
	if h, head := &f.bases[0].layout.header, image(payload[:f.least]); head.u32(h.flags)&^knownFlags != 0 || head.u32(h.ipVersion) > uint32(model.IPVersionNone) {
		return RawMatch{}, RawNoHeader
	}
	var m RawMatch
	verdict := RawNoHeader
	for i := range f.bases {
		b := &f.bases[i]
		var fit rawFit
		c, v := b.open(payload, &fit)
		if v != RawAccepted {
			verdict = verdict.or(v)
			continue
		}
		head := image(payload[:b.size])
		typ := head.u32(b.layout.typ)
		for j := range f.bodies[typ] {
			body := &f.bodies[typ][j]
			if v := b.fit(payload, c, body, &fit); v != RawAccepted {
				verdict = verdict.or(v)
				continue
			}
			switch {
			case m.Base == 0:
				m = RawMatch{
					Type: model.NetEventType(typ), TimeStamp: timeStamp(head, b.layout), PointerSize: pointerSize,
					Base: b.size, Body: body.size, Private: fit.private,
				}
			case !m.Ambiguous:
				m.Ambiguous, m.OtherBase, m.OtherBody = true, b.size, body.size
			}
		}
	}
	if m.Base == 0 {
		return RawMatch{}, verdict
	}
	return m, RawAccepted
}

// Decode decodes a payload that Match took for m into ev and appends to diags:
// first "layout-derived", always, then what else there is to say of the layout,
// then what [Decoder.Decode] would say. The event's version is unknown. Ev has
// memory of its own. If m is not of this payload, ev has no more than its type.
func (d *RawDecoder) Decode(payload []byte, m RawMatch, ev *model.NetEvent, diags []model.Diagnostic) []model.Diagnostic {
	say := func(code, format string, args ...any) {
		diags = append(diags, model.Diagnostic{Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	*ev = model.NetEvent{Type: m.Type}
	say("layout-derived", "base %d, body %d", m.Base, m.Body)
	b, body, fit, ok := m.find(payload)
	if !ok {
		say("layout-unfit", "the payload is no such net event")
		return diags
	}
	if m.Ambiguous {
		say("layout-ambiguous", "base %d, body %d would fit too", m.OtherBase, m.OtherBody)
	}
	if fit.announced {
		say("private-tail", "%d bytes left undecoded", fit.private)
	}

	d.enliven(payload, b, body, fit)
	s := Segments{runs: []run{{base: rawAddress, data: d.memory}}}
	d.dec.l, d.dec.mem, d.dec.left, d.dec.diags = &d.layout, &s, MaxEvent, diags
	head := image(d.memory[:b.size])
	d.dec.header(head, &ev.Header)
	d.dec.body(head, ev)
	diags = AppendDiagnostics(d.dec.diags, ev)
	d.dec.mem, d.dec.diags = nil, nil
	return diags
}

// find looks up the image and the body of a match and checks them against the
// payload once more.
func (m *RawMatch) find(payload []byte) (*rawBase, *rawBody, rawFit, bool) {
	var fit rawFit
	if m.PointerSize != 8 && m.PointerSize != 4 || m.Type >= model.NetEventType(len(bodies)) {
		return nil, nil, fit, false
	}
	f := &rawForms()[abiOf(m.PointerSize)]
	for i := range f.bases {
		b := &f.bases[i]
		if b.size != m.Base {
			continue
		}
		c, v := b.open(payload, &fit)
		if v != RawAccepted || image(payload[:b.size]).u32(b.layout.typ) != uint32(m.Type) {
			break
		}
		for j := range f.bodies[m.Type] {
			body := &f.bodies[m.Type][j]
			if body.size == m.Body && b.fit(payload, c, body, &fit) == RawAccepted {
				return b, body, fit, true
			}
		}
	}
	return nil, nil, fit, false
}

// rawAddress is where the payload stands in memory when it is decoded; 0 would be
// NULL.
const rawAddress = 16

// enliven copies the payload to memory and makes the pointers to what is in it
// lead there, so that it decodes like an event of a dump.
func (d *RawDecoder) enliven(payload []byte, b *rawBase, body *rawBody, fit rawFit) {
	d.memory = append(d.memory[:0], payload...)
	// The image as one structure has it, the body perhaps as another.
	l := &d.layout
	*l = *body.layout
	l.event, l.header, l.typ, l.body = b.layout.event, b.layout.header, b.layout.typ, b.layout.body

	point := func(at, to int) {
		if l.pointerSize == 4 {
			binary.LittleEndian.PutUint32(d.memory[at:], uint32(rawAddress+to))
		} else {
			binary.LittleEndian.PutUint64(d.memory[at:], uint64(rawAddress+to))
		}
	}
	for i := range rawParts {
		if fit.parts[i] == 0 {
			continue
		}
		at := b.fields[i]
		if rawParts[i].form == rawBlob {
			at += l.blobData
		}
		point(at, fit.parts[i])
	}
	point(l.body, fit.body)
	if fit.tail != 0 {
		q := image(d.memory[fit.body:])
		point(fit.body+l.qm.local+l.arm, fit.tail)
		point(fit.body+l.qm.remote+l.arm, fit.tail+body.subnets(q)/2)
	}
}
