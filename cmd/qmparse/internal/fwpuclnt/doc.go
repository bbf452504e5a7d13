// Package fwpuclnt reads the net events of this machine's filter engine, the
// Base Filtering Engine of the Windows Filtering Platform, by calling
// fwpuclnt.dll. It is built on Windows alone; elsewhere only its errors are.
//
// It hands out addresses, FWPM_NET_EVENTn in the memory of this process, and
// [Memory], which reads such memory without a fault whatever an address is worth.
// What lies there is for package netevent to know. It changes nothing on the
// machine and talks to no other machine.
//
// https://learn.microsoft.com/windows/win32/api/fwpmu/
package fwpuclnt
