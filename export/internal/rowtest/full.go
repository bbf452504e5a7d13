package rowtest

import "github.com/qmparse/qmparse/model"

// FullFailure knows the value of every column.
var FullFailure = model.QMFailure{
	Event: model.Event{
		Provenance: model.Provenance{
			Format: model.FormatDump, Path: `C:\dump".bin`, Member: "in.zip", Offset: 1<<64 - 1, State: model.StateLive,
			TemplateSource: model.TemplateBuiltIn, LayoutBasis: model.LayoutDerived,
		},
		UID:    model.GUID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		Time:   model.Some(model.FILETIME(42)), // not the failure's
		Logged: model.Some(model.FILETIME(9)),
		Host:   model.Some("HOST"), RecordID: model.Some(uint64(1)), EventRecordID: model.Some(uint64(2)),
		Provider: model.Some("P"), Channel: model.Some("C"), EventID: model.Some(uint32(1<<32 - 1)), Version: model.Some(uint8(3)),
		ProcessID: model.Some(uint32(4)), ThreadID: model.Some(uint32(5)),
		UserSID:     model.Some("S-1-5-19"), // not the traffic's
		Diagnostics: []model.Diagnostic{{Code: "mask-not-contiguous", Detail: `"255.0.255.0"`}, {Code: "bare"}},
		Raw:         []byte{0, 0xff, 0x1a},
	},
	FailureTime: model.Some(model.FILETIME(133_537_247_991_234_569)), TimeSource: model.TimeNetEvent,
	IPVersion: model.Some(uint8(6)), IPProtocol: model.Some(uint8(17)), LocalAddr: model.Some("fe80::1"), RemoteAddr: model.Some("fe80::2"),
	LocalPort: model.Some(uint16(7)), RemotePort: model.Some(uint16(65535)), LocalIKEPort: model.Some(uint16(500)),
	RemoteIKEPort: model.Some(uint16(4500)), ScopeID: model.Some(uint32(9)), AppID: model.Some("app"),
	FailureUserSID: model.Some("S-1-5-18"), PackageSID: model.Some("S-1-15-2-1"), EnterpriseID: model.Some("ent"),
	EffectiveName: model.Some("eff"), PolicyFlags: model.Some(uint64(1<<53 + 1)),
	ErrorCode: model.Some(model.Win32Error(13868)), Reason: model.Some("Because\r\n"),
	FailurePoint: model.Some(model.FailurePoint(2)), KeyingModule: model.Some(model.KeyModuleType(1)), QMState: model.Some(model.QMSAState(7)),
	SARole: model.Some(model.SARole(1)), SATrafficType: model.Some(model.TrafficType(1)),
	LocalCondition: &model.ConditionValue{Type: 256, Value: model.V4AddrMask{Addr: 0x0a010203, Mask: 0xffffff00}},
	RemoteCondition: &model.ConditionValue{Type: 258, Value: model.Range{
		Low:  model.ConditionValue{Type: 3, Value: model.Uint32(0x0a000001)},
		High: model.ConditionValue{Type: 3, Value: model.Uint32(0x0a000004)},
	}},
	QMFilterID: model.Some(uint64(1<<64 - 1)), MMSaLUID: model.Some(model.LUID(0)), MMProviderContextKey: model.Some(model.GUID{}),
	LocalTunnelEndpoint: model.Some("1.1.1.1"), RemoteTunnelEndpoint: model.Some("2.2.2.2"), RemotePrivateAddr: model.Some("3.3.3.3"),
	MessageID: model.Some(uint32(10)), TunnelID: model.Some(uint64(11)), TrafficSelectorID: model.Some(uint64(12)),
	StructVersion: model.Some(uint8(1)), NetEventVersion: model.Some(uint8(5)),
}

// FullEvent is an event, also with values that its columns hold at most.
var FullEvent = model.Event{
	Provenance: model.Provenance{
		Format: model.FormatEVTX, Path: "a.evtx", Offset: 4096, State: model.StatePastFree, TemplateSource: model.TemplateOtherChunk,
		LayoutBasis: model.LayoutDocumented, // no column of events
	},
	UID:  model.GUID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
	Time: model.Some(model.FILETIME(2_650_467_744_000_000_000)), Logged: model.Some(model.FILETIME(2_650_467_743_999_999_999)),
	Host: model.Some("HOST"), RecordID: model.Some(uint64(1<<64 - 1)), EventRecordID: model.Some(uint64(0)),
	Provider: model.Some("P"), ProviderGUID: model.Some(model.GUID{0: 0xff}), Channel: model.Some(""), EventID: model.Some(uint32(0)),
	Qualifiers: model.Some(uint16(65535)), Version: model.Some(uint8(255)), Level: model.Some(uint8(4)), Task: model.Some(uint16(65535)),
	Opcode: model.Some(uint8(255)), Keywords: model.Some(uint64(0x8080000000000000)), ProcessID: model.Some(uint32(1<<32 - 1)),
	ThreadID: model.Some(uint32(0)), ActivityID: model.Some(model.GUID{15: 1}), UserSID: model.Some("S-1-5-18"),
	Data: []byte(`{"a":1,"b":["x"]}`), Diagnostics: []model.Diagnostic{{Code: "bare"}},
}
