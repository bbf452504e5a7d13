package main

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/qmparse/qmparse/export"
)

// openOutput makes the destination that the options ask for.
func (c *convert[T]) openOutput(f *convertFlags, format export.Format, run runOptions, stdout io.Writer) (err error) {
	b := &f.batch
	if c.partition, err = newPartitioning(b.partitionBy); err != nil {
		return err
	}
	if err := b.check(f); err != nil {
		return err
	}
	c.folder = run.Folder
	c.keep, c.hash = f.toFolder() || b.manifest != "", b.hash
	beside := &manifest{path: f.manifestPath(run), options: run}
	c.written = []string{beside.path, b.summary}
	if b.dedupe {
		c.dedupe = &dedupe{}
		if f.toFolder() {
			c.dedupe.file = strings.TrimSuffix(beside.path, ".ndjson") + ".uids"
		}
		c.written = append(c.written, c.dedupe.file)
	}
	if err := f.checkSides(beside.path, c.dedupe); err != nil {
		return err
	}
	memory, err := budget(b.maxMemory, f.jobs)
	if err != nil {
		return err
	}
	if b.dedupe {
		c.dedupe.set.Memory = memory.uids
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
	if f.toFolder() {
		return c.openFolder(f, maker, beside, memory.partitions)
	}
	to, err := newOneFile(maker, f.output, stdout, f.force)
	if err != nil {
		return err
	}
	if b.manifest != "" {
		to.manifest = beside
	}
	c.to = to
	return nil
}

// openFolder makes a folder of parts the destination, of which so many files are open at once:
// one to begin in, or one where an earlier run stopped.
func (c *convert[T]) openFolder(f *convertFlags, maker *export.Maker[T], m *manifest, mostOpen int) error {
	d := newDirParts(maker, f.output, m)
	d.rowsMost, d.partitioned, d.mostOpen, d.dedupe = f.batch.partRows, c.partition.active(), mostOpen, c.dedupe
	c.to = d
	if !f.batch.resume || !exists(m.path) {
		err := d.begin(f.force)
		if err != nil {
			d.discard()
		}
		return err
	}
	e, err := d.resume(f.batch.hash)
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

// manifestPath is where the manifest of a run goes, "" for nowhere.
func (f *convertFlags) manifestPath(run runOptions) string {
	if f.batch.manifest != "" || !f.toFolder() {
		return f.batch.manifest
	}
	return filepath.Join(f.output, "_manifest"+strings.TrimPrefix(run.partsName(), run.Table)+".ndjson")
}
