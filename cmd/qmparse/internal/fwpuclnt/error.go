package fwpuclnt

import (
	"fmt"

	"github.com/qmparse/qmparse/model"
)

// Error is a function of fwpuclnt.dll that failed.
type Error struct {
	Call string // FwpmEngineOpen0
	Code model.Win32Error
}

func (e *Error) Error() string {
	symbol, ok := e.Code.Symbol()
	if !ok {
		return fmt.Sprintf("%s: error 0x%08X", e.Call, uint32(e.Code))
	}
	return fmt.Sprintf("%s: %s (0x%08X)", e.Call, symbol, uint32(e.Code))
}
