package netevent

import "strconv"

// RawVerdict says whether a payload is a raw net event, and if not, which rule
// it misses. A payload could begin with images of several sizes: it is the
// verdict on the largest that has room for a body behind it.
type RawVerdict uint8

// The verdicts.
const (
	RawAccepted RawVerdict = iota

	// RawNoHeader: too short, or a flag, IP version or type that no header has.
	// So is nearly all that is no net event.
	RawNoHeader
	// RawPartMalformed: a part that a flag announces is no SID, is text without
	// end, or goes beyond the payload.
	RawPartMalformed
	// RawBodyMissing: there is no room for a body.
	RawBodyMissing

	// RawTypePrivate: a header that could be one, of a type from 11 to 20, whose
	// bodies are not known.
	RawTypePrivate
	// RawValueOutOfRange: a field has a value that it cannot have.
	RawValueOutOfRange
	// RawTailMissing: there is no room for the subnets behind the body.
	RawTailMissing
	// RawTailUnknown: a pointer in the body announces a tail of unknown form.
	RawTailUnknown
	// RawPrivateUnknown: private tails are announced behind a body other than that
	// of a Quick Mode failure.
	RawPrivateUnknown
	// RawLeftOver: something is left over behind the event.
	RawLeftOver
	// RawSaysNothing: the other rules hold, as they would of zeros.
	RawSaysNothing

	rawVerdicts
)

var rawVerdictNames = [rawVerdicts]string{
	RawAccepted:        "raw_accepted",
	RawNoHeader:        "raw_no_header",
	RawTypePrivate:     "raw_type_private",
	RawPartMalformed:   "raw_part_malformed",
	RawBodyMissing:     "raw_body_missing",
	RawValueOutOfRange: "raw_value_out_of_range",
	RawTailMissing:     "raw_tail_missing",
	RawTailUnknown:     "raw_tail_unknown",
	RawLeftOver:        "raw_left_over",
	RawPrivateUnknown:  "raw_private_unknown",
	RawSaysNothing:     "raw_says_nothing",
}

// or returns the verdict on a payload that has v for one image and next for a
// smaller one, or a shorter body.
func (v RawVerdict) or(next RawVerdict) RawVerdict {
	if v > RawBodyMissing {
		return v
	}
	return max(v, next)
}

// String returns the verdict's name to count by, lower-case words joined by
// underscores.
func (v RawVerdict) String() string {
	if v < rawVerdicts {
		return rawVerdictNames[v]
	}
	return "raw_verdict_" + strconv.Itoa(int(v))
}
