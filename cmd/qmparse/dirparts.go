package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/qmparse/qmparse/export"
)

const (
	// A part ends with the input in which it comes to so many rows, bytes of input,
	// or inputs: what a run that was killed has to do again.
	usualPartRows = 1 << 20
	partBytes     = 4 << 30
	partInputs    = 4096

	// maxOpenPartitions is how many files of a partitioned run are written at once.
	// Rows of further partitions wait in a spool, on disk.
	maxOpenPartitions = 32

	// spooledPartition is how many bytes in the spool make a partition worth a file
	// while others wait: a log of forwarded events has each row from another host, and
	// must not give a file for each. What is less gets its file when the part ends.
	spooledPartition = 1 << 20

	// partitionMemory bounds what each of them keeps of a row group.
	partitionMemory = 2 << 20
)

// dirParts is a folder with numbered files, the parts. Where one ends depends on the inputs
// and nothing else, and it ends between two inputs; so a run that was stopped can go on
// there.
type dirParts[T export.Row] struct {
	*export.Maker[T]
	dir         string
	table       string
	shares      string // their number, "" without
	name        string // of the parts, before their number: table and share
	ext         string
	rowsMost    int64
	partitioned bool
	mostOpen    int
	manifest    *manifest
	dedupe      *dedupe // nil unless copies are left out

	number              int // of the part being written
	whole               int // parts that are there
	open                map[string]*partFile[T]
	order               []string // keys of open, the last used last
	spool               rowSpool // rows of partitions without a file
	loaded              export.Batch[T]
	packed              []byte
	sealed              []*outFile     // whole, not yet in place
	files               map[string]int // of the part, by folder in lower case
	made                []string       // folders, for the part
	before              []string       // folders, for the run
	locked              []*dirLock     // none before the folder is there
	start               func() error   // to be called when the first part is whole; nil then
	failed              map[string]int // inputs that the manifest says were not read, or are to be read again
	rows, bytes, inputs int64          // of the part
}

// partFile is a file of a part.
type partFile[T export.Row] struct {
	out  *outFile
	sink export.Sink[T]
}

// newDirParts returns the parts of the run that the manifest is of, in a folder.
func newDirParts[T export.Row](maker *export.Maker[T], dir string, m *manifest) *dirParts[T] {
	run, name := m.options, m.options.partsName()
	_, shares, _ := strings.Cut(run.Shard, "/")
	return &dirParts[T]{
		Maker: maker, dir: filepath.Clean(dir), table: run.Table, shares: shares, name: name, ext: "." + run.Format,
		manifest: m, spool: rowSpool{path: filepath.Join(dir, name+".spool")}, open: map[string]*partFile[T]{}, files: map[string]int{},
	}
}

// uids is the file with the uids of the rows, "" for none.
func (d *dirParts[T]) uids() string {
	if d.dedupe == nil {
		return ""
	}
	return d.dedupe.file
}

func (d *dirParts[T]) newBatch() export.Batch[T] { return d.NewBatch() }

func (d *dirParts[T]) write(key string, r portion[T]) error {
	d.rows += int64(r.n)
	f := d.open[key]
	switch {
	case f != nil:
		i := slices.Index(d.order, key)
		d.order = append(slices.Delete(d.order, i, i+1), key)
	case len(d.open) < d.mostOpen && !d.spool.has(key):
		var err error
		if f, err = d.create(key); err != nil {
			return err
		}
	default:
		return d.later(key, r)
	}
	batch := r.batch
	if batch == nil {
		batch = d.scratch()
		defer batch.Reset()
		if err := export.LoadBatch(batch, r.packed); err != nil {
			return err
		}
	}
	return named(f.out, f.sink.Write(batch))
}

// scratch returns an empty batch.
func (d *dirParts[T]) scratch() export.Batch[T] {
	if d.loaded == nil {
		d.loaded = d.NewBatch()
	}
	return d.loaded
}

// later puts rows aside whose partition has no file open. When they are many, the
// partition gets one, in place of the one that has waited longest.
func (d *dirParts[T]) later(key string, r portion[T]) error {
	packed := r.packed
	if r.batch != nil {
		d.packed = export.AppendBatch(d.packed[:0], r.batch)
		packed = d.packed
	}
	n, err := d.spool.add(key, packed)
	if err != nil || n < spooledPartition {
		return err
	}
	if err := d.seal(d.order[0]); err != nil {
		return err
	}
	return d.fromSpool(key)
}

// fromSpool begins a file with what the spool has of its partition.
func (d *dirParts[T]) fromSpool(key string) error {
	f, err := d.create(key)
	if err != nil {
		return err
	}
	batch := d.scratch()
	defer batch.Reset()
	return d.spool.take(key, func(rows []byte) error {
		batch.Reset()
		if err := export.LoadBatch(batch, rows); err != nil {
			return err
		}
		return named(f.out, f.sink.Write(batch))
	})
}

// create begins a file of the current part.
func (d *dirParts[T]) create(key string) (*partFile[T], error) {
	folder := filepath.Join(d.dir, filepath.FromSlash(key))
	if err := d.mkdir(folder); err != nil {
		return nil, err
	}
	if d.number >= maxParts {
		return nil, fmt.Errorf("more than %d parts", maxParts)
	}
	name := fmt.Sprintf("%s-%05d", d.name, d.number)
	// Where case does not matter two keys are one folder.
	same := strings.ToLower(key)
	if n := d.files[same]; n > 0 {
		name += fmt.Sprintf("-%d", n)
	}
	d.files[same]++
	target := filepath.Join(folder, name+d.ext)
	temporary, err := createBeside(target, 0o666)
	if errors.Is(err, fs.ErrNotExist) { // a run that failed has removed the folder, as it was empty
		if err = d.mkdir(folder); err == nil {
			temporary, err = createBeside(target, 0o666)
		}
	}
	if err != nil {
		return nil, err
	}
	out := newOut(target, temporary)
	sink, err := d.Sink(out)
	if err != nil {
		out.discard()
		return nil, named(out, err)
	}
	f := &partFile[T]{out, sink}
	d.open[key] = f
	d.order = append(d.order, key)
	return f, nil
}

// mkdir makes a folder and those above it, and remembers which.
func (d *dirParts[T]) mkdir(folder string) error {
	var missing []string
	for f := folder; !exists(f); f = filepath.Dir(f) {
		missing = append(missing, f)
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	d.made = append(d.made, missing...)
	return nil
}

// named says in err which file could not be written.
func named(o *outFile, err error) error {
	if err == nil {
		return nil
	}
	// The name of the temporary file says nothing.
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: %w", o.target, err)
}

// seal ends a file, which is put in place with the rest of its part.
func (d *dirParts[T]) seal(key string) error {
	f := d.open[key]
	err := f.sink.Close()
	if err == nil {
		err = f.out.seal()
	}
	if err != nil {
		return named(f.out, err)
	}
	d.sealed = append(d.sealed, f.out)
	delete(d.open, key)
	d.order = slices.DeleteFunc(d.order, func(k string) bool { return k == key })
	return nil
}

func (d *dirParts[T]) finished(r *inputRecord) error {
	if key := pathKey(d.manifest.options.Folder, r.Path); r.Rows == 0 && r.Error != nil && d.failed[key] > 0 {
		d.failed[key]-- // as before
		return nil
	}
	if r.Rows > 0 {
		number := d.number
		r.Part = &number
	}
	d.manifest.add(r)
	d.inputs++
	if r.Size != nil {
		d.bytes += *r.Size
	}
	if d.rows >= d.rowsMost || d.bytes >= partBytes || d.inputs >= partInputs {
		return d.endPart(false)
	}
	return nil
}

// endPart puts the files of the part in place, then notes its inputs.
func (d *dirParts[T]) endPart(last bool) error {
	if d.start != nil && len(d.files) == 0 && !last {
		return nil // nothing but inputs without rows: perhaps none can be read
	}
	for len(d.order) > 0 {
		if err := d.seal(d.order[0]); err != nil {
			return err
		}
	}
	for _, key := range slices.Clone(d.spool.keys) {
		if err := d.fromSpool(key); err != nil {
			return err
		}
		if err := d.seal(key); err != nil {
			return err
		}
	}
	if err := d.spool.close(); err != nil {
		return err
	}
	if d.start != nil {
		if err := d.start(); err != nil {
			return fmt.Errorf("%s: %w", d.manifest.path, err)
		}
		d.start = nil
	}
	p := partRecord{Part: d.number, Files: len(d.sealed)}
	for len(d.sealed) > 0 {
		p.Bytes += d.sealed[0].size
		if err := d.sealed[0].place(); err != nil {
			return named(d.sealed[0], err)
		}
		d.sealed = d.sealed[1:]
	}
	for _, folder := range d.made {
		syncDir(filepath.Dir(folder))
	}
	if err := d.dedupe.flush(); err != nil {
		return fmt.Errorf("%s: %w", d.dedupe.file, err)
	}
	if err := d.manifest.end(p); err != nil {
		return fmt.Errorf("%s: %w", d.manifest.path, err)
	}
	if d.number = p.next(); p.Files > 0 {
		d.whole++
	}
	clear(d.files)
	d.rows, d.bytes, d.inputs = 0, 0, 0
	d.made = nil
	return nil
}

// close ends the last part. A run without rows leaves a part without any, so that whoever
// reads the folder finds the columns.
func (d *dirParts[T]) close() error {
	if d.whole == 0 && len(d.files) == 0 && !d.partitioned {
		if err := d.write("", portion[T]{batch: d.newBatch()}); err != nil {
			return err
		}
	}
	return d.endPart(true)
}

// discard removes what was not made whole.
func (d *dirParts[T]) discard() {
	for _, f := range d.open {
		f.out.discard()
	}
	for _, o := range d.sealed {
		o.discard()
	}
	_ = d.spool.close()
	d.dedupe.discard()
	for _, l := range d.locked {
		l.release()
	}
	d.locked = nil
	removeEmpty(append(d.made, d.before...))
}

// removeEmpty removes those of the folders that hold nothing.
func removeEmpty(folders []string) {
	slices.Sort(folders)
	for _, folder := range slices.Backward(folders) { // what is below comes first
		os.Remove(folder)
	}
}
