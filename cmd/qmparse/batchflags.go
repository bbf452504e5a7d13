package main

import (
	"github.com/spf13/pflag"
)

// batchFlags are the options for runs over many inputs.
type batchFlags struct {
	partitionBy string
	partRows    int64
	manifest    string
	hash        bool
	resume      bool
	dedupe      bool
	summary     string
	maxMemory   string
}

func (f *batchFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.partitionBy, "partition-by", "", "in DIR, a folder for each host, date or both: `KEYS` is host, date or host,date (p_host=…/p_date=…)")
	flags.Int64Var(&f.partRows, "part-rows", usualPartRows, "in DIR, end a part with the input in which it comes to `N` rows")
	flags.StringVar(&f.manifest, "manifest", "", "write to `FILE` what was done with each input, as NDJSON; in DIR usually _manifest.ndjson")
	flags.BoolVar(&f.hash, "hash", false, "in the manifest, the SHA-256 of each input; with --resume it says what has changed, not the time")
	flags.BoolVar(&f.dedupe, "dedupe", false, "leave out rows whose event_uid was written before, as from another copy of a log")
	flags.StringVar(&f.summary, "summary-json", "", "write to `FILE` what the run says at its end, as one JSON object; - is standard output")
	flags.StringVar(&f.maxMemory, "max-memory", "", "stay below `SIZE`, as 256MiB, beside the windows of archives: makes row groups smaller and uses the disk earlier")
	flags.BoolVar(&f.resume, "resume", false, "go on with the run into DIR that was stopped: skip what its manifest has, unless it has changed")
}

// check checks how the options go together.
func (b *batchFlags) check(f *convertFlags) error {
	folder := f.toFolder()
	switch {
	case !folder && (b.partitionBy != "" || b.resume):
		return usagef("--partition-by and --resume go with an output that is a folder")
	case b.hash && b.manifest == "" && !folder:
		return usagef("--hash goes with --manifest")
	case b.manifest == "-":
		return usagef("--manifest -: name a file")
	case b.summary == "-" && f.output == "-":
		return usagef("standard output cannot have both the rows and the summary")
	case b.partRows < 1:
		return usagef("--part-rows %d: at least 1", b.partRows)
	case b.resume && f.force:
		return usagef("--resume goes on, --force begins anew: one of them")
	}
	return nil
}
