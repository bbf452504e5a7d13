//go:build !windows

package main

// openFilterEngine is nil: there is no filter engine.
var openFilterEngine func(follow bool) (filterEngine, error)
