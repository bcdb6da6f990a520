package mailgw

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/imapd"
)

// accountOf is the account of an agent of the house.
func (h *house) accountOf(address string) *account {
	h.t.Helper()
	a, err := h.account(address)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

// folderOf opens a folder.
func (h *house) folderOf(agent, folder string) *imapd.View {
	h.t.Helper()
	v, err := h.accountOf(agent).Open(folder)
	if err != nil {
		h.t.Fatalf("%s opens %s: %v", agent, folder, err)
	}
	last := uint32(0)
	for _, m := range v.Mails {
		if m.UID <= last || m.UID >= v.Next {
			h.t.Fatalf("%s: UID %d after %d, UIDNEXT %d", folder, m.UID, last, v.Next)
		}
		last = m.UID
	}
	return v
}

// shows says what a folder shows: tickets and entries, with letters for flags.
func (h *house) shows(agent, folder string) string {
	h.t.Helper()
	var out []string
	for _, m := range h.folderOf(agent, folder).Mails {
		s := fmt.Sprintf("%d.%d", m.Ticket, m.Seq)
		if m.Item != 0 {
			s = "item"
		}
		for i, c := range "SAFDd" {
			if m.Flags&(1<<i) != 0 {
				s += string(c)
			}
		}
		for i := range 10 {
			if m.Flags&(imapd.FirstKeyword<<i) != 0 {
				s += fmt.Sprint("k", i)
			}
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// wantShown checks what folders of an agent show: "Mine: 1.1 1.2".
func (h *house) wantShown(agent string, folders ...string) {
	h.t.Helper()
	for _, f := range folders {
		name, want, _ := strings.Cut(f, ":")
		if got := h.shows(agent, name); got != strings.TrimSpace(want) {
			h.t.Errorf("%s sees in %s: %q, must see %q", agent, name, got, strings.TrimSpace(want))
		}
	}
}

// mark changes flags of the mails of some tickets' entries ("1.1") in a folder.
func (h *house) mark(agent, folder string, set, clear imapd.Flags, which ...string) []imapd.Mail {
	h.t.Helper()
	var mails []imapd.Mail
	for _, m := range h.folderOf(agent, folder).Mails {
		if m.Item != 0 || slices.Contains(which, fmt.Sprintf("%d.%d", m.Ticket, m.Seq)) {
			mails = append(mails, m)
		}
	}
	if len(mails) == 0 {
		h.t.Fatalf("%s has none of %q", folder, which)
	}
	if err := h.accountOf(agent).Mark(folder, mails, set, clear); err != nil {
		h.t.Fatal(err)
	}
	return mails
}

// expunge flags mails as deleted, and expunges them.
func (h *house) expunge(agent, folder string, which ...string) {
	h.t.Helper()
	if err := h.accountOf(agent).Expunge(folder, h.mark(agent, folder, imapd.Deleted, 0, which...)); err != nil {
		h.t.Fatal(err)
	}
}

// The addresses of three agents.
const annaAt, benAt, cleoAt = "anna@example.com", "ben@example.com", "cleo@example.com"

// threeOfTwoDesks are Anna on both desks, Ben on support alone, Cleo on billing alone.
func threeOfTwoDesks(t *testing.T, more ...string) *house {
	t.Helper()
	return newHouse(t, append([]string{
		`agent=[{name="Anna Keller",address="anna@example.com"},{name="Ben Ortiz",address="ben@example.com"},{name="Cleo Park",address="cleo@example.com"}]`,
		`desk.support.agents=["anna@example.com","ben@example.com"]`, `desk.billing.agents=["anna@example.com","cleo@example.com"]`,
		`imap.listen=["127.0.0.1:2143"]`,
	}, more...)...)
}

// An account belongs to an agent, whatever the case of her address, and all sessions share it.
func TestAccountIsTheAgents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if h.accountOf("Anna@Example.com") != h.accountOf("anna@example.com") {
		t.Error("one agent has two accounts")
	}
	if _, err := h.account("stranger@elsewhere.example"); err == nil {
		t.Error("a stranger has an account")
	}
	if r := h.accountOf("anna@example.com").reader(h.settings.Load()); !slices.Contains(r.Desks, "support") {
		t.Errorf("she is on %q", r.Desks)
	}
}

// Each agent sees the tickets of her desks, where their states put them, and nothing of others.
func TestAccountShowsTheDesk(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	one := h.deliver(mail{})
	h.flush()
	h.deliver(mail{rcpt: []string{"billing@example.com"}, from: "Olaf <olaf@globex.example>", subject: "Invoice"})
	h.wantShown(annaAt, "INBOX: 1.1 1.2 2.1", "Unassigned: 1.1 1.2 2.1", "Mine:", "Desk/support: 1.1 1.2", "Desk/billing: 2.1", "Customer/Globex Ltd: 2.1", "Waiting:", "Solved:", "Held:", "Trash:")
	h.wantShown(benAt, "INBOX: 1.1 1.2", "Desk/support: 1.1 1.2")
	h.wantShown(cleoAt, "INBOX: 2.1", "Unassigned: 2.1")
	before := h.folderOf(benAt, "INBOX")
	h.set(SetArgs{Number: one.Ticket, Assignee: benAt})
	h.wantShown(annaAt, "INBOX: 2.1", "Unassigned: 2.1", "Agent/Ben Ortiz: 1.1 1.2", "Mine:")
	h.wantShown(benAt, "INBOX: 1.1 1.2", "Mine: 1.1 1.2", "Unassigned:", "Agent/Anna Keller:")
	if after := h.folderOf(benAt, "INBOX"); after.Mails[0].UID < before.Next {
		t.Error("a ticket that went to another shelf kept its UIDs")
	}
	h.set(SetArgs{Number: one.Ticket, Status: "solved"})
	h.wantShown(benAt, "Mine:", "Solved: 1.1 1.2", "INBOX:")
	h.set(SetArgs{Number: one.Ticket, Priority: "urgent", Status: "open"})
	h.wantShown(benAt, "Mine: 1.1F 1.2F")
	for agent, list := range map[string][]string{
		benAt:  {"Desk/billing", "Agent/Cleo Park", "Customer/Globex Ltd", "Nothing", "Desk"},
		cleoAt: {"Desk/support", "Agent/Ben Ortiz", "Customer/Acme Instruments AG"},
	} {
		for _, folder := range list {
			if v, err := h.accountOf(agent).Open(folder); err == nil {
				t.Errorf("%s opens %s: %d mails", agent, folder, len(v.Mails))
			}
		}
	}
}
