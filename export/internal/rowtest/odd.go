package rowtest

import (
	"math"
	"math/rand/v2"

	"github.com/qmparse/qmparse/model"
)

// Odd returns n rows of each table at the edges of what the columns hold: the
// full ones, empty ones, then drawn ones.
func Odd(n int) ([]model.Event, []model.QMFailure) {
	o := oddities{rand.New(rand.NewPCG(7, 8))}
	events, failures := []model.Event{FullEvent, {}}, []model.QMFailure{FullFailure, {}}
	for len(events) < n {
		events = append(events, o.event())
		failures = append(failures, o.failure())
	}
	return events[:n], failures[:n]
}

// oddities draws values that sit at the edges of what a column holds; a third
// of what may be unknown is.
type oddities struct{ *rand.Rand }

// Text has odd texts.
var Text = []string{
	"", " ", "a", "plain", `"`, `""`, "a,b", "a;b", "two\nlines", "two\r\nlines", "cr\r", "tab\there", "back\\slash",
	" leading", "trailing ", "NULL", "null", "nul\x00inside", "bell\a", "del\x7f", "Zürich", "日本語", "🦊", "\u2028\u2029\u0085",
	"\ufffd", "\ufeffbom", "=1+1", "-", "1e5", "<&>", "%%1833", "a'b", "{\"k\":1}", "[]", "C:\\Program Files\\x",
	"0123456789abcdef", "0123456789abcdef0", "\U0010ffff\U0010ffff\U0010ffff\U0010ffff\U0010ffff",
}

var oddData = []string{
	`{}`, `{"a":1}`, `{"a":null,"b":[],"c":{"d":"e"}}`, `{"q":"\"","nl":"\n","u":"日本語🦊","nul":"\u0000"}`,
	"{\"ls\":\"\u2028\",\"sp\":\" \",\"del\":\"\x7f\"}", `{"e":1e+30,"z":-0,"h":1.50}`,
	`{"n":-1,"m":4294967295,"f":0.1,"t":true}`, `{"a":["x","y"],"#text":"z"}`, `{"Data":["",null]}`, `{"s":"\\ / <&>"}`,
}

func (o oddities) known() bool { return o.IntN(3) > 0 }

func (o oddities) string() string { return Text[o.IntN(len(Text))] }

func (o oddities) text() (v model.Opt[string]) {
	if o.known() {
		v = model.Some(o.string())
	}
	return v
}

func (o oddities) uint64() uint64 {
	switch o.IntN(6) {
	case 0:
		return math.MaxUint64
	case 1:
		return 0
	case 2:
		return 1 << 63
	case 3:
		return 1<<53 + 1
	case 4:
		return math.MaxInt64
	}
	return o.Uint64()
}

func odd[U ~uint8 | ~uint16 | ~uint32 | ~uint64](o oddities) (v model.Opt[U]) {
	if o.known() {
		v = model.Some(U(o.uint64()))
	}
	return v
}

func (o oddities) time() (v model.Opt[model.FILETIME]) {
	const (
		unix0 = 116_444_736_000_000_000
		last  = 2_650_467_743_999_999_999 // of year 9999
	)
	if o.known() {
		v = model.Some([]model.FILETIME{
			0, 1, 9, 10, unix0 - 1, unix0, unix0 + 19, last - 9, last, last + 1, math.MaxUint64,
			133_485_408_123_456_789, model.FILETIME(o.Uint64N(last)),
		}[o.IntN(13)])
	}
	return v
}

func (o oddities) guid() (v model.Opt[model.GUID]) {
	if o.known() {
		v = model.Some([]model.GUID{{}, {15: 1}, {0: 0x80}, {0: 0x7f, 8: 0xff}, randomGUID(o.Rand)}[o.IntN(5)])
	}
	return v
}

func (o oddities) event() model.Event {
	e := model.Event{
		Provenance: model.Provenance{
			Format: model.FormatETL, Path: o.string(), Member: o.string(), Offset: o.uint64(), State: model.StateSlack,
			TemplateSource: []model.TemplateSource{"", model.TemplateBuiltIn}[o.IntN(2)],
			LayoutBasis:    []model.LayoutBasis{"", model.LayoutDerived}[o.IntN(2)],
		},
		UID: randomGUID(o.Rand), Time: o.time(), Logged: o.time(), Host: o.text(),
		RecordID: odd[uint64](o), EventRecordID: odd[uint64](o), Provider: o.text(), ProviderGUID: o.guid(), Channel: o.text(),
		EventID: odd[uint32](o), Qualifiers: odd[uint16](o), Version: odd[uint8](o), Level: odd[uint8](o), Task: odd[uint16](o),
		Opcode: odd[uint8](o), Keywords: odd[uint64](o), ProcessID: odd[uint32](o), ThreadID: odd[uint32](o),
		ActivityID: o.guid(), RelatedActivityID: o.guid(), UserSID: o.text(),
	}
	if o.known() {
		e.Data = []byte(oddData[o.IntN(len(oddData))])
	}
	for range o.IntN(4) {
		e.Diagnostics = append(e.Diagnostics, model.Diagnostic{Code: "odd-code", Detail: o.string()})
	}
	if o.known() {
		e.Raw = make([]byte, o.IntN(40))
		for i := range e.Raw {
			e.Raw[i] = byte(o.Uint32() | o.Uint32()) // 0xff often
		}
	}
	return e
}

func (o oddities) failure() model.QMFailure {
	return model.QMFailure{
		Event: o.event(), FailureTime: o.time(), TimeSource: []model.TimeSource{"", model.TimeETW}[o.IntN(2)],
		IPVersion: odd[uint8](o), IPProtocol: odd[uint8](o), LocalAddr: o.text(), RemoteAddr: o.text(),
		LocalPort: odd[uint16](o), RemotePort: odd[uint16](o), LocalIKEPort: odd[uint16](o), RemoteIKEPort: odd[uint16](o),
		ScopeID: odd[uint32](o), AppID: o.text(), FailureUserSID: o.text(), PackageSID: o.text(), EnterpriseID: o.text(),
		EffectiveName: o.text(), PolicyFlags: odd[uint64](o),
		ErrorCode: o.errorCode(), Reason: o.text(), FailurePoint: odd[model.FailurePoint](o), KeyingModule: odd[model.KeyModuleType](o),
		QMState: odd[model.QMSAState](o), SARole: odd[model.SARole](o), SATrafficType: odd[model.TrafficType](o),
		LocalCondition: o.condition(), RemoteCondition: o.condition(),
		QMFilterID: odd[uint64](o), MMSaLUID: odd[model.LUID](o), MMProviderContextKey: o.guid(),
		LocalTunnelEndpoint: o.text(), RemoteTunnelEndpoint: o.text(), RemotePrivateAddr: o.text(), MessageID: odd[uint32](o),
		TunnelID: odd[uint64](o), TrafficSelectorID: odd[uint64](o), StructVersion: odd[uint8](o), NetEventVersion: odd[uint8](o),
	}
}

func (o oddities) errorCode() (v model.Opt[model.Win32Error]) {
	if o.known() {
		v = model.Some([]model.Win32Error{0, 13868, 0x80070005, 0xffffffff, model.Win32Error(13800 + o.IntN(150))}[o.IntN(5)])
	}
	return v
}

func (o oddities) condition() *model.ConditionValue {
	v4 := model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(10<<24 | 255)}
	low := model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(10 << 24)}
	switch o.IntN(10) {
	case 0:
		return &model.ConditionValue{} // FWP_EMPTY, unresolved
	case 1:
		return &model.ConditionValue{Value: model.Empty{}}
	case 2:
		return &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: 0x0a010203, Mask: 0xffff0000}}
	case 3:
		return &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: 0x0a010203, Mask: 0xff00ff00}}
	case 4:
		return &model.ConditionValue{Type: model.DataTypeV6AddrMask, Value: model.V6AddrMask{Addr: [16]byte{0x20, 1, 0xd, 0xb8, 15: 1}, PrefixLength: 64}}
	case 5:
		return &model.ConditionValue{Type: model.DataTypeRange, Value: model.Range{Low: low, High: v4}}
	case 6:
		return &model.ConditionValue{Type: model.DataTypeByteBlob, Value: model.ByteBlob{0xff, 0}}
	case 7:
		return &model.ConditionValue{Type: 999, Value: model.Unknown{}}
	case 8:
		return &v4
	}
	return nil
}
