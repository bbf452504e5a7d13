package fwpuclnt

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/windows"
)

// PointerSize is that of this process: how its net events are laid out.
const PointerSize = strconv.IntSize / 8

const (
	// newest is the highest n of FWPM_NET_EVENTn whose layout is known.
	newest = 5

	// page is how many events are asked for at a time.
	page = 512
)

// Engine is a session with the filter engine of this machine.
type Engine struct {
	handle    windows.Handle
	version   int
	enum      *windows.LazyProc
	subscribe *windows.LazyProc
}

// Open opens a session. Its events are FWPM_NET_EVENTn of the highest n that this
// Windows enumerates; with subscribe, that it enumerates and subscribes to.
func Open(subscribe bool) (*Engine, error) {
	for _, p := range []*windows.LazyProc{
		procEngineOpen, procEngineClose, procCreateEnumHandle, procDestroyEnumHandle, procFreeMemory,
	} {
		if err := find(p); err != nil {
			return nil, err
		}
	}
	e, err := highest(subscribe)
	if err != nil {
		return nil, err
	}
	if e.handle, err = engineOpen(); err != nil {
		return nil, err
	}
	return e, nil
}

// highest finds the functions for the highest n. FwpmNetEventSubscribe0 came with
// FwpmNetEventEnum1, so its numbers are one behind those of the events.
func highest(subscribe bool) (*Engine, error) {
	for n := newest; n >= 0; n-- {
		e := &Engine{version: n, enum: dll.NewProc(fmt.Sprintf("FwpmNetEventEnum%d", n))}
		if e.enum.Find() != nil {
			continue
		}
		if !subscribe {
			return e, nil
		}
		e.subscribe = dll.NewProc(fmt.Sprintf("FwpmNetEventSubscribe%d", n-1))
		if n > 0 && e.subscribe.Find() == nil && procUnsubscribe.Find() == nil {
			return e, nil
		}
	}
	if subscribe {
		return nil, fmt.Errorf("this Windows cannot follow net events: no FwpmNetEventSubscribe0 to %d in fwpuclnt.dll goes with a FwpmNetEventEnum", newest-1)
	}
	return nil, fmt.Errorf("this Windows has no FwpmNetEventEnum0 to %d in fwpuclnt.dll", newest)
}

// Close ends the session.
func (e *Engine) Close() error { return engineClose(e.handle) }

// Version is n of FWPM_NET_EVENTn, the structure that events have.
func (e *Engine) Version() int { return e.version }

// API is the name of the function that enumerates.
func (e *Engine) API() string { return e.enum.Name }

// Collecting says whether the engine records net events; known is false if it
// does not tell.
func (e *Engine) Collecting() (on, known bool) {
	const (
		collectNetEvents = 0 // FWPM_ENGINE_COLLECT_NET_EVENTS
		typeUint32       = 3 // FWP_UINT32
	)
	if procEngineGetOption.Find() != nil {
		return false, false
	}
	p, err := engineGetOption(e.handle, collectNetEvents)
	if err != nil {
		return false, false
	}
	defer freeMemory(p)
	// FWP_VALUE0: the type, then at pointer alignment the value.
	b, ok := Memory{}.Read(uint64(p), 2*PointerSize)
	if !ok || binary.LittleEndian.Uint32(b) != typeUint32 {
		return false, false
	}
	return binary.LittleEndian.Uint32(b[PointerSize:]) != 0, true
}

// Enumerate calls each with the address of every event that the engine has kept,
// in the order of the engine. The event is gone when each returns; an error of
// each ends the enumeration and is returned.
func (e *Engine) Enumerate(each func(event uint64) error) error {
	enum, err := createEnumHandle(e.handle)
	if err != nil {
		return err
	}
	defer destroyEnumHandle(e.handle, enum)
	for {
		entries, n, err := netEventEnum(e.enum, e.handle, enum, page)
		if err != nil {
			return err
		}
		err = e.entries(entries, n, each)
		freeMemory(entries)
		if err != nil || n < page {
			return err
		}
	}
}

// entries walks one page: an array of n pointers.
func (e *Engine) entries(array uintptr, n uint32, each func(uint64) error) error {
	if n > page {
		return fmt.Errorf("%s returned %d events, asked for %d", e.enum.Name, n, page)
	}
	b, ok := Memory{}.Read(uint64(array), int(n)*PointerSize)
	if !ok {
		return fmt.Errorf("%s returned an array at 0x%x that cannot be read", e.enum.Name, array)
	}
	for ; len(b) > 0; b = b[PointerSize:] {
		if err := each(pointer(b)); err != nil {
			return err
		}
	}
	return nil
}

func pointer(b []byte) uint64 {
	if PointerSize == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

// The system can be given a limited number of callbacks, none of which is ever
// freed: there is one, and its context says which subscription an event is for.
var (
	callback    = sync.OnceValue(func() uintptr { return windows.NewCallback(deliver) })
	subscribers sync.Map // uintptr -> func(uint64)
	contexts    atomic.Uintptr
)

func deliver(context, event uintptr) uintptr {
	if each, ok := subscribers.Load(context); ok {
		each.(func(uint64))(uint64(event))
	}
	return 0
}

// Subscribe has each called with the address of every event from now on, on a
// thread of the system and perhaps on several at once. The event is gone when
// each returns, and while each runs others may wait. Once stop has succeeded, each
// is not running and is not called again.
func (e *Engine) Subscribe(each func(event uint64)) (stop func() error, err error) {
	context := contexts.Add(1)
	subscribers.Store(context, each)
	events, err := netEventSubscribe(e.subscribe, e.handle, callback(), context)
	if err != nil {
		subscribers.Delete(context)
		return nil, err
	}
	return sync.OnceValue(func() error {
		err := netEventUnsubscribe(e.handle, events)
		subscribers.Delete(context)
		return err
	}), nil
}
