package main

import (
	"fmt"
	"os"
)

// resume makes the folder ready to go on, and returns what is done. Of a part one of whose
// inputs has changed, or of which a file is not there, all is done again.
func (d *dirParts[T]) resume(hash bool) (*earlier, error) {
	if err := d.lock(); err != nil {
		return nil, err
	}
	was, lines, err := readManifest(d.manifest.path)
	if err != nil {
		return nil, err
	}
	if differ := sameOptions(was, d.manifest.options); differ != "" {
		return nil, fmt.Errorf("%s: another run: %s", d.manifest.path, differ)
	}
	files, there, err := d.ours()
	if err != nil {
		return nil, err
	}
	e := &earlier{done: map[string]int{}, failed: map[string]int{}}
	parts, err := d.wholeParts(lines, there, e, hash)
	if err != nil {
		return nil, err
	}
	if d.dedupe != nil {
		if err := d.dedupe.resume(lines, func(r *inputRecord) bool { return r.Part == nil || parts[*r.Part] }); err != nil {
			return nil, err
		}
	}
	keep, err := d.sift(lines, parts, was.Folder, e, hash)
	if err != nil {
		return nil, err
	}
	// The manifest forgets first: what it does not know the next run removes, too.
	if err := d.manifest.start(keep); err != nil {
		return nil, err
	}
	return e, removeParts(files, func(n int) bool { return !parts[n] })
}

// sift returns the lines of the manifest that stay, with what is to be done again behind them,
// and notes in e what they say. Paths are relative to the folder.
func (d *dirParts[T]) sift(lines []entry, parts map[int]bool, folder string, e *earlier, hash bool) (keep []entry, err error) {
	d.failed = map[string]int{}
	var again []entry
	for _, line := range lines {
		r := line.input
		if r == nil {
			if p := line.part; p.Files > 0 && !parts[p.Part] {
				line.part = &partRecord{Part: p.Part, Gone: true}
			}
			if line.part.next() > line.part.Part || len(keep) > 0 && keep[len(keep)-1].part == nil { // else it ends nothing
				keep = append(keep, line)
			}
			continue
		}
		key := pathKey(folder, r.Path)
		switch {
		case r.Part != nil && !parts[*r.Part], r.Again:
			// Its rows go with the part, and only come back if it can be read.
			f, err := os.Open(r.Path)
			if err != nil {
				return nil, fmt.Errorf("a part is to be written again, and of its inputs one cannot be read: %w", err)
			}
			_ = f.Close()
			e.again = append(e.again, r.Path)
			d.failed[key]++
			again = append(again, entry{input: &inputRecord{Path: r.Path, PathBytes: r.PathBytes, Formats: []string{}, Again: true}})
		case r.Part == nil && r.Error != nil:
			d.failed[key]++
			e.failed[key]++
			keep = append(keep, line)
		case r.Size == nil && r.Part == nil, r.Part == nil && r.changed(hash):
			// It is read if it is named.
		default:
			e.done[key]++
			if r.damaged() {
				e.damaged++
			}
			keep = append(keep, line)
		}
	}
	if len(again) > 0 { // last, so that no line says that they were
		keep = append(append(keep, again...), entry{part: &partRecord{Part: d.number}})
	}
	return keep, nil
}

// wholeParts says which parts of the manifest are there, of inputs that are as they were.
func (d *dirParts[T]) wholeParts(lines []entry, there map[int]partFiles, e *earlier, hash bool) (map[int]bool, error) {
	parts := map[int]bool{}
	for _, line := range lines {
		p := line.part
		if p == nil {
			continue
		}
		if d.number = max(d.number, p.next()); p.Files > 0 {
			if parts[p.Part] = there[p.Part] == (partFiles{p.Files, p.Bytes}); !parts[p.Part] {
				e.gone++
			}
		}
	}
	for _, line := range lines {
		r := line.input
		switch {
		case r == nil || r.Part == nil:
		case r.Size == nil:
			return nil, fmt.Errorf("%s: %s was read as a stream, and nothing says whether it is the same: begin anew (--force)", d.manifest.path, printable(r.Path))
		case r.Error != nil:
			parts[*r.Part] = false
		case r.changed(hash):
			parts[*r.Part] = false
			e.changed++
		}
	}
	for _, whole := range parts {
		if whole {
			d.whole++
		}
	}
	return parts, nil
}
