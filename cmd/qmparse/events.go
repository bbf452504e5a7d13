package main

import (
	"github.com/spf13/cobra"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

func newEvents(s streams) *cobra.Command {
	var f convertFlags
	cmd := &cobra.Command{
		Use:   "events PATH...",
		Short: "Write every event, of any kind, with its data as JSON",
		Long: `Write every event of the logs that PATH names as the table events: who logged
what, when, and its data as one JSON object. PATH is a file, a directory (with
all below it), an archive, a glob or - for standard input. Logs and archives are
known by their bytes, not by their names.` + recoverHelp + filterHelp,
		Example: `  qmparse events -o events.parquet collected/
  qmparse events --event-id 4650-4655,5440-5479 -o ipsec.ndjson Security.evtx`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := &convert[model.Event]{
				what: "event",
				row:  func(ev *model.Event) *model.Event { return ev },
			}
			return runConvert(cmd, s, &f, args, c)
		},
	}
	f.add(cmd.Flags(), parser.RecoverNone)
	return cmd
}
