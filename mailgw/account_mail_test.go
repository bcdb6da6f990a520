package mailgw

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/letter"
	"supportgw/threading"
)

// mailsIn reads all mails of a folder, by ticket and entry or "item", and checks that what is
// listed of each is so.
func (h *house) mailsIn(agent, folder string) map[string]string {
	h.t.Helper()
	a, out := h.accountOf(agent), map[string]string{}
	v := h.folderOf(agent, folder)
	err := a.Listings(v.Mails, func(i int, l *imapd.Listing) error {
		m := v.Mails[i]
		b, err := a.Bytes(m)
		if err != nil {
			return err
		}
		if l.Size != int64(len(b)) || l.Envelope == nil || l.Structure == nil || l.Date.IsZero() {
			h.t.Errorf("%s: %d.%d is listed with %d bytes, and has %d: %+v", folder, m.Ticket, m.Seq, l.Size, len(b), l)
		}
		if again := imapd.NewListing(b, l.Date); string(imapd.AppendListing(nil, again)) != string(imapd.AppendListing(nil, l)) {
			h.t.Errorf("%s: %d.%d is listed as %+v, and is %+v", folder, m.Ticket, m.Seq, l.Envelope, again.Envelope)
		}
		name := fmt.Sprintf("%d.%d", m.Ticket, m.Seq)
		if m.Item != 0 {
			name = "item"
		}
		out[name] = string(b)
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// A customer's mail, our mails and a note are shown in one conversation; each reader's
// Reply-To has a token that is hers, and a note's is for notes. Nothing of it changes by a
// byte over a restart, another company's name, another signature, and another ticket's merge.
func TestAccountShowsMails(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{id: "first@client.example.net", head: []string{"Reply-To: eve@evil.example", "X-Mailgw-Ticket: 99"}, body: "The printer prints {token}."})
	h.flush()
	h.do("ticket.note", ReplyArgs{Number: 1, As: "anna", Text: "She rang as well."})
	h.do("ticket.reply", ReplyArgs{Number: 1, As: "anna", Text: "Please switch it on."})
	h.flush()
	other := h.deliver(mail{from: "Max <max@acme.example>", id: "other@acme.example", subject: "Another printer"})
	shown, bens := h.mailsIn(annaAt, "Desk/support"), h.mailsIn(benAt, "Desk/support")
	if len(shown) < 5 || len(bens) != len(shown) {
		t.Fatalf("Anna sees %d mails, Ben %d", len(shown), len(bens))
	}
	if first := shown["1.1"]; !strings.Contains(first, "\r\nX-Mailgw-Original-Reply-To: eve@evil.example\r\n") || !strings.Contains(first, "\r\nX-Theirs-X-Mailgw-Ticket: 99\r\n") || !strings.Contains(first, "prints {token}.") || !strings.HasPrefix(first, "X-Mailgw-Ticket: 1\r\n") {
		t.Errorf("the customer's mail is\n%s", first)
	}
	ids := map[string]bool{} // of the ticket's mails that came before
	for i := 1; shown[fmt.Sprint("1.", i)] != ""; i++ {
		m := letter.Parse([]byte(shown[fmt.Sprint("1.", i)]), "", letter.DefaultLimits())
		if i > 1 && !slices.ContainsFunc(slices.Concat(m.References, m.InReplyTo), func(id string) bool { return ids[id] }) {
			t.Errorf("1.%d is not in the conversation: %q %q", i, m.InReplyTo, m.References)
		}
		ids[m.MessageID] = true
	}
	notes := 0
	for name, raw := range shown {
		for reader, raw := range map[string]string{annaAt: raw, benAt: bens[name]} {
			m := letter.Parse([]byte(raw), "", letter.DefaultLimits())
			if len(m.ReplyTo) != 1 {
				t.Fatalf("%s: Reply-To %v", name, m.ReplyTo)
			}
			_, token, _ := strings.Cut(strings.Split(m.ReplyTo[0].Addr, "@")[0], "+")
			ref, ok := h.keys.Open(token)
			want := threading.AgentReply
			if strings.Contains(raw, "X-Mailgw-Note: ") && strings.Contains(raw, "X-Mailgw-Kind: note\r\n") {
				want, notes = threading.Private, notes+1
			}
			if !ok || ref.Purpose != want || !h.keys.IsPerson(ref.Person, reader) || h.keys.IsPerson(ref.Person, cleoAt) || fmt.Sprintf("%d.%d", ref.Ticket, ref.Entry) != name {
				t.Errorf("%s of %s answers to %v: %+v", name, reader, m.ReplyTo, ref)
			}
		}
	}
	if notes != 2 {
		t.Errorf("%d notes are seen, not one by each", notes)
	}
	same := func(after string) {
		t.Helper()
		for name, b := range h.mailsIn(annaAt, "Desk/support") {
			if want, ok := shown[name]; ok && b != want {
				t.Errorf("after %s, %s is\n%s\nand was\n%s", after, name, b, want)
			}
		}
	}
	h.recustomer(1, "Another Company Ltd")
	same("another name")
	h.reconfigure(func(s string) string {
		return strings.Replace(s, `signature = "Example Support"`, `signature = "Yours, all of us"`, 1)
	})
	h.reopen()
	same("a restart with another signature")
	h.do("ticket.merge", MergeArgs{From: other.Ticket, To: 1, As: "anna"})
	if after := h.mailsIn(annaAt, "Desk/support"); after["1.1"] != shown["1.1"] || len(after) < len(shown) {
		t.Errorf("after a merge, %d mails; the first is\n%s", len(after), after["1.1"])
	}
}

// Every mail of the corpora is shown with all its bytes behind our lines, and listed as long as it is.
func TestAccountShowsCorpora(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(projectRoot(t), "..", "shared", "corpora", "*", "*.eml"))
	if err != nil || len(files) == 0 {
		t.Skipf("SKIPPED: no mails in ../shared/corpora beside the project: no real mail was shown (%v)", err)
	}
	every := max(1, len(files)/60)
	if os.Getenv("MAILGW_E2E_LARGE") == "1" {
		every = 1
	}
	h := threeOfTwoDesks(t)
	for i := 0; i < len(files); i += every {
		raw, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		raw = bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
		a := h.arrival(mail{})
		a.Raw = raw
		h.deliverArrival(a)
	}
	n := 0
	for _, folder := range []string{"Desk/support", "Held", "Junk"} {
		n += len(h.mailsIn(annaAt, folder))
	}
	if n < 20 {
		t.Errorf("%d mails are shown", n)
	}
	t.Logf("%d of %d mails made %d", len(files)/every, len(files), n)
}

// Words are found in headers and text, in text alone, as parts of words, and on her desks only.
func TestAccountFindsText(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{subject: "=?utf-8?q?Z=C3=BCrich?=", body: "The centrifuge whirrs."})
	h.deliver(mail{rcpt: []string{"billing@example.com"}, from: "Olaf <olaf@globex.example>", subject: "Invoice", body: "No centrifuge was ordered."})
	for _, c := range []struct {
		words string
		body  bool
		want  string
	}{{"centrifuge whirrs", true, "1.1"}, {"ZÜRICH", false, "1.1"}, {"Zürich", true, ""}, {"entrifug", true, "1.1"}, {"ordered", true, ""}, {"nothing of this", false, ""}} {
		v := h.folderOf(benAt, "Desk/support")
		has, err := h.accountOf(benAt).FindText(v, c.words, c.body)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range v.Mails {
			if has(m) {
				got = append(got, fmt.Sprintf("%d.%d", m.Ticket, m.Seq))
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%q (body: %v) is in %q, must be in %q", c.words, c.body, got, c.want)
		}
	}
}
