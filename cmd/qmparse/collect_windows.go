package main

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/qmparse/qmparse/cmd/qmparse/internal/fwpuclnt"
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// openFilterEngine opens the filter engine of this machine.
var openFilterEngine = func(follow bool) (filterEngine, error) {
	e, err := fwpuclnt.Open(follow)
	if err != nil {
		return nil, err
	}
	return windowsEngine{e}, nil
}

type windowsEngine struct{ *fwpuclnt.Engine }

func (windowsEngine) memory() netevent.Memory { return fwpuclnt.Memory{} }

func (e windowsEngine) header() netevent.Header {
	return netevent.Header{
		PointerSize:     fwpuclnt.PointerSize,
		NetEventVersion: uint8(e.Version()),
		Machine:         machines[runtime.GOARCH],
	}
}

var machines = map[string]netevent.Machine{
	"386": netevent.MachineI386, "amd64": netevent.MachineAMD64,
	"arm": netevent.MachineARMNT, "arm64": netevent.MachineARM64,
}

func (e windowsEngine) meta(now time.Time) netevent.Meta {
	return netevent.Meta{
		HostName:   hostName(),
		OSBuild:    model.Some(osBuild()),
		CapturedAt: model.Some(now.UTC().Format(time.RFC3339Nano)),
		BootTime:   model.Some(now.Add(-windows.DurationSinceBoot()).UTC().Format(time.RFC3339)),
		Collector:  model.Some("qmparse " + version()),
		API:        model.Some(e.API()),
	}
}

// hostName is the name as event logs have it in Computer: with the domain, if
// the machine is in one.
func hostName() (name model.Opt[string]) {
	var buf [512]uint16
	n := uint32(len(buf))
	if windows.GetComputerNameEx(windows.ComputerNamePhysicalDnsFullyQualified, &buf[0], &n) == nil && n > 0 {
		return model.Some(windows.UTF16ToString(buf[:n]))
	}
	if short, err := os.Hostname(); err == nil {
		return model.Some(short)
	}
	return name
}

// osBuild is the version with its revision, which only the registry has.
func osBuild() string {
	v := windows.RtlGetVersion()
	build := fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Windows NT\CurrentVersion`,
		registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return build
	}
	defer k.Close()
	if ubr, _, err := k.GetIntegerValue("UBR"); err == nil {
		build += fmt.Sprintf(".%d", ubr)
	}
	return build
}
