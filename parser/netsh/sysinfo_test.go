package netsh

import (
	"strings"
	"testing"

	"github.com/qmparse/qmparse/model"
)

func TestHost(t *testing.T) {
	for info, want := range map[string]string{
		"<computerName>a</computerName>":                                      "a",
		"<hostName> a&amp;b </hostName>":                                      "a&b",
		"<ComputerName>a</ComputerName>":                                      "a",
		"<computerName/>":                                                     "",
		"<computerName><x>a</x></computerName>":                               "",
		"<name>a</name>":                                                      "",
		"<x><computerName>a</computerName></x>":                               "",
		"<computerName>" + strings.Repeat("x", maxHost+1) + "</computerName>": "",
	} {
		e := one(t, "<wfpdiag><sysInfo>"+info+"</sysInfo><events>"+plain()+"</events></wfpdiag>")
		if e.Host != (model.Opt[string]{V: want, OK: want != ""}) {
			t.Errorf("%.60s: %v", info, e.Host)
		}
	}
	if e := one(t, "<wfpdiag>"+plain()+"<sysInfo><computerName>a</computerName></sysInfo></wfpdiag>"); e.Host.OK {
		t.Errorf("an event before the computer's name: %v", e.Host)
	}
}
