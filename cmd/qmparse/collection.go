package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/netevent"
)

// filterEngine is the filter engine of a machine. Its events are addresses of
// FWPM_NET_EVENTn in memory, good until the function that gets one returns.
type filterEngine interface {
	header() netevent.Header
	meta(now time.Time) netevent.Meta
	memory() netevent.Memory

	Collecting() (on, known bool)
	Enumerate(each func(event uint64) error) error
	Subscribe(each func(event uint64)) (stop func() error, err error)
	Close() error
}

// collection is one run of collect: net events of an engine on their way into a
// dump.
type collection struct {
	engine        filterEngine
	out           *outFile
	con           *console
	follow, quiet bool
	room          int // bytes of events that may wait to be written

	layout *netevent.Layout
	w      *netevent.Writer

	events int64
	torn   int64  // could not be copied
	lost   uint64 // came too fast
	gap    uint64 // of both: so many are missing where the dump ends now

	// before counts the enumerated events by their bytes, with follow. The
	// subscription comes first, so that nothing falls between it and the
	// enumeration; what happened meanwhile comes twice and is written once.
	before map[[sha256.Size]byte]int
}

func (c *collection) run(ctx context.Context) error {
	if err := c.begin(); err != nil {
		return err
	}
	var arrived *arrivals
	var stop func() error
	if c.follow {
		arrived = newArrivals(c.room)
		var err error
		if stop, err = c.engine.Subscribe(func(event uint64) { arrived.put(c.copy(event)) }); err != nil {
			return explain(err)
		}
		defer stop()
	}
	if err := c.enumerate(ctx); err != nil {
		return explain(err)
	}
	if c.follow {
		c.say("%s so far; following, Ctrl-C ends", plural(c.events, "net event"))
		if err := c.followed(ctx, arrived, stop); err != nil {
			return err
		}
	}
	return c.end()
}

// begin writes what comes before the events.
func (c *collection) begin() error {
	h := c.engine.header()
	meta := c.engine.meta(time.Now())
	if on, known := c.engine.Collecting(); known && !on {
		meta.Note = model.Some("FWPM_ENGINE_COLLECT_NET_EVENTS is 0")
		c.con.say("this machine does not record net events now; %s", howToTurnOn)
	}
	var err error
	if c.layout, err = netevent.LayoutFor(int(h.NetEventVersion), int(h.PointerSize)); err != nil {
		return err
	}
	if c.w, err = netevent.NewWriter(c.out, h); err != nil {
		return c.outputError(err)
	}
	return c.outputError(c.w.Meta(meta))
}

// outputError says which file could not be written.
func (c *collection) outputError(err error) error {
	if err == nil {
		return nil
	}
	return outputError(c.out.target, err)
}

// enumerate writes the events that the engine has kept.
func (c *collection) enumerate(ctx context.Context) error {
	c.before = map[[sha256.Size]byte]int{}
	return c.engine.Enumerate(func(event uint64) error {
		if !c.follow && ctx.Err() != nil {
			return ctx.Err()
		}
		a := c.copy(event)
		if c.follow && hasTime(a.payload) {
			c.before[sha256.Sum256(a.payload)]++
		}
		return c.write(a)
	})
}

// followed writes the events that arrive until ctx is done, and those that are
// there by then.
func (c *collection) followed(ctx context.Context, arrived *arrivals, stop func() error) error {
	for more := true; more; {
		select {
		case <-arrived.some:
		case <-ctx.Done():
			more = false
			if err := stop(); err != nil {
				c.con.say("%v", err)
			}
		}
		events, dropped := arrived.take()
		for _, a := range events {
			if key := sha256.Sum256(a.payload); c.before[key] > 0 {
				c.before[key]--
				continue
			}
			if err := c.write(a); err != nil {
				return err
			}
		}
		c.lost += dropped
		c.gap += dropped
		// If the machine goes down, the temporary file has all but the end.
		if err := c.out.b.Flush(); err != nil {
			return c.outputError(err)
		}
	}
	return nil
}

// hasTime says whether the event of a payload has a time: two without one may be
// two events, and equal all the same. timeStamp is the first field of all.
func hasTime(payload []byte) bool {
	const at = 16
	return len(payload) >= at+8 && binary.LittleEndian.Uint64(payload[at:]) != 0
}

// copy takes an event out of memory. It may run on several threads at once.
func (c *collection) copy(event uint64) arrival {
	payload, err := netevent.Copy(c.engine.memory(), event, c.layout)
	return arrival{payload, err}
}

// write writes an event, or remembers that it could not be copied.
func (c *collection) write(a arrival) error {
	if a.err != nil {
		if c.torn++; c.torn <= shownDamage {
			c.con.say("a net event could not be copied: %v", a.err)
		}
		c.gap++
		return nil
	}
	if err := c.writeGap(); err != nil {
		return err
	}
	c.events++
	return c.outputError(c.w.Event(a.payload))
}

func (c *collection) writeGap() error {
	if c.gap == 0 {
		return nil
	}
	n := c.gap
	c.gap = 0
	return c.outputError(c.w.Lost(n))
}

// end makes the dump whole and says what is in it.
func (c *collection) end() error {
	if err := c.writeGap(); err != nil {
		return err
	}
	if err := c.w.End(); err != nil {
		return c.outputError(err)
	}
	if err := c.out.commit(); err != nil {
		return c.outputError(err)
	}
	c.say("wrote %s", plural(c.events, "net event"))
	if c.events == 0 {
		c.say("the engine keeps the latest events only, and none across a restart")
	}
	if c.lost > 0 {
		c.con.say("%s came too fast and are missing: the dump says where", plural(int64(c.lost), "net event"))
	}
	if c.torn > 0 {
		c.con.say("%s could not be copied: the dump says where", plural(c.torn, "net event"))
		return errDamaged
	}
	return nil
}

func (c *collection) say(format string, args ...any) {
	if !c.quiet {
		c.con.say(format, args...)
	}
}
