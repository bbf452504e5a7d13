package model

import "net/netip"

// NetEvent is one FWPM_NET_EVENTn of the Windows Filtering Platform
// (fwpmtypes.h), n from 0 to 5, or what netsh says of one.
type NetEvent struct {
	Version Opt[uint8] // n; unknown for netsh's XML and raw net events
	Header  NetEventHeader
	Type    NetEventType

	// One of these by Type; nil for other types, and where the body is absent or
	// its pointer does not resolve.
	QM *IKEQMFailure
	MM *IKEMMFailure
	EM *IKEEMFailure
}

// NetEventHeader is FWPM_NET_EVENT_HEADER0 to 3. A field is known only if its
// bit of Flags says that it was set.
type NetEventHeader struct {
	TimeStamp     Opt[FILETIME] // as found; 0 occurs
	Flags         Opt[uint32]   // FWPM_NET_EVENT_FLAG_*_SET
	IPVersion     Opt[IPVersion]
	IPProtocol    Opt[uint8]
	LocalAddr     Opt[netip.Addr]
	RemoteAddr    Opt[netip.Addr]
	LocalPort     Opt[uint16]
	RemotePort    Opt[uint16]
	ScopeID       Opt[uint32]
	AppID         Opt[string]
	UserID        Opt[string] // SID
	AddressFamily Opt[uint32] // FWP_AF
	PackageSID    Opt[string] // NullSID is none
	EnterpriseID  Opt[string]
	PolicyFlags   Opt[uint64]
	EffectiveName Opt[string]
}

// IKEQMFailure is FWPM_NET_EVENT_IKEEXT_QM_FAILURE0 or 1.
type IKEQMFailure struct {
	Version       uint8 // 0 or 1
	ErrorCode     Opt[Win32Error]
	FailurePoint  Opt[FailurePoint]
	KeyingModule  Opt[KeyModuleType]
	QMState       Opt[QMSAState]
	SARole        Opt[SARole]
	SATrafficType Opt[TrafficType]

	// The subnets are unions switched on saTrafficType: nil unless it is
	// IPSEC_TRAFFIC_TYPE_TUNNEL.
	LocalSubNet  *ConditionValue
	RemoteSubNet *ConditionValue

	QMFilterID           Opt[uint64]
	MMSaLUID             Opt[LUID] // version 1
	MMProviderContextKey Opt[GUID] // version 1
}

// IKEMMFailure is FWPM_NET_EVENT_IKEEXT_MM_FAILURE0, 1 or 2.
type IKEMMFailure struct {
	Version            uint8
	ErrorCode          Opt[Win32Error]
	FailurePoint       Opt[FailurePoint]
	Flags              Opt[uint32] // 1 benign, 2 multiple
	KeyingModule       Opt[KeyModuleType]
	MMState            Opt[MMSAState]
	SARole             Opt[SARole]
	AuthMethod         Opt[uint32] // IKEEXT_AUTHENTICATION_METHOD_TYPE
	EndCertHash        []byte      // 20 bytes
	MMID               Opt[uint64]
	MMFilterID         Opt[uint64]
	LocalPrincipal     Opt[string] // version 1 on
	RemotePrincipal    Opt[string]
	LocalGroupSIDs     []string
	RemoteGroupSIDs    []string
	ProviderContextKey Opt[GUID] // version 2
}

// IKEEMFailure is FWPM_NET_EVENT_IKEEXT_EM_FAILURE0 or 1.
type IKEEMFailure struct {
	Version         uint8
	ErrorCode       Opt[Win32Error]
	FailurePoint    Opt[FailurePoint]
	Flags           Opt[uint32] // 1 multiple, 2 benign: not as in main mode
	EMState         Opt[EMSAState]
	SARole          Opt[SARole]
	AuthMethod      Opt[uint32] // IKEEXT_AUTHENTICATION_METHOD_TYPE
	EndCertHash     []byte      // 20 bytes
	MMID            Opt[uint64]
	QMFilterID      Opt[uint64]
	LocalPrincipal  Opt[string] // version 1
	RemotePrincipal Opt[string]
	LocalGroupSIDs  []string
	RemoteGroupSIDs []string
	SATrafficType   Opt[TrafficType]
}
