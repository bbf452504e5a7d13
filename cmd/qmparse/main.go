// Command qmparse reads what a Windows machine recorded about its IPsec
// negotiations and writes every Quick Mode failure as a typed table.
//
// This package is commands, flags, progress and exit codes; it decodes nothing.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
