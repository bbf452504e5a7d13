// Package archivebuild writes archives for tests: cabinets and 7z, which no library
// of this module writes, and those that contradict themselves.
package archivebuild
