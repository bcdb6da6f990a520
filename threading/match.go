package threading

import "strings"

// Mail is what [Match] wants to know about a mail.
type Mail struct {
	Recipients  []string // bare addresses: the envelope's first, then To and Cc
	MessageID   string   // its own id without brackets; "" when it has none
	InReplyTo   []string // ids without brackets, see [ScanIDs]
	References  []string // ids without brackets, oldest first
	Subject     string   // decoded
	ThreadIndex string   // the header field Thread-Index as it stands; "" when there is none
	Author      string   // bare address of From; no evidence for matching, so Match leaves it to [Admit]
	Scope       string   // whose subjects and foreign tags are compared: the customer's name, else the author's address; "" = nobody's, so neither counts
	Day         int      // days since 1970 of the mail's arrival
	OwnTags     []string // prefixes of our desks' subject tags: "SUP" for [SUP-123]; nil when no desk has one
	JoinSubject bool     // evidence 7 joins, as the mail's desk asks for; false = it only suggests
}

// TicketFacts is what an [Index] tells about a ticket.
type TicketFacts struct {
	Number      uint64 // where the entry (or the ticket) that was asked for is now, after merges and splits; 0 = where it was
	Entry       uint32 // the entry's number there; 0 = unknown, or the whole ticket was asked for
	ClosedLong  bool   // closed for longer than replies to it reopen it
	BareSubject string // [BareSubject] of the ticket's subject
	Known       bool   // the mail's author is one of its people; prefers it to others with the same weak evidence, and opens no door
}

// Index is what the store knows. All methods must see all that was committed.
type Index interface {
	// ByMessageID returns the ticket on which a mail of others with this
	// Message-ID (without brackets) is. Our own mails' ids are not asked for.
	ByMessageID(id string) (ticket uint64, ok bool)
	// Ticket returns what is known about a ticket, and where its entry with this
	// number is now; entry 0 means the ticket as a whole. False when there is no
	// such ticket.
	Ticket(number uint64, entry uint32) (TicketFacts, bool)
	// ByClue returns the tickets on which mails left this clue, the newest
	// first, each once, at most a few; nil when there is none.
	ByClue(c Clue) []uint64
	// Learned returns the mail of ours that a relay gave this id, see [LearnedClue].
	Learned(id string) (Ref, bool)
}

// Decision says where a mail belongs, and why.
type Decision struct {
	Ticket      uint64       // the ticket, 0 when none matched: a new matter
	Evidence    []string     // why, in words, for the entry and for explain
	Rejected    []string     // what looked like evidence and did not count, and why
	Proof       bool         // the mail came to an address with a token that entitles its writer (proof A)
	Weak        bool         // Ticket stands on evidence 4 to 7 alone: whoever proves nothing opens a new ticket
	Ref         Ref          // what the token or the id of ours said, with ticket and entry as they are now; zero when others' ids matched
	NewLinkedTo uint64       // Ticket is 0, and the new ticket is to be linked to this one
	Also        []uint64     // other tickets that ids in the mail name: they may be one matter. Those linked already are for the caller to leave out.
	Suggestions []Suggestion // tickets that a person may want to look at; none is joined
	Unresolved  []string     // ids that the mail names and nobody has seen, the farthest ancestor first
	left        []leftClue   // clues of the mail that are there already
}

// Suggestion is a ticket that a mail may belong to, on evidence too weak to join it.
type Suggestion struct {
	Ticket uint64 // the ticket's number
	Why    string // in words, for the agent
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
		if w.join(ref.Ticket, ref) {
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
		if ref, number, ok := w.resolve(id); ok && w.join(number, ref) {
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
		facts, ok := w.index.Ticket(number, ref.Entry)
		if !ok {
			continue
		}
		why := "References <" + id + ">"
		if facts.ClosedLong && !SameSubject(BareSubject(w.mail.Subject), facts.BareSubject) {
			w.out.NewLinkedTo = moved(number, facts)
			w.out.Evidence = append(w.out.Evidence, why+" of a ticket closed long ago, with another subject: linked only")
			return false
		}
		w.put(number, ref, facts)
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
