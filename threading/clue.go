package threading

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// ClueKind says what a [Clue] is about.
type ClueKind byte

// The kinds of clues.
const (
	ClueAncestor    ClueKind = 'a' // an id that a mail named and nobody had seen
	ClueThreadIndex ClueKind = 't' // the root of Outlook's Thread-Index
	ClueTag         ClueKind = 'g' // another ticket system's tag, of one Scope
	ClueSubject     ClueKind = 's' // a bare subject of one Scope, on one day
	ClueLearned     ClueKind = 'l' // the id that a relay gave a mail of ours
)

// Clue is what a mail leaves, besides its Message-ID, for later mails to find
// its ticket by. The store keeps it with the mail's entry, wherever that goes.
type Clue struct {
	Kind ClueKind // what it is about
	Key  [16]byte // a hash; that of a ClueSubject begins with the day, so that one day's lie together
}

// Limits of what one mail leaves, and is compared with.
const (
	maxAncestors = 8 // ids that nobody has seen: the two farthest, and the nearest
	farAncestors = 2
	maxTags      = 4 // other systems' tags
	subjectDays  = 7 // how many days back the same subject is looked for
)

// newClue hashes text into a clue.
func newClue(kind ClueKind, scope, text string) Clue {
	in := make([]byte, 0, 128)
	in = append(in, byte(kind))
	in = binary.AppendUvarint(in, uint64(len(scope)))
	in = append(append(in, scope...), text...)
	sum := sha256.Sum256(in)
	return Clue{Kind: kind, Key: [16]byte(sum[:16])}
}

// ancestorClue is the clue of an id without brackets.
func ancestorClue(id string) Clue { return newClue(ClueAncestor, "", id) }

// LearnedClue is the clue under which the entry of a mail of ours is kept that a
// relay gave another id: what [LearnID] read in its reply, or an id that a mail names.
// An [Index] looks for it in Learned.
func LearnedClue(id string) Clue { return newClue(ClueLearned, "", learnedKey(id)) }

// subjectClue is the clue of a bare subject on a day.
func subjectClue(scope, bare string, day int) Clue {
	c := newClue(ClueSubject, strings.ToLower(scope), strings.ToLower(bare))
	return c.onDay(day)
}

// onDay moves a ClueSubject to another day.
func (c Clue) onDay(day int) Clue {
	binary.BigEndian.PutUint32(c.Key[:4], uint32(day))
	return c
}

// leftClue is a clue and the ticket on which an earlier mail has left it.
type leftClue struct {
	clue   Clue
	ticket uint64
}

// Clues lists what the mail leaves for later ones. d is the decision as it was
// carried out: Ticket is 0 when the mail opened a ticket. What an earlier mail
// has left on the same ticket is not left again, and the subject only by the mail
// that opens a ticket.
func (m Mail) Clues(d Decision) []Clue {
	var out []Clue
	for _, id := range bothEnds(d.Unresolved) {
		out = d.leave(out, ancestorClue(id))
	}
	if root, ok := ThreadIndexRoot(m.ThreadIndex); ok {
		out = d.leave(out, threadClue(root))
	}
	if m.Scope == "" {
		return out
	}
	about := matterOf(m.Subject, m.OwnTags)
	for i := range about.tags {
		out = d.leave(out, tagClue(m.Scope, about.tags[i].Key))
	}
	if d.Ticket == 0 && about.bare != "" {
		out = append(out, subjectClue(m.Scope, about.bare, m.Day))
	}
	return out
}

// threadClue is the clue of a Thread-Index's root.
func threadClue(root [ThreadIndexBytes]byte) Clue {
	return newClue(ClueThreadIndex, "", string(root[:]))
}

// tagClue is the clue of another system's tag.
func tagClue(scope, key string) Clue { return newClue(ClueTag, strings.ToLower(scope), key) }

// leave adds a clue that is not there yet.
func (d *Decision) leave(out []Clue, c Clue) []Clue {
	for _, l := range d.left {
		if l.clue == c && l.ticket == d.Ticket {
			return out
		}
	}
	return append(out, c)
}

// bothEnds are the ids by which a conversation is known: its root and the like,
// and the nearest.
func bothEnds(ids []string) []string {
	if n := len(ids); n > maxAncestors {
		return append(ids[:farAncestors:farAncestors], ids[n-(maxAncestors-farAncestors):]...)
	}
	return ids
}
