package model

// TimeSource says which clock a failure's time is from.
type TimeSource string

// The time sources, as the column time_source has them.
const (
	TimeNetEvent TimeSource = "net_event" // net-event header or payload
	TimeEvent    TimeSource = "event"     // System/TimeCreated
	TimeETW      TimeSource = "etw"       // the ETW event header
)

// QMFailure is one IKE/AuthIP Quick Mode failure from any source:
// FWPM_NET_EVENT_IKEEXT_QM_FAILURE0 or 1 (fwpmtypes.h) with its net-event
// header, or what a log's event says of the same.
type QMFailure struct {
	// Event is the record that tells of the failure; Data and Fields are not
	// part of it here, Diagnostics are those of record and failure together.
	Event

	FailureTime Opt[FILETIME] // when the failure happened
	TimeSource  TimeSource    // of FailureTime; "" if unknown

	IPVersion      Opt[uint8] // 4 or 6
	IPProtocol     Opt[uint8] // IANA number
	LocalAddr      Opt[string]
	RemoteAddr     Opt[string]
	LocalPort      Opt[uint16] // of the traffic
	RemotePort     Opt[uint16]
	LocalIKEPort   Opt[uint16] // UDP port of the IKE exchange
	RemoteIKEPort  Opt[uint16]
	ScopeID        Opt[uint32]
	AppID          Opt[string]
	FailureUserSID Opt[string] // of the traffic: net-event header, 1007's UserSID
	PackageSID     Opt[string]
	EnterpriseID   Opt[string]
	EffectiveName  Opt[string]
	PolicyFlags    Opt[uint64]

	ErrorCode     Opt[Win32Error]
	Reason        Opt[string] // as the log has it (4654)
	FailurePoint  Opt[FailurePoint]
	KeyingModule  Opt[KeyModuleType]
	QMState       Opt[QMSAState]
	SARole        Opt[SARole]
	SATrafficType Opt[TrafficType]

	LocalCondition  *ConditionValue // localSubNet; nil if the source has none
	RemoteCondition *ConditionValue // remoteSubNet

	QMFilterID           Opt[uint64]
	MMSaLUID             Opt[LUID]
	MMProviderContextKey Opt[GUID]

	LocalTunnelEndpoint  Opt[string] // 4654
	RemoteTunnelEndpoint Opt[string] // 4654
	RemotePrivateAddr    Opt[string] // 4654
	MessageID            Opt[uint32] // 4654
	TunnelID             Opt[uint64] // 4654 v1
	TrafficSelectorID    Opt[uint64] // 4654 v1

	StructVersion   Opt[uint8] // 0 or 1: QM_FAILURE0 or 1
	NetEventVersion Opt[uint8] // n of FWPM_NET_EVENTn; dumps only
}
