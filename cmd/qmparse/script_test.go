package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"qmparse": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
		"hostile": func() { hostile(os.Args[1]) },
	})
}

// TestScripts runs whole command lines: options, standard streams, exit codes.
// $EVTX, $TRACES, $DUMPS and $NETSH are the folders of the fixtures.
func TestScripts(t *testing.T) {
	fixtures, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("EVTX", filepath.Join(fixtures, "evtx"))
			env.Setenv("TRACES", filepath.Join(fixtures, "etl"))
			env.Setenv("DUMPS", filepath.Join(fixtures, "wfpnev"))
			env.Setenv("NETSH", filepath.Join(fixtures, "netsh"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exitcode": exitCode, "pack": packFiles, "cut": cutFile},
	})
}

// exitCode is the command «exitcode N qmparse ARG…», which checks the very code.
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exitcode N command [args...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if e, ok := err.(interface{ ExitCode() int }); ok {
		got = map[int]string{1: "1", 2: "2", 3: "3", 130: "130"}[e.ExitCode()]
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != args[0] {
		ts.Fatalf("exit code %q, want %s", got, args[0])
	}
}
