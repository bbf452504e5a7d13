package model

import (
	"sort"
	"strings"
)

// parameterEntry is one line of parameters.tsv. parameterEntries is sorted by
// id; the texts of one id stand from the oldest Windows to the newest.
type parameterEntry struct {
	id   uint32
	text string
}

// ParameterTexts returns the English texts of the message parameter %%id of
// the Security log, the oldest Windows' first, or none if the id is unknown.
func ParameterTexts(id uint32) []string {
	var texts []string
	for _, e := range parameterRange(id) {
		texts = append(texts, e.text)
	}
	return texts
}

func parameterRange(id uint32) []parameterEntry {
	all := parameterEntries[:]
	i := sort.Search(len(all), func(i int) bool { return all[i].id >= id })
	j := i
	for j < len(all) && all[j].id == id {
		j++
	}
	return all[i:j]
}

// ParseParameter reads %%NNNN, white space around it allowed.
func ParseParameter(text string) (id uint32, ok bool) {
	text = strings.Trim(text, asciiSpace)
	if !strings.HasPrefix(text, "%%") || !isDecimal(text[2:]) {
		return 0, false
	}
	v, ok := ParseUint(text[2:], 32)
	return uint32(v), ok
}

// The parameters of event 4654. One text can belong to several ids ("No
// state" is one of main, quick and extended mode), so each field knows its own
// ids and takes their texts only, of any version of Windows.
var (
	failurePointParameters = [...]parameterValue{{8199, uint32(FailurePointMe)}, {8200, uint32(FailurePointPeer)}}
	keyModuleParameters    = [...]parameterValue{{8222, uint32(KeyModuleIKE)}, {8223, uint32(KeyModuleAuthIP)}, {8244, uint32(KeyModuleIKEv2)}}
	trafficTypeParameters  = [...]parameterValue{{8212, uint32(TrafficTypeTransport)}, {8213, uint32(TrafficTypeTunnel)}}
	qmStateParameters      = [...]parameterValue{{8207, uint32(QMStateNone)}, {8208, uint32(QMStateInitial)}, {8209, uint32(QMStateFinal)}, {8210, uint32(QMStateComplete)}}
	saRoleParameters       = [...]parameterValue{{8205, uint32(SARoleInitiator)}, {8206, uint32(SARoleResponder)}}
)

type parameterValue struct{ id, value uint32 }

// FailurePointFromParameter maps FailurePoint of event 4654: %%8199 or "Local
// computer" to [FailurePointMe], %%8200 or "Remote computer" to
// [FailurePointPeer]. It is false for any other text.
func FailurePointFromParameter(text string) (FailurePoint, bool) {
	v, ok := fromParameter(failurePointParameters[:], text)
	return FailurePoint(v), ok
}

// KeyModuleTypeFromParameter maps KeyModName of event 4654: %%8222 or "IKEv1"
// ("IKE" on Windows Vista), %%8223 or "AuthIP", %%8244 or "IKEv2".
func KeyModuleTypeFromParameter(text string) (KeyModuleType, bool) {
	v, ok := fromParameter(keyModuleParameters[:], text)
	return KeyModuleType(v), ok
}

// TrafficTypeFromParameter maps Mode of event 4654: %%8212 or "Transport",
// %%8213 or "Tunnel".
func TrafficTypeFromParameter(text string) (TrafficType, bool) {
	v, ok := fromParameter(trafficTypeParameters[:], text)
	return TrafficType(v), ok
}

// QMSAStateFromParameter maps State of event 4654: %%8207 to %%8210, or "No
// state", "Sent first (SA) payload", "Sent final payload", "Complete".
func QMSAStateFromParameter(text string) (QMSAState, bool) {
	v, ok := fromParameter(qmStateParameters[:], text)
	return QMSAState(v), ok
}

// SARoleFromParameter maps Role of event 4654: %%8205 or "Initiator", %%8206 or
// "Responder".
func SARoleFromParameter(text string) (SARole, bool) {
	v, ok := fromParameter(saRoleParameters[:], text)
	return SARole(v), ok
}

// fromParameter finds a parameter, or a text of one, among ps.
func fromParameter(ps []parameterValue, text string) (uint32, bool) {
	if id, ok := ParseParameter(text); ok {
		for _, p := range ps {
			if p.id == id {
				return p.value, true
			}
		}
		return 0, false
	}
	text = strings.Trim(text, asciiSpace)
	for _, p := range ps {
		for _, e := range parameterRange(p.id) {
			if equalFoldASCII(e.text, text) {
				return p.value, true
			}
		}
	}
	return 0, false
}
