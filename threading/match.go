package threading

import "strings"

// Mail is what [Match] wants to know about a mail.
type Mail struct {
	Recipients []string // bare addresses: the envelope's first, then To and Cc
	InReplyTo  []string // ids without brackets, see [ScanIDs]
	References []string // ids without brackets, oldest first
	Subject    string   // decoded
	Author     string   // bare address of From; no evidence for matching, so Match leaves it to [Admit]
}

// TicketFacts is what an [Index] tells about a ticket.
type TicketFacts struct {
	Number      uint64 // where the ticket's mail goes now, when it was merged into another; 0 = the ticket itself
	ClosedLong  bool   // closed for more than 30 days
	BareSubject string // [BareSubject] of the ticket's subject
}

// Index is what the store knows. Both methods must see all that was committed.
type Index interface {
	// ByMessageID returns the ticket on which a mail of others with this
	// Message-ID (without brackets) is. Our own mails' ids are not asked for.
	ByMessageID(id string) (ticket uint64, ok bool)
	// Ticket returns what is known about a ticket; false when there is none.
	Ticket(number uint64) (TicketFacts, bool)
}

// Decision says where a mail belongs, and why.
type Decision struct {
	Ticket      uint64   // the ticket, 0 when none matched: a new matter
	Evidence    []string // why, in words, for the entry and for explain
	Rejected    []string // what looked like evidence and did not count, and why
	Proof       bool     // the mail came to an address with a token that entitles its writer (proof A)
	Ref         Ref      // what the token or the id of ours said; zero when others' ids matched
	NewLinkedTo uint64   // Ticket is 0, and the new ticket is to be linked to this one
}

// match is one [Match] at work.
type match struct {
	mail    Mail
	keys    *Keyring
	domains []string
	index   Index
	out     Decision
}

// Match finds the ticket that a mail belongs to. desks are our desks' addresses
// and their aliases, domains those of our Message-IDs. The evidence, strongest
// first: a token in a recipient; In-Reply-To; References, from last to first.
// References alone, with another subject, on a ticket closed for long, make a
// new ticket linked to it. A ticket's number in the subject is no evidence.
func Match(m Mail, desks []string, kr *Keyring, domains []string, idx Index) Decision {
	w := match{mail: m, keys: kr, domains: domains, index: idx}
	if w.byToken(desks) || w.byInReplyTo() || w.byReferences() {
		return w.out
	}
	return Decision{Rejected: w.out.Rejected, NewLinkedTo: w.out.NewLinkedTo, Evidence: w.out.Evidence}
}

// byToken looks for a token in the recipients. The first that opens wins: a mail
// sent to two tickets is one mail.
func (w *match) byToken(desks []string) bool {
	for _, rcpt := range w.mail.Recipients {
		desk, token, ok := replyForm(rcpt, desks)
		if !ok || token == "" {
			continue
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
		if w.join(ref.Ticket) {
			w.out.Ref = ref
			w.out.Proof = ref.Purpose != Bounce
			w.out.Evidence = append(w.out.Evidence, ref.Purpose.String()+" token in a recipient of "+desk)
			return true
		}
		w.reject("the token in a recipient of " + desk + " names a ticket that does not exist")
	}
	return false
}

// byInReplyTo looks for the mail that this one answers. It is enough alone.
func (w *match) byInReplyTo() bool {
	for _, id := range w.mail.InReplyTo {
		if ref, number, ok := w.resolve(id); ok && w.join(number) {
			w.out.Ref = ref
			w.out.Evidence = append(w.out.Evidence, "In-Reply-To <"+id+">")
			return true
		}
	}
	return false
}

// byReferences looks for an ancestor, the nearest first.
func (w *match) byReferences() bool {
	for i := len(w.mail.References) - 1; i >= 0; i-- {
		id := w.mail.References[i]
		ref, number, ok := w.resolve(id)
		if !ok {
			continue
		}
		facts, ok := w.index.Ticket(number)
		if !ok {
			continue
		}
		why := "References <" + id + ">"
		if facts.ClosedLong && !SameSubject(BareSubject(w.mail.Subject), facts.BareSubject) {
			w.out.NewLinkedTo = moved(number, facts)
			w.out.Evidence = append(w.out.Evidence, why+" of a ticket closed long ago, with another subject: linked only")
			return false
		}
		w.out.Ticket = moved(number, facts)
		w.out.Ref = ref
		w.out.Evidence = append(w.out.Evidence, why)
		return true
	}
	return false
}

// resolve finds the ticket of one message id: ours through the keyring, others'
// through the index. An id of ours that no key made is asked for as others'
// are: an agent may have written in our domain, too.
func (w *match) resolve(id string) (Ref, uint64, bool) {
	if ref, ok := w.keys.OpenMessageID(id, w.domains...); ok {
		return ref, ref.Ticket, true
	}
	if number, ok := w.index.ByMessageID(id); ok {
		return Ref{}, number, true
	}
	if token, domain, ok := cutLast(id, '@'); ok && TokenShaped(token) && containsFold(w.domains, domain) {
		w.reject("an id in " + domain + " has the shape of ours and is none")
	}
	return Ref{}, 0, false
}

// join puts the mail on a ticket when it exists.
func (w *match) join(number uint64) bool {
	facts, ok := w.index.Ticket(number)
	if !ok {
		return false
	}
	w.out.Ticket = moved(number, facts)
	return true
}

// reject notes evidence that did not count.
func (w *match) reject(why string) { w.out.Rejected = append(w.out.Rejected, why) }

// moved follows a merge.
func moved(number uint64, facts TicketFacts) uint64 {
	if facts.Number != 0 {
		return facts.Number
	}
	return number
}

// replyForm finds the desk that addr is a reply form of.
func replyForm(addr string, desks []string) (desk, token string, ok bool) {
	local, domain, ok := cutLast(addr, '@')
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
