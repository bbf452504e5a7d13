package main

import (
	"github.com/spf13/cobra"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/quickmode"
)

func newExport(s streams) *cobra.Command {
	var f convertFlags
	cmd := &cobra.Command{
		Use:   "export PATH...",
		Short: "Write every Quick Mode failure",
		Long: `Write every IKE/AuthIP Quick Mode failure of the logs that PATH names as the table
qm_failures. PATH is a file, a directory (with all below it), an archive, a glob or
- for standard input. Logs and archives are known by their bytes, not their names.

A failure is event 4654 of Microsoft-Windows-Security-Auditing, event 1007 of
Microsoft-Windows-WFP, in an event log or a trace log, or a net event of type
IKEEXT_QM_FAILURE: in a dump that 'qmparse collect' made, in the XML of netsh wfp, or
in Windows' own wfpdiag.etl. If there is none, the run says why that may be.` + recoverHelp + filterHelp,
		Example: `  qmparse export -o failures.parquet collected/
  qmparse export Security.evtx | jq .failure_error
  qmparse export --host 'GW-*' --since 2026-01-05 --until 2026-01-07 -o failures.parquet collected/`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c := &convert[model.QMFailure]{
				what:   "Quick Mode failure",
				want:   quickmode.Wants,
				fields: quickmode.Wants,
				row: func(ev *model.Event) *model.QMFailure {
					failure, _ := quickmode.Map(ev) // nil for none
					return failure
				},
				time: func(row *model.QMFailure) model.Opt[model.FILETIME] { return row.FailureTime },
			}
			return runConvert(cmd, s, &f, args, c)
		},
	}
	f.add(cmd.Flags(), parser.RecoverSlack)
	return cmd
}
