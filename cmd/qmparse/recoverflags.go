package main

import (
	"github.com/spf13/pflag"

	"github.com/qmparse/qmparse/parser"
)

// recoverFlags are the options that say which old records are read.
type recoverFlags struct {
	recover string
	repeats bool
}

func (f *recoverFlags) add(flags *pflag.FlagSet, usual parser.Recover) {
	flags.StringVar(&f.recover, "recover", string(usual), "what to recover: none; slack, old records behind the current ones of a chunk; carve, also logs and parts of them in files of any kind")
	flags.BoolVar(&f.repeats, "keep-repeats", false, "keep old records that are copies of others")
}

// options checks the options.
func (f *recoverFlags) options() (parser.Options, error) {
	o := parser.Options{Recover: parser.Recover(f.recover), KeepRepeats: f.repeats, Reuse: &parser.Reuse{}}
	switch o.Recover {
	case parser.RecoverNone, parser.RecoverSlack, parser.RecoverCarve:
	default:
		return o, usagef("--recover %s: none, slack or carve", f.recover)
	}
	return o, nil
}

const recoverHelp = `

Behind the current records of a chunk of an event log stand what is left of older
ones. With --recover slack those that are whole are rows, too, with record_state
slack: if their template is known by its id, and their values fill it exactly, or, if
it is lost, by the values that every event has (data are null then, but of IPsec events);
diagnostics say what is not certain. template_source says where it was found. Copies
of other records are left out.

With --recover carve any file that is no archive is searched as well, as the image of a
disk or of memory: for chunks at any place, also those that NTFS has compressed, for
records in none, for trace logs and net-event dumps. Such rows have record_state carved,
those behind the current records of a carved chunk slack.`
