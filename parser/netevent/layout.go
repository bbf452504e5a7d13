package netevent

import (
	"fmt"
	"sync"

	"github.com/qmparse/qmparse/parser/internal/cursor"
)

//go:generate go run ./internal/gen

// structure is one C structure, as layouts.tsv has it. Index 0 of an array is
// for 8-byte pointers (x64, ARM64), index 1 for 4-byte pointers (x86, ARM).
type structure struct {
	name   string
	size   [2]int
	align  [2]int
	fields []field
}

// field is a member of a structure. Members of anonymous unions stand beside
// the others; union then names the union or the structure in it.
type field struct {
	name  string
	typ   string // C's, "FWP_BYTE_BLOB*"
	union string
	at    [2]extent
}

type extent struct{ offset, size int }

// none is the offset of a field that a structure does not have.
const none = -1

// MaxVersion is the highest n of an FWPM_NET_EVENTn that is known.
const MaxVersion = 5

// Layout says where the fields of one FWPM_NET_EVENTn, and of all it points to,
// stand in memory. A Layout does not change and may be shared.
type Layout struct {
	version, pointerSize int
	abi                  int // index into extents

	event    *structure // FWPM_NET_EVENTn
	header   headerOffsets
	typ      int                     // of the event
	body     int                     // the union of pointers
	bodies   [len(bodies)]*structure // that it points to, by type; nil for a type of later versions
	qm       qmOffsets
	mm       mmOffsets
	em       emOffsets
	blobData int // FWP_BYTE_BLOB
	arm      int // the union in FWP_VALUE0 and FWP_CONDITION_VALUE0
	high     int // FWP_RANGE0.valueHigh
}

// Offsets of the fields of the structures, whichever version; none where a
// version lacks a field.
type (
	headerOffsets struct {
		timeStamp, flags, ipVersion, ipProtocol, localAddr, remoteAddr, localPort, remotePort, scopeID,
		appID, userID, addressFamily, packageSID, enterpriseID, policyFlags, effectiveName int
	}
	qmOffsets struct {
		version, size int
		errorCode, failurePoint, keyingModule, state, role, trafficType,
		local, remote, filterID, mmSaLUID, providerContextKey int
	}
	mmOffsets struct {
		version, size                                                                                                       int
		errorCode, failurePoint, flags, keyingModule, state, role, authMethod, certHash, mmID, filterID, providerContextKey int
		principalOffsets
	}
	emOffsets struct {
		version, size                                                                                  int
		errorCode, failurePoint, flags, state, role, authMethod, certHash, mmID, filterID, trafficType int
		principalOffsets
	}
	principalOffsets struct {
		local, remote, localCount, localGroups, remoteCount, remoteGroups int
	}
)

// LayoutFor returns the layout of FWPM_NET_EVENTn for n from 0 to [MaxVersion]
// and pointers of 8 or 4 bytes.
func LayoutFor(netEventVersion, pointerSize int) (*Layout, error) {
	if netEventVersion < 0 || netEventVersion > MaxVersion || pointerSize != 4 && pointerSize != 8 {
		return nil, fmt.Errorf("no layout of FWPM_NET_EVENT%d with %d-byte pointers: %w", netEventVersion, pointerSize, cursor.ErrUnsupported)
	}
	return &layouts()[netEventVersion][abiOf(pointerSize)], nil
}

// Version returns n of FWPM_NET_EVENTn.
func (l *Layout) Version() int { return l.version }

// PointerSize returns the size of a pointer in bytes, 8 or 4.
func (l *Layout) PointerSize() int { return l.pointerSize }

// Size returns sizeof(FWPM_NET_EVENTn).
func (l *Layout) Size() int { return l.event.size[l.abi] }

func abiOf(pointerSize int) int {
	if pointerSize == 8 {
		return 0
	}
	return 1
}

// structureNamed returns a structure of the table, or nil.
func structureNamed(name string) *structure {
	for i := range structures {
		if structures[i].name == name {
			return &structures[i]
		}
	}
	return nil
}

func (s *structure) field(name string) *field {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

// offset returns where a field stands, none for a structure without it.
func (s *structure) offset(abi int, name string) int {
	if f := s.field(name); f != nil {
		return f.at[abi].offset
	}
	return none
}

// target returns the structure that the named pointer of s points to.
func (s *structure) target(name string) *structure {
	f := s.field(name)
	if f == nil {
		return nil
	}
	return structureNamed(f.typ[:len(f.typ)-1])
}

// versionOf returns the number at the end of the structure's name.
func (s *structure) versionOf() int { return int(s.name[len(s.name)-1] - '0') }

// layouts compiles the tables, once.
var layouts = sync.OnceValue(func() *[MaxVersion + 1][2]Layout {
	all := new([MaxVersion + 1][2]Layout)
	for version := range all {
		for abi := range all[version] {
			all[version][abi] = newLayout(version, abi)
		}
	}
	return all
})

func newLayout(version, abi int) Layout {
	event := structureNamed(fmt.Sprintf("FWPM_NET_EVENT%d", version))
	l := Layout{
		version: version, pointerSize: 8 >> abi, abi: abi,
		event:    event,
		typ:      event.offset(abi, "type"),
		body:     event.offset(abi, "ikeQmFailure"),
		blobData: structureNamed("FWP_BYTE_BLOB").offset(abi, "data"),
		arm:      structureNamed("FWP_CONDITION_VALUE0").offset(abi, "uint32"),
		high:     structureNamed("FWP_RANGE0").offset(abi, "valueHigh"),
	}
	for typ, name := range bodies {
		l.bodies[typ] = event.target(name)
	}
	h := structureNamed(event.field("header").typ)
	l.header = headerOffsets{
		timeStamp: h.offset(abi, "timeStamp"), flags: h.offset(abi, "flags"),
		ipVersion: h.offset(abi, "ipVersion"), ipProtocol: h.offset(abi, "ipProtocol"),
		localAddr: h.offset(abi, "localAddrV4"), remoteAddr: h.offset(abi, "remoteAddrV4"),
		localPort: h.offset(abi, "localPort"), remotePort: h.offset(abi, "remotePort"),
		scopeID: h.offset(abi, "scopeId"), appID: h.offset(abi, "appId"), userID: h.offset(abi, "userId"),
		addressFamily: h.offset(abi, "addressFamily"), packageSID: h.offset(abi, "packageSid"),
		enterpriseID: h.offset(abi, "enterpriseId"), policyFlags: h.offset(abi, "policyFlags"),
		effectiveName: h.offset(abi, "effectiveName"),
	}
	q := event.target("ikeQmFailure")
	l.qm = qmOffsets{
		version: q.versionOf(), size: q.size[abi],
		errorCode: q.offset(abi, "failureErrorCode"), failurePoint: q.offset(abi, "failurePoint"),
		keyingModule: q.offset(abi, "keyingModuleType"), state: q.offset(abi, "qmState"),
		role: q.offset(abi, "saRole"), trafficType: q.offset(abi, "saTrafficType"),
		local: q.offset(abi, "localSubNet"), remote: q.offset(abi, "remoteSubNet"),
		filterID: q.offset(abi, "qmFilterId"), mmSaLUID: q.offset(abi, "mmSaLuid"),
		providerContextKey: q.offset(abi, "mmProviderContextKey"),
	}
	m := event.target("ikeMmFailure")
	l.mm = mmOffsets{
		version: m.versionOf(), size: m.size[abi],
		errorCode: m.offset(abi, "failureErrorCode"), failurePoint: m.offset(abi, "failurePoint"),
		flags: m.offset(abi, "flags"), keyingModule: m.offset(abi, "keyingModuleType"),
		state: m.offset(abi, "mmState"), role: m.offset(abi, "saRole"),
		authMethod: m.offset(abi, "mmAuthMethod"), certHash: m.offset(abi, "endCertHash"),
		mmID: m.offset(abi, "mmId"), filterID: m.offset(abi, "mmFilterId"),
		providerContextKey: m.offset(abi, "providerContextKey"),
		principalOffsets:   principals(m, abi),
	}
	e := event.target("ikeEmFailure")
	l.em = emOffsets{
		version: e.versionOf(), size: e.size[abi],
		errorCode: e.offset(abi, "failureErrorCode"), failurePoint: e.offset(abi, "failurePoint"),
		flags: e.offset(abi, "flags"), state: e.offset(abi, "emState"), role: e.offset(abi, "saRole"),
		authMethod: e.offset(abi, "emAuthMethod"), certHash: e.offset(abi, "endCertHash"),
		mmID: e.offset(abi, "mmId"), filterID: e.offset(abi, "qmFilterId"),
		trafficType:      e.offset(abi, "saTrafficType"),
		principalOffsets: principals(e, abi),
	}
	return l
}

func principals(s *structure, abi int) principalOffsets {
	return principalOffsets{
		local:        s.offset(abi, "localPrincipalNameForAuth"),
		remote:       s.offset(abi, "remotePrincipalNameForAuth"),
		localCount:   s.offset(abi, "numLocalPrincipalGroupSids"),
		localGroups:  s.offset(abi, "localPrincipalGroupSids"),
		remoteCount:  s.offset(abi, "numRemotePrincipalGroupSids"),
		remoteGroups: s.offset(abi, "remotePrincipalGroupSids"),
	}
}

// bodies says which member of the event's union goes with which type.
var bodies = [...]string{
	"ikeMmFailure", "ikeQmFailure", "ikeEmFailure", "classifyDrop", "ipsecDrop", "idpDrop",
	"classifyAllow", "capabilityDrop", "capabilityAllow", "classifyDropMac", "lpmPacketArrival",
}

// bodyOf returns the structure that an event of that type points to; nil for a
// type that this version of the event does not have.
func (l *Layout) bodyOf(typ uint32) *structure {
	if typ >= uint32(len(l.bodies)) {
		return nil
	}
	return l.bodies[typ]
}
