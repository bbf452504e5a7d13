package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/spf13/cobra"
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

// tableOf returns the table whose rows are T.
func tableOf[T export.Row]() export.Table {
	if _, ok := any((*T)(nil)).(*model.Event); ok {
		return export.Events
	}
	return export.QMFailures
}

// convert writes one table.
type convert[T export.Row] struct {
	*ledger
	to      destination[T]
	rows    int64
	batch   sync.Pool
	workers []*convertWorker[T]

	partition partitioning
	record    *inputRecord // of the source being stepped through; nil if none is kept
	keep      bool         // records
	hash      bool         // in records
	dedupe    *dedupe      // nil unless copies are left out
	earlier   earlier      // what a run has done that this one goes on with
	folder    string       // that paths are relative to
	written   []string     // files beside the rows
	skipped   int64        // inputs that it has done

	what     string // that a row is: "event"
	filter   *filter
	filtered filtered

	// fields says whose data a row is made of by name, nil for none.
	fields func(*model.Event) bool
	// want says, by its System fields, whether an event may become a row; nil if
	// any may.
	want func(*model.Event) bool
	// row makes a row of an event with its data; nil for none.
	row func(*model.Event) *T
	// time is that of a row, if it may differ from that of the event; nil if it does not.
	time func(*T) model.Opt[model.FILETIME]
	raw  bool
}

// converted is what came of a frame.
type converted[T export.Row] struct {
	batches []keyed[T]
	aside   []packedRows
	packed  []byte
	errs    []error
	runs    []parser.Run
	kept    []T // with dedupe, rows that are not in a batch yet
	rows    int

	// With a manifest, of the frame:
	records     stateNumbers
	undecodable int64
}

// keyed is rows of a partition.
type keyed[T export.Row] struct {
	key   string
	batch export.Batch[T]
}

// packedRows are rows of a partition, in so many of the packed bytes. They are before those
// of the batches.
type packedRows struct {
	key         string
	n, from, to int
}

// mostBatches is how many partitions of a frame have a batch. One takes tens of KiB, and a
// log of forwarded events may have each row from another host; so when there are more, what
// they hold is packed.
const mostBatches = 8

// pack puts the rows in batches aside.
func (out *converted[T]) pack() {
	for i := range out.batches {
		k := &out.batches[i]
		from := len(out.packed)
		out.packed = export.AppendBatch(out.packed, k.batch)
		out.aside = append(out.aside, packedRows{k.key, k.batch.Rows(), from, len(out.packed)})
		k.batch.Reset()
	}
	out.batches = out.batches[:0]
}

// convertWorker makes rows of frames. Its tally is its own until the run is over:
// the order of what is counted does not matter.
type convertWorker[T export.Row] struct {
	*convert[T]
	w        *parser.Worker
	tally    *tally
	filtered filtered
	frames   int

	// What the current frame makes: of the worker, since variables that the loop over
	// events changes would be allocated for every frame.
	piece *converted[T]
	data  int // bytes of data in it
}

func (c *convert[T]) worker() decode[*converted[T]] {
	w := &convertWorker[T]{convert: c, w: parser.NewWorker(), tally: newTally()}
	w.w.Fields, w.w.Raw = c.fields, c.raw
	if c.want != nil || c.filter.active() {
		w.w.Want = &parser.Want{Kind: w.wanted, Since: c.filter.since, Until: c.filter.until, AnyTime: c.time != nil}
	}
	c.workers = append(c.workers, w)
	return w.work
}

// countEvery is after how many frames what was stepped over is counted.
const countEvery = 64

// What a frame makes is handed over in parts of so many rows, bytes of data, or
// errors. A chunk of a log makes far less; a buffer of a trace can make much more, and so
// can a frame that counts no bytes, of old records: of those there are fewer rows in a part,
// since the memory of parts is used again for what is small.
const (
	pieceRows    = 16 << 10
	pieceOldRows = 512
	pieceData    = 8 << 20
	pieceErrors  = 4 << 10
)

// out returns where rows go next.
func (c *convert[T]) out() *converted[T] {
	out, _ := c.batch.Get().(*converted[T])
	if out == nil {
		out = &converted[T]{}
	}
	return out
}

// in returns the batch of a partition.
func (c *convert[T]) in(out *converted[T], key string) export.Batch[T] {
	for i := len(out.batches) - 1; i >= 0; i-- {
		if k := &out.batches[i]; k.key == key {
			return k.batch
		}
	}
	if len(out.batches) == mostBatches {
		out.pack()
	}
	// One that was used before, for another partition perhaps.
	if n := len(out.batches); n < cap(out.batches) {
		if k := &out.batches[:n+1][n]; k.batch != nil {
			k.key = key
			out.batches = out.batches[:n+1]
			return k.batch
		}
	}
	out.batches = append(out.batches, keyed[T]{key, c.to.newBatch()})
	return out.batches[len(out.batches)-1].batch
}

func (w *convertWorker[T]) work(in *input, f parser.Frame, part func(*converted[T])) *converted[T] {
	w.piece, w.data = w.out(), 0
	before, undecodable := w.tally.records, w.tally.undecodable
	most := pieceRows
	if f.Bytes() == 0 {
		most = pieceOldRows
	}
	for ev, err := range w.w.Events(f) {
		out := w.piece
		if out.rows >= most || w.data >= pieceData || len(out.errs) >= pieceErrors {
			part(out)
			out = w.out()
			w.piece, w.data = out, 0
		}
		if err != nil {
			w.tally.error(err)
			out.errs = append(out.errs, err)
			continue
		}
		w.tally.event(ev)
		if !w.takes(ev) {
			continue
		}
		ev.Path, ev.Member = in.Path, in.Member
		if err := w.w.Load(ev); err != nil {
			out.errs = append(out.errs, err)
		}
		w.data += len(ev.Data)
		if row := w.row(ev); row != nil && w.inTime(row) {
			out.rows++
			if w.dedupe != nil {
				out.kept = append(out.kept, owned(row))
			} else {
				w.put(out, row)
			}
		}
	}
	out := w.piece
	w.tally.frame(w.w, w.options)
	out.runs = append(out.runs, w.w.Runs()...)
	if w.frames++; w.keep || w.frames%countEvery == 0 {
		w.count()
	}
	if w.keep {
		out.records = w.tally.records
		out.records.add(before, -1)
		out.undecodable = w.tally.undecodable - undecodable
	}
	return out
}

// put appends a row to the batch that it belongs to.
func (c *convert[T]) put(out *converted[T], row *T) {
	folder := ""
	if c.partition.active() {
		folder = key(c.partition, row)
	}
	c.in(out, folder).Append(row)
}

// mayBeRow says whether an event may become a row if the filter lets it through.
func (c *convert[T]) mayBeRow(ev *model.Event) bool { return c.want == nil || c.want(ev) }

// wanted says so by what kind of event it is, whatever its time.
func (c *convert[T]) wanted(ev *model.Event) bool { return c.mayBeRow(ev) && c.filter.kind(ev) }

// takes says whether an event may become a row, and counts what the filter did.
func (w *convertWorker[T]) takes(ev *model.Event) bool {
	row := w.mayBeRow(ev)
	if !w.filter.kind(ev) || !w.filter.time(ev.Time) && (w.time == nil || !row) {
		w.leave(row)
		return false
	}
	if row && w.time == nil {
		w.countTimeless(ev.Time)
	}
	return row
}

// inTime says whether the time of a row is what was asked for, if it is its own.
func (w *convertWorker[T]) inTime(row *T) bool {
	if w.time == nil {
		return true
	}
	t := w.time(row)
	if !w.filter.time(t) {
		w.leave(true)
		return false
	}
	w.countTimeless(t)
	return true
}

// leave counts a record that is left out.
func (w *convertWorker[T]) leave(row bool) {
	w.filtered.left++
	if row {
		w.filtered.rows++
	}
}

func (w *convertWorker[T]) countTimeless(t model.Opt[model.FILETIME]) {
	if !t.OK && w.filter.timed() {
		w.filtered.timeless++
	}
}

// count counts what was stepped over.
func (w *convertWorker[T]) count() {
	for p := range w.w.Passed() {
		w.tally.passed(p)
		left := p.Records
		if w.filter.kind(p.Event) {
			left -= p.Within
		}
		w.filtered.left += left
		if w.mayBeRow(p.Event) {
			w.filtered.rows += left
		}
	}
}

func (c *convert[T]) took(in *input, out *converted[T]) error {
	for _, err := range out.errs {
		c.damaged(in, err)
	}
	c.ids.add(out.runs)
	err := c.unique(in, out)
	c.note(out)
	for _, k := range out.aside {
		if err == nil {
			c.rows += int64(k.n)
			err = c.to.write(k.key, portion[T]{n: k.n, packed: out.packed[k.from:k.to]})
		}
	}
	for i := range out.batches {
		k := &out.batches[i]
		if n := k.batch.Rows(); n > 0 && err == nil {
			c.rows += int64(n)
			err = c.to.write(k.key, portion[T]{n: n, batch: k.batch})
		}
		k.batch.Reset()
	}
	clear(out.aside)
	out.aside, out.packed = out.aside[:0], out.packed[:0]
	clear(out.errs)
	clear(out.kept)
	out.kept = out.kept[:0]
	out.batches, out.errs, out.runs = out.batches[:0], out.errs[:0], out.runs[:0]
	out.rows, out.records, out.undecodable = 0, stateNumbers{}, 0
	c.batch.Put(out)
	return err
}

// unique puts the rows that were not written before into batches.
func (c *convert[T]) unique(in *input, out *converted[T]) error {
	for i := range out.kept {
		row := &out.kept[i]
		takes, err := c.dedupe.takes(in, eventOf(row))
		if err != nil {
			return err
		}
		if takes {
			c.put(out, row)
		} else {
			out.rows--
			if r := c.noted(); r != nil {
				r.Duplicates++
			}
		}
	}
	return nil
}

// addCounts adds what the workers have counted to the counts of the run.
func (c *convert[T]) addCounts() {
	for _, w := range c.workers {
		w.count()
		c.tally.add(w.tally)
		c.filtered.add(w.filtered)
	}
}

func (c *convert[T]) damaged(in *input, err error) {
	c.noteDamage(err, c.damage(in, err) == 0)
}

func (c *convert[T]) refused(in *input, err error) {
	c.refuse(in, err)
	c.noteRefused(err)
}

// runConvert reads paths and writes the table c makes of them.
func runConvert[T export.Row](cmd *cobra.Command, s streams, f *convertFlags, paths []string, c *convert[T], close func(*convert[T])) error {
	ctx := cmd.Context()
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
	err = read(ctx, c.goOn(in.sources()), f.jobs, c)
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
		close(c)
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

func outputError(name string, err error) error {
	if errors.Is(err, context.Canceled) || isFolder(name) { // whose files say which they are
		return err
	}
	if name == "-" {
		name = "standard output"
	}
	return fmt.Errorf("%s: %w", name, err)
}
