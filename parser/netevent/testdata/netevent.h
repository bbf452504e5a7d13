/* The structures of fwptypes.h and fwpmtypes.h, written down a second time, so
   that a compiler can say where their fields stand. Not made from layouts.tsv:
   the tests compare the two. UINT64 and double have alignment 8 for Windows on
   x86 too, unlike the i386 ABI of other systems. */
typedef signed char INT8;
typedef unsigned char UINT8;
typedef short INT16;
typedef unsigned short UINT16;
typedef int INT32;
typedef unsigned int UINT32;
typedef long long INT64;
typedef unsigned long long UINT64;
typedef unsigned long DWORD, ULONG; /* 32 bits for Windows */
typedef int BOOL;
typedef UINT32 ENUM; /* every enumeration is an int */

typedef struct { DWORD dwLowDateTime, dwHighDateTime; } FILETIME;
typedef struct { UINT32 Data1; UINT16 Data2, Data3; UINT8 Data4[8]; } GUID;
typedef struct { UINT8 Revision, SubAuthorityCount, IdentifierAuthority[6]; DWORD SubAuthority[1]; } SID;
typedef struct { SID *Sid; DWORD Attributes; } SID_AND_ATTRIBUTES;

typedef struct { UINT8 byteArray6[6]; } FWP_BYTE_ARRAY6;
typedef struct { UINT8 byteArray16[16]; } FWP_BYTE_ARRAY16;
typedef struct { UINT8 bitmapArray64[8]; } FWP_BITMAP_ARRAY64;
typedef struct { UINT32 size; UINT8 *data; } FWP_BYTE_BLOB;
typedef struct {
	ULONG sidCount;
	SID_AND_ATTRIBUTES *sids;
	ULONG restrictedSidCount;
	SID_AND_ATTRIBUTES *restrictedSids;
} FWP_TOKEN_INFORMATION;
typedef struct { UINT32 addr, mask; } FWP_V4_ADDR_AND_MASK;
typedef struct { UINT8 addr[16], prefixLength; } FWP_V6_ADDR_AND_MASK;

#define SINGLE_ARMS \
	UINT8 uint8; UINT16 uint16; UINT32 uint32; UINT64 *uint64; \
	INT8 int8; INT16 int16; INT32 int32; INT64 *int64; \
	float float32; double *double64; \
	FWP_BYTE_ARRAY16 *byteArray16; FWP_BYTE_BLOB *byteBlob; SID *sid; FWP_BYTE_BLOB *sd; \
	FWP_TOKEN_INFORMATION *tokenInformation; FWP_BYTE_BLOB *tokenAccessInformation; \
	UINT16 *unicodeString; FWP_BYTE_ARRAY6 *byteArray6;
typedef struct { ENUM type; union { SINGLE_ARMS }; } FWP_VALUE0;
typedef struct { FWP_VALUE0 valueLow, valueHigh; } FWP_RANGE0;
typedef struct {
	ENUM type;
	union {
		SINGLE_ARMS
		FWP_V4_ADDR_AND_MASK *v4AddrMask;
		FWP_V6_ADDR_AND_MASK *v6AddrMask;
		FWP_RANGE0 *rangeValue;
	};
} FWP_CONDITION_VALUE0;

#define HEADER0_FIELDS \
	FILETIME timeStamp; UINT32 flags; ENUM ipVersion; UINT8 ipProtocol; \
	union { UINT32 localAddrV4; FWP_BYTE_ARRAY16 localAddrV6; }; \
	union { UINT32 remoteAddrV4; FWP_BYTE_ARRAY16 remoteAddrV6; }; \
	UINT16 localPort, remotePort; UINT32 scopeId; FWP_BYTE_BLOB appId; SID *userId;
#define HEADER2_FIELDS HEADER0_FIELDS ENUM addressFamily; SID *packageSid;
typedef struct { HEADER0_FIELDS } FWPM_NET_EVENT_HEADER0;
typedef struct {
	HEADER0_FIELDS
	union {
		struct {
			ENUM reserved1;
			union {
				struct {
					FWP_BYTE_ARRAY6 reserved2, reserved3;
					UINT32 reserved4, reserved5;
					UINT16 reserved6;
					UINT32 reserved7, reserved8;
					UINT16 reserved9;
					UINT64 reserved10;
				};
			};
		};
	};
} FWPM_NET_EVENT_HEADER1;
typedef struct { HEADER2_FIELDS } FWPM_NET_EVENT_HEADER2;
typedef struct {
	HEADER2_FIELDS
	UINT16 *enterpriseId;
	UINT64 policyFlags;
	FWP_BYTE_BLOB effectiveName;
} FWPM_NET_EVENT_HEADER3;

#define PRINCIPALS \
	UINT16 *localPrincipalNameForAuth, *remotePrincipalNameForAuth; \
	UINT32 numLocalPrincipalGroupSids; UINT16 **localPrincipalGroupSids; \
	UINT32 numRemotePrincipalGroupSids; UINT16 **remotePrincipalGroupSids;
#define MM_FIELDS \
	UINT32 failureErrorCode; ENUM failurePoint; UINT32 flags; ENUM keyingModuleType, mmState, saRole, mmAuthMethod; \
	UINT8 endCertHash[20]; UINT64 mmId, mmFilterId;
#define QM_FIELDS \
	UINT32 failureErrorCode; ENUM failurePoint, keyingModuleType, qmState, saRole, saTrafficType; \
	union { FWP_CONDITION_VALUE0 localSubNet; }; \
	union { FWP_CONDITION_VALUE0 remoteSubNet; }; \
	UINT64 qmFilterId;
#define EM_FIELDS \
	UINT32 failureErrorCode; ENUM failurePoint; UINT32 flags; ENUM emState, saRole, emAuthMethod; \
	UINT8 endCertHash[20]; UINT64 mmId, qmFilterId;
typedef struct { MM_FIELDS } FWPM_NET_EVENT_IKEEXT_MM_FAILURE0;
typedef struct { MM_FIELDS PRINCIPALS } FWPM_NET_EVENT_IKEEXT_MM_FAILURE1;
typedef struct { MM_FIELDS PRINCIPALS GUID *providerContextKey; } FWPM_NET_EVENT_IKEEXT_MM_FAILURE2;
typedef struct { QM_FIELDS } FWPM_NET_EVENT_IKEEXT_QM_FAILURE0;
typedef struct { QM_FIELDS UINT64 mmSaLuid; GUID mmProviderContextKey; } FWPM_NET_EVENT_IKEEXT_QM_FAILURE1;
typedef struct { EM_FIELDS } FWPM_NET_EVENT_IKEEXT_EM_FAILURE0;
typedef struct { EM_FIELDS PRINCIPALS ENUM saTrafficType; } FWPM_NET_EVENT_IKEEXT_EM_FAILURE1;

#define CLASSIFY_FIELDS \
	UINT64 filterId; UINT16 layerId; UINT32 reauthReason, originalProfile, currentProfile, msFwpDirection; BOOL isLoopback;
#define VSWITCH_FIELDS FWP_BYTE_BLOB vSwitchId; UINT32 vSwitchSourcePort, vSwitchDestinationPort;
typedef struct { UINT64 filterId; UINT16 layerId; } FWPM_NET_EVENT_CLASSIFY_DROP0;
typedef struct { CLASSIFY_FIELDS } FWPM_NET_EVENT_CLASSIFY_DROP1;
typedef struct { CLASSIFY_FIELDS VSWITCH_FIELDS } FWPM_NET_EVENT_CLASSIFY_DROP2;
typedef struct {
	FWP_BYTE_ARRAY6 localMacAddr, remoteMacAddr;
	UINT32 mediaType, ifType;
	UINT16 etherType;
	UINT32 ndisPortNumber, reserved;
	UINT16 vlanTag;
	UINT64 ifLuid;
	CLASSIFY_FIELDS
	VSWITCH_FIELDS
} FWPM_NET_EVENT_CLASSIFY_DROP_MAC0;
typedef struct { CLASSIFY_FIELDS } FWPM_NET_EVENT_CLASSIFY_ALLOW0;
typedef struct {
	INT32 failureStatus;
	ENUM direction;
	UINT32 spi;
	UINT64 filterId;
	UINT16 layerId;
} FWPM_NET_EVENT_IPSEC_KERNEL_DROP0;
typedef struct {
	ENUM ipVersion;
	union { UINT32 publicHostV4Addr; UINT8 publicHostV6Addr[16]; };
	union { UINT32 internalHostV4Addr; UINT8 internalHostV6Addr[16]; };
	INT32 failureStatus;
	ENUM direction;
} FWPM_NET_EVENT_IPSEC_DOSP_DROP0;
typedef struct { ENUM networkCapabilityId; UINT64 filterId; BOOL isLoopback; }
	FWPM_NET_EVENT_CAPABILITY_DROP0, FWPM_NET_EVENT_CAPABILITY_ALLOW0;
typedef struct { UINT32 spi; } FWPM_NET_EVENT_LPM_PACKET_ARRIVAL0;

#define BODIES(mm, qm, em, drop) \
	FWPM_NET_EVENT_IKEEXT_MM_FAILURE##mm *ikeMmFailure; \
	FWPM_NET_EVENT_IKEEXT_QM_FAILURE##qm *ikeQmFailure; \
	FWPM_NET_EVENT_IKEEXT_EM_FAILURE##em *ikeEmFailure; \
	FWPM_NET_EVENT_CLASSIFY_DROP##drop *classifyDrop; \
	FWPM_NET_EVENT_IPSEC_KERNEL_DROP0 *ipsecDrop; \
	FWPM_NET_EVENT_IPSEC_DOSP_DROP0 *idpDrop;
#define BODIES_WINDOWS_8 \
	FWPM_NET_EVENT_CLASSIFY_ALLOW0 *classifyAllow; \
	FWPM_NET_EVENT_CAPABILITY_DROP0 *capabilityDrop; \
	FWPM_NET_EVENT_CAPABILITY_ALLOW0 *capabilityAllow; \
	FWPM_NET_EVENT_CLASSIFY_DROP_MAC0 *classifyDropMac;
#define EVENT(n, h, bodies) typedef struct { FWPM_NET_EVENT_HEADER##h header; ENUM type; union { bodies }; } FWPM_NET_EVENT##n;
EVENT(0, 0, BODIES(0, 0, 0, 0))
EVENT(1, 1, BODIES(1, 0, 1, 1))
EVENT(2, 2, BODIES(1, 0, 1, 2) BODIES_WINDOWS_8)
EVENT(3, 3, BODIES(1, 0, 1, 2) BODIES_WINDOWS_8)
EVENT(4, 3, BODIES(2, 1, 1, 2) BODIES_WINDOWS_8)
EVENT(5, 3, BODIES(2, 1, 1, 2) BODIES_WINDOWS_8 FWPM_NET_EVENT_LPM_PACKET_ARRIVAL0 *lpmPacketArrival;)
