// Package rowtest makes rows for tests: ones like those of a real log, and ones
// at the edges of what the columns hold.
package rowtest

import (
	"fmt"
	"math/rand/v2"

	"github.com/qmparse/qmparse/model"
)

// Events returns rows like those of a Security log: few hosts and
// providers, 600 bytes of data, most columns known.
func Events(n int) []model.Event {
	rnd := rand.New(rand.NewPCG(1, 2))
	rows := make([]model.Event, n)
	tick := model.FILETIME(133_485_408_000_000_000)
	for i := range rows {
		tick += model.FILETIME(rnd.IntN(20_000_000))
		rows[i] = model.Event{
			Provenance: model.Provenance{
				Format: model.FormatEVTX, Path: "evidence/host-" + fmt.Sprint(i/50_000) + "/Security.evtx",
				Offset: uint64(4096 + i*812), State: model.StateLive, TemplateSource: model.TemplateChunk,
			},
			UID:           randomGUID(rnd),
			Time:          model.Some(tick),
			Logged:        model.Some(tick + 1234),
			Host:          model.Some("WIN-" + fmt.Sprint(i/50_000) + ".corp.example.com"),
			RecordID:      model.Some(uint64(i + 1)),
			EventRecordID: model.Some(uint64(90_000 + i)),
			Provider:      model.Some("Microsoft-Windows-Security-Auditing"),
			ProviderGUID:  model.Some(model.GUID{0x54, 0x84, 0x96, 0x25, 0x54, 0x78, 0x49, 0x94, 0xa5, 0xba, 0x3e, 0x3b, 3, 0x28, 0xc3, 0xd}),
			Channel:       model.Some("Security"),
			EventID:       model.Some([]uint32{4624, 4634, 4648, 4654, 5156, 5158}[rnd.IntN(6)]),
			Version:       model.Some(uint8(1)),
			Level:         model.Some(uint8(0)),
			Task:          model.Some(uint16(12544)),
			Opcode:        model.Some(uint8(0)),
			Keywords:      model.Some(uint64(0x8020000000000000)),
			ProcessID:     model.Some(uint32(652)),
			ThreadID:      model.Some(uint32(rnd.IntN(40) * 4)),
			ActivityID:    model.Some(randomGUID(rnd)),
			Data: fmt.Appendf(nil, `{"SubjectUserSid":"S-1-5-18","SubjectUserName":"WIN-0$","SubjectDomainName":"CORP","SubjectLogonId":"0x3e7",`+
				`"TargetUserSid":"S-1-5-21-3623811015-3361044348-30300820-%d","TargetUserName":"user%d","TargetDomainName":"CORP","TargetLogonId":"0x%x",`+
				`"LogonType":3,"LogonProcessName":"Kerberos","AuthenticationPackageName":"Kerberos","WorkstationName":"-","LogonGuid":"%x",`+
				`"TransmittedServices":"-","LmPackageName":"-","KeyLength":0,"ProcessId":"0x0","ProcessName":"-","IpAddress":"10.1.%d.%d","IpPort":"%d",`+
				`"ImpersonationLevel":"%%%%1833","RestrictedAdminMode":"-","ElevatedToken":"%%%%1842"}`,
				1000+rnd.IntN(500), rnd.IntN(500), rnd.Uint32(), rnd.Uint64(), rnd.IntN(256), rnd.IntN(256), 49152+rnd.IntN(16384)),
		}
		if i%100 == 0 {
			rows[i].Diagnostics = []model.Diagnostic{{Code: "size-copy-differs", Detail: "812, 816"}}
		}
	}
	return rows
}

// Failures returns rows of the same log, as event 4654 gives them.
func Failures(n int) []model.QMFailure {
	rnd := rand.New(rand.NewPCG(3, 4))
	rows := make([]model.QMFailure, n)
	for i, e := range Events(n) {
		e.Data = nil
		e.LayoutBasis = model.LayoutDocumented
		rows[i] = model.QMFailure{
			Event:                e,
			FailureTime:          e.Time,
			TimeSource:           model.TimeEvent,
			IPVersion:            model.Some(uint8(4)),
			IPProtocol:           model.Some(uint8(6)),
			LocalAddr:            model.Some("10.0.0.1"),
			RemoteAddr:           model.Some(fmt.Sprintf("10.1.%d.%d", rnd.IntN(4), rnd.IntN(256))),
			LocalPort:            model.Some(uint16(445)),
			RemotePort:           model.Some(uint16(49152 + rnd.IntN(16384))),
			AppID:                model.Some(`\device\harddiskvolume3\windows\system32\svchost.exe`),
			FailureUserSID:       model.Some("S-1-5-18"),
			PolicyFlags:          model.Some(uint64(rnd.IntN(3))),
			ErrorCode:            model.Some(model.Win32Error(13868 + rnd.IntN(30))),
			Reason:               model.Some("Policy match error"),
			FailurePoint:         model.Some(model.FailurePoint(1 + rnd.IntN(2))),
			KeyingModule:         model.Some(model.KeyModuleType(rnd.IntN(3))),
			QMState:              model.Some(model.QMSAState(rnd.IntN(4))),
			SARole:               model.Some(model.SARole(rnd.IntN(2))),
			SATrafficType:        model.Some(model.TrafficType(1)),
			LocalCondition:       &model.ConditionValue{Type: model.DataTypeV4AddrMask, Value: model.V4AddrMask{Addr: 10 << 24, Mask: 0xffffff00}},
			RemoteCondition:      &model.ConditionValue{Type: model.DataTypeUint32, Value: model.Uint32(10<<24 | rnd.Uint32N(256))},
			QMFilterID:           model.Some(uint64(70_000 + rnd.IntN(50))),
			MMSaLUID:             model.Some(model.LUID(rnd.Uint64())),
			MMProviderContextKey: model.Some(randomGUID(rnd)),
			MessageID:            model.Some(rnd.Uint32()),
			StructVersion:        model.Some(uint8(1)),
		}
	}
	return rows
}

func randomGUID(rnd *rand.Rand) (g model.GUID) {
	for i := range g {
		g[i] = byte(rnd.Uint32())
	}
	return g
}
