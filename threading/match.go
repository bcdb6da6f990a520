package threading

import (
	"slices"
	"strings"
)

// Limits of one [Match]: what a mail may name without end, and each one costs a look.
const (
	maxTokens     = 32 // recipients that look like a reply form
	maxAnswered   = 4  // ids in In-Reply-To
	farReferences = 8  // of References: the farthest ancestors
	maxReferences = 24 // of References: with the nearest
	restOfIDs     = 4  // at both ends of References, once the ticket is known
	maxAlso       = 5  // of Also, and of Suggestions
)

// match is one [Match] at work.
type match struct {
	mail    Mail
	keys    *Keyring
	domains []string
	index   Index
	matter  matter // of the subject
	subject bool   // matter was read
	out     Decision
}

// Match finds the ticket that a mail belongs to. desks are our desks' addresses
// and their aliases, domains those of our Message-IDs. The evidence, strongest
// first: 1 a token in a recipient; 2 In-Reply-To; 3 References, from last to
// first; then, as weak as what follows, the mail's own id from the same author; 4 an ancestor that another mail named and nobody has seen; 5 the root of
// Thread-Index; 6 a tag in the subject; 7 the same writer's same subject within
// some days, which only suggests. 4 to 7 are weak: they join for a sender with
// proof only ([Admit]), and 4, 5 and other systems' tags for the same subject only.
//
// References alone, or a tag of ours alone, with another subject, on a ticket
// closed for long, make a new ticket linked to it.
//
// Its work is linear in the mail; what it asks the index is bounded, whatever the
// mail names.
func Match(m Mail, desks []string, kr *Keyring, domains []string, idx Index) Decision {
	w := match{mail: m, keys: kr, domains: domains, index: idx}
	w.byToken(desks)
	w.byIDs()
	if w.out.Ticket == 0 && w.out.NewLinkedTo == 0 {
		w.byWeak()
	} else {
		w.meet()
	}
	return w.out
}

// byToken looks for a token in the recipients. The first that opens wins: a mail
// sent to two tickets is one mail.
func (w *match) byToken(desks []string) {
	tried := 0
	for _, rcpt := range w.mail.Recipients {
		desk, token, ok := replyForm(rcpt, desks)
		if !ok || token == "" {
			continue
		}
		if tried++; tried > maxTokens {
			w.reject("more recipients with tokens than are looked at")
			return
		}
		ref, ok := w.keys.Open(token)
		if !ok {
			w.reject("what follows " + desk + " in a recipient is no token of ours")
			continue
		}
		if ref.Purpose == MessageID || ref.Purpose == Pseudo {
			w.reject("the token in a recipient of " + desk + " is a " + ref.Purpose.String() + "'s")
			continue
		}
		if w.join(ref.Ticket, ref) {
			w.out.Proof = ref.Purpose != Bounce
			w.out.Evidence = append(w.out.Evidence, ref.Purpose.String()+" token in a recipient of "+desk)
			return
		}
		w.reject("the token in a recipient of " + desk + " names a ticket that does not exist")
	}
}

// byIDs looks for the mail that this one answers, which is enough alone, then for
// an ancestor, the nearest first. Once the ticket is known, it only looks whether
// some of the others name another one.
func (w *match) byIDs() {
	answered := w.mail.InReplyTo[:min(len(w.mail.InReplyTo), maxAnswered)]
	for _, id := range answered {
		w.byID(id, "In-Reply-To <", true)
	}
	refs := w.mail.References
	n := len(refs)
	for i := n - 1; i >= 0; i-- {
		middle := i >= farReferences && i < n-(maxReferences-farReferences)
		known := (w.out.Ticket != 0 || w.out.NewLinkedTo != 0) && i >= restOfIDs && i < n-restOfIDs
		if !middle && !known && !slices.Contains(answered, refs[i]) {
			w.byID(refs[i], "References <", false)
		}
	}
	slices.Reverse(w.out.Unresolved)
}

// byID asks for one id. alone tells that it needs no further evidence.
func (w *match) byID(id, field string, alone bool) {
	ref, number, ok := w.resolve(id)
	if !ok {
		return
	}
	facts, ok := w.index.Ticket(number, ref.Entry)
	if !ok {
		return
	}
	now := moved(number, facts)
	switch why := field + id + ">"; {
	case w.out.Ticket != 0:
		w.also(now)
	case w.out.NewLinkedTo != 0: // a farther ancestor
	case !alone && facts.ClosedLong && !w.sameMatter(facts):
		w.out.NewLinkedTo = now
		w.out.Evidence = append(w.out.Evidence, why+" of a ticket closed long ago, with another subject: linked only")
	default:
		w.put(number, ref, facts)
		w.out.Evidence = append(w.out.Evidence, why)
	}
}

// resolve finds the ticket of one message id: ours through the keyring, others'
// through the index, then ours that a relay has renamed. An id of ours that no
// key made is asked for as others' are: an agent may have written in our domain, too.
func (w *match) resolve(id string) (Ref, uint64, bool) {
	if ref, ok := w.keys.OpenMessageID(id, w.domains...); ok {
		return ref, ref.Ticket, true
	}
	if number, ok := w.index.ByMessageID(id); ok {
		return Ref{}, number, true
	}
	if ref, ok := w.index.Learned(id); ok {
		return ref, ref.Ticket, true
	}
	if token, domain, ok := cutLast(id, '@'); ok && TokenShaped(token) && containsFold(w.domains, domain) {
		w.reject("an id in " + domain + " has the shape of ours and is none")
		return Ref{}, 0, false
	}
	if id != w.mail.MessageID {
		w.out.Unresolved = append(w.out.Unresolved, id)
	}
	return Ref{}, 0, false
}

// join puts the mail on a ticket when it exists. ref is what led there, zero
// for others' ids.
func (w *match) join(number uint64, ref Ref) bool {
	facts, ok := w.index.Ticket(number, ref.Entry)
	if ok {
		w.put(number, ref, facts)
	}
	return ok
}

// put puts the mail on a ticket, or where its entry went.
func (w *match) put(number uint64, ref Ref, facts TicketFacts) {
	w.out.Ticket = moved(number, facts)
	if facts.Number != 0 && ref.Purpose != 0 {
		ref.Ticket, ref.Entry = facts.Number, facts.Entry
	}
	w.out.Ref = ref
}

// reject notes evidence that did not count, once: envelope and header often say the same.
func (w *match) reject(why string) {
	if len(w.out.Rejected) < maxTokens && !slices.Contains(w.out.Rejected, why) {
		w.out.Rejected = append(w.out.Rejected, why)
	}
}

// moved follows a merge.
func moved(number uint64, facts TicketFacts) uint64 {
	if facts.Number != 0 {
		return facts.Number
	}
	return number
}

// also notes another ticket that the mail's ids name.
func (w *match) also(number uint64) {
	if number != w.out.Ticket && number != w.out.NewLinkedTo && len(w.out.Also) < maxAlso && !slices.Contains(w.out.Also, number) {
		w.out.Also = append(w.out.Also, number)
	}
}

// replyForm finds the desk that addr is a reply form of.
func replyForm(addr string, desks []string) (desk, token string, ok bool) {
	local, domain, ok := cutLast(UnwrapAddress(addr), '@')
	if !ok {
		return "", "", false
	}
	for _, desk := range desks {
		deskLocal, deskDomain, ok := cutLast(desk, '@')
		if !ok || !strings.EqualFold(deskDomain, domain) {
			continue
		}
		if token, ok := ParseReply(local, deskLocal); ok {
			return desk, token, true
		}
	}
	return "", "", false
}
