// Package layout has no code. Its test keeps the rules of the house that a
// compiler does not: which package may import what, who may touch the file
// system, where panic and unsafe have no place. The table in rules_test.go gives
// each rule with its reason; .golangci.yml repeats the import rules for editors.
//
// The test reads source text and not the build, so it sees files of every
// operating system at once. Nested modules and testdata are not looked at, and
// package main outside cmd, the generators, may print and write.
package layout
