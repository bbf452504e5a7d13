package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/qmparse/qmparse/cmd/qmparse/internal/compare"
	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
	"github.com/qmparse/qmparse/parser/source"
)

// errDiffer ends a run that found a difference; it has been said.
var errDiffer = errors.New("the readers differ")

// errNotCompared ends a run that found none, but did not compare all it should.
var errNotCompared = errors.New("not all could be compared")

// errNoEventLog refuses what golang-evtx cannot read.
var errNoEventLog = errors.New("not an event log (.evtx), golang-evtx reads no other")

// maxSpool bounds what is put aside of an input that is no plain file. Windows
// keeps logs below 4 GiB; an archive may hold anything.
const maxSpool = 4 << 30

func newVerify(s streams) *cobra.Command {
	var asJSON, quiet, verbose bool
	var timeout time.Duration
	var from inputFlags
	cmd := &cobra.Command{
		Use:   "verify PATH...",
		Short: "Second opinion: compare with what golang-evtx reads, record by record",
		Long: verifyLong + limitsText() + `

golang-evtx is under the GPL-3.0, and so is a qmparse program that contains it; see
NOTICE.`,
		Example: `  qmparse verify Security.evtx
  qmparse verify --json collected/ | jq 'select(.result != "agree")'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if timeout <= 0 {
				return usagef("--timeout %v: more than 0", timeout)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := from.inputs(args, s.in)
			if err != nil {
				return err
			}
			defer in.close()
			con := newConsole(s.err, verbose, quiet, args)
			v := &verification{
				ledger: newLedger(con), ctx: cmd.Context(), timeout: timeout,
				out: bufio.NewWriter(s.out), asJSON: asJSON, most: mostListed(asJSON, verbose),
			}
			err = v.all(in.sources())
			con.close(s.err)
			if err != nil {
				return outputError("-", err)
			}
			if !quiet {
				v.sayCompared()
			}
			return v.err()
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&asJSON, "json", false, "print JSON, one object a log")
	from.add(flags)
	flags.DurationVar(&timeout, "timeout", 2*time.Minute, "stop golang-evtx when it has printed nothing for `TIME`, and go on with the next log")
	flags.BoolVarP(&quiet, "quiet", "q", false, "say only what went wrong")
	flags.BoolVarP(&verbose, "verbose", "v", false, "list every difference, name every file passed over")
	return cmd
}

const verifyLong = `Read the event logs (.evtx) that PATH names with qmparse and, in a process of its
own, with golang-evtx v1.2.9, and compare what they read: record by record by its
place in the file, the System fields and the data by name, in one form. PATH is a
file, a directory (with all below it), an archive, a glob or - for standard input.

Reported are records that both read and that agree or differ, with both values;
records that only one of them read, and why; and how golang-evtx ended if it
crashed or hung. A record that neither can decode is counted and is no
difference. Other files are passed over in a directory and refused if named; one
that is no log at all is given to golang-evtx all the same.

Exit codes: 0 all was compared and agrees; 1 nothing differs, but something named
or found could not be compared; 2 the command line is wrong; 3 something differs: a
value, a record that only one of them read, also because golang-evtx crashed, or its
crash; 130 interrupted.

With --json, one object a log and line: path, member, size, differences (each with
kind value, only_qmparse or only_golang_evtx; offset, record_id; field, qmparse,
golang_evtx of a value, of which one that a reader does not have is left out;
reason), differences_not_listed, records (both, agree, limited, differ,
only_qmparse, only_golang_evtx, neither), known_limitations (values by name),
damaged_places that qmparse met, golang_evtx_errors (panics, records, chunks) and
golang_evtx_failed, why it ended early; error, why qmparse did not read it; result:
agree, differ or not_compared. Texts of more than 1000 bytes are cut.

Known limitations of golang-evtx are counted and are no difference. A value is
counted as one only if golang-evtx has made of its bytes what the limitation says,
value-size excepted. They are:

`

// limitsText is the table of the known limitations.
func limitsText() string {
	var b strings.Builder
	for _, l := range compare.Limits {
		fmt.Fprintf(&b, "  %-17s %s\n", l.Limit, l.About)
	}
	return strings.TrimRight(b.String(), "\n")
}

// verification is one run.
type verification struct {
	*ledger
	ctx     context.Context
	timeout time.Duration
	out     *bufio.Writer
	asJSON  bool
	most    int // differences of a log that are listed

	sum         verdict // of all logs
	compared    int64   // logs
	differing   int64   // of them
	crashed     int64   // logs on which golang-evtx did not come to its end
	notCompared int64   // inputs that should have been
}

// all compares all logs. An error is that of writing, or the end of the context.
func (v *verification) all(sources iter.Seq2[source.Source, error]) error {
	for src, err := range sources {
		if err != nil {
			if err := v.one(source.Content{Source: src}, err); err != nil {
				return err
			}
			continue
		}
		passed := int64(0)
		for c, err := range src.Contents(v.ctx) {
			if err := v.one(c, err); err != nil {
				return err
			}
			if c.Member != "" { // others are counted as they are read
				v.passed(c.Consumed() - passed)
				passed = c.Consumed()
			}
		}
	}
	return nil
}

// one compares one input, unless err says why it cannot be read. An error is that
// of writing, or the end of the context.
func (v *verification) one(c source.Content, err error) error {
	in := &input{Source: c.Source}
	if err == nil {
		err = v.input(in, c.Reader)
	}
	if v.ctx.Err() != nil {
		return v.ctx.Err()
	}
	var failed *outputFailed
	if err != nil && !errors.As(err, &failed) {
		err = v.refused(in, err)
	}
	if errors.As(err, &failed) {
		return failed.error
	}
	return nil
}

// outputFailed is an error of writing the report.
type outputFailed struct{ error }

// input compares one input, which r reads. An error says why it could not be.
func (v *verification) input(in *input, r io.Reader) error {
	b := bufio.NewReaderSize(r, sniffed)
	head, err := b.Peek(sniffed)
	if err != nil && err != io.EOF {
		return err
	}
	refusal := isEventLog(head)
	if refusal != nil && (!in.Named || errors.Is(refusal, errNoEventLog)) {
		return refusal
	}
	path := in.Path
	if !isPlain(in) {
		if path, err = spool(v.ctx, b); err != nil {
			return err
		}
		defer os.Remove(path)
	}
	return v.log(in, path, refusal)
}

// sniffed is how much of an input shows whether it is an event log: its header and
// the head of the first chunk.
const sniffed = 8192

// isEventLog says why qmparse does not read an input with that head as an event
// log, if it does not.
func isEventLog(head []byte) error {
	log, err := parser.Open(bytes.NewReader(head))
	switch {
	case err == nil && log.Format() == model.FormatEVTX, errors.Is(err, parser.ErrUnknownFormat):
		return err
	case err == nil || !bytes.HasPrefix(head, []byte("ElfFile\x00")):
		return errNoEventLog
	}
	return err
}

// isPlain says whether an input is a file that another process can open.
func isPlain(in *input) bool {
	if in.Path == source.Stdin || in.Member != "" {
		return false
	}
	info, err := os.Stat(in.Path)
	return err == nil && info.Mode().IsRegular()
}

// spool puts an input aside in a file, since golang-evtx must seek, and returns its
// name.
func spool(ctx context.Context, r io.Reader) (name string, err error) {
	f, err := os.CreateTemp("", "qmparse-*.evtx")
	if err != nil {
		return "", err
	}
	n, err := io.Copy(f, io.LimitReader(&cancelled{ctx, r}, maxSpool+1))
	if err == nil && n > maxSpool {
		err = fmt.Errorf("more than %s, and not a plain file", bytesText(maxSpool))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// cancelled reads until the context ends.
type cancelled struct {
	ctx context.Context
	r   io.Reader
}

func (c *cancelled) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}

// refused reports an input that was not compared. What a directory holds beside
// event logs need not be.
func (v *verification) refused(in *input, err error) error {
	if errors.Is(err, errNoEventLog) && !in.Named {
		err = parser.ErrUnknownFormat // to the ledger: passed over
	}
	if !in.Named && (errors.Is(err, parser.ErrUnknownFormat) || errors.Is(err, source.ErrNotRegular)) {
		v.refuse(in, err)
		return nil
	}
	return v.end(v.begin(in), &logVerdict{in: in, err: err})
}

// err is how the run ends.
func (v *verification) err() error {
	switch {
	case v.differing > 0:
		return errDiffer
	case v.notCompared > 0:
		return errNotCompared
	case v.compared == 0:
		return errors.New("no event log was found, nothing was compared")
	}
	return nil
}
