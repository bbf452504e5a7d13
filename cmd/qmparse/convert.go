package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"

	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/qmparse/qmparse/export"
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

// convertFlags are the options of the commands that write a table.
type convertFlags struct {
	output  string
	format  string
	force   bool
	raw     bool
	recover string
	jobs    int
	quiet   bool
	verbose bool
}

func (f *convertFlags) add(flags *pflag.FlagSet) {
	flags.StringVarP(&f.output, "output", "o", "-", "write to `FILE`, in the format of its suffix; - is standard output")
	flags.StringVarP(&f.format, "format", "f", "", "parquet, ndjson or csv, whatever the suffix; ndjson on standard output")
	flags.BoolVar(&f.force, "force", false, "overwrite FILE if it exists")
	flags.BoolVar(&f.raw, "raw", false, "add the column raw, the bytes of each record")
	flags.StringVar(&f.recover, "recover", "none", "which old records to recover: none")
	flags.IntVarP(&f.jobs, "jobs", "j", runtime.GOMAXPROCS(0), "decode on `N` processors; the output is the same for any N")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say only what went wrong")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "say more: every damaged place, every file passed over")
}

// check checks the options and returns the format to write.
func (f *convertFlags) check() (export.Format, error) {
	if f.recover != "none" {
		return "", usagef("--recover %s: only none is known", f.recover)
	}
	if f.jobs < 1 {
		return "", usagef("--jobs %d: at least 1", f.jobs)
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
	format, ok := export.FormatByName(f.output)
	if !ok {
		return "", usagef("%s: the suffix tells no format, name one with --format", f.output)
	}
	return format, nil
}

// convert writes one table.
type convert[T export.Row] struct {
	*ledger
	sink  export.Sink[T]
	rows  int64
	batch sync.Pool

	// fields says whose data a row is made of by name, nil for none.
	fields func(*model.Event) bool
	// want says, by its System fields, whether an event may become a row.
	want func(*model.Event) bool
	// row makes a row of an event with its data; nil for none.
	row func(*model.Event) *T
	raw bool
}

// converted is what came of a frame.
type converted[T export.Row] struct {
	batch export.Batch[T]
	tally *tally
	errs  []error
}

func (c *convert[T]) newWorker() *parser.Worker {
	w := parser.NewWorker()
	w.Fields, w.Raw = c.fields, c.raw
	return w
}

func (c *convert[T]) work(w *parser.Worker, in *input, f parser.Frame) *converted[T] {
	out, _ := c.batch.Get().(*converted[T])
	if out == nil {
		out = &converted[T]{batch: c.sink.NewBatch(), tally: newTally()}
	}
	out.tally.bytes = int64(f.Bytes())
	for ev, err := range w.Events(f) {
		if err != nil {
			out.tally.error(err)
			out.errs = append(out.errs, err)
			continue
		}
		out.tally.event(ev)
		if !c.want(ev) {
			continue
		}
		ev.Path, ev.Member = in.Path, in.Member
		if err := w.Load(ev); err != nil {
			out.errs = append(out.errs, err)
		}
		if row := c.row(ev); row != nil {
			out.batch.Append(row)
		}
	}
	out.tally.frame(w)
	return out
}

func (c *convert[T]) took(in *input, out *converted[T]) error {
	for _, err := range out.errs {
		c.damage(in, err)
	}
	c.tally.add(out.tally)
	c.rows += int64(out.batch.Rows())
	err := c.sink.Write(out.batch)
	out.batch.Reset()
	out.tally.reset()
	clear(out.errs)
	out.errs = out.errs[:0]
	c.batch.Put(out)
	return err
}

func (c *convert[T]) damaged(in *input, err error) { c.damage(in, err) }
func (c *convert[T]) refused(in *input, err error) { c.refuse(in, err) }

// runConvert reads paths and writes the table c makes of them.
func runConvert[T export.Row](ctx context.Context, s streams, f *convertFlags, paths []string, c *convert[T], close func(*convert[T])) error {
	format, err := f.check()
	if err != nil {
		return err
	}
	if out, ok := s.out.(*os.File); ok && f.output == "-" && format == export.Parquet && term.IsTerminal(int(out.Fd())) {
		return usagef("Parquet is not written to a terminal; name a file with --output")
	}
	out, err := createOut(f.output, s.out, f.force)
	if err != nil {
		return err
	}
	defer out.discard()
	c.raw = f.raw
	if c.sink, err = export.NewSink[T](out, format, export.Options{Raw: f.raw, Version: version()}); err != nil {
		return err
	}
	con := newConsole(s.err, f.verbose, f.quiet, paths)
	c.ledger = newLedger(con)
	err = read(ctx, paths, s.in, f.jobs, c.newWorker, c)
	con.close(s.err)
	switch {
	case err != nil:
		return outputError(f.output, err)
	case c.nothingDone():
		return errNothingRead
	}
	if err := c.sink.Close(); err != nil {
		return outputError(f.output, err)
	}
	if err := out.commit(); err != nil {
		return outputError(f.output, err)
	}
	if !f.quiet {
		c.sayRead()
		close(c)
	}
	c.sayDamage(f.quiet)
	return c.err()
}

func outputError(name string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if name == "-" {
		name = "standard output"
	}
	return fmt.Errorf("%s: %w", name, err)
}
