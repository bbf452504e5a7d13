package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitOK          = 0   // all was read, even if there are no rows
	exitFailed      = 1   // nothing could be done
	exitUsage       = 2   // the command line is wrong
	exitDamaged     = 3   // finished, but some input was damaged or is no log
	exitInterrupted = 130 // by a signal
)

// errDamaged ends a run that finished over damaged input; the run has said what.
var errDamaged = errors.New("some input was damaged or is no log")

// errNothingRead ends a run none of whose inputs could be opened.
var errNothingRead = errors.New("nothing could be read")

// usageError is an error of the command line.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// streams are the program's standard streams.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run executes a command line and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(streams{stdin, stdout, stderr})
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errDamaged), errors.Is(err, errDiffer):
		return exitDamaged
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "qmparse: interrupted")
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "qmparse: %v\nqmparse: see 'qmparse --help'\n", err)
		return exitUsage
	}
	fmt.Fprintf(stderr, "qmparse: %v\n", err)
	return exitFailed
}

func newRoot(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "qmparse",
		Short: "Read IPsec Quick Mode failures out of Windows logs",
		Long: `qmparse reads what a Windows machine recorded about its IPsec negotiations, on
any system, and writes every IKE/AuthIP Quick Mode failure, or every event, as
Parquet, NDJSON or CSV.

Exit codes: 0 all was read, even if there are no rows; 1 nothing could be done;
2 the command line is wrong; 3 finished, but some input was damaged, could not be
read, changed meanwhile, or was named and is no log; 130 interrupted.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q", args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newExport(s), newEvents(s), newInspect(s), newSchema(s), newVersion(s), newCollect(s), newVerify(s), newGolangEvtx(s))
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	return root
}

func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("unexpected argument %q", args[0])
	}
	return nil
}
