package biglog

import (
	"strconv"

	"github.com/qmparse/qmparse/parser/internal/build/evtxbuild"
)

const computer = "QM-LAB-DC01.example.net"

const (
	auditFailure = 0x8010000000000000
	auditSuccess = 0x8020000000000000
)

var (
	s     = evtxbuild.String
	u32   = evtxbuild.UInt32
	u64   = evtxbuild.UInt64
	sid   = evtxbuild.SID
	field = evtxbuild.D

	number  = evtxbuild.HexInt64(numberMark) // another in each copy
	pointer = evtxbuild.Pointer(numberMark)
)

// dice draws numbers from a seed.
type dice uint64

// of returns a number below n.
func (d *dice) of(n int) int {
	*d = dice(scatter(uint64(*d)))
	return int(uint64(*d) >> 8 % uint64(n))
}

// from draws one of several.
func from[T any](d *dice, of ...T) T { return of[d.of(len(of))] }

// text is a number as text.
func (d *dice) text(prefix string, n int) evtxbuild.Value { return s(prefix + strconv.Itoa(d.of(n))) }

func audit(id uint16, version uint8, task uint16, keywords uint64, data ...evtxbuild.Data) evtxbuild.Event {
	return evtxbuild.Event{
		Provider: "Microsoft-Windows-Security-Auditing", ProviderGUID: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
		EventID: id, Version: version, Task: task, Keywords: keywords, ProcessID: 716, ThreadID: 2104, Data: data,
	}
}

// mixture is an event as a busy domain controller and file server logs them.
func mixture(seed uint64) evtxbuild.Event {
	d := dice(seed)
	switch n := d.of(100); {
	case n < 16:
		return connection(&d)
	case n < 52:
		return logon(&d)
	case n < 56:
		return logoff(&d)
	case n < 66:
		return privileges(&d)
	case n < 78:
		return object(&d)
	case n < 98:
		return process(&d)
	default:
		return ticket(&d)
	}
}

func (d *dice) user() evtxbuild.Value { return d.text("surname.forename-", 900) }
func (d *dice) userSID() evtxbuild.Value {
	return sid("S-1-5-21-1111111111-2222222222-3333333333-" + strconv.Itoa(1100+d.of(900)))
}

// client is the address of one of the machines that talk to this one.
func (d *dice) client() evtxbuild.Value {
	return s(from(d, "198.51.100.", "203.0.113.", "192.0.2.") + strconv.Itoa(1+d.of(254)))
}

func (d *dice) executable() string {
	return from(d, `svchost.exe`, `lsass.exe`, `services.exe`, `backgroundTaskHost.exe`, `conhost.exe`,
		`WindowsPowerShell\v1.0\powershell.exe`, `wbem\WmiPrvSE.exe`, `taskhostw.exe`)
}

// subject is who did it, as most audits begin.
func subject(d *dice, more ...evtxbuild.Data) []evtxbuild.Data {
	return append([]evtxbuild.Data{
		field("SubjectUserSid", d.userSID()), field("SubjectUserName", d.user()),
		field("SubjectDomainName", s("CORP-EXAMPLE")), field("SubjectLogonId", number)}, more...)
}

func connection(d *dice) evtxbuild.Event {
	return audit(5156, 1, 12810, auditSuccess,
		field("ProcessID", u64(uint64(600+4*d.of(900)))),
		field("Application", s(`\device\harddiskvolume3\windows\system32\`+d.executable())),
		field("Direction", s(from(d, "%%14592", "%%14593"))),
		field("SourceAddress", d.client()), field("SourcePort", d.text("", 65536)),
		field("DestAddress", s("192.0.2.10")), field("DestPort", s(from(d, "88", "135", "389", "443", "445"))),
		field("Protocol", u32(uint32(from(d, 6, 17)))), field("FilterRTID", u64(uint64(70000+d.of(900)))),
		field("LayerName", s("%%14611")), field("LayerRTID", u64(48)),
		field("RemoteUserID", sid("S-1-0-0")), field("RemoteMachineID", sid("S-1-0-0")))
}

func logon(d *dice) evtxbuild.Event {
	return audit(4624, 2, 12544, auditSuccess,
		field("SubjectUserSid", sid("S-1-0-0")), field("SubjectUserName", s("-")),
		field("SubjectDomainName", s("-")), field("SubjectLogonId", evtxbuild.HexInt64(0)),
		field("TargetUserSid", d.userSID()), field("TargetUserName", d.user()),
		field("TargetDomainName", s("CORP-EXAMPLE")), field("TargetLogonId", number),
		field("LogonType", u32(uint32(from(d, 2, 3, 3, 3, 5, 10)))), field("LogonProcessName", s("Kerberos")),
		field("AuthenticationPackageName", s("Kerberos")), field("WorkstationName", d.text("CORP-WS-", 2000)),
		field("LogonGuid", evtxbuild.GUID("{5ba2b3c4-0d1e-4f20-8132-435465768798}")),
		field("TransmittedServices", s("-")), field("LmPackageName", s("-")), field("KeyLength", u32(0)),
		field("ProcessId", evtxbuild.Pointer(0)), field("ProcessName", s("-")),
		field("IpAddress", d.client()), field("IpPort", d.text("", 65536)), field("ImpersonationLevel", s("%%1833")),
		field("RestrictedAdminMode", s("-")), field("TargetOutboundUserName", s("-")),
		field("TargetOutboundDomainName", s("-")), field("VirtualAccount", s("%%1843")),
		field("TargetLinkedLogonId", evtxbuild.HexInt64(0)), field("ElevatedToken", s("%%1842")))
}

func logoff(d *dice) evtxbuild.Event {
	return audit(4634, 0, 12545, auditSuccess,
		field("TargetUserSid", d.userSID()), field("TargetUserName", d.user()),
		field("TargetDomainName", s("CORP-EXAMPLE")), field("TargetLogonId", number), field("LogonType", u32(3)))
}

func privileges(d *dice) evtxbuild.Event {
	return audit(4672, 0, 12548, auditSuccess, subject(d,
		field("PrivilegeList", s("SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeRestorePrivilege\r\n\t\t\t"+
			"SeTakeOwnershipPrivilege\r\n\t\t\tSeDebugPrivilege\r\n\t\t\tSeSystemEnvironmentPrivilege\r\n\t\t\t"+
			"SeLoadDriverPrivilege\r\n\t\t\tSeImpersonatePrivilege\r\n\t\t\tSeDelegateSessionUserImpersonatePrivilege")))...)
}

func object(d *dice) evtxbuild.Event {
	return audit(4663, 1, 12800, auditSuccess, subject(d,
		field("ObjectServer", s("Security")), field("ObjectType", s("File")),
		field("ObjectName", s(`D:\Shares\Projects\Customers\2026\`+from(d, "Plans", "Reports", "Invoices")+`\document-`+strconv.Itoa(d.of(20000))+`.docx`)),
		field("HandleId", pointer), field("AccessList", s("%%4416\r\n\t\t\t\t")), field("AccessMask", evtxbuild.HexInt32(1)),
		field("ProcessId", evtxbuild.Pointer(4)), field("ProcessName", s("")), field("ResourceAttributes", s("S:AI")))...)
}

func process(d *dice) evtxbuild.Event {
	name := `C:\Windows\System32\` + d.executable()
	return audit(4688, 2, 13312, auditSuccess, subject(d,
		field("NewProcessId", pointer), field("NewProcessName", s(name)), field("TokenElevationType", s("%%1936")),
		field("ProcessId", evtxbuild.Pointer(0x2cc)), field("CommandLine", s(`"`+name+`" -ServerName:App.AppXmtcan0h2tfbfy7k9kn8hbxb6dmzz1zh0.mca -p `+strconv.Itoa(d.of(100000)))),
		field("TargetUserSid", sid("S-1-0-0")), field("TargetUserName", s("-")), field("TargetDomainName", s("-")),
		field("TargetLogonId", evtxbuild.HexInt64(0)), field("ParentProcessName", s(`C:\Windows\System32\services.exe`)),
		field("MandatoryLabel", sid("S-1-16-16384")))...)
}

func ticket(d *dice) evtxbuild.Event {
	return audit(4769, 0, 14337, auditSuccess,
		field("TargetUserName", s("surname.forename-"+strconv.Itoa(d.of(900))+"@CORP.EXAMPLE.NET")), field("TargetDomainName", s("CORP.EXAMPLE.NET")),
		field("ServiceName", s("FILES-0"+strconv.Itoa(d.of(9))+"$")), field("ServiceSid", d.userSID()),
		field("TicketOptions", evtxbuild.HexInt32(0x40810000)), field("TicketEncryptionType", evtxbuild.HexInt32(0x12)),
		field("IpAddress", d.client()), field("IpPort", d.text("", 65536)), field("Status", evtxbuild.HexInt32(0)),
		field("LogonGuid", evtxbuild.GUID("{0a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9}")), field("TransmittedServices", s("-")))
}

// failure is event 4654 version 1.
func failure(seed uint64) evtxbuild.Event {
	d := dice(seed)
	return audit(4654, 1, 12549, auditFailure,
		field("LocalAddress", s("192.0.2.10")), field("LocalAddressMask", s("255.255.255.255")), field("LocalPort", u32(0)),
		field("LocalTunnelEndpoint", s("-")), field("RemoteAddress", d.client()),
		field("RemoteAddressMask", s("255.255.255.255")), field("RemotePort", u32(uint32(from(&d, 0, 135, 445)))),
		field("RemoteTunnelEndpoint", s("-")), field("Protocol", u32(uint32(from(&d, 0, 6)))),
		field("RemotePrivateAddress", s("-")), field("KeyModName", s(from(&d, "%%8222", "%%8223"))),
		field("FailurePoint", s(from(&d, "%%8199", "%%8200"))),
		field("FailureReason", s(from(&d, "Negotiation timed out", "No policy configured", "No response from peer"))),
		field("Mode", s("%%8212")), field("State", s(from(&d, "%%8207", "%%8208", "%%8209"))),
		field("Role", s(from(&d, "%%8205", "%%8206"))), field("MessageID", u32(uint32(1+d.of(1000)))),
		field("QMFilterID", u64(uint64(74000+d.of(300)))), field("MMSAID", u64(numberMark)),
		field("TunnelId", u64(0)), field("TrafficSelectorId", u64(0)))
}
