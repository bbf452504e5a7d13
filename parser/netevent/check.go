package netevent

import (
	"fmt"

	"github.com/qmparse/qmparse/model"
)

// AppendDiagnostics appends what looks wrong about the values of a net event,
// wherever it was read: enumerators without a name, flags without a meaning,
// subnets as [model.ConditionValue.AppendDiagnostics] finds them.
func AppendDiagnostics(dst []model.Diagnostic, ev *model.NetEvent) []model.Diagnostic {
	known(&dst, "type", model.Some(ev.Type))
	known(&dst, "ipVersion", ev.Header.IPVersion)
	if f := ev.Header.AddressFamily; f.OK && f.V > 3 {
		unknown(&dst, "addressFamily "+addressFamily(f.V))
	}
	if f := ev.Header.Flags; f.OK && f.V&^knownFlags != 0 {
		dst = append(dst, model.Diagnostic{Code: "flags-unknown", Detail: fmt.Sprintf("header.flags %#x", f.V)})
	}
	if f := ev.QM; f != nil {
		known(&dst, "failurePoint", f.FailurePoint)
		known(&dst, "keyingModuleType", f.KeyingModule)
		known(&dst, "qmState", f.QMState)
		known(&dst, "saRole", f.SARole)
		known(&dst, "saTrafficType", f.SATrafficType)
		dst = f.LocalSubNet.AppendDiagnostics(dst, "localSubNet")
		dst = f.RemoteSubNet.AppendDiagnostics(dst, "remoteSubNet")
	}
	if f := ev.MM; f != nil {
		known(&dst, "failurePoint", f.FailurePoint)
		known(&dst, "keyingModuleType", f.KeyingModule)
		known(&dst, "mmState", f.MMState)
		known(&dst, "saRole", f.SARole)
		knownMethod(&dst, "mmAuthMethod", f.AuthMethod)
		knownFailureFlags(&dst, f.Flags)
	}
	if f := ev.EM; f != nil {
		known(&dst, "failurePoint", f.FailurePoint)
		known(&dst, "emState", f.EMState)
		known(&dst, "saRole", f.SARole)
		known(&dst, "saTrafficType", f.SATrafficType)
		knownMethod(&dst, "emAuthMethod", f.AuthMethod)
		knownFailureFlags(&dst, f.Flags)
	}
	return dst
}

func unknown(dst *[]model.Diagnostic, detail string) {
	*dst = append(*dst, model.Diagnostic{Code: "enumerator-unknown", Detail: detail})
}

func known[T interface {
	Known() bool
	String() string
}](dst *[]model.Diagnostic, name string, v model.Opt[T]) {
	if v.OK && !v.V.Known() {
		unknown(dst, name+" "+v.V.String())
	}
}

func knownMethod(dst *[]model.Diagnostic, name string, v model.Opt[uint32]) {
	if v.OK && v.V >= uint32(len(authMethods)) {
		unknown(dst, name+" "+authMethod(v.V))
	}
}

// knownFailureFlags looks at the flags of a main or extended mode failure: two
// bits, benign and multiple, whose order differs.
func knownFailureFlags(dst *[]model.Diagnostic, v model.Opt[uint32]) {
	if v.OK && v.V&^3 != 0 {
		*dst = append(*dst, model.Diagnostic{Code: "flags-unknown", Detail: fmt.Sprintf("flags %#x", v.V)})
	}
}
