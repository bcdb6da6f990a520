package erasure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// Entry is what stays of an entry: where and when it was, of what kind, how it ended,
// and which agent did it.
func Entry(e *ticket.Entry, at time.Time) ticket.Entry {
	left := ticket.Entry{
		ID: e.ID, Ticket: e.Ticket, Seq: e.Seq, Kind: e.Kind, At: e.At, Outcome: e.Outcome, SenderAuth: e.SenderAuth,
		ByAgent: e.ByAgent, SentAt: e.SentAt, ErasedAt: at,
	}
	if e.Kind == ticket.MailOut {
		left.Outgoing = &ticket.Outgoing{ID: e.ID, Ticket: e.Ticket, EntrySeq: e.Seq, Facts: json.RawMessage("{}"), Date: e.At}
		if o := e.Outgoing; o != nil {
			left.Outgoing.Kind, left.Outgoing.Template, left.Outgoing.Language, left.Outgoing.Ticket, left.Outgoing.EntrySeq = o.Kind, o.Template, o.Language, o.Ticket, o.EntrySeq
		}
	}
	return left
}

// Ticket is what stays of a ticket that is all theirs: its number, dates and figures.
// company says that its customer goes, too.
func Ticket(t *ticket.Ticket, at time.Time, company bool) ticket.Ticket {
	left := *t
	left.Subject, left.Requester, left.Address, left.People, left.LastIn, left.LevelWhy = "", "", "", nil, "", ""
	left.Closing, left.Merged, left.ErasedAt, left.UpdatedAt = nil, nil, at, at
	left.Copies, left.Tags, left.Workaround, left.Solution, left.WaitUntil = nil, nil, "", "", time.Time{} // an agent may have put anything into a tag
	if left.Status != ticket.Closed {
		left.Status, left.ClosedAt = ticket.Closed, at
	}
	if company {
		left.Customer, left.CustomerID, left.Confidence = "", 0, ticket.Unknown
	}
	return left
}

// Cause is the cause of promises that are owed to nobody any more.
const Cause = "erased"

// Promise is what stays of a row of the ledger: its times and how it ended. What is
// open is withdrawn.
func Promise(p *promise.Promise, company bool) promise.Promise {
	left := *p
	left.Mail, left.Words, left.OwedTo, left.Cause, left.Why, left.KeptBy = "", "", "", Cause, "", nil
	if left.State == promise.Open {
		left.State, left.AlarmAt, left.PausedAt, left.Why = promise.Withdrawn, time.Time{}, time.Time{}, Cause
	}
	if company {
		left.Customer = ""
	}
	return left
}

// Events is what stays of the events of a ticket that is all theirs: when something
// happened, what in a word, and which agent did it. isAgent knows the agents.
func Events(list []ticket.Event, isAgent func(string) bool) []ticket.Event {
	out := slices.Clone(list)
	for i := range out {
		e := &out[i]
		e.Why = ""
		if strings.Contains(e.Who, "@") && !isAgent(e.Who) {
			e.Who = "customer"
		}
		e.What = kindOf(e.What, isAgent)
	}
	return out
}

// kindOf is what happened, without addresses of others than agents, and without what
// anybody said: what stands behind a colon or in quotes.
func kindOf(what string, isAgent func(string) bool) string {
	if i := strings.IndexAny(what, ":\"“„«\n"); i >= 0 {
		what = what[:i]
	}
	if rest, ok := strings.CutPrefix(what, "customer "); ok && rest != "says that it is solved" { // a company's name
		what = "customer"
	}
	words := strings.Fields(what)
	for i, w := range words {
		if bare := strings.Trim(w, ",;()<>"); strings.Contains(bare, "@") && !isAgent(bare) {
			words[i] = Gone
		}
	}
	return strings.Join(words, " ")
}

// ids are the members that hold one Message-ID or address, which is left out when it goes.
var ids = [...]string{"in_reply_to", "last_in_mid", "message_id", "mail", "owed_to", "mail_from", "reply_to"}

// Rewrite takes whom f finds out of a record of somebody else: addresses and ids leave
// their lists, and in what is said [Gone] stands for them. It reports whether the
// record was changed.
func Rewrite[T any](v *T, f *Finder) (bool, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return false, fmt.Errorf("read a record: %w", err)
	}
	if _, _, ok := find(f, raw, 0); !ok {
		return false, nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var tree any
	if err := dec.Decode(&tree); err != nil {
		return false, fmt.Errorf("read a record: %w", err)
	}
	changed := false
	tree = f.walk("", tree, &changed)
	if !changed {
		return false, nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(tree); err != nil {
		return false, fmt.Errorf("rewrite a record: %w", err)
	}
	var fresh T
	if err := json.Unmarshal(out.Bytes(), &fresh); err != nil {
		return false, fmt.Errorf("rewrite a record: %w", err)
	}
	*v = fresh
	return true, nil
}

// walk rewrites what is below one member.
func (f *Finder) walk(name string, v any, changed *bool) any {
	if isPerson(name) && f.people != nil {
		f = f.people
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = f.walk(k, x, changed)
		}
	case []any:
		out := v[:0]
		for _, x := range v {
			if s, ok := x.(string); ok && isList(name) && f.In(s) {
				*changed = true
				continue
			}
			out = append(out, f.walk(name, x, changed))
		}
		return out
	case string:
		if !f.In(v) {
			return v
		}
		*changed = true
		if slices.Contains(ids[:], name) {
			return ""
		}
		return f.Replace(v, Gone)
	}
	return v
}

// isPerson reports whether a member holds addresses.
func isPerson(name string) bool {
	switch name {
	case "to", "cc", "envelope_to", "rcpt_to", "people", "addresses", "claimed", "from", "address", "requester", "author", "who", "by_agent", "assignee", "agent", "owed_to", "mail_from", "made_by":
		return true
	}
	return false
}

// isList reports whether a member is a list of addresses or ids.
func isList(name string) bool {
	switch name {
	case "to", "cc", "envelope_to", "rcpt_to", "people", "references", "kept_by", "addresses", "claimed":
		return true
	}
	return false
}
