package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// bench measures commands.
type bench struct {
	ctx    context.Context
	dir    string // for everything that is made
	self   string // this program
	rounds int
}

// command is one thing to measure.
type command struct {
	name string
	args []string

	// lenient takes any exit code: another reader may stop at damage that was put
	// into the log on purpose, or at what it does not know.
	lenient bool
}

// cost is what one run of a command took.
type cost struct {
	wall, cpu time.Duration
	memory    int64 // bytes at most; 0 if the system does not say
}

// once runs a command.
func (b *bench) once(c *command) (cost, error) {
	cmd := exec.CommandContext(b.ctx, c.args[0], c.args[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	// A nil Stdout is the null device: there is no pipe to wait for.
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && (c.lenient || exit.ExitCode() == 3)) {
		return cost{}, fmt.Errorf("%s: %w: %.500s", c.name, err, stderr.String())
	}
	return cost{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peakMemory(cmd.ProcessState)}, nil
}

// measured is a command's runs, each with the run of the yardstick beside it.
type measured struct {
	command
	runs, beside []cost
}

// measure runs each command in turn with the yardstick.
func (b *bench) measure(yardstick *command, commands []command) ([]measured, error) {
	all := make([]measured, len(commands))
	for i, c := range commands {
		all[i].command = c
	}
	for range b.rounds {
		for i := range all {
			m := &all[i]
			beside, err := b.once(yardstick)
			if err != nil {
				return nil, err
			}
			run, err := b.once(&m.command)
			if err != nil {
				return nil, err
			}
			m.runs, m.beside = append(m.runs, run), append(m.beside, beside)
		}
	}
	return all, nil
}

func median[T int64 | float64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

// of returns the median of a part of the costs.
func of[T int64 | float64 | time.Duration](costs []cost, part func(cost) T) T {
	var values []T
	for _, c := range costs {
		values = append(values, part(c))
	}
	return median(values)
}

func wall(c cost) time.Duration { return c.wall }
func cpu(c cost) time.Duration  { return c.cpu }
func memory(c cost) int64       { return c.memory }

// ratios returns the median and the extremes of the ratios, round by round, of a
// time to the yardstick's.
func (m *measured) ratios(part func(cost) time.Duration) (mid, least, most float64) {
	var all []float64
	for i := range m.runs {
		all = append(all, float64(part(m.runs[i]))/float64(max(part(m.beside[i]), 1)))
	}
	mid = median(all) // sorts
	return mid, all[0], all[len(all)-1]
}

// qmparse is a command of the program under test.
func (b *bench) qmparse(name string, args ...string) command {
	return command{name: name, args: append([]string{filepath.Join(b.dir, "qmparse")}, args...)}
}

// floor is the yardstick.
func (b *bench) floor(what, path string) *command {
	return &command{name: "floor " + what, args: []string{b.self, "floor", what, path}}
}

// size returns the size of a file after reading it once.
func size(path string) (int64, error) {
	if _, err := warm(path); err != nil {
		return 0, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
