package main

import (
	"io"
	"maps"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser"
)

func newInspect(s streams) *cobra.Command {
	var asJSON, shape, quiet, verbose bool
	var jobs int
	var old recoverFlags
	var from inputFlags
	cmd := &cobra.Command{
		Use:   "inspect PATH...",
		Short: "Tell what is in the files: format, records by kind, time range, damage",
		Long: `Tell what is in the files that PATH names: format, size, chunks, records by state
and by channel, provider and event id, first and last time, and every damaged
place. Every record is decoded, so that damage shows; no file is written.

With --json, print one JSON object a file and line. records counts the records
by state, also those that could not be decoded; live_after_damage are the live
ones among them that were found behind bytes that are no record.

With --shape as well, print instead the sizes and patterns of those payloads in a
trace log whose layout no document gives, raw net events among them: addresses,
ports, SIDs and texts are masked, and names and times of the file left out. That is
what can be sent to others who want to read such traces; look at it before you do.`,
		Example: `  qmparse inspect Security.evtx
  qmparse inspect --json collected/ | jq 'select(.damage)'
  qmparse inspect --json --shape wfpdiag.etl > shape.json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := checkJobs(jobs); err != nil {
				return err
			}
			if shape && !asJSON {
				return usagef("--shape goes with --json")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			options, err := old.options()
			if err != nil {
				return err
			}
			in, err := from.inputs(args, s.in)
			if err != nil {
				return err
			}
			defer in.close()
			con := newConsole(s.err, verbose, quiet, args)
			v := &inspection{ledger: newLedger(con), out: s.out, asJSON: asJSON, shape: shape}
			v.options = options
			err = read(cmd.Context(), in.sources(), jobs, v)
			con.close(s.err)
			if err == nil {
				err = v.failed
			}
			switch {
			case err != nil:
				return outputError("-", err)
			case v.nothingDone():
				return errNothingRead
			}
			if !quiet {
				v.sayRead()
			}
			v.sayDamage(quiet)
			return v.err()
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&asJSON, "json", false, "print JSON, one object a file")
	flags.BoolVar(&shape, "shape", false, "with --json, print the masked structure of undocumented payloads instead")
	old.add(flags, parser.RecoverSlack)
	from.add(flags)
	flags.IntVarP(&jobs, "jobs", "j", runtime.GOMAXPROCS(0), "decode on `N` processors")
	flags.BoolVarP(&quiet, "quiet", "q", false, "say only what went wrong")
	flags.BoolVarP(&verbose, "verbose", "v", false, "say more: every damaged place, every file passed over")
	return cmd
}

// inspection is the visitor that finds out what is in one file after the other.
type inspection struct {
	*ledger
	out    io.Writer
	asJSON bool
	shape  bool

	file    *tally
	channel map[string]*sequence // EventRecordIDs
	runs    int                  // in all of them
	full    bool                 // too many
	others  bool                 // channels beyond those
	shapes  *shapes
	damages []string
	more    int64        // damaged places beyond those kept
	lost    []lostReport // the bytes of those
	failed  error        // of writing
}

// What is kept of the EventRecordIDs of a file: so many channels, of which Windows has some
// 1,200, and so many runs in all of them. A log may have been made to have a channel for
// each record.
const (
	maxChannels    = 4096
	maxChannelRuns = 8 * maxRuns
)

// pieceKinds is how many bytes of kinds a frame hands over in a part. A chunk of a log has
// some KiB.
const pieceKinds = 128 << 10

// maxKept is how many damaged places of a file its report lists.
const maxKept = 1000

// inspected is what came of a frame.
type inspected struct {
	tally   *tally
	runs    []parser.Run
	channel map[string]*sequence
	shapes  *shapes
	errs    []error
}

func newInspected() inspected {
	return inspected{tally: newTally(), channel: map[string]*sequence{}, shapes: newShapes()}
}

// full says that what came of a frame so far is to be handed over.
func (o *inspected) full() bool {
	return len(o.errs) >= pieceErrors || o.tally.kindBytes >= pieceKinds
}

func (v *inspection) begin(in *input) {
	v.ledger.begin(in)
	v.file, v.shapes, v.damages, v.more = newTally(), newShapes(), nil, 0
	v.lost = nil
	v.channel, v.runs, v.full, v.others = map[string]*sequence{}, 0, false, false
}

func (v *inspection) worker() decode[inspected] {
	w := parser.NewWorker()
	w.LoadAll, w.NoUID = true, true
	return func(_ *input, f parser.Frame, part func(inspected)) inspected { return v.work(w, f, part) }
}

func (v *inspection) work(w *parser.Worker, f parser.Frame, part func(inspected)) inspected {
	out := newInspected()
	for ev, err := range w.Events(f) {
		if out.full() {
			part(out)
			out = newInspected()
		}
		if err != nil {
			out.tally.error(err)
			out.errs = append(out.errs, err)
			continue
		}
		out.tally.event(ev)
		out.id(ev)
		if err := w.Load(ev); err != nil {
			out.errs = append(out.errs, err)
		}
		if v.shape {
			out.shapes.add(w, ev)
		}
	}
	out.tally.frame(w, v.options)
	out.runs = slices.Clone(w.Runs())
	return out
}

// id notes the id that a current event of an event log has in its channel.
func (o *inspected) id(ev *model.Event) {
	current := ev.State == model.StateLive || ev.State == model.StatePastFree
	if ev.Format == model.FormatEVTX && current && ev.EventRecordID.OK && ev.Channel.OK {
		id := ev.EventRecordID.V
		of(o.channel, shortName(ev.Channel.V)).add([]parser.Run{{First: id, Last: id, Start: ev.Logged.V, End: ev.Logged.V}})
	}
}

// of returns the sequence of a channel.
func of(all map[string]*sequence, channel string) *sequence {
	s := all[channel]
	if s == nil {
		s = &sequence{}
		all[channel] = s
	}
	return s
}

func (v *inspection) took(in *input, out inspected) error {
	for _, err := range out.errs {
		v.damaged(in, err)
	}
	v.file.add(out.tally)
	v.ids.add(out.runs)
	for _, channel := range slices.Sorted(maps.Keys(out.channel)) {
		v.follow(channel, out.channel[channel].runs)
	}
	v.shapes.join(out.shapes)
	return v.failed
}

// follow adds runs of EventRecordIDs to those of a channel, if there is room.
func (v *inspection) follow(channel string, runs []parser.Run) {
	s := v.channel[channel]
	if s == nil && (len(v.channel) >= maxChannels || !v.room()) {
		v.others = true
		return
	}
	s = of(v.channel, channel)
	s.more = s.more || !v.room()
	before := len(s.runs)
	s.add(runs)
	v.runs += len(s.runs) - before
}

// room says whether there is room for runs. A log of forwarded events has one for each step
// from machine to machine, until they are joined.
func (v *inspection) room() bool {
	if v.runs < maxChannelRuns || v.full {
		return !v.full
	}
	v.runs = 0
	for _, s := range v.channel {
		s.sort()
		v.runs += len(s.runs)
	}
	v.full = v.runs > maxChannelRuns/2
	return !v.full
}

func (v *inspection) damaged(in *input, err error) {
	if more := v.damage(in, err); more > 0 {
		if v.more == 0 { // the place is the last in the list
			v.lost[len(v.lost)-1].Size += more
		}
		return
	}
	if len(v.damages) < maxKept {
		v.damages = append(v.damages, err.Error())
		if l, ok := lost(err); ok {
			v.lost = append(v.lost, l)
		}
	} else {
		v.more++
	}
}

func (v *inspection) end(in *input) {
	v.ledger.end(in)
	v.tally.add(v.file)
	v.file.log(in.log)
	v.print(v.report(in))
}

func (v *inspection) refused(in *input, err error) {
	v.refuse(in, err)
	v.print(&fileReport{Path: in.Path, Member: in.Member, Error: err.Error()})
}

func (v *inspection) print(r *fileReport) {
	switch {
	case v.failed != nil:
	case v.shape && r.Error == "":
		v.failed = r.shapesOnly().json(v.out)
	case v.asJSON:
		v.failed = r.json(v.out)
	default:
		_, v.failed = io.WriteString(v.out, r.text())
	}
}
