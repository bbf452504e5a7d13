package compare

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/qmparse/qmparse/model"
)

func asIs(s string) string { return s }

// asNumber returns a number's decimal text.
func asNumber(s string) string {
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		return s
	}
	return strconv.FormatUint(n, 10)
}

// asGUID returns a GUID in lower case without braces.
func asGUID(s string) string {
	g, ok := model.ParseGUID(s)
	if !ok {
		return s
	}
	return g.String()
}

// asTime returns a time to 100 ns, as [model.FILETIME.String] writes it.
// golang-evtx writes a year past 9999 without the sign before it.
func asTime(s string) string {
	if len(s) > 6 && s[5] == '-' && s[0] != '+' && s[0] != '-' {
		s = "+" + s
	}
	t, ok := model.ParseFILETIME(s)
	if !ok {
		return s
	}
	return t.String()
}

// asSID returns a SID with its authority in decimal.
func asSID(s string) string {
	rest, ok := strings.CutPrefix(s, "S-1-0x")
	if !ok {
		return s
	}
	hex, subs, _ := strings.Cut(rest, "-")
	authority, err := strconv.ParseUint(hex, 16, 48)
	if err != nil {
		return s
	}
	s = fmt.Sprintf("S-1-%d", authority)
	if subs != "" {
		s += "-" + subs
	}
	return s
}

// sameText says whether two texts are one value in the forms of the two readers.
// What is text in the log is the same in both, so each form is looked for as the
// reader writes it and in no other.
func sameText(ours, theirs string) bool {
	switch {
	case ours == theirs:
		return true
	case strings.HasPrefix(ours, "0x"):
		n, err := strconv.ParseUint(ours[2:], 16, 64)
		return err == nil && (theirs == fmt.Sprintf("0x%04x", n) || theirs == fmt.Sprintf("0x%08x", n)) && ours == fmt.Sprintf("0x%x", n)
	case len(ours) == 36 && ours[8] == '-':
		g, ok := model.ParseGUID(ours)
		return ok && ours == g.String() && theirs == strings.ToUpper(ours)
	case strings.HasPrefix(ours, "S-1-0x"):
		return asSID(ours) == theirs
	case len(ours) >= 28 && strings.HasSuffix(ours, "Z") && asTime(theirs) == ours:
		return true
	case ours == "INF" && theirs == "+Inf", ours == "-INF" && theirs == "-Inf":
		return true
	}
	return sameReal(ours, theirs) || sameANSI(ours, theirs)
}

// sameReal says whether theirs is a real with six decimals that says all of ours.
func sameReal(ours, theirs string) bool {
	o, err := strconv.ParseFloat(ours, 64)
	if err != nil || theirs != fmt.Sprintf("%f", o) {
		return false
	}
	t, err := strconv.ParseFloat(theirs, 64)
	return err == nil && o == t
}

// sameANSI says whether theirs is base64 of the bytes of ours, with the NULs that
// may end them. Characters are those of Windows-1252, as qmparse takes them.
func sameANSI(ours, theirs string) bool {
	if len(theirs)%4 != 0 || len(theirs) < len(ours) {
		return false
	}
	b, err := base64.StdEncoding.DecodeString(theirs)
	return err == nil && len(b) > 0 && ansiText(b) == ours
}
