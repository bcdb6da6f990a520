package mailgw

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// aToken is a token of a person in an address of the desk.
var aToken = regexp.MustCompile(`support(?:\+|%2B)([0-9a-z]{39}|[0-9a-z]{32})@example\.com`)

// tokensIn opens the tokens of all addresses in a text; one that no key opens is the zero Ref.
func (h *house) tokensIn(text string) (refs []threading.Ref) {
	for _, m := range aToken.FindAllStringSubmatch(text, -1) {
		ref, _ := h.keys.Open(m[1])
		refs = append(refs, ref)
	}
	return refs
}

// Every link of a notice is its reader's own, for one purpose, on this ticket and entry;
// text and HTML have the same ones.
func TestNoticeLinksAreTheReaders(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "Another", id: "zero@acme.example"})
	h.flush()
	a := h.deliver(mail{id: "one@acme.example", body: "Please call me: +41 44 668 18 00.\r\n"})
	want := []threading.Purpose{threading.Private, threading.ActTake, threading.ActSolve, threading.ActWait, threading.ActWrongCustomer, threading.ActNotForUs, threading.ActCall}
	seen := map[string]bool{}
	for _, n := range h.flush() {
		if len(n.To) != 1 || n.To[0] != "anna@example.com" && n.To[0] != "ben@example.com" {
			continue
		}
		for part, text := range map[string]string{"text": n.read.Text, "HTML": htmlOf(t, n.Bytes)} {
			var got []threading.Purpose
			for _, ref := range h.tokensIn(text) {
				if ref.Ticket != a.Ticket || ref.Entry != 1 || !h.keys.IsPerson(ref.Person, n.To[0]) {
					t.Errorf("%s, %s: a token of %+v", n.To, part, ref)
				}
				got = append(got, ref.Purpose)
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: %v, want %v", n.To, part, got, want)
			}
		}
		for _, m := range aToken.FindAllStringSubmatch(n.read.Text, -1) {
			if seen[m[1]] {
				t.Errorf("two readers have %s", m[1])
			}
			seen[m[1]] = true
		}
	}
	if len(seen) != 2*len(want) {
		t.Errorf("%d tokens", len(seen))
	}
}

// Only what makes sense is offered.
func TestNoticeLinksMakeSense(t *testing.T) {
	has := func(n *sentMail, label string) bool { return strings.Contains(n.read.Text, "\n"+label+": support+") }
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example"})
	n := h.noticeTo("anna@example.com")
	if !has(&n, "Take it") || !has(&n, "Wrong customer") || has(&n, "Ask again") || has(&n, "Call back") {
		t.Errorf("of a new ticket: %s", n.read.Text)
	}
	h.deliver(n.reply(anna, "Please clear the cache."))
	answered := to(h.flush(), "ben@example.com")
	if n := answered[0]; has(&n, "Take it") || has(&n, "Not for us") || !has(&n, "Ask again") {
		t.Errorf("of an answer: %s", n.read.Text)
	}
	h.deliver(mail{id: "two@acme.example", head: []string{"In-Reply-To: <one@acme.example>"}, body: "Still broken."})
	list := h.flush()
	if n := to(list, "anna@example.com"); len(n) != 1 || has(&n[0], "Take it") || !has(&n[0], "Solved") {
		t.Errorf("who has it may take it: %v", n)
	}
	if n := to(list, "ben@example.com"); len(n) != 1 || has(&n[0], "Take it") || !has(&n[0], "Solved") {
		t.Errorf("a colleague may take it away: %v", n)
	}
	h = newHouse(t, `desk.support.reply_token="off"`)
	h.deliver(mail{})
	if n := h.noticeTo("anna@example.com"); len(h.tokensIn(string(n.Bytes))) > 0 || strings.Contains(n.read.Text, "One step each") || strings.Contains(n.read.Text, "house alone: ") {
		t.Errorf("the desk has no tokens: %s", n.read.Text)
	}
}

// conversations are the groups that clients make of mails: by the ids that they name
// (RFC 5256 §3, as most do), and by the same bare subject (as Outlook and Gmail may).
func conversations(list []sentMail) map[string]string {
	group := map[string]string{}
	var root func(string) string
	root = func(s string) string {
		if next, ok := group[s]; ok && next != s {
			return root(next)
		}
		group[s] = s
		return s
	}
	bare := regexp.MustCompile(`(?i)^((re|aw|fwd|fw|wg|antw|odp|sv):\s*)+`)
	for i := range list {
		m := list[i].read
		names := slices.Concat(m.References, m.InReplyTo, []string{"subject " + bare.ReplaceAllString(m.Subject, "")})
		for _, name := range names {
			group[root(name)] = root(m.MessageID)
		}
	}
	out := map[string]string{}
	for i := range list {
		out[list[i].read.MessageID] = root(list[i].read.MessageID)
	}
	return out
}

// What is private never stands in the conversation of what customers may read, in an
// agent's client, and what answers it stays in the house.
func TestNotesAreAnotherConversation(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example", subject: "Export button"})
	var public, private []sentMail
	first := to(h.flush(), "ben@example.com")
	public = append(public, first...)
	h.deliver(first[0].reply(ben, "Which version do you have?"))
	h.flush()
	h.deliver(first[0].reply(ben, "#note\nThey have not paid."))
	note := h.noticeTo("anna@example.com")
	private = append(private, note)
	h.deliver(mail{id: "two@acme.example", subject: "Re: Export button", head: []string{"In-Reply-To: <one@acme.example>"}, body: "Version 4."})
	public = append(public, to(h.flush(), "anna@example.com")...)
	if refs := h.tokensIn(note.read.ReplyTo[0].Addr); len(refs) != 1 || refs[0].Purpose != threading.Private || !h.keys.IsPerson(refs[0].Person, "anna@example.com") {
		t.Errorf("an answer to a note goes to %v: %+v", note.read.ReplyTo, refs)
	}
	a := h.want(h.deliver(note.reply(anna, "I will call their accountant.")), ticket.OutcomeAppended)
	left := h.flush()
	if len(to(left, "mia@acme.example")) != 0 || a.ticket.Number != 1 {
		t.Errorf("an answer to a note leaves the house, or is lost: ticket %d", a.ticket.Number)
	}
	private = append(private, to(left, "ben@example.com")...)
	if len(public) != 2 || len(private) != 2 || !strings.HasPrefix(note.read.Subject, "Note · #1 ") {
		t.Fatalf("%d public, %d private, %q", len(public), len(private), note.read.Subject)
	}
	in := conversations(slices.Concat(public, private))
	if in[public[0].read.MessageID] != in[public[1].read.MessageID] || in[private[0].read.MessageID] != in[private[1].read.MessageID] {
		t.Error("one conversation falls apart")
	}
	for i := range private {
		if in[private[i].read.MessageID] == in[public[0].read.MessageID] {
			t.Errorf("%q stands among %q", private[i].read.Subject, public[0].read.Subject)
		}
	}
	for i := range public {
		if strings.Contains(string(public[i].Bytes), "paid") || strings.Contains(string(public[i].Bytes), "accountant") {
			t.Errorf("a note in %s", public[i].Bytes)
		}
	}
}

// Pressing a link of a notice and sending what opens does what the link says, and nothing
// of it leaves the house.
func TestNoticeLinksDoWhatTheySay(t *testing.T) {
	link := regexp.MustCompile(`<a href="(mailto:[^"]+)"[^>]*>([^<]+)</a>`)
	did := map[string]func(h *house) string{
		"Take it":        func(h *house) string { return h.ticket(1).Assignee },
		"Solved":         func(h *house) string { return string(h.ticket(1).Status) },
		"Wait 3 days":    func(h *house) string { return h.ticket(1).WaitUntil.Format("Mon") },
		"Wrong customer": func(h *house) string { return "of " + h.ticket(1).Customer },
		"Not for us":     func(h *house) string { return strings.Join(h.ticket(1).Tags, ",") },
		"Note":           func(h *house) string { return h.ticket(1).Assignee },
	}
	want := map[string]string{"Take it": "anna@example.com", "Solved": "solved", "Wait 3 days": "Thu", "Wrong customer": "of ", "Not for us": "not-for-us", "Note": ""}
	for label, look := range did {
		t.Run(label, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{id: "one@acme.example"})
			n := h.noticeTo("anna@example.com")
			for _, m := range link.FindAllStringSubmatch(htmlOf(t, n.Bytes), -1) {
				if m[2] != label {
					continue
				}
				u, err := url.Parse(html.UnescapeString(m[1]))
				if err != nil {
					t.Fatal(err)
				}
				q := u.Query()
				to, err := url.PathUnescape(u.Opaque)
				if err != nil {
					t.Fatal(err)
				}
				h.want(h.deliver(mail{from: anna, rcpt: []string{to}, subject: q.Get("subject"), body: q.Get("body") + "\r\n"}), ticket.OutcomeAppended)
				for _, left := range h.flush() {
					asked := label == "Solved" && !strings.Contains(left.read.Text, "Press send") // whether it is
					if slices.Contains(left.To, "mia@acme.example") && !asked || left.read.Subject == "Not sent" {
						t.Errorf("%v got %q: %s", left.To, left.read.Subject, left.read.Text)
					}
				}
				if got := look(h); got != want[label] {
					t.Errorf("got %q, want %q", got, want[label])
				}
				return
			}
			t.Errorf("no such link in %s", n.Bytes)
		})
	}
}
