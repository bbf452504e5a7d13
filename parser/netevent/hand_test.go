package netevent_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/qmparse/qmparse/parser/netevent"
)

// hand lays out the events of these tests by offsets written down here, from the
// structures' documentation, and not with the tables that the decoder uses.

var le = binary.LittleEndian

// eventBytes is one EVENT payload of FWPM_NET_EVENT5 for 8-byte pointers: a quick
// mode failure in a tunnel from 10.1.2.0/24 to 2001:db8::/32, with n as its
// filter id.
//
//	  0   16  zeros
//	 16  152  FWPM_NET_EVENT5
//	168   88  FWPM_NET_EVENT_IKEEXT_QM_FAILURE1
//	256    8  FWP_V4_ADDR_AND_MASK
//	264   17  FWP_V6_ADDR_AND_MASK
func eventBytes(n uint64) []byte {
	b := make([]byte, 281)
	ev := b[16:]
	le.PutUint64(ev, 0x01DC5B0089ABCDEF) // timeStamp
	le.PutUint32(ev[8:], 0x107)          // flags: protocol, addresses, version
	le.PutUint32(ev[12:], 0)             // ipVersion V4
	ev[16] = 17                          // ipProtocol
	le.PutUint32(ev[20:], 0x0A010203)    // localAddrV4
	le.PutUint32(ev[36:], 0xC0A80105)    // remoteAddrV4
	le.PutUint32(ev[136:], 1)            // type
	le.PutUint64(ev[144:], 168)          // ikeQmFailure
	qm := b[168:]
	le.PutUint32(qm, 13868)
	le.PutUint32(qm[4:], 1)
	le.PutUint32(qm[8:], 2)
	le.PutUint32(qm[12:], 1)
	le.PutUint32(qm[20:], 1) // tunnel
	le.PutUint32(qm[24:], 0x100)
	le.PutUint64(qm[32:], 256)
	le.PutUint32(qm[40:], 0x101)
	le.PutUint64(qm[48:], 264)
	le.PutUint64(qm[56:], n)
	le.PutUint64(qm[64:], 0x99)
	copy(qm[72:], "0123456789abcdef")
	le.PutUint32(b[256:], 0x0A010200)
	le.PutUint32(b[260:], 0xFFFFFF00)
	copy(b[264:], []byte{0x20, 1, 0x0d, 0xb8})
	b[280] = 32
	return b
}

// eventBytes32 is the same for 4-byte pointers:
//
//	  0   16  zeros
//	 16  112  FWPM_NET_EVENT5
//	128   72  FWPM_NET_EVENT_IKEEXT_QM_FAILURE1
//	200    8  FWP_V4_ADDR_AND_MASK
//	208   17  FWP_V6_ADDR_AND_MASK
func eventBytes32(n uint64) []byte {
	b := make([]byte, 225)
	ev := b[16:]
	copy(ev, eventBytes(n)[16:16+52]) // up to the addresses both are the same
	le.PutUint32(ev[104:], 1)
	le.PutUint32(ev[108:], 128)
	qm := b[128:]
	copy(qm, eventBytes(n)[168:168+24])
	le.PutUint32(qm[24:], 0x100)
	le.PutUint32(qm[28:], 200)
	le.PutUint32(qm[32:], 0x101)
	le.PutUint32(qm[36:], 208)
	le.PutUint64(qm[40:], n)
	le.PutUint64(qm[48:], 0x99)
	copy(qm[56:], "0123456789abcdef")
	copy(b[200:], eventBytes(n)[256:])
	return b
}

// handJSON is what AppendJSON gives of both, with n as 7.
const handJSON = `{"type":"FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE","header":{"timeStamp":"2025-11-21T16:04:38.2137839Z","flags":263,` +
	`"ipVersion":"FWP_IP_VERSION_V4","ipProtocol":17,"localAddrV4":"10.1.2.3","remoteAddrV4":"192.168.1.5","addressFamily":"FWP_AF_INET"},` +
	`"ikeQmFailure":{"failureErrorCode":13868,"failurePoint":"IPSEC_FAILURE_ME","keyingModuleType":"IKEEXT_KEY_MODULE_IKEV2",` +
	`"qmState":"IKEEXT_QM_SA_STATE_INITIAL","saRole":"IKEEXT_SA_ROLE_INITIATOR","saTrafficType":"IPSEC_TRAFFIC_TYPE_TUNNEL",` +
	`"localSubNet":{"type":"FWP_V4_ADDR_MASK","v4AddrMask":{"addr":"10.1.2.0","mask":"255.255.255.0"}},` +
	`"remoteSubNet":{"type":"FWP_V6_ADDR_MASK","v6AddrMask":{"addr":"2001:db8::","prefixLength":32}},` +
	`"qmFilterId":"7","mmSaLuid":"153","mmProviderContextKey":"33323130-3534-3736-3839-616263646566"}}`

func TestByHand(t *testing.T) {
	for pointerSize, payload := range map[int][]byte{8: eventBytes(7), 4: eventBytes32(7)} {
		d := newDump(t, 5, pointerSize)
		d.must(d.Event(payload))
		got, errs := readDump(t, d.finish())
		wantTexts(t, "errors", errs, nil)
		if len(got) != 1 {
			t.Fatalf("%d events", len(got))
		}
		wantTexts(t, "diagnostics", got[0].diags, nil)
		if text := string(netevent.AppendJSON(nil, &got[0].event)); text != handJSON {
			t.Errorf("pointers of %d:\n got %s\nwant %s", pointerSize, text, handJSON)
		}
		if got[0].offset != 32 {
			t.Errorf("offset %d, want 32", got[0].offset)
		}
	}
}

// failureBytes is one EVENT payload of FWPM_NET_EVENTn for 8-byte pointers, a failure of
// main or extended mode, as its type says, that begins with those numbers:
//
//	  0   16  zeros
//	 16  152  FWPM_NET_EVENTn; of version 0 it has 104
//	168  120  FWPM_NET_EVENT_IKEEXT_MM_FAILUREn or FWPM_NET_EVENT_IKEEXT_EM_FAILUREn; of version 0 it has 64
//	288   24  two names
//	312   16  a GUID
//	328   24  one pointer, and two, to groups
//	352   48  three groups
func failureBytes(version int, typ uint32, enumerators ...uint32) []byte {
	b := make([]byte, 400)
	ev := b[16:]
	le.PutUint64(ev, 0x01DC5B0089ABCDEF)
	at := 136
	if version == 0 {
		at = 88
	}
	le.PutUint32(ev[at:], typ)
	le.PutUint64(ev[at+8:], 168)
	f := b[168:]
	for i, v := range enumerators {
		le.PutUint32(f[4*i:], v)
	}
	copy(f[4*len(enumerators):], "abcdefghijklmnopqrst") // endCertHash
	le.PutUint64(f[48:], 1<<40)                          // mmId
	le.PutUint64(f[56:], 1<<41)                          // the filter's id
	le.PutUint64(f[64:], 288)                            // localPrincipalNameForAuth
	le.PutUint64(f[72:], 300)                            // remotePrincipalNameForAuth
	le.PutUint32(f[80:], 1)
	le.PutUint64(f[88:], 328) // localPrincipalGroupSids
	le.PutUint32(f[96:], 2)
	le.PutUint64(f[104:], 336) // remotePrincipalGroupSids
	copy(b[288:], utf16z("local"))
	copy(b[300:], utf16z("peer"))
	copy(b[312:], "0123456789abcdef")
	for i := range 3 {
		group := 352 + 16*i
		le.PutUint64(b[328+8*i:], uint64(group))
		copy(b[group:], utf16z(fmt.Sprintf("S-1-5-%d", i)))
	}
	return b
}

const (
	failureHeader = `"header":{"timeStamp":"2025-11-21T16:04:38.2137839Z","flags":0}`

	mm0JSON = `{"type":"FWPM_NET_EVENT_TYPE_IKEEXT_MM_FAILURE",` + failureHeader + `,"ikeMmFailure":{"failureErrorCode":13801,` +
		`"failurePoint":"IPSEC_FAILURE_PEER","flags":3,"keyingModuleType":"IKEEXT_KEY_MODULE_AUTHIP","mmState":"IKEEXT_MM_SA_STATE_FINAL_SENT",` +
		`"saRole":"IKEEXT_SA_ROLE_RESPONDER","mmAuthMethod":"IKEEXT_NTLM_V2","endCertHash":"6162636465666768696A6B6C6D6E6F7071727374",` +
		`"mmId":"1099511627776","mmFilterId":"2199023255552"`
	em0JSON = `{"type":"FWPM_NET_EVENT_TYPE_IKEEXT_EM_FAILURE",` + failureHeader + `,"ikeEmFailure":{"failureErrorCode":13801,` +
		`"failurePoint":"IPSEC_FAILURE_PEER","flags":3,"emState":"IKEEXT_EM_SA_STATE_FINAL",` +
		`"saRole":"IKEEXT_SA_ROLE_RESPONDER","emAuthMethod":"IKEEXT_NTLM_V2","endCertHash":"6162636465666768696A6B6C6D6E6F7071727374",` +
		`"mmId":"1099511627776","qmFilterId":"2199023255552"`
	principalsJSON = `,"localPrincipalNameForAuth":"local","remotePrincipalNameForAuth":"peer",` +
		`"localPrincipalGroupSids":["S-1-5-0"],"remotePrincipalGroupSids":["S-1-5-1","S-1-5-2"]`
)

// TestFailuresByHand has each version of the structures of main and extended mode.
func TestFailuresByHand(t *testing.T) {
	mm := func(version int) []byte {
		b := failureBytes(version, 0, 13801, 2, 3, 1, 4, 1, 5)
		le.PutUint64(b[168+112:], 312) // providerContextKey
		return b
	}
	em := func(version int) []byte {
		b := failureBytes(version, 2, 13801, 2, 3, 4, 1, 5)
		le.PutUint32(b[168+112:], 1) // saTrafficType
		return b
	}
	for _, c := range []struct {
		version int // of the event
		payload []byte
		want    string
	}{
		{0, mm(0), mm0JSON},
		{3, mm(3), mm0JSON + principalsJSON},
		{5, mm(5), mm0JSON + principalsJSON + `,"providerContextKey":"33323130-3534-3736-3839-616263646566"`},
		{0, em(0), em0JSON},
		{5, em(5), em0JSON + principalsJSON + `,"saTrafficType":"IPSEC_TRAFFIC_TYPE_TUNNEL"`},
	} {
		d := newDump(t, c.version, 8)
		d.must(d.Event(c.payload))
		got, errs := readDump(t, d.finish())
		wantTexts(t, "errors", errs, nil)
		wantTexts(t, "diagnostics", got[0].diags, nil)
		if text := string(netevent.AppendJSON(nil, &got[0].event)); text != c.want+"}}" {
			t.Errorf("FWPM_NET_EVENT%d:\n got %s\nwant %s}}", c.version, text, c.want)
		}
	}
}

// block lays out a block without the package's code but for its checksum.
func block(typ uint16, sequence uint64, payload []byte) []byte {
	b := append([]byte("WNEB"), byte(typ), byte(typ>>8), 0, 0)
	b = le.AppendUint32(b, uint32(len(payload)))
	b = le.AppendUint32(b, 0)
	b = le.AppendUint64(b, sequence)
	b = append(b, payload...)
	le.PutUint32(b[12:], crc32c(b))
	for len(b)%8 != 0 {
		b = append(b, 0)
	}
	return b
}

// crc32c is CRC-32C bit by bit, from its definition: polynomial 0x1EDC6F41,
// reflected, all ones at both ends.
func crc32c(b []byte) uint32 {
	r := ^uint32(0)
	for _, c := range b {
		r ^= uint32(c)
		for range 8 {
			if r&1 != 0 {
				r = r>>1 ^ 0x82F63B78
			} else {
				r >>= 1
			}
		}
	}
	return ^r
}

// fileHeader lays out a file header of FWPM_NET_EVENT5 for x64.
func fileHeader() []byte {
	b := []byte{0x89, 'W', 'N', 'E', 13, 10, 26, 10, 1, 0, 0, 0, 8, 5, 0x64, 0x86, 152, 0, 0, 0}
	b = append(b, make([]byte, 8)...)
	return le.AppendUint32(b, crc32c(b))
}
