package promise

import (
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"supportgw/mailgw/ticket"
)

// ErrCases is returned for bytes that [AppendCase] did not write.
var ErrCases = errors.New("these are no cases of answers")

// CaseBytes is how long an answered case is when it is kept: ID, the second of the
// answer, the seconds that it took, those of the target, the hour of the week, and
// a byte of small things.
const CaseBytes = 8 + 5 + 4 + 4 + 1 + 1

// The bits of the last byte: two of priority, then these.
const (
	bitNext   = 1 << 2
	bitAround = 1 << 3
	bitsKnown = 1<<4 - 1
)

// priorities in the order of their two bits.
func priorities() []ticket.Priority {
	return []ticket.Priority{ticket.Low, ticket.Normal, ticket.High, ticket.Urgent}
}

// AppendCase appends a case in CaseBytes bytes: times in seconds, what it took
// rounded up. One without an answer says that its answer came back.
func AppendCase(b []byte, c *Case) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(c.ID))
	at := max(0, c.AnsweredAt.Unix()) // the zero time is long before
	b = append(b, byte(at>>32))
	b = binary.BigEndian.AppendUint32(b, uint32(at))
	b = binary.BigEndian.AppendUint32(b, seconds(c.Took))
	b = binary.BigEndian.AppendUint32(b, seconds(c.Target))
	bits := byte(max(0, slices.Index(priorities(), c.Priority)))
	if c.Kind == Next {
		bits |= bitNext
	}
	if c.Around {
		bits |= bitAround
	}
	return append(b, byte(c.Hour), bits)
}

func seconds(d time.Duration) uint32 {
	return uint32(min(max(0, (d+time.Second-1)/time.Second), 1<<32-1))
}

// Cases reads what AppendCase wrote, one behind the other. It returns ErrCases for
// anything else.
func Cases(b []byte) ([]Case, error) {
	if len(b)%CaseBytes != 0 {
		return nil, ErrCases
	}
	out := make([]Case, 0, len(b)/CaseBytes)
	for ; len(b) > 0; b = b[CaseBytes:] {
		bits := b[CaseBytes-1]
		c := Case{
			ID:         ticket.ID(binary.BigEndian.Uint64(b)),
			AnsweredAt: time.Unix(int64(b[8])<<32|int64(binary.BigEndian.Uint32(b[9:])), 0).UTC(),
			Took:       time.Duration(binary.BigEndian.Uint32(b[13:])) * time.Second,
			Target:     time.Duration(binary.BigEndian.Uint32(b[17:])) * time.Second,
			Priority:   priorities()[bits&3], Kind: First, Around: bits&bitAround != 0, Hour: int(b[21]),
		}
		if c.AnsweredAt.Unix() == 0 {
			c.AnsweredAt = time.Time{}
		}
		if bits&bitNext != 0 {
			c.Kind = Next
		}
		if c.Hour >= 7*24 || bits > bitsKnown {
			return nil, ErrCases
		}
		out = append(out, c)
	}
	return out, nil
}
