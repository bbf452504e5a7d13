// Command bench measures qmparse beside the floor, which is reading the same bytes
// and taking their CRC-32, and beside every other reader that is installed:
//
//	go run ./internal/bench [-sizes 256MiB,2GiB] [-rounds 5] [-samples DIR] [-o FILE.md]
//
// It makes logs of those sizes with the project's own writer, and with -samples one
// more of the chunks of the logs below a folder; builds qmparse and golang-evtx; and
// runs each command as a process of its own, in turn with the floor: what a table
// says is the median over the rounds, and the ratio is the median of the ratios
// within one round, so that a machine whose speed drifts does no harm. Output goes
// to the null device, Parquet to a file that is removed. The other readers get a
// smaller log (-peer-size), since some of them take minutes for the large ones; the
// ratio is of bytes a second.
//
// evtx_dump and evtxexport are used if they are on the PATH, the Python readers if
// QMPARSE_PYTHON or python3 can import them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == "floor" {
		if err := floor(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.StringVar(&o.sizes, "sizes", "256MiB", "sizes of the logs to make, with commas between them")
	flag.StringVar(&o.peerSize, "peer-size", "16MiB", "size of the log that the other readers get")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each command runs")
	flag.StringVar(&o.samples, "samples", "", "folder of real logs to make one more log of")
	flag.StringVar(&o.output, "o", "", "write the tables to `FILE`, too")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := o.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are those of the command line.
type options struct {
	sizes, peerSize string
	rounds          int
	samples, output string
}

func (o *options) run(ctx context.Context) error {
	if o.rounds < 1 {
		return fmt.Errorf("-rounds %d: at least 1", o.rounds)
	}
	dir, err := os.MkdirTemp("", "qmparse-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{ctx: ctx, dir: dir, rounds: o.rounds}
	if err := b.build(); err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString(machine())
	for _, size := range strings.Split(o.sizes, ",") {
		log, err := b.makeLog(size)
		if err != nil {
			return err
		}
		if err := b.table(&text, "A Security log of "+size, log); err != nil {
			return err
		}
		if err := os.Remove(log); err != nil {
			return err
		}
	}
	if o.samples != "" {
		log, err := b.joinSamples(o.samples)
		if err != nil {
			return err
		}
		if err := b.table(&text, "Chunks of real logs", log); err != nil {
			return err
		}
	}
	log, err := b.makeLog(o.peerSize)
	if err != nil {
		return err
	}
	if err := b.peers(&text, o.peerSize, log); err != nil {
		return err
	}
	fmt.Print(text.String())
	if o.output == "" {
		return nil
	}
	return os.WriteFile(filepath.Clean(o.output), []byte(text.String()), 0o666)
}
