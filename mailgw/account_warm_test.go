package mailgw

import (
	"testing"
)

// After a start the folders of those who have used a mail client are in memory before they
// come, and of nobody else; what comes later is in them.
func TestFoldersAreReadAhead(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{})
	before := h.folderOf(annaAt, "INBOX")
	h.reopen()
	h.warmFolders(t.Context())
	if a := h.accountOf(annaAt); len(a.opened) != 8 { // the five, Drafts, Sent and Trash
		t.Errorf("%d of Anna's folders are in memory", len(a.opened))
	}
	if a := h.accountOf(benAt); len(a.opened) != 0 {
		t.Errorf("%d of Ben's folders are in memory, who has never looked", len(a.opened))
	}
	a := h.accountOf(annaAt)
	f, err := a.folder("INBOX")
	if err != nil {
		t.Fatal(err)
	}
	held := a.opened[f.Key()]
	if held == nil {
		t.Fatal("her INBOX is not")
	}
	v := h.folderOf(annaAt, "INBOX")
	if v != held.view || len(v.Mails) != len(before.Mails) || v.Mails[0].UID != before.Mails[0].UID || v.Validity != before.Validity {
		t.Errorf("it is read again, or another: %+v, before the start %+v", v, before)
	}
	h.deliver(mail{id: "two@acme.example", subject: "Another matter"})
	if n := len(h.folderOf(annaAt, "INBOX").Mails); n != len(before.Mails)+1 {
		t.Errorf("%d mails after one has come, %d before", n, len(before.Mails))
	}
	cold := newHouse(t)
	cold.warmFolders(t.Context()) // without folders it does nothing
	if len(cold.accounts.of) != 0 {
		t.Error("accounts are opened where nobody can look")
	}
}
