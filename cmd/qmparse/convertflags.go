package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/pflag"

	"github.com/qmparse/qmparse/export"
	"github.com/qmparse/qmparse/parser"
)

// convertFlags are the options of the commands that write a table.
type convertFlags struct {
	output  string
	format  string
	force   bool
	raw     bool
	jobs    int
	quiet   bool
	verbose bool
	recover recoverFlags
	filter  filterFlags
	inputs  inputFlags
	batch   batchFlags
}

// add adds the options; old records are recovered as usual says if none is given.
func (f *convertFlags) add(flags *pflag.FlagSet, usual parser.Recover) {
	flags.StringVarP(&f.output, "output", "o", "-", "write to `FILE`, in the format of its suffix, or into a folder (DIR/); - is standard output")
	flags.StringVarP(&f.format, "format", "f", "", "parquet, ndjson or csv, whatever the suffix; ndjson on standard output")
	flags.BoolVar(&f.force, "force", false, "overwrite FILE, or the parts in DIR, if qmparse has written them")
	flags.BoolVar(&f.raw, "raw", false, "add the column raw, the bytes of each record")
	flags.IntVarP(&f.jobs, "jobs", "j", runtime.GOMAXPROCS(0), "decode on `N` processors; the output is the same for any N")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say only what went wrong")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "say more: every damaged place, every file passed over")
	f.recover.add(flags, usual)
	f.filter.add(flags)
	f.inputs.add(flags)
	f.batch.add(flags)
}

// maxJobs is more workers than any machine has processors for. Each takes some MiB.
const maxJobs = 4096

func checkJobs(n int) error {
	if n < 1 || n > maxJobs {
		return usagef("--jobs %d: from 1 to %d", n, maxJobs)
	}
	return nil
}

// check checks the options and returns the format to write.
func (f *convertFlags) check() (export.Format, error) {
	if err := checkJobs(f.jobs); err != nil {
		return "", err
	}
	if f.output == "" {
		return "", usagef("--output is empty")
	}
	switch format := export.Format(strings.ToLower(f.format)); format {
	case export.Parquet, export.NDJSON, export.CSV:
		return format, nil
	case "":
	default:
		return "", usagef("--format %s: parquet, ndjson or csv", f.format)
	}
	if f.output == "-" {
		return export.NDJSON, nil
	}
	if f.toFolder() {
		return export.Parquet, nil
	}
	format, ok := export.FormatByName(f.output)
	if !ok {
		return "", usagef("%s: the suffix tells no format, name one with --format", f.output)
	}
	return format, nil
}

// toFolder says whether the output is a folder.
func (f *convertFlags) toFolder() bool {
	if f.output == "-" {
		return false
	}
	return strings.HasSuffix(f.output, "/") || strings.HasSuffix(f.output, string(filepath.Separator)) || isFolder(f.output)
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// runOptions are the options that rows and parts depend on.
func (f *convertFlags) runOptions(table export.Table, format export.Format) runOptions {
	folder, _ := os.Getwd() // if it cannot be had relative paths are the same all the same
	list := func(of []string) []string { return append([]string{}, of...) }
	return runOptions{
		Manifest: manifestVersion, Version: version(), Table: string(table), Schema: export.SchemaVersion, Format: string(format),
		Recover: f.recover.recover, KeepRepeats: f.recover.repeats, Raw: f.raw, Dedupe: f.batch.dedupe,
		EventIDs: list(f.filter.ids), Channels: list(f.filter.channels), Hosts: list(f.filter.hosts), Since: f.filter.since, Until: f.filter.until,
		PartitionBy: f.batch.partitionBy, PartRows: f.batch.partRows, Shard: f.inputs.shard, Folder: folder,
	}
}
