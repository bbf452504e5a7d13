package evtx

import (
	"cmp"
	"slices"

	"github.com/qmparse/qmparse/model"
)

// Bounds of what is remembered of records that were read: the numbers of 8 Mi
// records, as in a log of some 6 GiB, take 32 MiB. If there are more the oldest are
// forgotten, and an old record that repeats one of those is a row.
const (
	maxKnown     = 8 << 20
	maxKnownRuns = 1 << 20

	// maxOverlap bounds the runs that are looked at for one record: those with its id, and
	// what else lies between them. In a log there are one or two, in joined copies of one as
	// many as copies. What is beyond counts as forgotten, too.
	maxOverlap = 1024
)

// known remembers which records there are, by id and time of writing: a record
// that has both of another is its copy.
type known struct {
	runs   []run            // sorted by first and with upTo, once sorted
	marks  []*[marks]uint32 // of all records, in blocks, which do not move when there are more
	n      int              // records
	sorted bool
}

// marks is how many records a block has.
const marks = 1 << 14

// run are records whose ids follow each other.
type run struct {
	first uint64
	start int32  // of the marks
	n     int32  // of records
	upTo  uint64 // highest id of this and the runs before it
}

// goesOn says whether a record with that id follows the last one of the runs.
func goesOn(runs []run, id uint64) bool {
	n := len(runs) - 1
	return n >= 0 && runs[n].first+uint64(runs[n].n) == id
}

func (k *known) add(id uint64, written model.FILETIME) {
	k.addAll([]run{{first: id, n: 1}}, []uint32{mark(written)})
}

// addAll adds records: runs of them, whose starts count in marks.
func (k *known) addAll(runs []run, times []uint32) {
	for _, r := range runs {
		if !k.sorted && goesOn(k.runs, r.first) {
			k.runs[len(k.runs)-1].n += r.n
		} else {
			k.sorted = false
			k.runs = append(k.runs, run{first: r.first, start: int32(k.n) + r.start, n: r.n})
		}
	}
	for len(times) > 0 {
		if k.n/marks == len(k.marks) {
			k.marks = append(k.marks, new([marks]uint32))
		}
		n := copy(k.marks[k.n/marks][k.n%marks:], times)
		times = times[n:]
		k.n += n
	}
}

func (k *known) full() bool { return k.n >= maxKnown || len(k.runs) >= maxKnownRuns }

func (k *known) forget() { *k = known{} }

// forgetLog forgets all, too, and keeps memory that a log of usual size needs.
func (k *known) forgetLog() {
	const blocks, runs = 16, 1 << 12
	kept := slices.Delete(k.marks, min(len(k.marks), blocks), len(k.marks))
	if cap(k.runs) > runs {
		k.runs = nil
	}
	*k = known{runs: k.runs[:0], marks: kept}
}

func (k *known) has(id uint64, written model.FILETIME) bool {
	if !k.sorted {
		slices.SortFunc(k.runs, func(a, b run) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.start, b.start)) })
		var most uint64
		for i := range k.runs {
			r := &k.runs[i]
			most = max(most, r.first+uint64(r.n)-1)
			r.upTo = most
		}
		k.sorted = true
	}
	i, _ := slices.BinarySearchFunc(k.runs, id, func(r run, id uint64) int {
		if r.first <= id {
			return -1
		}
		return 1
	})
	for least := max(0, i-maxOverlap); i > least && k.runs[i-1].upTo >= id; i-- {
		r := &k.runs[i-1]
		if at := int(id - r.first); id-r.first < uint64(r.n) && k.marks[(int(r.start)+at)/marks][(int(r.start)+at)%marks] == mark(written) {
			return true
		}
	}
	return false
}

// mark is what is remembered of a time. Of two records with the same id the times
// differ by seconds and more.
func mark(t model.FILETIME) uint32 { return uint32(t) ^ uint32(t>>32)*0x9e3779b1 }
