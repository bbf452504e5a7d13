package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/qmparse/qmparse/cmd/qmparse/internal/fwpuclnt"
	"github.com/qmparse/qmparse/model"
)

func newCollect(s streams) *cobra.Command {
	c := collection{room: maxQueued}
	var target string
	var force bool
	cmd := &cobra.Command{
		Use:   "collect -o FILE",
		Short: "On Windows: write the net events of this machine to a dump",
		Long: `Write the net events that the filter engine of this Windows machine keeps, IKE
failures among them, to a net-event dump (.wfpnev), which the other commands read
on any system. The engine keeps the latest events only.

It takes an administrator, and an engine that records net events:
netsh wfp set options netevents=on.

With --follow, go on with the events that happen from then on, until Ctrl-C. If
they come faster than they can be written, the dump says where some are missing.`,
		Example: `  qmparse collect -o net-events.wfpnev
  qmparse collect --follow -o net-events.wfpnev`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case openFilterEngine == nil:
				return usagef("collect runs on Windows only: it asks the filter engine of the machine that it runs on")
			case target == "":
				return usagef("no output: name a file with -o, or - for standard output")
			}
			engine, err := openFilterEngine(c.follow)
			if err != nil {
				return explain(err)
			}
			defer engine.Close()
			out, err := createOut(target, s.out, force)
			if err != nil {
				return err
			}
			defer out.discard()
			c.con = newConsole(s.err, false, true, nil)
			c.engine, c.out = engine, out
			return c.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&target, "output", "o", "", "write to `FILE`; - for standard output")
	flags.BoolVar(&force, "force", false, "overwrite FILE if it is empty or rows that qmparse has written; a log or a dump never")
	flags.BoolVar(&c.follow, "follow", false, "go on with what happens from now on, until Ctrl-C")
	flags.BoolVarP(&c.quiet, "quiet", "q", false, "say only what went wrong")
	return cmd
}

// Codes of the filter engine and of the way to it (winerror.h) that a person can
// do something about.
const (
	errorAccessDenied      = 5
	errorServiceDisabled   = 1058
	errorServiceNotActive  = 1062
	rpcServerUnavailable   = 1722 // RPC_S_SERVER_UNAVAILABLE
	eptNotRegistered       = 1753 // EPT_S_NOT_REGISTERED
	fwpNetEventsDisabled   = 0x80320013
	howToTurnOn            = "'netsh wfp set options netevents=on', run as administrator, turns that on"
	hresultOfWin32         = 0x80070000
	hresultOfWin32Facility = 0xFFFF0000
)

// explain adds what to do about an error of the filter engine.
func explain(err error) error {
	var e *fwpuclnt.Error
	if !errors.As(err, &e) {
		return err
	}
	if advice := advice(e.Code); advice != "" {
		return fmt.Errorf("%w: %s", err, advice)
	}
	return err
}

func advice(code model.Win32Error) string {
	if code&hresultOfWin32Facility == hresultOfWin32 {
		code &^= hresultOfWin32Facility
	}
	switch code {
	case errorAccessDenied:
		return "reading net events takes the rights FWPM_ACTRL_ENUM and, with --follow, FWPM_ACTRL_SUBSCRIBE: " +
			"run this in a terminal that was started as administrator"
	case fwpNetEventsDisabled:
		return "this machine does not record net events; " + howToTurnOn
	case eptNotRegistered, rpcServerUnavailable, errorServiceNotActive, errorServiceDisabled:
		return "the service Base Filtering Engine (BFE) is not running; 'sc query bfe' tells its state"
	}
	return ""
}
