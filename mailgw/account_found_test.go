package mailgw

import (
	"testing"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/view"
)

// What one agent expunges from her Trash stays in Junk and Held for the others.
func TestExpungeOfDrawersIsHersAlone(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	m := h.stands(view.Junk, "")
	if _, err := h.accountOf(annaAt).Move("Junk", []imapd.Mail{m}, "Trash", false); err != nil {
		t.Fatal(err)
	}
	h.wantShown(benAt, "Junk: item")
	h.expunge(annaAt, "Trash")
	h.wantShown(benAt, "Junk: item")
	h.stands(view.Held, "")
	h.expunge(annaAt, "Held")
	h.wantShown(benAt, "Held: item")
	h.expunge(annaAt, "Trash")
	h.wantShown(benAt, "Held: item")
}

// Moving back does not take from a colleague what she has taken meanwhile, nor give to one
// who has left the desk.
func TestMovedBackOwners(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{})
	move := func(agent, from, to string) {
		t.Helper()
		if _, err := h.move(agent, from, to, 1); err != nil {
			t.Fatal(err)
		}
	}
	move(annaAt, "Unassigned", "Desk/billing")
	move(cleoAt, "Unassigned", "Mine")
	_, err := h.move(annaAt, "Desk/billing", "Unassigned", 1)
	wantNo(t, err, "Ticket 1 is with Cleo Park.")
	h.wantShown(cleoAt, "Mine: 1.1")

	h = threeOfTwoDesks(t)
	h.withDesks([]string{annaAt, benAt}, []string{annaAt, benAt, cleoAt})
	h.deliver(mail{})
	h.set(SetArgs{Number: 1, Assignee: benAt})
	move(annaAt, "Agent/Ben Ortiz", "Mine")
	h.withDesks([]string{annaAt}, []string{annaAt, benAt, cleoAt})
	_, err = h.move(annaAt, "Mine", "Agent/Ben Ortiz", 1)
	wantNo(t, err, "Ben Ortiz is not on the desk support")
}

// Who is not on a desk any more decides about none of its mails, whatever her client shows.
func TestDecideOnlyOfOwnDesks(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	held, junk := h.stands(view.Held, ""), h.stands(view.Junk, "")
	a := h.accountOf(annaAt)
	h.withDesks([]string{benAt}, []string{annaAt, cleoAt})
	if _, err := a.Move("Held", []imapd.Mail{held}, "Trash", false); err == nil {
		t.Error("she rejected a held mail of another desk")
	}
	if _, err := a.Move("Junk", []imapd.Mail{junk}, "Mine", false); err == nil {
		t.Error("she released junk of another desk")
	}
	h.wantShown(benAt, "Held: item", "Junk: item")
}

// To move into Trash, or out of it, what has left meanwhile is refused.
func TestHideOfWhatHasLeft(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	number := h.deliver(mail{}).Ticket
	a, old := h.accountOf(annaAt), h.folderOf(annaAt, "Unassigned").Mails[:1]
	h.set(SetArgs{Number: number, Assignee: annaAt})
	if _, err := a.Move("Unassigned", old, "Trash", false); err == nil {
		t.Error("into Trash: OK, and nothing is done")
	}
	h.set(SetArgs{Number: number, Assignee: "-"})
	if _, err := h.move(annaAt, "Unassigned", "Trash", number); err != nil {
		t.Fatal(err)
	}
	trash := h.folderOf(annaAt, "Trash").Mails
	if _, err := a.Move("Trash", trash, "INBOX", false); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Move("Trash", trash, "Mine", false); err == nil {
		t.Error("out of Trash: OK, and nothing is done")
	}
}

// A held mail that was deleted, and not moved, comes back to Held, and nowhere else.
func TestHeldOutOfTrash(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.stands(view.Held, "")
	h.closed(mail{})
	a := h.accountOf(annaAt)
	h.expunge(annaAt, "Held")
	in := h.folderOf(annaAt, "Trash").Mails
	for _, to := range []view.Kind{view.Inbox, view.Mine, view.Unassigned, view.Desk, view.Junk, view.Sent, view.Drafts, view.Archive} {
		_, err := a.Move("Trash", in, tableName(to), false)
		wantNo(t, err, view.NoHeldOut)
	}
	if _, err := a.Move("Trash", in, "Held", false); err != nil {
		t.Error(err)
	}
	h.wantShown(annaAt, "Held: item", "Trash:")
}
