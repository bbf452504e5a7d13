// Command golangevtx prints what golang-evtx reads in one .evtx file, as NDJSON,
// for the differential tests. What it prints, and what golang-evtx does to
// values, is documented in internal/golangevtx.
//
//	golangevtx FILE.evtx
//
// Exit status 0: to the end of the file; 2: a panic outside any chunk, or wrong
// usage.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/qmparse/qmparse/internal/golangevtx"
)

func main() {
	debug.SetMaxStack(golangevtx.MaxStack)
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: golangevtx FILE.evtx")
		os.Exit(2)
	}
	if err := golangevtx.Dump(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "golangevtx:", err)
		os.Exit(1)
	}
}
