package main

import (
	"bufio"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/qmparse/qmparse/parser/source"
)

// inputFlags are the options that say what is read beside the paths of the command line.
type inputFlags struct {
	flags *pflag.FlagSet
	list  string
	null  bool
	shard string
}

func (f *inputFlags) add(flags *pflag.FlagSet) {
	f.flags = flags
	flags.StringVar(&f.list, "files-from", "", "read also what `LIST` names, a path on each line; - is standard input")
	flags.BoolVarP(&f.null, "null", "0", false, "the paths of LIST end with a NUL, not with a line")
	flags.StringVar(&f.shard, "shard", "", "read only the `I/N`th of N shares of the files, I from 1; a file's path says to which it belongs")
}

// inputs are what a command reads.
type inputs struct {
	paths  []string
	list   *bufio.Reader // nil for none
	name   string        // of the list
	end    byte          // of a path in it
	shard  uint64        // from 0
	shards uint64        // 1 for all
	stdin  io.Reader

	output  string          // the real path of a folder; what is met in it is no input
	written map[string]bool // real paths of other files that are none

	folder, realFolder string // that outside was last asked for
	close              func() error
}

// listFromStdin is how a list is called that comes from standard input.
const listFromStdin = "standard input"

var errListIsStdin = errors.New("cannot be a log, the list comes from it")

var errIsOutput = errors.New("is the folder that is written to, or below it, and is not read")

var errIsWritten = errors.New("is what this run writes, and is not read")

// outside says whether a file is not below the output, and not written by the run itself.
func (in *inputs) outside(path string) bool {
	if in.output == "" && len(in.written) == 0 || path == source.Stdin {
		return true
	}
	if folder := filepath.Dir(path); in.folder != folder || in.realFolder == "" {
		in.folder, in.realFolder = folder, realPath(folder)
	}
	full := filepath.Join(in.realFolder, filepath.Base(path))
	return !in.written[full] && !in.written[ofTemporary(full)] && !in.below(full)
}

// ofTemporary returns which file this run writes under that name, see createBeside.
func ofTemporary(full string) string {
	folder, name := filepath.Split(full)
	m := temporaryName.FindStringSubmatch(name)
	if m == nil || m[2] != strconv.Itoa(os.Getpid()) {
		return ""
	}
	return filepath.Join(folder, m[1])
}

var temporaryName = regexp.MustCompile(`^\.(.+)\.(\d+)-\d+\.tmp$`)

// below says whether a real path is the output or below it.
func (in *inputs) below(path string) bool {
	return in.output != "" && isBelow(path, in.output)
}

// isBelow says whether a path is a folder or below it.
func isBelow(path, folder string) bool {
	rest, found := strings.CutPrefix(path, folder)
	return found && (rest == "" || os.IsPathSeparator(rest[0]))
}

// writes says what the run writes, which is not read: a folder, if it is one, and files.
func (in *inputs) writes(folder string, files ...string) {
	if folder != "" {
		in.output = realPath(folder)
	}
	in.written = map[string]bool{}
	for _, name := range files {
		if name != "" && name != "-" {
			in.written[filepath.Join(realPath(filepath.Dir(name)), filepath.Base(name))] = true
		}
	}
}

// realPath returns the path of a file from the root, without links as far as it is there.
func realPath(name string) string {
	if full, err := filepath.EvalSymlinks(name); err == nil {
		name = full
	}
	name, _ = filepath.Abs(name)
	return name
}

// maxPath bounds a path in a list.
const maxPath = 32 << 10

// inputs checks the options and opens the list.
func (f *inputFlags) inputs(paths []string, stdin io.Reader) (*inputs, error) {
	in := &inputs{paths: paths, stdin: stdin, end: '\n', shards: 1, close: func() error { return nil }}
	if f.null {
		in.end = 0
	}
	if f.shard != "" {
		i, n, ok := strings.Cut(f.shard, "/")
		share, err := strconv.ParseUint(i, 10, 32)
		of, err2 := strconv.ParseUint(n, 10, 32)
		if !ok || err != nil || err2 != nil || share < 1 || share > of {
			return nil, usagef("--shard %s: I/N with I from 1 to N, as 3/16", f.shard)
		}
		in.shard, in.shards = share-1, of
		f.shard = fmt.Sprintf("%d/%d", share, of)
	}
	switch {
	case f.list == "" && f.flags.Changed("files-from"):
		return nil, usagef("--files-from is empty")
	case f.list == "" && f.null:
		return nil, usagef("--null goes with --files-from")
	case f.list == "" && len(paths) == 0:
		return nil, usagef("no input: name a file, a directory or - for standard input")
	case f.list == source.Stdin:
		for _, path := range paths {
			if path == source.Stdin {
				return nil, usagef("standard input cannot be both the list and a log")
			}
		}
		in.list, in.name = bufio.NewReader(stdin), listFromStdin
	case f.list != "":
		file, err := os.Open(f.list)
		if err != nil {
			return nil, err
		}
		in.list, in.name, in.close = bufio.NewReader(file), f.list, file.Close
	}
	return in, nil
}

// sources yields what is to be read: what the paths name, then the list.
func (in *inputs) sources() iter.Seq2[source.Source, error] {
	return func(yield func(source.Source, error) bool) {
		for path, err := range in.names() {
			if err != nil {
				if !yield(source.Source{Path: in.name, Named: true, Size: -1}, err) {
					return
				}
				continue
			}
			if path == source.Stdin && in.list != nil && in.name == listFromStdin {
				if !yield(source.Source{Path: path, Named: true, Size: -1}, errListIsStdin) {
					return
				}
				continue
			}
			// What is named is not left out without a word.
			if in.output != "" && path != source.Stdin && exists(path) && in.below(realPath(path)) {
				if !yield(source.Source{Path: path, Named: true, Size: -1}, errIsOutput) {
					return
				}
				continue
			}
			for src, err := range source.Walk([]string{path}, in.stdin) {
				switch {
				case errors.Is(err, source.ErrLink) && in.named(realPath(src.Path)):
					continue
				case in.outside(src.Path):
				case src.Path != path:
					continue
				case err == nil:
					err = errIsWritten
				}
				if in.mine(src.Path) && !yield(src, err) {
					return
				}
			}
		}
	}
}

// named says whether a real path is what a path of the command line names, or below it.
func (in *inputs) named(full string) bool {
	for _, path := range in.paths {
		if path != source.Stdin && isBelow(full, realPath(path)) {
			return true
		}
	}
	return false
}

// mine says whether a file belongs to this share. Files are told by their paths, with the
// separators of one system, so that every share says the same on every machine.
func (in *inputs) mine(path string) bool {
	return in.shards == 1 || shareOf(path, in.shards) == in.shard
}

// shareOf returns the share of a path, of so many: its FNV-1a hash modulo n.
func shareOf(path string, n uint64) uint64 {
	h := fnv.New64a()
	io.WriteString(h, filepath.ToSlash(filepath.Clean(path)))
	return h.Sum64() % n
}

// names yields the paths.
func (in *inputs) names() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, path := range in.paths {
			if !yield(path, nil) {
				return
			}
		}
		for n := 1; in.list != nil; n++ {
			name, err := in.next()
			if err != nil && err != io.EOF {
				yield("", fmt.Errorf("path %d of the list: %w", n, err))
				return
			}
			if name != "" && !yield(name, nil) || err == io.EOF {
				return
			}
		}
	}
}

// next reads the next path of the list.
func (in *inputs) next() (string, error) {
	var name []byte
	for {
		part, err := in.list.ReadSlice(in.end)
		name = append(name, part...)
		if len(name) > maxPath {
			return "", fmt.Errorf("longer than %d bytes", maxPath)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		text := strings.TrimSuffix(string(name), string(rune(in.end)))
		if in.end == '\n' {
			text = strings.TrimSuffix(text, "\r")
		}
		return text, err
	}
}
