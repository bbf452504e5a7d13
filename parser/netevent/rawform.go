package netevent

import (
	"strings"
	"sync"

	"github.com/qmparse/qmparse/model"
)

// rawForm is what raw net events can be made of, for one size of a pointer.
type rawForm struct {
	bases  []rawBase              // the largest first
	bodies [len(bodies)][]rawBody // by type, the largest first
	least  int                    // size of the smallest base
}

// rawBase is an event image that a payload can begin with.
type rawBase struct {
	size    int
	private bool               // FWPM_NET_EVENT5 with private fields behind it
	layout  *Layout            // of the public part
	flags   uint32             // those for whose fields the header has room
	fields  [len(rawParts)]int // where the header has the parts' pointers or blobs
}

// rawBody is a body that can stand behind it.
type rawBody struct {
	size      int     // without padding
	layout    *Layout // that has it
	pointers  []int   // where its pointers are; nil of a Quick Mode failure, whose tail is known
	errorCode int     // none but of the failures of IKE and AuthIP
	ipVersion int     // none but of DoS Protection
	v4, v6    int     // one subnet behind it with its padding
}

// rawPrivateBase is the size of the event image of a current x64 build. Behind
// the 152 bytes of FWPM_NET_EVENT5 it has
//
//	152  4  internalFlags: each of bits 0 to 3 announces a private tail
//	168  8  fqbnName, bit 0
//	176  2  number of terminating filters, whose tail has 16 bytes each
//	184  8  terminating filters
//	192  8  filterOrigin, bit 1
//	208  8  of bit 2
//	232  8  of bit 3
//
// and in between what is not known. No public header has these fields.
const (
	rawPublicBase     = 152
	rawPrivateBase    = 240
	rawInternalFlags  = 152
	rawFilterCount    = 176
	rawAnnouncedTails = 0xF
)

// rawParts are what stands between image and body, in this order, each if its
// flag is set and padded to a multiple of 8.
var rawParts = [...]rawPart{
	{FlagAppID, rawBlob}, {FlagUserID, rawSID}, {FlagPackageID, rawSID},
	{FlagEnterpriseID, rawText}, {FlagEffectiveName, rawBlob},
}

type rawPart struct {
	flag uint32
	form rawPartForm
}

// rawPartForm says how long a part is.
type rawPartForm uint8

const (
	rawBlob rawPartForm = iota // as the FWP_BYTE_BLOB in the header says
	rawSID                     // as its number of sub-authorities says
	rawText                    // up to NUL, which is part of it
)

// rawForms compiles the tables, once; index 0 is for 8-byte pointers.
var rawForms = sync.OnceValue(func() *[2]rawForm {
	all := new([2]rawForm)
	for abi := range all {
		all[abi] = newRawForm(abi)
	}
	return all
})

func newRawForm(abi int) rawForm {
	var f rawForm
	add := func(size int, private bool, l *Layout) {
		h := &l.header
		b := rawBase{size: size, private: private, layout: l, flags: knownFlags}
		b.fields = [...]int{h.appID, h.userID, h.packageSID, h.enterpriseID, h.effectiveName}
		for i, at := range b.fields {
			if at == none {
				b.flags &^= rawParts[i].flag
			}
		}
		if h.policyFlags == none {
			b.flags &^= FlagPolicyFlags
		}
		i := 0
		for i < len(f.bases) && f.bases[i].size > size {
			i++
		}
		f.bases = append(f.bases[:i], append([]rawBase{b}, f.bases[i:]...)...)
	}
	for version := range MaxVersion + 1 {
		l := &layouts()[version][abi]
		if version == MaxVersion && abi == 0 {
			add(rawPrivateBase, true, l)
		}
		// Versions 3 to 5 have the same size and the same header.
		if version == MaxVersion || layouts()[version+1][abi].Size() != l.Size() {
			add(l.Size(), false, l)
		}
	}
	f.least = f.bases[len(f.bases)-1].size
	for typ := range f.bodies {
		for version := MaxVersion; version >= 0; version-- {
			l := &layouts()[version][abi]
			s := l.bodyOf(uint32(typ))
			if s == nil {
				continue
			}
			if n := len(f.bodies[typ]); n > 0 && f.bodies[typ][n-1].size == s.size[abi] {
				continue
			}
			b := rawBody{size: s.size[abi], layout: l, errorCode: s.offset(abi, "failureErrorCode"), ipVersion: s.offset(abi, "ipVersion")}
			b.v4 = padded(structureNamed("FWP_V4_ADDR_AND_MASK").size[abi])
			b.v6 = padded(structureNamed("FWP_V6_ADDR_AND_MASK").size[abi])
			if model.NetEventType(typ) != model.NetEventIKEExtQMFailure {
				b.pointers = s.pointers(abi)
			}
			f.bodies[typ] = append(f.bodies[typ], b)
		}
	}
	return f
}

// pointers returns where a structure has pointers, also in structures in it.
func (s *structure) pointers(abi int) (all []int) {
	for i := range s.fields {
		f := &s.fields[i]
		if strings.HasSuffix(f.typ, "*") {
			all = append(all, f.at[abi].offset)
		} else if inner := structureNamed(f.typ); inner != nil {
			for _, at := range inner.pointers(abi) {
				all = append(all, f.at[abi].offset+at)
			}
		}
	}
	return all
}
