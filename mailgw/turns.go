package mailgw

import (
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"supportgw/mailgw/config"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/ticket"
)

// turns finds out who only answers our automatic mail, though nothing says that a
// program writes: each mail of theirs comes after one of ours has left, at once or
// in the words of the one before. Whoever has done so as often in a row as a proven
// sender is answered in an hour, and an unproven one in three, is a machine, and hears
// nothing automatic for machineRest. A forger makes nobody a machine: what is proven counts by itself. It
// is in memory only: after a restart a machine has to show itself anew.
type turns struct {
	mu sync.Mutex
	by map[answerer]*turn
}

// answerer is whose mails are counted together.
type answerer struct {
	mailbox string // without what a help desk changes in it from case to case
	proven  bool
}

// turn is what is known of one address.
type turn struct {
	left    time.Time // our last automatic mail to it left then; zero: it has written since
	words   []uint32  // of its last mail, see wordsOf
	count   int       // its mails in a row that answered one of ours
	machine time.Time // from when on it is one; zero: it is none
}

const (
	atOnce      = time.Minute        // behind ours, no person has written a new matter
	sameWords   = 6 * time.Hour      // behind ours, the same words are an answer
	machineRest = 7 * 24 * time.Hour // how long a machine hears nothing
	// For whom nothing proves who he is, an hour's budget is small: it takes that many.
	unprovenTurns = 3

	maxTurns = 20000 // answerers that are remembered
	maxWords = 64    // words of a mail that are compared
)

// isMachine says why nothing automatic is sent to an address; "" when it may be.
func (t *turns) isMachine(addr string, proven bool, now time.Time) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.why(t.by[answererAt(addr, proven)], now)
}

func (t *turns) why(one *turn, now time.Time) string {
	if one == nil || one.machine.IsZero() || now.Sub(one.machine) >= machineRest {
		return ""
	}
	return "a machine answers there, though its mails do not say so: they have followed ours one by one; nothing automatic goes there until " + one.machine.Add(machineRest).UTC().Format(time.DateOnly)
}

// wrote books a mail that is to be acknowledged, and says why it is not when a machine
// wrote it.
func (t *turns) wrote(limits config.Budget, now time.Time, s spend, text string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.by[answererAt(s.address, s.authenticated)]
	if one == nil || limits.PerAddress == 0 {
		return ""
	}
	if why := t.why(one, now); why != "" {
		return why
	}
	words, since := wordsOf(text), now.Sub(one.left)
	if !one.left.IsZero() && (since < atOnce || since < sameWords && alike(words, one.words)) {
		one.count++
	} else {
		one.count = 0
	}
	one.left, one.words, one.machine = time.Time{}, words, time.Time{}
	limit := limits.PerAddress * unprovenTurns
	if s.authenticated {
		limit = limits.PerAddress * authenticatedFactor
	}
	if one.count >= limit {
		one.machine, one.count = now, 0
	}
	return t.why(one, now)
}

// left books what has left by the outbox.
func (t *turns) left(res *outbox.Result, now time.Time) {
	if res.Row.Kind != ticket.Acknowledgement {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, addr := range res.Taken {
		for _, proven := range []bool{false, true} {
			who := answererAt(addr, proven)
			if t.by[who] == nil {
				t.add(who)
			}
			t.by[who].left = now
		}
	}
}

// add makes room for one more; machines are forgotten last.
func (t *turns) add(who answerer) {
	if len(t.by) >= maxTurns {
		maps.DeleteFunc(t.by, func(_ answerer, one *turn) bool { return one.machine.IsZero() })
	}
	if t.by == nil || len(t.by) >= maxTurns {
		t.by = map[answerer]*turn{}
	}
	t.by[who] = &turn{}
}

// answererAt leaves out of an address what stands behind "+", and digits.
func answererAt(addr string, proven bool) answerer {
	local, domain, _ := strings.Cut(mailbox(addr), "@")
	letters := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, local)
	return answerer{letters + "@" + domain, proven}
}

// wordsOf are the words at the beginning of a text that have no digit in them, as
// sorted hashes: a case's number and times are left out.
func wordsOf(text string) []uint32 {
	var out []uint32
	for word := range strings.FieldsSeq(text[:min(len(text), 4<<10)]) {
		if strings.ContainsFunc(word, unicode.IsDigit) {
			continue
		}
		h := fnv.New32a()
		h.Write([]byte(strings.ToLower(word)))
		if at, have := slices.BinarySearch(out, h.Sum32()); !have {
			out = slices.Insert(out, at, h.Sum32())
		}
		if len(out) == maxWords {
			break
		}
	}
	return out
}

// alike reports whether three of four words are the same.
func alike(a, b []uint32) bool {
	both := 0
	for _, w := range a {
		if _, have := slices.BinarySearch(b, w); have {
			both++
		}
	}
	return 4*both >= 3*max(len(a), len(b))
}
