package evtx

import (
	"bytes"
	"fmt"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// field puts one System field into the event.
func (d *Decoder) field(f binxml.SystemField, v *binxml.Value) {
	ev := d.ev
	switch f {
	case binxml.ProviderName:
		d.text(f, v, &ev.Provider)
	case binxml.ProviderGUID:
		d.guid(f, v, &ev.ProviderGUID)
	case binxml.EventID:
		unsigned(d, f, v, &ev.EventID)
	case binxml.EventIDQualifiers:
		unsigned(d, f, v, &ev.Qualifiers)
	case binxml.Version:
		unsigned(d, f, v, &ev.Version)
	case binxml.Level:
		unsigned(d, f, v, &ev.Level)
	case binxml.Task:
		unsigned(d, f, v, &ev.Task)
	case binxml.Opcode:
		unsigned(d, f, v, &ev.Opcode)
	case binxml.Keywords:
		unsigned(d, f, v, &ev.Keywords)
	case binxml.TimeCreated:
		d.time(f, v, &ev.Time)
	case binxml.EventRecordID:
		unsigned(d, f, v, &ev.EventRecordID)
	case binxml.CorrelationActivityID:
		d.guid(f, v, &ev.ActivityID)
	case binxml.CorrelationRelatedActivityID:
		d.guid(f, v, &ev.RelatedActivityID)
	case binxml.ExecutionProcessID:
		unsigned(d, f, v, &ev.ProcessID)
	case binxml.ExecutionThreadID:
		unsigned(d, f, v, &ev.ThreadID)
	case binxml.Channel:
		d.text(f, v, &ev.Channel)
	case binxml.Computer:
		d.text(f, v, &ev.Host)
	case binxml.SecurityUserID:
		d.sid(f, v, &ev.UserSID)
	}
}

// number puts one System field into the event whose value is a number; false if it does not
// fit, or the field is none of those.
func (d *Decoder) number(f binxml.SystemField, u uint64) bool {
	ev := d.ev
	switch f {
	case binxml.EventIDQualifiers:
		return narrow(u, &ev.Qualifiers)
	case binxml.Version:
		return narrow(u, &ev.Version)
	case binxml.Level:
		return narrow(u, &ev.Level)
	case binxml.Task:
		return narrow(u, &ev.Task)
	case binxml.Opcode:
		return narrow(u, &ev.Opcode)
	case binxml.Keywords:
		return narrow(u, &ev.Keywords)
	case binxml.EventRecordID:
		return narrow(u, &ev.EventRecordID)
	case binxml.ExecutionProcessID:
		return narrow(u, &ev.ProcessID)
	case binxml.ExecutionThreadID:
		return narrow(u, &ev.ThreadID)
	}
	return false
}

func narrow[T uint8 | uint16 | uint32 | uint64](u uint64, to *model.Opt[T]) bool {
	if uint64(T(u)) != u {
		return false
	}
	*to = model.Some(T(u))
	return true
}

// maxOdd bounds what is said of one record's System, which has 18 fields.
const maxOdd = 32

// odd says that a System field is there but is not what it should be.
func (d *Decoder) odd(f binxml.SystemField, v *binxml.Value) {
	if len(d.ev.Diagnostics) >= maxOdd {
		return
	}
	d.ev.Diagnostics = append(d.ev.Diagnostics, model.Diagnostic{
		Code: "system-field", Detail: fmt.Sprintf("%v is %v %s", f, v.Type, model.Quote(v.Text()))})
}

func (d *Decoder) text(f binxml.SystemField, v *binxml.Value, to *model.Opt[string]) {
	switch v.Type {
	case binxml.TypeString:
		*to = model.Some(d.xml.Text(v.Data))
	case binxml.TypeAnsiString:
		*to = model.Some(v.Text())
	default:
		d.odd(f, v)
	}
}

// unsigned reads a number, which a record without template has as text, decimal
// or hex.
func unsigned[T uint8 | uint16 | uint32 | uint64](d *Decoder, f binxml.SystemField, v *binxml.Value, to *model.Opt[T]) {
	u, ok := v.Uint()
	if !ok && v.Type == binxml.TypeString {
		u, ok = parseUint(v.Data)
	} else if !ok {
		var i int64
		if i, ok = v.Int(); ok {
			// Signed by mistake of the template: the bits are what counts.
			u = uint64(i) & (1<<(8*len(v.Data)-1)<<1 - 1)
		}
	}
	if !ok || uint64(T(u)) != u {
		d.odd(f, v)
		return
	}
	*to = model.Some(T(u))
}

func parseUint(utf16 []byte) (uint64, bool) {
	var text [24]byte
	return model.ParseUint(string(bytes.Trim(binxml.AppendUTF8(text[:0], utf16), " \t\r\n\x00")), 64)
}

func (d *Decoder) guid(f binxml.SystemField, v *binxml.Value, to *model.Opt[model.GUID]) {
	g, ok := v.GUID()
	if !ok && v.Type == binxml.TypeString {
		text := d.xml.Text(v.Data)
		if text == "" {
			return
		}
		g, ok = model.ParseGUID(text)
	}
	if !ok {
		d.odd(f, v)
		return
	}
	*to = model.Some(g)
}

func (d *Decoder) time(f binxml.SystemField, v *binxml.Value, to *model.Opt[model.FILETIME]) {
	var t model.FILETIME
	var ok bool
	switch v.Type {
	case binxml.TypeFileTime, binxml.TypeSysTime:
		var u uint64
		u, ok = v.Uint()
		t = model.FILETIME(u)
	case binxml.TypeString:
		t, ok = model.ParseFILETIME(v.Text())
	}
	if !ok {
		d.odd(f, v)
		return
	}
	*to = model.Some(t)
}

func (d *Decoder) sid(f binxml.SystemField, v *binxml.Value, to *model.Opt[string]) {
	switch v.Type {
	case binxml.TypeSID:
		// SIDs repeat; their text is made once.
		if text, ok := d.xml.SID(v.Data); ok {
			*to = model.Some(text)
			return
		}
	case binxml.TypeString:
		if text := d.xml.Text(v.Data); text != "" {
			*to = model.Some(text)
		}
		return
	}
	d.odd(f, v)
}
