package mailgw

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// The one who is erased in these tests, and what only she says.
const (
	agnes      = "agnes.kovacs@acme.example"
	agnesName  = "Ágnès Kovács-Lindqvist"
	agnesWords = "my daughter Zsófia broke the oscilloscope on Tuesday"
)

// agnesTexts are hers, and must not be found when she is erased.
func agnesTexts() []string {
	return []string{
		agnes, "agnes.kovacs", agnesName, "Kovács-Lindqvist", agnesWords, "oscilloscope on Tuesday", "Zsófia",
		"Oszilloskop Übergabe kaputt", "invoice-of-agnes.pdf", "first@agnes.example", "second@agnes.example", "held@agnes.example", "junk@agnes.example",
		"crossed@agnes.example", "the crossed wire of ours", "the secret of the held one", "lottery of the junk one", "agnes-laptop.local",
	}
}

// agnesMail is a mail of hers in base64, with a name and subject in encoded words and
// a file that is too large for the database.
func agnesMail(h *house, id, subject, words string) mail {
	file := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("%PDF-1.4 "+agnesWords+"\n"), 900))
	var lines strings.Builder
	for len(file) > 76 {
		lines.WriteString(file[:76] + "\r\n")
		file = file[76:]
	}
	lines.WriteString(file)
	body := "--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte("Good morning,\r\n\r\n"+words+"\r\n\r\n"+agnesName+"\r\n")) +
		"\r\n--b\r\nContent-Type: application/pdf; name=\"invoice-of-agnes.pdf\"\r\nContent-Disposition: attachment; filename=\"invoice-of-agnes.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		lines.String() + "\r\n--b--"
	return mail{
		from: mime.BEncoding.Encode("utf-8", agnesName) + " <" + agnes + ">", id: id, subject: mime.QEncoding.Encode("utf-8", subject), body: body,
		head: []string{"Content-Type: multipart/mixed; boundary=b", "MIME-Version: 1.0", "X-Originating-Host: agnes-laptop.local"},
	}
}

// eraseHouse is a house in which Agnes has written in every way there is, and others
// beside her.
type eraseHouse struct {
	*house
	own, shared, merged, other uint64 // tickets: hers, Max's with her in copy, hers merged into Max's, of somebody else
	otherDump                  string
	counts                     map[ticket.Outcome]uint64
}

func newEraseHouse(t *testing.T, set ...string) *eraseHouse {
	h := &eraseHouse{house: newHouse(t, append([]string{"store.inline_bytes=4096"}, set...)...)}
	h.live()
	return h
}

// live lets her write, and others.
func (h *eraseHouse) live() {
	h.t.Helper()
	other := h.deliver(mail{from: "Olaf Other <olaf@globex.example>", id: "olaf@globex.example", subject: "Nothing to do with her", body: "My printer hums, and nobody knows why it does so."})
	h.do("ticket.reply", ReplyArgs{Number: other.Ticket, As: "anna", Text: "Please oil it, Mr. Other."})
	first := h.deliver(agnesMail(h.house, "first@agnes.example", "Oszilloskop Übergabe kaputt", agnesWords))
	h.flush()
	h.do("ticket.reply", ReplyArgs{Number: first.Ticket, As: "anna", Text: "Dear Ágnès Kovács-Lindqvist, I'll get back to you by 3 pm.\n\n> " + agnesWords})
	h.do("ticket.note", ReplyArgs{Number: first.Ticket, As: "anna", Text: "She says that " + agnesWords})
	h.keepSent()
	second := h.deliver(agnesMail(h.house, "second@agnes.example", "A second matter of Zsófia", agnesWords+" again"))
	h.deliver(agnesMail(h.house, "second@agnes.example", "A second matter of Zsófia", agnesWords+" again")) // a duplicate
	shared := h.deliver(mail{from: "Max Muster <max@acme.example>", id: "max@acme.example", subject: "The scales", body: "The scales of the laboratory show nothing at all.", head: []string{"Cc: " + agnesName + " <" + agnes + ">"}})
	h.do("ticket.reply", ReplyArgs{Number: shared.Ticket, As: "ben", Text: "Please plug them in."})
	h.keepSent()
	crossed := agnesMail(h.house, "crossed@agnes.example", "Re: The scales", "the crossed wire of ours")
	crossed.head = append(crossed.head, "In-Reply-To: <max@acme.example>")
	h.want(h.deliver(crossed), ticket.OutcomeAppended)
	h.deliver(mail{from: "Max Muster <max@acme.example>", id: "max2@acme.example", subject: "Re: The scales", body: "It works now, thanks to the plug.", head: []string{"In-Reply-To: <crossed@agnes.example>", "References: <max@acme.example> <crossed@agnes.example>"}})
	h.do("ticket.merge", MergeArgs{From: second.Ticket, To: shared.Ticket, As: "anna"})
	held := agnesMail(h.house, "held@agnes.example", "Re: The hum", "the secret of the held one")
	held.client, held.head = stranger, append(held.head, "In-Reply-To: <olaf@globex.example>")
	h.want(h.deliver(held), ticket.OutcomeHeld)
	junk := code()
	path := agnes
	junk.path, junk.id, junk.body = &path, "junk@agnes.example", junk.body+"\r\nlottery of the junk one"
	h.want(h.deliver(junk), ticket.OutcomeQuarantined)
	h.update(func(tx store.Tx) error {
		return tx.PutUnreachable(&ticket.Unreachable{Address: agnes, Since: monday, Until: monday.Add(time.Hour), Reply: "550 no " + agnes, Ticket: first.Ticket})
	})
	h.own, h.shared, h.merged, h.other = first.Ticket, shared.Ticket, second.Ticket, other.Ticket
	h.registerAgnes()
	h.otherDump = h.dump(h.other)
	h.view(func(r store.Reader) (err error) { h.counts, err = r.Counts(); return err })
}

// registerAgnes makes her a person of Acme, with a history.
func (h *eraseHouse) registerAgnes() {
	h.t.Helper()
	h.update(func(tx store.Tx) error {
		id, err := tx.CustomerBy(customer.Key{Kind: customer.KeyDomain, Text: "acme.example"})
		if err != nil {
			return err
		}
		c, err := tx.Customer(id)
		if err != nil {
			return err
		}
		c.People = append(c.People, customer.Person{Name: agnesName, Addresses: []string{agnes}})
		if err := tx.PutCustomer(&c); err != nil {
			return err
		}
		return tx.PutCustomerEvent(&customer.Event{Customer: id, ID: h.ids.Next(), At: monday, Who: agnes, What: "changed", Before: []customer.Customer{c}})
	})
}

func (h *house) update(fn func(store.Tx) error) {
	h.t.Helper()
	if err := h.store.Update(store.Background, fn); err != nil {
		h.t.Fatal(err)
	}
}

// keepSent lets what waits leave, into the folder sent as relay.kind = "file" does.
func (h *eraseHouse) keepSent() {
	h.t.Helper()
	for _, m := range h.flush() {
		if err := os.WriteFile(filepath.Join(h.c.Data, "sent", m.Name+".eml"), append([]byte("X-Envelope-To: <"+strings.Join(m.To, ">, <")+">\r\n"), m.Bytes...), 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
}

// erase runs the command.
func (h *house) erase(a EraseArgs) (v EraseView) {
	h.t.Helper()
	return h.do("customer.erase", a).(EraseView)
}

// found looks for texts in every file of the data folder, in each form that a mail or
// a record can give them, and in what the remaining mails say when they are read.
func (h *house) found(texts []string) (out []string) {
	h.t.Helper()
	err := filepath.WalkDir(h.c.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b = bytes.ToLower(b)
		for _, t := range texts {
			var qp bytes.Buffer
			w := quotedprintable.NewWriter(&qp)
			if _, err := w.Write([]byte(t)); err != nil {
				return err
			}
			if err := w.Close(); err != nil {
				return err
			}
			forms := []string{t, qp.String(), mime.BEncoding.Encode("utf-8", t)}
			for skip := range 3 {
				if e := base64.StdEncoding.EncodeToString([]byte("xxx"[:skip] + t)); len(e) > 16 {
					forms = append(forms, e[4:len(e)-4])
				}
			}
			for _, f := range forms {
				if bytes.Contains(b, bytes.ToLower([]byte(f))) {
					out = append(out, fmt.Sprintf("%q in %s", f, filepath.Base(path)))
				}
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.view(func(r store.Reader) error {
		return r.Receipts(func(rc ticket.Receipt) bool {
			raw, err := r.Raw(rc.ID)
			if err != nil {
				return true
			}
			said := everything(letter.Parse(raw, "", letter.DefaultLimits()))
			for _, t := range texts {
				if strings.Contains(said, t) {
					out = append(out, fmt.Sprintf("%q in mail %s", t, rc.ID))
				}
			}
			return true
		})
	})
	return out
}

// Erasing a person: nothing of hers is in any byte of the data folder, what is others'
// stands, and the sums hold.
func TestErasePerson(t *testing.T) {
	h := newEraseHouse(t)
	if got := h.found(agnesTexts()); len(got) < len(agnesTexts()) {
		t.Fatalf("the test sees only %q of her before", got)
	}
	dry := h.erase(EraseArgs{Who: agnes, DryRun: true})
	if dry.ID != nil || dry.Proof != nil || !slices.Equal(dry.Tickets, []uint64{h.own, h.merged, 5}) || !slices.Contains(dry.Parts, h.shared) {
		t.Errorf("dry run: %+v", dry)
	}
	v := h.erase(EraseArgs{Who: agnes, Mentions: true})
	if !v.Proof.Clean || len(v.Proof.Verify)+len(v.Proof.Hits) > 0 {
		t.Errorf("proof: %+v", v.Proof)
	}
	if got := h.found(agnesTexts()); len(got) > 0 {
		t.Errorf("found of her:\n%s", strings.Join(got, "\n"))
	}
	if got := h.dump(h.other); got != h.otherDump {
		t.Errorf("somebody else's ticket was changed:\n%s\nwas\n%s", got, h.otherDump)
	}
	h.view(func(r store.Reader) error {
		counts, err := r.Counts()
		for o, n := range h.counts {
			if counts[o] != n {
				t.Errorf("%d mails are %s, were %d", counts[o], o, n)
			}
		}
		return err
	})
	j, _ := json.MarshalIndent(v, "", " ")
	t.Logf("%s", j)
}
