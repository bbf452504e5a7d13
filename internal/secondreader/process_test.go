package secondreader

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestMain is a reader that misbehaves if it is started as one.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "misbehave" {
		misbehave(os.Args[2])
		return
	}
	os.Exit(m.Run())
}

const good = `{"chunk_offset":4096,"offset":4608,"record_id":1,"event":{"Event":{"n":12345678901234567890}}}`

func misbehave(how string) {
	out := bufio.NewWriter(os.Stdout)
	say := func(lines ...string) {
		for _, l := range lines {
			fmt.Fprintln(out, l)
		}
		out.Flush()
	}
	forever := func() { io.Copy(io.Discard, os.Stdin) }
	switch how {
	case "well":
		say(good, `{"chunk_offset":69632,"offset":69632,"error":"no chunk"}`)
	case "nothing":
	case "garbage":
		say(good, "panic: not a line")
	case "array":
		say(good, "[1,2]")
	case "two":
		say(good, `{"chunk_offset":4096,"offset":5000,"event":{}} {"chunk_offset":4096,"offset":6000,"event":{}}`)
	case "nowhere":
		say(good, `{"event":{}}`)
	case "backwards":
		say(good, good)
	case "deep":
		say(good, `{"chunk_offset":4096,"offset":5000,"event":`+strings.Repeat("[", 1<<20))
	case "mute chunk":
		say(good, `{"chunk_offset":69632,"offset":69632}`)
	case "long line":
		say(good)
		for {
			if _, err := out.WriteString(strings.Repeat("x", 1<<16)); err != nil {
				return
			}
		}
	case "torn line":
		say(good)
		out.WriteString(`{"chunk_offset":4096,`)
		out.Flush()
	case "panic":
		say(good)
		panic("three\nlines\x1b[31m\nhere")
	case "much to say":
		for range 1000 {
			fmt.Fprintln(os.Stderr, strings.Repeat("noise", 1000))
		}
		say(good)
		os.Exit(9)
	case "hang":
		say(good)
		forever()
	case "hang after its end":
		say(good)
		os.Stdout.Close()
		time.Sleep(time.Hour)
	case "orphan":
		// One that outlives the process and holds its output open.
		cmd := exec.Command(os.Args[0], "misbehave", "hang")
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		if cmd.Start() == nil {
			forever()
		}
	}
}

func start(t *testing.T, ctx context.Context, how string, silence time.Duration) *Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(ctx, exec.Command(self, "misbehave", how), silence)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// TestProcess lets a process end in every way there is: what it said before is
// there, and how it ended is said.
func TestProcess(t *testing.T) {
	for _, c := range []struct {
		how   string
		lines int
		end   string // a part of it; "" if it ends well
		hangs bool
	}{
		{"well", 2, "", false},
		{"nothing", 0, "", false},
		{"garbage", 1, "what is not to be understood", false},
		{"array", 1, "what is not to be understood", false},
		{"two", 1, "bytes behind a line's object", false},
		{"nowhere", 1, "a line without its offsets", false},
		{"backwards", 1, "offset 0x1200 comes after 0x1200", false},
		{"deep", 1, "what is not to be understood", false},
		{"mute chunk", 1, "nothing is said of the chunk", false},
		{"long line", 1, "a line of more than 16 MiB", false},
		{"torn line", 1, "broke off within a line", false},
		{"panic", 1, "died: exit status 2: panic: three; lines [31m; here", false},
		{"much to say", 1, "died: exit status 9: noise", false},
		{"hang", 1, "printed nothing for", true},
		{"hang after its end", 1, "printed nothing for", true},
		{"orphan", 1, "printed nothing for", true},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			silence := time.Minute
			if c.hangs {
				silence = 2 * time.Second // it has time to say its line
			}
			p := start(t, t.Context(), c.how, silence)
			n := 0
			for l := p.Next(); l != nil; l = p.Next() {
				if n++; n == 1 && (l.Offset != 4608 || l.Chunk() || l.RecordID != 1 || fmt.Sprint(l.Event) != "map[Event:map[n:12345678901234567890]]") {
					t.Errorf("%+v", l)
				}
			}
			end := p.Close()
			if n != c.lines {
				t.Errorf("%d lines, want %d", n, c.lines)
			}
			if c.end == "" && end != nil || c.end != "" && (end == nil || !strings.Contains(end.Error(), c.end)) {
				t.Errorf("it ended with %v, want %q", end, c.end)
			}
			if end != nil && len(end.Error()) > maxStderr+200 {
				t.Errorf("%d bytes are said of the end", len(end.Error()))
			}
			if p.Next() != nil {
				t.Error("a line after the end")
			}
			if again := p.Close(); !errors.Is(again, end) {
				t.Errorf("then it ended with %v", again)
			}
		})
	}
}

// TestContextEnds ends the context while the process hangs.
func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := start(t, ctx, "hang", time.Minute)
	if p.Next() == nil {
		t.Fatal("no line")
	}
	cancel()
	if l := p.Next(); l != nil {
		t.Errorf("%+v", l)
	}
	if err := p.Close(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestCloseEarly stops a process that has more to say.
func TestCloseEarly(t *testing.T) {
	p := start(t, t.Context(), "hang", time.Minute)
	if p.Next() == nil {
		t.Fatal("no line")
	}
	if err := p.Close(); err == nil || err.Error() != "was stopped" {
		t.Error(err)
	}
}

func TestNoSuchProgram(t *testing.T) {
	if _, err := Start(t.Context(), exec.Command("no/such/program"), time.Minute); err == nil {
		t.Error("no error")
	}
}
