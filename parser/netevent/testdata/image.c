/* A memory image of events of every version: compiled with -DN=0 to 5, linked
   without a library, it is never run. The tests read its sections at the
   addresses that the linker gave them. compiled_test.go says what they expect. */
#include "netevent.h"

#define PUT(name) __attribute__((section(name), used))
#define JOIN2(a, b) a##b
#define JOIN(a, b) JOIN2(a, b)
typedef JOIN(FWPM_NET_EVENT, N) EVENTN;

/* What a version lacks is left out of its initialisers. */
#if N >= 4
#define QM1(...) __VA_ARGS__
typedef FWPM_NET_EVENT_IKEEXT_QM_FAILURE1 QM;
typedef FWPM_NET_EVENT_IKEEXT_MM_FAILURE2 MM;
#else
#define QM1(...)
typedef FWPM_NET_EVENT_IKEEXT_QM_FAILURE0 QM;
#endif
#if N == 0
typedef FWPM_NET_EVENT_IKEEXT_MM_FAILURE0 MM;
typedef FWPM_NET_EVENT_IKEEXT_EM_FAILURE0 EM;
typedef FWPM_NET_EVENT_CLASSIFY_DROP0 DROP;
#define PRINCIPAL(...)
#else
#define PRINCIPAL(...) __VA_ARGS__
typedef FWPM_NET_EVENT_IKEEXT_EM_FAILURE1 EM;
#if N < 4
typedef FWPM_NET_EVENT_IKEEXT_MM_FAILURE1 MM;
#endif
#if N == 1
typedef FWPM_NET_EVENT_CLASSIFY_DROP1 DROP;
#else
typedef FWPM_NET_EVENT_CLASSIFY_DROP2 DROP;
#endif
#endif

PUT(".img1") static UINT16 app[] = {'c', ':', '\\', 'v', '.', 'e', 'x', 'e', 0};
PUT(".img1") static struct { UINT8 head[8]; DWORD sub[2]; } user = {{1, 2, 0, 0, 0, 0, 0, 5}, {32, 544}};
PUT(".img1") static struct { UINT8 head[8]; DWORD sub[1]; } package = {{1, 1, 0, 0, 0, 0, 0, 15}, {2}};
PUT(".img2") static FWP_V4_ADDR_AND_MASK local = {0xC0000201, 0xFFFFFF00};       /* 192.0.2.1/24 */
PUT(".img2") static FWP_V6_ADDR_AND_MASK remote = {{0x20, 1, 0x0d, 0xb8}, 32};   /* 2001:db8::/32 */
PUT(".img2") static UINT16 name[] = {'h', 0}, group[] = {'S', '-', '1', '-', '1', 0}, firm[] = {'f', 'i', 'r', 'm', 0};
PUT(".img2") static UINT16 *groups[] = {group, group};
PUT(".img2") static GUID key = {0x01020304, 0x0506, 0x0708, {9, 10, 11, 12, 13, 14, 15, 16}};

PUT(".img2") static QM tunnel = {
	.failureErrorCode = 13801, .failurePoint = 2, .keyingModuleType = 1, .qmState = 2, .saRole = 1, .saTrafficType = 1,
	.localSubNet = {0x100, {.v4AddrMask = &local}}, .remoteSubNet = {0x101, {.v6AddrMask = &remote}},
	.qmFilterId = 0x8877665544332211ull,
	QM1(.mmSaLuid = 0x99AABBCCDDEEFF00ull, .mmProviderContextKey = {0x01020304, 0x0506, 0x0708, {9, 10, 11, 12, 13, 14, 15, 16}})
};
PUT(".img2") static MM mainMode = {
	.failureErrorCode = 13868, .failurePoint = 1, .flags = 2, .keyingModuleType = 2, .mmState = 4, .saRole = 1, .mmAuthMethod = 5,
	.endCertHash = {0xAA, [19] = 0xBB}, .mmId = 0x1122334455667788ull, .mmFilterId = 77,
	PRINCIPAL(.localPrincipalNameForAuth = name, .numLocalPrincipalGroupSids = 2, .localPrincipalGroupSids = groups,)
	QM1(.providerContextKey = &key)
};
PUT(".img2") static EM extended = {
	.failureErrorCode = 5, .failurePoint = 2, .flags = 1, .emState = 3, .saRole = 1, .emAuthMethod = 2,
	.endCertHash = {0xCC, [19] = 0xDD}, .mmId = 88, .qmFilterId = 0x1000000000000001ull,
	PRINCIPAL(.remotePrincipalNameForAuth = name, .numRemotePrincipalGroupSids = 1, .remotePrincipalGroupSids = groups, .saTrafficType = 1)
};
PUT(".img2") static DROP drop = {.filterId = 99, .layerId = 12};

#define HEAD(f) .timeStamp = {0x89ABCDEF, 0x01DC5B00}, .flags = f, .ipVersion = 0, .ipProtocol = 50, .localPort = 500, .remotePort = 4500
#if N >= 3
#define MORE .enterpriseId = firm, .policyFlags = 0x123456789ABCDEF0ull, .effectiveName = {sizeof app, (UINT8 *)app},
#else
#define MORE
#endif
#if N >= 2
#define PACKAGE .addressFamily = 1, .packageSid = (SID *)&package,
#else
#define PACKAGE
#endif

PUT(".img3") static EVENTN events[] = {
	{.header = {HEAD(0x3DFF & ~(N < 3 ? 0x3800 : 0) & ~(N < 2 ? 0x400 : 0)), .ipVersion = 1, .localAddrV6 = {{0xfe, 0x80, [15] = 1}}, .remoteAddrV6 = {{0xff, 2, [15] = 2}},
		.scopeId = 7, .appId = {sizeof app, (UINT8 *)app}, .userId = (SID *)&user, PACKAGE MORE},
	 .type = 1, .ikeQmFailure = &tunnel},
	{.header = {HEAD(0x106), .localAddrV4 = 0xC0000201, .remoteAddrV4 = 0xC6336402}, .type = 0, .ikeMmFailure = &mainMode},
	{.header = {HEAD(0x106), .localAddrV4 = 0xC0000201, .remoteAddrV4 = 0xC6336402}, .type = 2, .ikeEmFailure = &extended},
	{.header = {HEAD(0x11f), .localAddrV4 = 0xC0000201, .remoteAddrV4 = 0xC6336402}, .type = 3, .classifyDrop = &drop},
};
PUT(".roots") static EVENTN *roots[] = {&events[0], &events[1], &events[2], &events[3]};

int start(void) { return (int)roots[0]->type; }
