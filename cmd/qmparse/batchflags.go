package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/qmparse/qmparse/export"
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

// openOutput makes the destination that the options ask for.
func (c *convert[T]) openOutput(f *convertFlags, format export.Format, run runOptions, stdout io.Writer) (err error) {
	b := &f.batch
	if c.partition, err = newPartitioning(b.partitionBy); err != nil {
		return err
	}
	folder := f.toFolder()
	switch {
	case !folder && (c.partition.active() || b.resume):
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
	c.folder = run.Folder
	name, path := run.partsName(), b.manifest
	_, shares, _ := strings.Cut(run.Shard, "/")
	if folder && path == "" {
		path = filepath.Join(f.output, "_manifest"+strings.TrimPrefix(name, run.Table)+".ndjson")
	}
	if b.dedupe {
		c.dedupe = &dedupe{}
		if folder {
			c.dedupe.file = strings.TrimSuffix(path, ".ndjson") + ".uids"
		}
	}
	c.written = []string{path, b.summary}
	if c.dedupe != nil {
		c.written = append(c.written, c.dedupe.file)
	}
	if err := f.checkSides(path, c.dedupe); err != nil {
		return err
	}
	memory, err := budget(b.maxMemory, f.jobs)
	if err != nil {
		return err
	}
	// With one worker, who writes encodes, too.
	options := export.Options{Raw: f.raw, Version: version(), Encoders: f.jobs - 1, GroupMemory: memory.groups}
	if c.partition.active() {
		options.GroupMemory = partitionMemory
	}
	maker, err := export.NewMaker[T](format, options)
	if err != nil {
		return err
	}
	if b.dedupe {
		c.dedupe.set.Memory = memory.uids
	}
	c.keep, c.hash = folder || b.manifest != "", b.hash
	if !folder {
		to, err := newOneFile(maker, f.output, stdout, f.force)
		if err != nil {
			return err
		}
		if b.manifest != "" {
			to.manifest = &manifest{path: b.manifest, options: run}
		}
		c.to = to
		return nil
	}
	d := &dirParts[T]{
		Maker: maker, dir: filepath.Clean(f.output), table: run.Table, shares: shares, name: name, ext: "." + string(format), rowsMost: b.partRows, partitioned: c.partition.active(), mostOpen: memory.partitions,
		manifest: &manifest{path: path, options: run}, spool: rowSpool{path: filepath.Join(f.output, name+".spool")}, open: map[string]*partFile[T]{}, files: map[string]int{},
	}
	d.dedupe = c.dedupe
	c.to = d
	if b.resume && exists(path) {
		e, err := d.resume(b.hash)
		if err != nil {
			d.discard()
			return err
		}
		c.earlier, c.ledger.before = *e, e.damaged
		if e.changed > 0 {
			c.con.say("%s changed since: parts with it are written again", plural(e.changed, "input"))
		}
		if e.gone > 0 {
			c.con.say("%s of the manifest not whole: written again", plural(e.gone, "part"))
		}
		return nil
	}
	if err := d.begin(f.force); err != nil {
		d.discard()
		return err
	}
	return nil
}

// checkSides checks the files that are written beside the rows: a slip of the hand must not
// cost evidence, nor one output another.
func (f *convertFlags) checkSides(manifest string, uids *dedupe) error {
	b := &f.batch
	sides := []struct {
		option, path string
		regular      bool // must be
		replaces     bool // what is there
	}{
		{"--output", f.output, false, true}, // whoever writes it looks
		{"--manifest", manifest, f.toFolder(), f.force || f.toFolder()},
		{"the uids of --dedupe", "", true, true}, // so for these in a folder
		{"--summary-json", b.summary, false, f.force || b.resume && isSummary(b.summary)},
	}
	if uids != nil {
		sides[2].path = uids.file
	}
	for i, side := range sides {
		if side.path == "" || side.path == "-" {
			continue
		}
		for _, other := range sides[:i] {
			if other.path != "" && sameName(side.path, other.path) {
				return usagef("%s and %s are the same file", other.option, side.option)
			}
		}
		if i == 0 {
			continue
		}
		inOutput := f.toFolder() && sameName(filepath.Dir(side.path), f.output)
		if inOutput && partName.MatchString(filepath.Base(side.path)) {
			return usagef("%s: is the name of a part", side.path)
		}
		folder, err := os.Stat(filepath.Dir(side.path))
		info, err2 := os.Stat(side.path)
		switch {
		case err != nil && !inOutput: // that is made
			return err
		case err == nil && !folder.IsDir():
			return fmt.Errorf("%s: is no folder", filepath.Dir(side.path))
		case err2 != nil:
		case info.IsDir():
			return fmt.Errorf("%s: is a directory", side.path)
		case !info.Mode().IsRegular():
			if side.regular {
				return fmt.Errorf("%s: is no regular file", side.path)
			}
		case !side.replaces && !isLog(side.path):
			return fmt.Errorf("%s: file exists (--force overwrites it)", side.path)
		case uids == nil || side.path != uids.file: // which have no head to be known by
			if err := mayReplace(side.path); err != nil {
				return err
			}
		case isLog(side.path):
			return fmt.Errorf("%s: is a log or an archive and is not overwritten", side.path)
		}
	}
	return nil
}

// isSummary says whether the file of that name is one that --summary-json has written.
func isSummary(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 64)
	n, _ := io.ReadFull(f, head)
	return strings.HasPrefix(string(head[:n]), summaryBegin)
}

// sameName says whether two names are of one file, which need not be there.
func sameName(a, b string) bool {
	one, err := os.Stat(a)
	two, err2 := os.Stat(b)
	if err == nil && err2 == nil {
		return os.SameFile(one, two)
	}
	a, err = filepath.Abs(a)
	b, err2 = filepath.Abs(b)
	return err == nil && err2 == nil && a == b
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
