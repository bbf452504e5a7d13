package evtx

import (
	"iter"

	"github.com/qmparse/qmparse/model"
	"github.com/qmparse/qmparse/parser/binxml"
)

// Remnants are old records that were recovered, and what is known of the others.
type Remnants struct {
	// Account is what is known by now of the slack of the chunks so far, all but
	// the records themselves.
	Account Account

	records     []recovered
	definitions []*binxml.Definition // of the instances of all, in order
	refused     refused
}

// recovered is an old record with what is known about it.
type recovered struct {
	*pending
	source      model.TemplateSource
	diagnostics []model.Diagnostic
}

func (r *Remnants) add(p *pending, found *resolved) {
	r.records = append(r.records, recovered{p, found.source, found.diagnostics})
	r.definitions = append(r.definitions, found.definitions...)
}

// Refused yields why records were refused, and how many.
func (r *Remnants) Refused(yield func(Refusal, int64) bool) {
	for why, n := range r.refused {
		if n > 0 && !yield(Refusal(why), n) {
			return
		}
	}
}

// Batches yields the records as batches, each of which is in the memory of b until the next.
func (r *Remnants) Batches(b *Batch) iter.Seq[*Batch] {
	return func(yield func(*Batch) bool) {
		definitions := r.definitions
		b.begin()
		defer b.begin() // so that it keeps no record
		for i := range r.records {
			if b.full() {
				if !yield(b) {
					return
				}
				b.begin()
			}
			old := &r.records[i]
			n := len(old.xml.Instances)
			b.add(old, definitions[:n])
			definitions = definitions[n:]
		}
		if len(b.Records) > 0 {
			yield(b)
		}
	}
}
