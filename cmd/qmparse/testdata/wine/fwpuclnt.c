/*
 * A fwpuclnt.dll whose net events are known: collect_wine_test.go says what they
 * are, value by value. Structures come from the compiler's Windows headers as far
 * as it has them; the newer ones, from Microsoft's pages, are below.
 *
 * With -DVISTA it is the oldest one: FwpmNetEventEnum0 alone, no subscription.
 * FAKE_WFP in the environment makes it fail, or hand out other events. It ends
 * the process with status 99 on a call that the real one does not allow.
 *
 * Events and all they point to are in pages that cannot be read any more once
 * they are freed, or once a callback has returned.
 */
#define _WIN32_WINNT 0x0601
#include <windows.h>
#include <stdio.h>
#include <string.h>
#include <fwpmu.h>

#define EXPORT __declspec(dllexport)

#ifdef VISTA
typedef FWPM_NET_EVENT0 event_t;
typedef FWPM_NET_EVENT_IKEEXT_QM_FAILURE0 qm_t;
typedef FWPM_NET_EVENT_IKEEXT_MM_FAILURE0 mm_t;
#define FLAGS 0x17F /* all of header 0 but the scope */
_Static_assert(sizeof(event_t) == 104 && sizeof(qm_t) == 64 && sizeof(mm_t) == 64, "layout");
#else
typedef struct {
	FILETIME timeStamp;
	UINT32 flags;
	FWP_IP_VERSION ipVersion;
	UINT8 ipProtocol;
	union { UINT32 localAddrV4; FWP_BYTE_ARRAY16 localAddrV6; };
	union { UINT32 remoteAddrV4; FWP_BYTE_ARRAY16 remoteAddrV6; };
	UINT16 localPort, remotePort;
	UINT32 scopeId;
	FWP_BYTE_BLOB appId;
	SID *userId;
	int addressFamily; /* FWP_AF */
	SID *packageSid;
	wchar_t *enterpriseId;
	UINT64 policyFlags;
	FWP_BYTE_BLOB effectiveName;
} header3_t;

typedef struct {
	UINT32 failureErrorCode;
	IPSEC_FAILURE_POINT failurePoint;
	IKEEXT_KEY_MODULE_TYPE keyingModuleType;
	IKEEXT_QM_SA_STATE qmState;
	IKEEXT_SA_ROLE saRole;
	IPSEC_TRAFFIC_TYPE saTrafficType;
	FWP_CONDITION_VALUE0 localSubNet, remoteSubNet;
	UINT64 qmFilterId, mmSaLuid;
	GUID mmProviderContextKey;
} qm_t; /* FWPM_NET_EVENT_IKEEXT_QM_FAILURE1 */

typedef struct {
	UINT32 failureErrorCode;
	IPSEC_FAILURE_POINT failurePoint;
	UINT32 flags;
	IKEEXT_KEY_MODULE_TYPE keyingModuleType;
	IKEEXT_MM_SA_STATE mmState;
	IKEEXT_SA_ROLE saRole;
	IKEEXT_AUTHENTICATION_METHOD_TYPE mmAuthMethod;
	UINT8 endCertHash[20];
	UINT64 mmId, mmFilterId;
	wchar_t *localPrincipalNameForAuth, *remotePrincipalNameForAuth;
	UINT32 numLocalPrincipalGroupSids;
	LPWSTR *localPrincipalGroupSids;
	UINT32 numRemotePrincipalGroupSids;
	LPWSTR *remotePrincipalGroupSids;
	GUID *providerContextKey;
} mm_t; /* FWPM_NET_EVENT_IKEEXT_MM_FAILURE2 */

typedef struct {
	header3_t header;
	int type; /* FWPM_NET_EVENT_TYPE */
	union { mm_t *ikeMmFailure; qm_t *ikeQmFailure; };
} event_t; /* FWPM_NET_EVENT5 */

typedef void(CALLBACK *callback_t)(void *context, const event_t *event);

#define FLAGS 0x3D7F /* all of header 3 but the scope */
_Static_assert(sizeof(header3_t) == 136 && sizeof(event_t) == 152 && sizeof(qm_t) == 88 && sizeof(mm_t) == 120, "layout");
#endif

static void die(const char *what)
{
	fprintf(stderr, "fwpuclnt: %s\n", what);
	ExitProcess(99);
}

static int mode(const char *name)
{
	char v[32];
	DWORD n = GetEnvironmentVariableA("FAKE_WFP", v, sizeof v);
	return n < sizeof v && strcmp(v, name) == 0;
}

/* An arena is whole pages, so that no byte of them can be read after release. */
typedef struct { char *at, *base; } arena;

#define ARENA (1 << 20)

static arena obtain(void)
{
	arena a;
	a.at = a.base = VirtualAlloc(NULL, ARENA, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
	if (!a.base)
		die("no memory");
	memset(a.base, 0xCD, ARENA); /* padding and what is undefined */
	return a;
}

static void release(void *base)
{
	DWORD old;
	if (!VirtualProtect(base, ARENA, PAGE_NOACCESS, &old))
		die("what is freed was never handed out");
}

static void *put(arena *a, const void *p, size_t n)
{
	void *at = a->at;
	memcpy(at, p, n);
	a->at += (n + 15) & ~(size_t)15;
	if (a->at > a->base + ARENA)
		die("arena too small");
	return at;
}

#define PUT(a, ...) put(a, &(__VA_ARGS__), sizeof(__VA_ARGS__))
#define WILD ((void *)0x00000666DEAD0000ull)

typedef struct { UINT8 rev, n, authority[6]; DWORD sub[5]; } sid5;

static event_t *head(arena *a, int type, FILETIME at)
{
	static const wchar_t app[] = L"\\device\\harddiskvolume2\\windows\\system32\\svchost.exe";
	event_t *e = (event_t *)a->at;
	a->at += (sizeof *e + 15) & ~(size_t)15;
	e->header.timeStamp = at;
	e->header.flags = FLAGS;
	e->header.ipVersion = FWP_IP_VERSION_V4;
	e->header.ipProtocol = 17;
	e->header.localAddrV4 = 0xC6336401;  /* 198.51.100.1 */
	e->header.remoteAddrV4 = 0xCB007102; /* 203.0.113.2 */
	e->header.localPort = 500;
	e->header.remotePort = 4500;
	e->header.appId.size = sizeof app;
	e->header.appId.data = put(a, app, sizeof app);
	e->header.userId = PUT(a, (sid5){1, 5, {0, 0, 0, 0, 0, 5}, {21, 11, 22, 33, 1001}});
#ifndef VISTA
	e->header.addressFamily = 0; /* FWP_AF_INET */
	e->header.packageSid = PUT(a, (sid5){1, 1, {0}, {0}});
	e->header.enterpriseId = put(a, L"contoso.example", sizeof L"contoso.example");
	e->header.policyFlags = 0x8000000000000001ull;
	e->header.effectiveName.size = 8;
	e->header.effectiveName.data = put(a, L"a\xD800" L"b", 8);
#endif
	e->type = type;
	return e;
}

static qm_t *body(arena *a, event_t *e, int traffic, UINT64 id)
{
	qm_t *q = (qm_t *)a->at;
	a->at += (sizeof *q + 15) & ~(size_t)15;
	q->failureErrorCode = 13868; /* ERROR_IPSEC_IKE_POLICY_MATCH */
	q->failurePoint = 2;         /* IPSEC_FAILURE_PEER */
	q->keyingModuleType = 2;     /* IKEEXT_KEY_MODULE_IKEV2, after IKE and AUTHIP */
	q->qmState = 2;              /* IKEEXT_QM_SA_STATE_FINAL */
	q->saRole = 1;               /* IKEEXT_SA_ROLE_RESPONDER */
	q->saTrafficType = traffic;
	q->qmFilterId = id;
#ifndef VISTA
	q->mmSaLuid = id + 1;
	q->mmProviderContextKey = (GUID){0x11223344, 0x5566, 0x7788, {0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x01}};
#endif
	e->ikeQmFailure = q;
	return q;
}

static void v4(arena *a, FWP_CONDITION_VALUE0 *v, UINT32 addr, UINT32 mask)
{
	v->type = FWP_V4_ADDR_MASK;
	v->v4AddrMask = PUT(a, (FWP_V4_ADDR_AND_MASK){addr, mask});
}

static void v6(arena *a, FWP_CONDITION_VALUE0 *v, UINT8 last, UINT8 prefix)
{
	v->type = FWP_V6_ADDR_MASK;
	v->v6AddrMask = PUT(a, (FWP_V6_ADDR_AND_MASK){{0x20, 0x01, 0x0d, 0xb8, 0, last}, prefix});
}

#define EVENTS 8

/* event makes the i-th event of the normal ones. */
static event_t *event(arena *a, int i)
{
	FILETIME at = {0x89ABCD00 + 10 * i, 0x01DC5B00};
	event_t *e = head(a, i == 5 ? 0 : i == 7 ? 99 : 1, at);
	qm_t *q;
	switch (i) {
	case 0: /* tunnel, IPv4; the remote mask has a gap */
		q = body(a, e, 1, 0x1122334455667788ull);
		v4(a, &q->localSubNet, 0x0A010203, 0xFFFFFF00);
		v4(a, &q->remoteSubNet, 0xAC100000, 0xFF00FF00);
		break;
	case 1: /* tunnel, IPv6, which takes the header's flag of the scope, too */
		e->header.flags |= 0x80;
		e->header.scopeId = 7;
		e->header.ipVersion = FWP_IP_VERSION_V6;
		e->header.localAddrV6 = (FWP_BYTE_ARRAY16){{0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
		e->header.remoteAddrV6 = (FWP_BYTE_ARRAY16){{0x20, 0x01, 0x0d, 0xb8, [15] = 2}};
		q = body(a, e, 1, 2);
		v6(a, &q->localSubNet, 1, 48);
		v6(a, &q->remoteSubNet, 2, 64);
		break;
	case 2: /* transport: the subnets are garbage, as found in the arena */
		q = body(a, e, 0, 3);
		break;
	case 3: /* tunnel with a wild pointer and a null one */
		q = body(a, e, 1, 4);
		q->localSubNet.type = FWP_V4_ADDR_MASK;
		q->localSubNet.v4AddrMask = WILD;
		q->remoteSubNet.type = FWP_V6_ADDR_MASK;
		q->remoteSubNet.v6AddrMask = NULL;
		break;
	case 4: /* tunnel, one host and a range; a wild pointer in the header */
		e->header.userId = WILD;
		q = body(a, e, 1, 5);
		q->localSubNet.type = FWP_UINT32;
		q->localSubNet.uint32 = 0x7F000001;
		q->remoteSubNet.type = FWP_RANGE_TYPE;
		q->remoteSubNet.rangeValue = PUT(a, (FWP_RANGE0){
			{FWP_UINT32, {.uint32 = 0x0A000001}}, {FWP_UINT32, {.uint32 = 0x0A0000FE}}});
		break;
	case 5: { /* main mode */
		mm_t m;
		memset(&m, 0xCD, sizeof m);
		m.failureErrorCode = 13801; /* ERROR_IPSEC_IKE_AUTH_FAIL */
		m.failurePoint = 1;
		m.flags = 2;
		m.keyingModuleType = 1;
		m.mmState = 3;
		m.saRole = 0;
		m.mmAuthMethod = 1;
		memset(m.endCertHash, 0, sizeof m.endCertHash);
		m.endCertHash[0] = 0xDE;
		m.endCertHash[19] = 0xAD;
		m.mmId = 7;
		m.mmFilterId = 8;
#ifndef VISTA
		wchar_t *groups[] = {put(a, L"S-1-5-18", sizeof L"S-1-5-18"), put(a, L"S-1-5-19", sizeof L"S-1-5-19")};
		m.localPrincipalNameForAuth = put(a, L"host/a.example", sizeof L"host/a.example");
		m.remotePrincipalNameForAuth = put(a, L"", sizeof L"");
		m.numLocalPrincipalGroupSids = 2;
		m.localPrincipalGroupSids = put(a, groups, sizeof groups);
		m.numRemotePrincipalGroupSids = 0;
		m.remotePrincipalGroupSids = NULL;
		m.providerContextKey = PUT(a, (GUID){0xAABBCCDD, 0xEEFF, 0x0011, {0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99}});
#endif
		e->ikeMmFailure = PUT(a, m);
		break;
	}
	case 6: /* no body */
		e->ikeQmFailure = NULL;
		break;
	case 7: /* a type that nobody knows, and a body that is not there */
		e->ikeQmFailure = WILD;
		break;
	}
	return e;
}

/* flooded makes the i-th event of many small ones. */
static event_t *flooded(arena *a, int i)
{
	FILETIME at = {i, 0x01DC5B01};
	event_t *e = head(a, 1, at);
	e->header.flags = 0;
	body(a, e, 0, i);
	return e;
}

/* The engine: one session, one enumeration, so many arrays handed out. */
static HANDLE const engine = (HANDLE)0x5E551011ull, const_enum = (HANDLE)0xE9039ull;
static int open, enumerating, next;
static LONG out;

EXPORT DWORD WINAPI FwpmEngineOpen0(const wchar_t *server, UINT32 authn, SEC_WINNT_AUTH_IDENTITY_W *identity,
	const FWPM_SESSION0 *session, HANDLE *h)
{
	if (server || (authn != RPC_C_AUTHN_WINNT && authn != RPC_C_AUTHN_DEFAULT) || identity || session || open)
		die("FwpmEngineOpen0");
	if (mode("stopped"))
		return EPT_S_NOT_REGISTERED;
	open = 1;
	*h = engine;
	return 0;
}

EXPORT DWORD WINAPI FwpmEngineClose0(HANDLE h)
{
	if (h != engine || !open)
		die("FwpmEngineClose0");
	if (enumerating || out != 0)
		die("FwpmEngineClose0: something was not given back");
	open = 0;
	return 0;
}

EXPORT void WINAPI FwpmFreeMemory0(void **p)
{
	if (!*p)
		return;
	release(*p);
	InterlockedDecrement(&out);
	*p = NULL;
}

EXPORT DWORD WINAPI FwpmEngineGetOption0(HANDLE h, FWPM_ENGINE_OPTION option, FWP_VALUE0 **value)
{
	if (h != engine || !open || option != FWPM_ENGINE_COLLECT_NET_EVENTS)
		die("FwpmEngineGetOption0");
	arena a = obtain();
	InterlockedIncrement(&out);
	FWP_VALUE0 v = {FWP_UINT32, {.uint32 = !mode("off")}};
	*value = PUT(&a, v);
	return 0;
}

EXPORT DWORD WINAPI FwpmNetEventCreateEnumHandle0(HANDLE h, const FWPM_NET_EVENT_ENUM_TEMPLATE0 *filter, HANDLE *e)
{
	if (h != engine || !open || filter || enumerating)
		die("FwpmNetEventCreateEnumHandle0");
	if (mode("denied"))
		return ERROR_ACCESS_DENIED;
	enumerating = 1;
	next = 0;
	*e = const_enum;
	return 0;
}

EXPORT DWORD WINAPI FwpmNetEventDestroyEnumHandle0(HANDLE h, HANDLE e)
{
	if (h != engine || e != const_enum || !enumerating)
		die("FwpmNetEventDestroyEnumHandle0");
	enumerating = 0;
	return 0;
}

#ifdef VISTA
#define ENUM FwpmNetEventEnum0
#else
#define ENUM FwpmNetEventEnum5
/* Older ones are there as well, and must not be used. */
EXPORT DWORD WINAPI FwpmNetEventEnum4(void) { die("FwpmNetEventEnum4"); return 0; }
EXPORT DWORD WINAPI FwpmNetEventEnum0(HANDLE h, HANDLE e, UINT32 most, FWPM_NET_EVENT0 ***entries, UINT32 *n)
{
	die("FwpmNetEventEnum0");
	return 0;
}
EXPORT DWORD WINAPI FwpmNetEventSubscribe3(void) { die("FwpmNetEventSubscribe3"); return 0; }
#endif

EXPORT DWORD WINAPI ENUM(HANDLE h, HANDLE e, UINT32 most, event_t ***entries, UINT32 *n)
{
	if (h != engine || e != const_enum || !enumerating || most == 0)
		die("FwpmNetEventEnum");
	if (mode("disabled"))
		return 0x80320013; /* FWP_E_NET_EVENTS_DISABLED */
	int many = mode("many"), all = many ? 1300 : mode("off") ? 0 : EVENTS;
	UINT32 count = all - next < (int)most ? all - next : most;
	*n = count;
	*entries = NULL;
	if (count == 0)
		return 0;
	arena a = obtain();
	InterlockedIncrement(&out);
	event_t **array = (event_t **)a.at;
	a.at += (count * sizeof *array + 15) & ~15ull;
	for (UINT32 i = 0; i < count; i++, next++)
		array[i] = many ? flooded(&a, next) : event(&a, next);
	if (mode("torn"))
		array[1] = WILD;
	*entries = array;
	return 0;
}

#ifndef VISTA
static HANDLE thread;
static callback_t callback;
static void *callback_context;

/* fire hands over the last of the enumerated events, as if it had happened after
 * the subscription and before the enumeration, then three more, one of them torn. */
static DWORD WINAPI fire(void *unused)
{
	for (int i = 0; i < 4; i++) {
		arena a = obtain();
		callback(callback_context, i == 0 ? event(&a, EVENTS - 1) : i == 2 ? WILD : flooded(&a, 1000 + i));
		release(a.base);
	}
	fprintf(stderr, "fwpuclnt: all events are delivered\n");
	fflush(stderr);
	return 0;
}

EXPORT DWORD WINAPI FwpmNetEventSubscribe4(HANDLE h, const FWPM_NET_EVENT_SUBSCRIPTION0 *s, callback_t f, void *context, HANDLE *events)
{
	GUID none = {0};
	if (h != engine || !open || s->enumTemplate || s->flags || memcmp(&s->sessionKey, &none, sizeof none) || thread)
		die("FwpmNetEventSubscribe4");
	callback = f;
	callback_context = context;
	thread = CreateThread(NULL, 0, fire, NULL, 0, NULL);
	*events = thread;
	return 0;
}

EXPORT DWORD WINAPI FwpmNetEventUnsubscribe0(HANDLE h, HANDLE events)
{
	if (h != engine || !open || events != thread)
		die("FwpmNetEventUnsubscribe0");
	WaitForSingleObject(thread, INFINITE);
	return 0;
}
#endif
