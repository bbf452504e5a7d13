package netevent

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"

	"github.com/qmparse/qmparse/model"
)

// Decoder decodes net events in memory. It keeps texts that events have in
// common, and is not safe for concurrent use; what it decodes does not depend on
// what it decoded before.
type Decoder struct {
	l     *Layout
	mem   *Segments
	left  int // bytes that the event may still have behind pointers
	diags []model.Diagnostic
	texts map[string]string // by the bytes in memory
	buf   []byte
}

// NewDecoder returns a decoder.
func NewDecoder() *Decoder { return &Decoder{texts: map[string]string{}} }

// Decode decodes the event r into ev and returns diags with what is wrong with
// it: first pointers, then values. ev has memory of its own.
func (d *Decoder) Decode(r *Record, ev *model.NetEvent, diags []model.Diagnostic) []model.Diagnostic {
	d.l, d.mem, d.diags = r.layout, &r.memory, diags
	d.left = MaxEvent
	*ev = model.NetEvent{Version: model.Some(uint8(d.l.version)), Type: r.Type()}
	if r.nullArea {
		d.say("payload-head", "the first 16 bytes of the EVENT are not 0")
	}
	d.header(r.event, &ev.Header)
	d.body(r.event, ev)
	diags = AppendDiagnostics(d.diags, ev)
	d.diags, d.mem = nil, nil
	return diags
}

func (d *Decoder) say(code, detail string) {
	d.diags = append(d.diags, model.Diagnostic{Code: code, Detail: detail})
}

// null says that a field's pointer, which should lead somewhere, is NULL.
func (d *Decoder) null(field string) { d.say("pointer-null", field) }

// lost says that a field's pointer does not resolve, or what it points to does
// not end in its segment.
func (d *Decoder) lost(field string, address uint64) {
	d.say("pointer-unresolved", fmt.Sprintf("%s %#x", field, address))
}

// take accounts n bytes behind a pointer. An event has MaxEvent in all, wherever
// it is: pointers may share a target, and so make much of little.
func (d *Decoder) take(n int, field string) bool {
	if n > d.left {
		d.say("event-too-large", fmt.Sprintf("%s: %d bytes more than %d in all", field, n-d.left, MaxEvent))
		return false
	}
	d.left -= n
	return true
}

// follow returns the n bytes that a field points to.
func (d *Decoder) follow(field string, address uint64, n int) (image, bool) {
	if address == 0 {
		d.null(field)
		return nil, false
	}
	b, ok := d.mem.Read(address, n)
	if !ok {
		d.lost(field, address)
		return nil, false
	}
	return image(b), d.take(n, field)
}

// header reads FWPM_NET_EVENT_HEADERn. A field without its flag holds nothing;
// timeStamp and flags need none, addressFamily goes with ipVersion.
func (d *Decoder) header(m image, h *model.NetEventHeader) {
	o := &d.l.header
	h.TimeStamp = model.Some(timeStamp(m, d.l))
	flags := m.u32(o.flags)
	h.Flags = model.Some(flags)
	set := func(flag uint32, at int) bool { return flags&flag != 0 && at != none }

	if set(FlagIPVersion, o.ipVersion) {
		h.IPVersion = model.Some(model.IPVersion(m.u32(o.ipVersion)))
		if o.addressFamily != none {
			h.AddressFamily = model.Some(m.u32(o.addressFamily))
		}
	}
	if set(FlagLocalAddr, o.localAddr) {
		h.LocalAddr = d.addr(m, o.localAddr, h.IPVersion, "localAddr")
	}
	if set(FlagRemoteAddr, o.remoteAddr) {
		h.RemoteAddr = d.addr(m, o.remoteAddr, h.IPVersion, "remoteAddr")
	}
	if set(FlagIPProtocol, o.ipProtocol) {
		h.IPProtocol = model.Some(m.u8(o.ipProtocol))
	}
	if set(FlagLocalPort, o.localPort) {
		h.LocalPort = model.Some(m.u16(o.localPort))
	}
	if set(FlagRemotePort, o.remotePort) {
		h.RemotePort = model.Some(m.u16(o.remotePort))
	}
	if set(FlagScopeID, o.scopeID) {
		h.ScopeID = model.Some(m.u32(o.scopeID))
	}
	if set(FlagAppID, o.appID) {
		h.AppID = d.blobText(m, o.appID, "appId")
	}
	if set(FlagUserID, o.userID) {
		h.UserID = d.sidText(m.pointer(d.l, o.userID), "userId")
	}
	if set(FlagPackageID, o.packageSID) {
		h.PackageSID = d.sidText(m.pointer(d.l, o.packageSID), "packageSid")
	}
	if set(FlagEnterpriseID, o.enterpriseID) {
		h.EnterpriseID = d.text(m.pointer(d.l, o.enterpriseID), "enterpriseId")
	}
	if set(FlagPolicyFlags, o.policyFlags) {
		h.PolicyFlags = model.Some(m.u64(o.policyFlags))
	}
	if set(FlagEffectiveName, o.effectiveName) {
		h.EffectiveName = d.blobText(m, o.effectiveName, "effectiveName")
	}
}

// timeStamp reads the FILETIME of an event's header.
func timeStamp(m image, l *Layout) model.FILETIME {
	at := l.header.timeStamp
	return model.FILETIME(uint64(m.u32(at)) | uint64(m.u32(at+4))<<32)
}

// addr reads an address of the header, a union switched on ipVersion.
func (d *Decoder) addr(m image, at int, version model.Opt[model.IPVersion], field string) model.Opt[netip.Addr] {
	switch {
	case version.OK && version.V == model.IPVersionV4:
		return model.Some(addr4(m.u32(at)))
	case version.OK && version.V == model.IPVersionV6:
		return model.Some(netip.AddrFrom16(m.array16(at)))
	case !version.OK:
		d.say("address-without-version", field)
	default:
		d.say("address-without-version", field+" "+version.V.String())
	}
	return model.Opt[netip.Addr]{}
}

// body reads what the event's union points to, as its type says.
func (d *Decoder) body(m image, ev *model.NetEvent) {
	address := m.pointer(d.l, d.l.body)
	s := d.l.bodyOf(uint32(ev.Type))
	if s == nil {
		// A type of another version: what is there is not known.
		if address != 0 {
			if _, ok := d.mem.Read(address, 1); !ok {
				d.lost("body of "+ev.Type.String(), address)
			}
		}
		return
	}
	b, ok := d.follow(bodies[ev.Type], address, s.size[d.l.abi])
	if !ok {
		return
	}
	switch ev.Type {
	case model.NetEventIKEExtQMFailure:
		ev.QM = d.qm(b)
	case model.NetEventIKEExtMMFailure:
		ev.MM = d.mm(b)
	case model.NetEventIKEExtEMFailure:
		ev.EM = d.em(b)
	}
}

func enum[T ~uint32](m image, at int) model.Opt[T] { return model.Some(T(m.u32(at))) }

// qm reads FWPM_NET_EVENT_IKEEXT_QM_FAILURE0 or 1.
func (d *Decoder) qm(m image) *model.IKEQMFailure {
	o := &d.l.qm
	f := &model.IKEQMFailure{
		Version:       uint8(o.version),
		ErrorCode:     enum[model.Win32Error](m, o.errorCode),
		FailurePoint:  enum[model.FailurePoint](m, o.failurePoint),
		KeyingModule:  enum[model.KeyModuleType](m, o.keyingModule),
		QMState:       enum[model.QMSAState](m, o.state),
		SARole:        enum[model.SARole](m, o.role),
		SATrafficType: enum[model.TrafficType](m, o.trafficType),
		QMFilterID:    model.Some(m.u64(o.filterID)),
	}
	if o.mmSaLUID != none {
		f.MMSaLUID = model.Some(model.LUID(m.u64(o.mmSaLUID)))
		f.MMProviderContextKey = model.Some(model.GUIDFromWindows(m.array16(o.providerContextKey)))
	}
	// The subnets are unions switched on saTrafficType: for transport their bytes
	// are undefined and mean nothing.
	if f.SATrafficType.V == model.TrafficTypeTunnel {
		f.LocalSubNet = d.condition(m[o.local:], "localSubNet")
		f.RemoteSubNet = d.condition(m[o.remote:], "remoteSubNet")
	}
	return f
}

// certHashLen is IKEEXT_CERT_HASH_LEN.
const certHashLen = 20

func certHash(m image, at int) []byte { return append([]byte(nil), m[at:at+certHashLen]...) }

// mm reads FWPM_NET_EVENT_IKEEXT_MM_FAILURE0, 1 or 2.
func (d *Decoder) mm(m image) *model.IKEMMFailure {
	o := &d.l.mm
	f := &model.IKEMMFailure{
		Version:      uint8(o.version),
		ErrorCode:    enum[model.Win32Error](m, o.errorCode),
		FailurePoint: enum[model.FailurePoint](m, o.failurePoint),
		Flags:        model.Some(m.u32(o.flags)),
		KeyingModule: enum[model.KeyModuleType](m, o.keyingModule),
		MMState:      enum[model.MMSAState](m, o.state),
		SARole:       enum[model.SARole](m, o.role),
		AuthMethod:   model.Some(m.u32(o.authMethod)),
		EndCertHash:  certHash(m, o.certHash),
		MMID:         model.Some(m.u64(o.mmID)),
		MMFilterID:   model.Some(m.u64(o.filterID)),
	}
	f.LocalPrincipal, f.RemotePrincipal, f.LocalGroupSIDs, f.RemoteGroupSIDs = d.principals(m, &o.principalOffsets)
	if o.providerContextKey != none {
		if address := m.pointer(d.l, o.providerContextKey); address != 0 { // NULL is none
			if b, ok := d.follow("providerContextKey", address, 16); ok {
				f.ProviderContextKey = model.Some(model.GUIDFromWindows(b.array16(0)))
			}
		}
	}
	return f
}

// em reads FWPM_NET_EVENT_IKEEXT_EM_FAILURE0 or 1.
func (d *Decoder) em(m image) *model.IKEEMFailure {
	o := &d.l.em
	f := &model.IKEEMFailure{
		Version:      uint8(o.version),
		ErrorCode:    enum[model.Win32Error](m, o.errorCode),
		FailurePoint: enum[model.FailurePoint](m, o.failurePoint),
		Flags:        model.Some(m.u32(o.flags)),
		EMState:      enum[model.EMSAState](m, o.state),
		SARole:       enum[model.SARole](m, o.role),
		AuthMethod:   model.Some(m.u32(o.authMethod)),
		EndCertHash:  certHash(m, o.certHash),
		MMID:         model.Some(m.u64(o.mmID)),
		QMFilterID:   model.Some(m.u64(o.filterID)),
	}
	f.LocalPrincipal, f.RemotePrincipal, f.LocalGroupSIDs, f.RemoteGroupSIDs = d.principals(m, &o.principalOffsets)
	if o.trafficType != none {
		f.SATrafficType = enum[model.TrafficType](m, o.trafficType)
	}
	return f
}

// principals reads the names and groups that version 1 of the failures of main
// and extended mode added. A name that is NULL is none.
func (d *Decoder) principals(m image, o *principalOffsets) (local, remote model.Opt[string], localGroups, remoteGroups []string) {
	if o.local == none {
		return
	}
	if address := m.pointer(d.l, o.local); address != 0 {
		local = d.text(address, "localPrincipalNameForAuth")
	}
	if address := m.pointer(d.l, o.remote); address != 0 {
		remote = d.text(address, "remotePrincipalNameForAuth")
	}
	localGroups = d.groups(m.u32(o.localCount), m.pointer(d.l, o.localGroups), "localPrincipalGroupSids")
	remoteGroups = d.groups(m.u32(o.remoteCount), m.pointer(d.l, o.remoteGroups), "remotePrincipalGroupSids")
	return
}

// groups reads n pointers to the texts of SIDs; nil if they cannot be read. A
// text that cannot be read is left out.
func (d *Decoder) groups(n uint32, address uint64, field string) []string {
	if n == 0 {
		return []string{}
	}
	if n > maxGroups {
		d.say("count-implausible", fmt.Sprintf("%s %d", field, n))
		return nil
	}
	b, ok := d.follow(field, address, int(n)*d.l.pointerSize)
	if !ok {
		return nil
	}
	all := make([]string, 0, n)
	said := len(d.diags)
	for i := range int(n) {
		if text := d.text(b.pointer(d.l, i*d.l.pointerSize), field); text.OK {
			all = append(all, text.V)
		}
	}
	if more := len(d.diags) - said - 1; more > 0 {
		d.diags = d.diags[:said+1]
		d.diags[said].Detail += fmt.Sprintf(", and %d more", more)
	}
	return all
}

// text reads UTF-16 text that ends with NUL.
func (d *Decoder) text(address uint64, field string) model.Opt[string] {
	b, ok := d.utf16(address, field)
	if !ok {
		return model.Opt[string]{}
	}
	return model.Some(d.intern(b))
}

// utf16 returns text without its NUL.
func (d *Decoder) utf16(address uint64, field string) ([]byte, bool) {
	if address == 0 {
		d.null(field)
		return nil, false
	}
	b, ok := d.mem.tail(address)
	if !ok {
		d.lost(field, address)
		return nil, false
	}
	n := nulAt(b[:min(len(b), d.left+2)])
	if n < 0 {
		if len(b) > d.left+2 {
			d.take(d.left+2, field)
		} else {
			d.say("text-unterminated", fmt.Sprintf("%s %#x", field, address))
		}
		return nil, false
	}
	return b[:n], d.take(n+2, field)
}

// blob returns what an FWP_BYTE_BLOB at m points to. Of no bytes the pointer is
// not looked at.
func (d *Decoder) blob(m image, field string) ([]byte, bool) {
	size := m.u32(0)
	if size == 0 {
		return []byte{}, true
	}
	address := m.pointer(d.l, d.l.blobData)
	if address == 0 {
		d.null(field)
		return nil, false
	}
	tail, ok := d.mem.tail(address)
	if !ok || uint64(size) > uint64(len(tail)) {
		d.lost(field, address)
		return nil, false
	}
	return tail[:size:size], d.take(int(size), field)
}

// blobText reads the text in an FWP_BYTE_BLOB.
func (d *Decoder) blobText(m image, at int, field string) model.Opt[string] {
	b, ok := d.blob(m[at:], field)
	if !ok {
		return model.Opt[string]{}
	}
	if len(b)%2 != 0 {
		d.say("text-odd-size", fmt.Sprintf("%s %d bytes", field, len(b)))
	}
	return model.Some(d.intern(b))
}

// sid returns the bytes of a SID.
func (d *Decoder) sid(address uint64, field string) ([]byte, bool) {
	head, ok := d.follow(field, address, sidHeader)
	if !ok {
		return nil, false
	}
	n := int(head.u8(1))
	if head.u8(0) != 1 || n > maxSubAuthorities {
		d.say("sid-unreadable", fmt.Sprintf("%s %X", field, []byte(head)))
		return nil, false
	}
	b, ok := d.mem.Read(address, sidHeader+4*n)
	if !ok {
		d.lost(field, address)
		return nil, false
	}
	return b, d.take(4*n, field)
}

func (d *Decoder) sidText(address uint64, field string) model.Opt[string] {
	b, ok := d.sid(address, field)
	if !ok {
		return model.Opt[string]{}
	}
	d.buf, _, ok = model.AppendSID(d.buf[:0], b)
	if !ok {
		d.say("sid-unreadable", fmt.Sprintf("%s %X", field, b))
		return model.Opt[string]{}
	}
	return model.Some(d.kept(d.buf))
}

// What the texts that a decoder keeps may be, each and all together.
const (
	maxKeptText  = 1 << 10
	maxKeptTexts = 1 << 12
)

// intern returns the text of UTF-16 bytes, made once for bytes that repeat.
func (d *Decoder) intern(b []byte) string {
	d.buf = appendText(d.buf[:0], b)
	return d.kept(d.buf)
}

func (d *Decoder) kept(text []byte) string {
	if s, ok := d.texts[string(text)]; ok {
		return s
	}
	s := string(text)
	if len(s) <= maxKeptText {
		if len(d.texts) >= maxKeptTexts {
			clear(d.texts)
		}
		d.texts[s] = s
	}
	return s
}

// condition reads FWP_CONDITION_VALUE0.
func (d *Decoder) condition(m image, field string) *model.ConditionValue {
	v := d.value(m, field, true)
	return &v
}

// value reads FWP_VALUE0 or FWP_CONDITION_VALUE0. If its pointer does not
// resolve it has no Value.
func (d *Decoder) value(m image, field string, condition bool) model.ConditionValue {
	v := model.ConditionValue{Type: model.DataType(m.u32(0))}
	a := armOf(v.Type, condition)
	if a.target == "" {
		v.Value = d.inline(v.Type, m)
		return v
	}
	address := m.pointer(d.l, d.l.arm)
	switch a.target {
	case "wchar_t":
		if b, ok := d.utf16(address, field); ok {
			v.Value = model.UnicodeString(owned(b))
		}
		return v
	case "SID":
		if b, ok := d.sid(address, field); ok {
			v.Value = model.SID(owned(b))
		}
		return v
	}
	n := 8
	if s := structureNamed(a.target); s != nil {
		n = s.size[d.l.abi]
	}
	b, ok := d.follow(field, address, n)
	if !ok {
		return v
	}
	switch v.Type {
	case model.DataTypeUint64:
		v.Value = model.Uint64(b.u64(0))
	case model.DataTypeInt64:
		v.Value = model.Int64(b.u64(0))
	case model.DataTypeDouble:
		v.Value = model.Float64(math.Float64frombits(b.u64(0)))
	case model.DataTypeByteArray16:
		v.Value = model.ByteArray16(b.array16(0))
	case model.DataTypeByteArray6:
		v.Value = model.ByteArray6(b)
	case model.DataTypeByteBlob, model.DataTypeTokenAccessInformation:
		if b, ok := d.blob(b, field); ok {
			v.Value = model.ByteBlob(owned(b))
		}
	case model.DataTypeSecurityDescriptor:
		if b, ok := d.blob(b, field); ok {
			v.Value = model.SecurityDescriptor(owned(b))
		}
	case model.DataTypeTokenInformation:
		v.Value = model.TokenInformation(owned(b))
	case model.DataTypeBitmapArray64:
		v.Value = model.Unknown{Raw: owned(b)}
	case model.DataTypeV4AddrMask:
		v.Value = model.V4AddrMask{Addr: b.u32(0), Mask: b.u32(4)}
	case model.DataTypeV6AddrMask:
		v.Value = model.V6AddrMask{Addr: b.array16(0), PrefixLength: b.u8(16)}
	case model.DataTypeRange:
		v.Value = model.Range{
			Low:  d.value(b, field+".valueLow", false),
			High: d.value(b[d.l.high:], field+".valueHigh", false),
		}
	}
	return v
}

// inline reads a value that is in the union itself. Of a type that is not known
// it is all of the union.
func (d *Decoder) inline(t model.DataType, m image) model.ConditionArm {
	at := d.l.arm
	switch t {
	case model.DataTypeEmpty:
		return model.Empty{}
	case model.DataTypeUint8, model.DataTypeBitmapIndex:
		return model.Uint8(m.u8(at))
	case model.DataTypeInt8:
		return model.Int8(m.u8(at))
	case model.DataTypeUint16:
		return model.Uint16(m.u16(at))
	case model.DataTypeInt16:
		return model.Int16(m.u16(at))
	case model.DataTypeUint32:
		return model.Uint32(m.u32(at))
	case model.DataTypeInt32:
		return model.Int32(m.u32(at))
	case model.DataTypeFloat:
		return model.Float32(math.Float32frombits(m.u32(at)))
	}
	return model.Unknown{Raw: binary.LittleEndian.AppendUint64(nil, m.pointer(d.l, at))[:d.l.pointerSize]}
}

// owned returns a copy that is not nil.
func owned(b []byte) []byte { return append([]byte{}, b...) }
