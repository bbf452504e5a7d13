package netevent

// FWPM_NET_EVENT_FLAG_*_SET: which fields of a header hold something
// (fwpmtypes.h).
const (
	FlagIPProtocol    uint32 = 0x0001
	FlagLocalAddr     uint32 = 0x0002
	FlagRemoteAddr    uint32 = 0x0004
	FlagLocalPort     uint32 = 0x0008
	FlagRemotePort    uint32 = 0x0010
	FlagAppID         uint32 = 0x0020
	FlagUserID        uint32 = 0x0040
	FlagScopeID       uint32 = 0x0080
	FlagIPVersion     uint32 = 0x0100
	FlagReauthReason  uint32 = 0x0200 // of the body
	FlagPackageID     uint32 = 0x0400
	FlagEnterpriseID  uint32 = 0x0800
	FlagPolicyFlags   uint32 = 0x1000
	FlagEffectiveName uint32 = 0x2000

	knownFlags uint32 = 0x3FFF
)
