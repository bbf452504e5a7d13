package fwpuclnt

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/qmparse/qmparse/model"
)

// This file holds the calls and nothing else, for a call is where memory is
// handed to C. Loaded from the system folder only, the DLL cannot be planted
// beside a program that runs elevated.
var (
	dll = windows.NewLazySystemDLL("fwpuclnt.dll")

	procEngineOpen        = dll.NewProc("FwpmEngineOpen0")
	procEngineClose       = dll.NewProc("FwpmEngineClose0")
	procEngineGetOption   = dll.NewProc("FwpmEngineGetOption0")
	procCreateEnumHandle  = dll.NewProc("FwpmNetEventCreateEnumHandle0")
	procDestroyEnumHandle = dll.NewProc("FwpmNetEventDestroyEnumHandle0")
	procUnsubscribe       = dll.NewProc("FwpmNetEventUnsubscribe0")
	procFreeMemory        = dll.NewProc("FwpmFreeMemory0")
)

// rpcAuthnWinNT is RPC_C_AUTHN_WINNT (rpcdce.h).
const rpcAuthnWinNT = 10

// subscription is FWPM_NET_EVENT_SUBSCRIPTION0 (fwpmtypes.h): a NULL template
// matches every event, flags are unused, the system knows the session.
type subscription struct {
	enumTemplate uintptr
	flags        uint32
	sessionKey   windows.GUID
}

// find says whether the DLL and a function of it are there.
func find(p *windows.LazyProc) error {
	if err := dll.Load(); err != nil {
		return fmt.Errorf("this Windows has no Windows Filtering Platform: %w", err)
	}
	if p.Find() != nil {
		return fmt.Errorf("this Windows has no %s in fwpuclnt.dll", p.Name)
	}
	return nil
}

// failed turns what a function returned, a DWORD, into an error.
func failed(p *windows.LazyProc, r uintptr) error {
	if code := model.Win32Error(uint32(r)); code != 0 {
		return &Error{Call: p.Name, Code: code}
	}
	return nil
}

func engineOpen() (engine windows.Handle, err error) {
	r, _, _ := procEngineOpen.Call(0, rpcAuthnWinNT, 0, 0, uintptr(unsafe.Pointer(&engine)))
	return engine, failed(procEngineOpen, r)
}

func engineClose(engine windows.Handle) error {
	r, _, _ := procEngineClose.Call(uintptr(engine))
	return failed(procEngineClose, r)
}

// engineGetOption returns the address of an FWP_VALUE0, to be freed.
func engineGetOption(engine windows.Handle, option uint32) (value uintptr, err error) {
	r, _, _ := procEngineGetOption.Call(uintptr(engine), uintptr(option), uintptr(unsafe.Pointer(&value)))
	return value, failed(procEngineGetOption, r)
}

// createEnumHandle begins an enumeration of every event recorded so far.
func createEnumHandle(engine windows.Handle) (enum windows.Handle, err error) {
	r, _, _ := procCreateEnumHandle.Call(uintptr(engine), 0, uintptr(unsafe.Pointer(&enum)))
	return enum, failed(procCreateEnumHandle, r)
}

func destroyEnumHandle(engine, enum windows.Handle) error {
	r, _, _ := procDestroyEnumHandle.Call(uintptr(engine), uintptr(enum))
	return failed(procDestroyEnumHandle, r)
}

// netEventEnum returns the address of an array of n pointers to events, to be
// freed. netEvents is FwpmNetEventEnumN.
func netEventEnum(netEvents *windows.LazyProc, engine, enum windows.Handle, most uint32) (entries uintptr, n uint32, err error) {
	r, _, _ := netEvents.Call(uintptr(engine), uintptr(enum), uintptr(most),
		uintptr(unsafe.Pointer(&entries)), uintptr(unsafe.Pointer(&n)))
	return entries, n, failed(netEvents, r)
}

// netEventSubscribe asks for callback(context, event) on every event from now
// on. subscribe is FwpmNetEventSubscribeN.
func netEventSubscribe(subscribe *windows.LazyProc, engine windows.Handle, callback, context uintptr) (events windows.Handle, err error) {
	var everything subscription
	r, _, _ := subscribe.Call(uintptr(engine), uintptr(unsafe.Pointer(&everything)), callback, context,
		uintptr(unsafe.Pointer(&events)))
	return events, failed(subscribe, r)
}

// netEventUnsubscribe returns when no callback is running any more.
func netEventUnsubscribe(engine, events windows.Handle) error {
	r, _, _ := procUnsubscribe.Call(uintptr(engine), uintptr(events))
	return failed(procUnsubscribe, r)
}

func freeMemory(p uintptr) {
	if p != 0 {
		procFreeMemory.Call(uintptr(unsafe.Pointer(&p)))
	}
}
