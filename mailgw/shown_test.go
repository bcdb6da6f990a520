package mailgw

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"supportgw/mailgw/outbox"
	"supportgw/mailgw/shown"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
	"supportgw/mailgw/wording"
)

// shownRecord is what is kept of a mail as it is shown; nil for nothing.
func (h *house) shownRecord(ref view.MailRef) (out []byte) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) {
		if out, err = r.Shown(ref); errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	return out
}

// What a client asks about a mail is kept in the commit in which the mail comes in, and is
// what would be made when it is first looked at; so in a drawer that is a folder.
func TestShownAtArrival(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	one := h.deliver(mail{head: []string{"Reply-To: eve@evil.example"}})
	ref := view.MailRef{Ticket: one.Ticket, Seq: 1}
	kept := h.shownRecord(ref)
	h.view(func(r store.Reader) error {
		tk, err := r.Ticket(one.Ticket)
		if err != nil {
			return err
		}
		all, err := r.Entries(one.Ticket)
		if err != nil {
			return err
		}
		m, err := h.makeShown(r, h.settings.Load(), &tk, &all[0])
		if err != nil {
			return err
		}
		b, err := m.bytes()
		if !bytes.Equal(kept, b) {
			t.Errorf("kept when it came in:\n%q\nmade when it is shown:\n%q", kept, b)
		}
		return err
	})
	junk := h.deliver(code())
	if junk.Ticket != 0 {
		t.Fatalf("it was not filed: %+v", junk.Receipt)
	}
	if h.shownRecord(view.MailRef{Item: junk.ID}) == nil {
		t.Error("nothing is kept of a mail in Junk")
	}
	if len(h.mailsIn(annaAt, "Junk")) != 1 { // which compares it with its bytes
		t.Error("it is not in Junk")
	}
	if quiet := newHouse(t).deliver(mail{}); quiet.Ticket == 0 {
		t.Error("without folders, no ticket")
	}
}

// Sent shows what left: whoever looked before, whatever the phrases have become since, on
// whichever ticket it stands now; and the mail without its files when only that one left.
func TestSentIsWhatLeft(t *testing.T) {
	t.Parallel()
	for _, looks := range []bool{false, true} {
		h := threeOfTwoDesks(t)
		h.deliver(mail{})
		notice := h.noticeTo(annaAt)
		h.deliver(notice.reply(anna, "Please switch it on."))
		var before map[string]string
		if looks {
			before = h.mailsIn(annaAt, "Sent")
			h.restyle("Are you called otherwise?")
		}
		out := customers(h.flush())
		var left []byte
		for i := range out {
			if strings.Contains(out[i].read.Text, "switch it on") {
				left = shown.Disarm(out[i].Bytes, true)
			}
		}
		if left == nil {
			t.Fatalf("nothing left: %+v", out)
		}
		check := func(after string) {
			t.Helper()
			sent := h.mailsIn(annaAt, "Sent")
			if len(sent) != 1 {
				t.Fatalf("%s: %d mails in Sent", after, len(sent))
			}
			for name, b := range sent {
				if !strings.HasSuffix(b, string(left)) || !strings.HasPrefix(b, "X-Mailgw-Ticket: ") {
					t.Errorf("%s: Sent shows\n%s\nand what left is\n%s", after, b, left)
				}
				if was, ok := before[name]; ok && was != b {
					t.Errorf("%s: %s was\n%s\nand is\n%s", after, name, was, b)
				}
			}
		}
		if !bytes.Contains(left, []byte("Would you like us to call you")) {
			t.Errorf("what left is\n%s", left)
		}
		check("as it left")
		other := h.deliver(mail{from: "Max <max@acme.example>", id: "other@acme.example", subject: "Another printer"})
		h.restyle("Your name, please:")
		h.do("ticket.merge", MergeArgs{From: 1, To: other.Ticket, As: "anna"})
		before = nil
		check("on another ticket, with other phrases")
	}
}

// fullStore is a store whose updates fail.
type fullStore struct{ store.Store }

func (fullStore) Update(store.Class, func(store.Tx) error) error {
	return errors.New("no space left on device")
}

// An answer leaves although nothing can be written: a full disk is the house's matter.
func TestAnswerLeavesUnkept(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{})
	h.do("ticket.reply", ReplyArgs{Number: 1, As: "anna", Text: "Please switch it on."})
	row := ticket.Outgoing{Kind: ticket.Answer, Ticket: 1}
	whole := h.store
	h.store = fullStore{whole}
	out, err := h.asShown(h.settings.Load(), &row, []byte("said"))
	if h.store = whole; err != nil || string(out) != "said" {
		t.Errorf("%q, %v", out, err)
	}
}

// restyle has answers say otherwise from now on how their reader may be called.
func (h *house) restyle(line string) {
	h.t.Helper()
	words, wrong := wording.Load(map[string][]byte{"en.toml": []byte("[phrase]\n\"own.line\" = \"" + line + "\"\n")})
	if len(wrong) > 0 {
		h.t.Fatal(wrong)
	}
	s := *h.settings.Load()
	c := *s.Config
	c.Words = words
	s.Config = &c
	h.settings.Store(&s)
}

// Of an answer that went again without its files, Sent shows the mail that left.
func TestSentWithoutFiles(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{})
	notice := h.noticeTo(annaAt)
	m := notice.reply(anna, "")
	m.head = append(m.head, "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b")
	m.body = "--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"guide.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		strings.Repeat("JVBERi0xLjQK\r\n", 1000) + "--b--"
	h.deliver(m)
	for _, b := range h.mailsIn(annaAt, "Sent") {
		if len(b) < 10_000 {
			t.Errorf("before it leaves, Sent shows %d bytes", len(b))
		}
	}
	h.refuse = func(m *outbox.Mail) []outbox.Failure {
		if len(m.Bytes) < 10_000 {
			return nil
		}
		return refusing(outbox.Failure{Reply: "the mail has 20000 bytes, the relay takes 10000", Permanent: true, TooBig: true}, m.To...)(m)
	}
	out := customers(h.flush())
	if len(out) != 1 {
		t.Fatalf("the customer got %d mails", len(out))
	}
	sent := h.mailsIn(annaAt, "Sent")
	for name, b := range sent {
		if !strings.HasSuffix(b, string(shown.Disarm(out[0].Bytes, true))) {
			t.Errorf("%s in Sent is\n%.600s\nand what left is\n%.600s", name, b, out[0].Bytes)
		}
	}
	if len(sent) != 1 {
		t.Errorf("%d mails in Sent", len(sent))
	}
}
