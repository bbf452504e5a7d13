package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/qmparse/qmparse/export"
)

// runConvert reads paths and writes the table c makes of them.
func runConvert[T export.Row](cmd *cobra.Command, s streams, f *convertFlags, paths []string, c *convert[T]) error {
	format, err := f.check()
	if err != nil {
		return err
	}
	if c.filter, err = f.filter.filter(cmd.Flags()); err != nil {
		return err
	}
	options, err := f.recover.options()
	if err != nil {
		return err
	}
	if out, ok := s.out.(*os.File); ok && f.output == "-" && format == export.Parquet && term.IsTerminal(int(out.Fd())) {
		return usagef("Parquet is not written to a terminal; name a file with --output")
	}
	in, err := f.inputs.inputs(paths, s.in)
	if err != nil {
		return err
	}
	defer in.close()
	con := newConsole(s.err, f.verbose, f.quiet, paths)
	defer con.close(s.err)
	c.ledger = newLedger(con)
	c.ledger.options = options
	c.raw = f.raw
	run := f.runOptions(tableOf[T](), format)
	if err := c.openOutput(f, format, run, s.out); err != nil {
		return err
	}
	defer c.to.discard()
	if f.toFolder() {
		in.writes(f.output, c.written...)
	} else {
		in.writes("", append(c.written, f.output)...)
	}
	if c.dedupe != nil {
		defer c.dedupe.close()
	}
	err = read(cmd.Context(), c.goOn(in.sources()), f.jobs, c)
	con.close(s.err)
	switch {
	case err != nil:
		return outputError(f.output, err)
	case c.nothingDone() && c.skipped == 0:
		return errNothingRead
	}
	c.addCounts()
	c.before += c.earlier.unread()
	if err := c.to.close(); err != nil {
		return outputError(f.output, err)
	}
	if !f.quiet {
		c.sayDone()
	}
	c.sayDamage(f.quiet)
	if f.batch.summary != "" {
		code := exitOK
		if c.err() != nil {
			code = exitDamaged
		}
		if err := writeSummary(f.batch.summary, c.report(run, code), s.out); err != nil {
			return outputError(f.batch.summary, err)
		}
	}
	return c.err()
}

// sayDone says what was read and written, and if failures were looked for and there is none,
// why that may be.
func (c *convert[T]) sayDone() {
	if c.skipped > 0 {
		c.con.say("skipped %s that an earlier run has done", plural(c.skipped, "input"))
	}
	if n := c.earlier.left(); n > 0 {
		c.con.say("not named now: %s that an earlier run has done, whose rows stay", plural(n, "input"))
	}
	c.sayRead()
	if c.dedupe != nil {
		c.con.say("left out %s that had been written before (--dedupe)", plural(c.dedupe.dropped, c.what))
	}
	c.filter.say(c.con, c.filtered, c.what, c.want == nil)
	c.con.say("wrote %s", plural(c.rows, c.what))
	if c.want != nil && c.rows == 0 && c.filtered.rows == 0 && c.skipped == 0 {
		for _, why := range c.whyNone() {
			c.con.say("%s", why)
		}
	}
}

func outputError(name string, err error) error {
	if errors.Is(err, context.Canceled) || isFolder(name) { // whose files say which they are
		return err
	}
	if name == "-" {
		name = "standard output"
	}
	return fmt.Errorf("%s: %w", name, err)
}
