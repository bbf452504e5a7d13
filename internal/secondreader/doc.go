// Package secondreader runs another reader of event logs in a process of its own
// and hands on what it prints, a [Line] at a time. The other reader is not
// trusted: it may die, hang, or print what is no line, and none of it is more than
// the end of one log. What is kept of its output does not grow with the log.
package secondreader
