package mailgw

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"mime/quotedprintable"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
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
	h.do("ticket.note", ReplyArgs{Number: second.Ticket, As: "anna", Text: "Zsófia is well again."})
	shared := h.deliver(mail{from: "Max Muster <max@acme.example>", id: "scales@max.example", subject: "The scales", body: "The scales of the laboratory show nothing at all.", head: []string{"Cc: " + agnesName + " <" + agnes + ">"}})
	h.do("ticket.reply", ReplyArgs{Number: shared.Ticket, As: "ben", Text: "Please plug them in."})
	h.deliver(h.byAgent(anna, first.Ticket, "#workaround "+agnesWords+"\r\n#tag zsófia"))
	h.deliver(h.byAgent(anna, shared.Ticket, "#cc "+agnes))
	h.keepSent()
	crossed := agnesMail(h.house, "crossed@agnes.example", "Re: The scales", "the crossed wire of ours")
	crossed.head = append(crossed.head, "In-Reply-To: <scales@max.example>")
	h.want(h.deliver(crossed), ticket.OutcomeAppended)
	h.deliver(mail{from: "Max Muster <max@acme.example>", id: "max2@acme.example", subject: "Re: The scales", body: "It works now, thanks to the plug.", head: []string{"In-Reply-To: <crossed@agnes.example>", "References: <scales@max.example> <crossed@agnes.example>"}})
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
	h.showAgnes()
	h.otherDump = h.dump(h.other)
	h.view(func(r store.Reader) (err error) { h.counts, err = r.Counts(); return err })
}

// showAgnes keeps of every mail that she may be named in how agents are shown it.
func (h *eraseHouse) showAgnes() {
	h.t.Helper()
	h.update(func(tx store.Tx) error {
		var refs []view.MailRef
		var numbers []uint64
		err := tx.Tickets(0, func(t ticket.Ticket) bool { numbers = append(numbers, t.Number); return true })
		for _, n := range numbers {
			entries, eerr := tx.Entries(n)
			err = errors.Join(err, eerr)
			for i := range entries {
				if n != h.other {
					refs = append(refs, view.MailRef{Ticket: n, Seq: entries[i].Seq})
				}
			}
		}
		err = errors.Join(err, tx.DrawerItems(func(d ticket.DrawerItem) bool { refs = append(refs, view.MailRef{Item: d.ID}); return true }))
		for _, ref := range refs {
			err = errors.Join(err, tx.PutShown(ref, []byte("X-Mailgw-Customer: "+agnesName+" <"+agnes+">\r\n"+agnesWords)))
		}
		return err
	})
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
	for _, part := range []uint64{h.own, h.merged, h.shared} {
		h.do("ticket.show", NumberArgs{Number: part})
		h.do("ticket.log", NumberArgs{Number: part})
	}
	shown := h.do("ticket.show", NumberArgs{Number: h.own}).(TicketView)
	if shown.ErasedAt == nil || shown.Status != ticket.Closed || shown.Subject != "" || shown.Requester != nil || shown.PromiseState != "none" {
		t.Errorf("hers is %+v", shown)
	}
	if max := h.ticket(h.shared); max.Address != "max@acme.example" || fmt.Sprint(max.People) != "[max@acme.example]" || !max.ErasedAt.IsZero() {
		t.Errorf("the shared one is %+v", max)
	}
	if _, err := h.try("customer.erase", EraseArgs{Who: agnes}); err == nil {
		t.Error("what is erased is erased again without a word")
	}
	if raw, err := os.ReadFile(erasedLog(h.c)); err != nil || bytes.Contains(raw, []byte("agnes")) || bytes.Count(raw, []byte("\n")) != 2 {
		t.Errorf("the log of erasures: %s, %v", raw, err)
	}
}

// What she sends again, or answers to old mails, does not bring her back.
func TestErasedComesAgain(t *testing.T) {
	h := newEraseHouse(t)
	h.erase(EraseArgs{Who: agnes, Mentions: true})
	again := h.want(h.deliver(agnesMail(h.house, "first@agnes.example", "Oszilloskop Übergabe kaputt", agnesWords)), ticket.OutcomeDuplicate)
	if again.Erased == nil || again.Author+again.MessageID+again.MailFrom != "" || again.Ticket != h.own || len(again.notices) > 0 || again.ack != nil {
		t.Errorf("the copy is kept as %+v", again.Receipt)
	}
	h.purge()
	if got := h.found(agnesTexts()); len(got) > 0 {
		t.Errorf("the copy brought back:\n%s", strings.Join(got, "\n"))
	}
	reply := mail{from: agnesName + " <" + agnes + ">", id: "later@agnes.example", subject: "Re: Oszilloskop", body: "And now?"}
	for _, m := range h.sent { // an answer to a mail of ours to her, with its token
		if m.To[0] == agnes {
			reply.rcpt = []string{m.read.ReplyTo[0].Addr}
			reply.head = []string{"In-Reply-To: <" + m.read.MessageID + ">"}
		}
	}
	if reply.rcpt == nil {
		t.Fatal("no mail went to her")
	}
	a := h.want(h.deliver(reply), ticket.OutcomeNew)
	if slices.Contains([]uint64{h.own, h.shared, h.merged, h.other}, a.Ticket) || len(a.ticket.Linked) > 0 {
		t.Errorf("the reply is on ticket %d, linked to %v", a.Ticket, a.ticket.Linked)
	}
	for name, args := range map[string]any{
		"ticket.reply": ReplyArgs{Number: h.own, As: "anna", Text: "hello"}, "ticket.set": SetArgs{Number: h.own, Status: "open"},
		"ticket.merge": MergeArgs{From: h.own, To: h.other, As: "anna"}, "ticket.split": SplitArgs{Number: h.own, Entry: "1", As: "anna"},
	} {
		if _, err := h.try(name, args); err == nil || !strings.Contains(err.Error(), "was erased on") {
			t.Errorf("%s on an erased ticket: %v", name, err)
		}
	}
}

// purge ends the erasure under way and clears the storage.
func (h *house) purge() {
	h.t.Helper()
	if _, err := h.store.(store.Purger).Purge(nil); err != nil {
		h.t.Fatal(err)
	}
}

// What others wrote stays as it was unless it is asked for, and is listed; the search
// finds nothing else.
func TestEraseKeepsOthersWords(t *testing.T) {
	h := newEraseHouse(t)
	quoting := h.deliver(mail{from: "Max Muster <max@acme.example>", id: "max3@acme.example", subject: "Re: The scales", body: "Ask " + agnesName + " (" + agnes + "), she knows.", head: []string{"In-Reply-To: <scales@max.example>"}})
	if quoting.Ticket != h.shared {
		t.Fatalf("on ticket %d", quoting.Ticket)
	}
	v := h.erase(EraseArgs{Who: agnes})
	if !slices.ContainsFunc(v.Mentions, func(m MentionView) bool { return m.ID == quoting.ID && *m.Ticket == h.shared }) {
		t.Errorf("not listed: %+v", v.Mentions)
	}
	if !v.Proof.Clean {
		t.Errorf("proof: %+v", v.Proof)
	}
	h.view(func(r store.Reader) error {
		raw, err := r.Raw(quoting.ID)
		if err != nil || !bytes.Contains(raw, []byte(agnes)) {
			t.Errorf("somebody else's words went: %v", err)
		}
		return nil
	})
	if again := h.erase(EraseArgs{Who: agnes, Mentions: true, Deep: true}); !again.Proof.Clean || slices.ContainsFunc(again.Mentions, func(m MentionView) bool { return m.Names != "scales@max.example" }) { // an id of a mail that went, in an answer to it
		t.Errorf("%+v", again)
	}
	if got := h.found([]string{agnes, agnesName}); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

// A whole company goes, with what only names it on a ticket; others stay.
func TestEraseCompany(t *testing.T) {
	h := newEraseHouse(t)
	v := h.erase(EraseArgs{Who: "acme instruments ag"})
	if v.Kind != kindCompany || !slices.Contains(v.Addresses, "max@acme.example") || !slices.Contains(v.Addresses, agnes) || !v.Proof.Clean {
		t.Errorf("%+v %+v", v, v.Proof)
	}
	if !slices.ContainsFunc(v.Kept, func(s string) bool { return strings.Contains(s, `[[customer]] "Acme Instruments AG"`) }) {
		t.Errorf("the configuration is not named: %q", v.Kept)
	}
	if got := h.found(append(agnesTexts(), "max@acme.example", "Acme Instruments", "acme.example")); len(got) > 0 {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	if got := h.dump(h.other); got != h.otherDump {
		t.Errorf("somebody else's ticket was changed")
	}
}

// An old copy of the data folder that is put back is erased again before anything
// listens, and what came after the erasure stays.
func TestEraseAgain(t *testing.T) {
	h := newEraseHouse(t)
	h.flush()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	old := t.TempDir()
	copyFolder(t, h.c.Data, old)
	h.open(monday.Add(time.Hour))
	h.erase(EraseArgs{Who: agnes, Mentions: true})
	if err := h.eraseAgain(); err != nil {
		t.Fatal(err)
	}
	if job, err := h.jobUnderWay(); job != nil || err != nil {
		t.Fatalf("without an old copy it erased again: %+v, %v", job, err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(h.c.Data); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, old, h.c.Data)
	h.open(monday.Add(2 * time.Hour))
	later := h.deliver(mail{from: agnesName + " <" + agnes + ">", id: "later@agnes.example", subject: "A new matter", body: "Hello again, it is me."})
	if problems, err := h.notErased(); len(problems) != 1 || err != nil {
		t.Errorf("verify says %q, %v", problems, err)
	}
	if err := h.eraseAgain(); err != nil {
		t.Fatal(err)
	}
	if err := h.endErasure(); err != nil {
		t.Fatal(err)
	}
	texts := slices.DeleteFunc(agnesTexts(), func(s string) bool { return strings.Contains("later@agnes.example "+agnes+agnesName, s) })
	if got := h.found(texts); len(got) > 0 {
		t.Errorf("the old copy has her still:\n%s", strings.Join(got, "\n"))
	}
	if got := h.ticket(later.Ticket); got.Address != agnes || !got.ErasedAt.IsZero() {
		t.Errorf("what came after the erasure is %+v", got)
	}
	if problems, err := h.notErased(); len(problems) != 0 || err != nil {
		t.Errorf("verify says %q, %v", problems, err)
	}
	if got := h.dump(h.other); got != h.otherDump {
		t.Errorf("somebody else's ticket was changed")
	}
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.RemoveAll(to); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// killedAt is the step at which the child of TestEraseKilled dies.
const killedAt = "MAILGW_ERASE_KILLED_AT"

// TestEraseChild is run by TestEraseKilled, in a process of its own.
func TestEraseChild(t *testing.T) {
	step, dir := os.Getenv(killedAt), os.Getenv("MAILGW_ERASE_DATA")
	if step == "" {
		t.Skip("only as a child of TestEraseKilled")
	}
	h := &house{t: t, c: houseConfig(t, dir, "store.inline_bytes=4096")}
	h.open(monday.Add(time.Hour))
	h.erasing.at = func(at string) {
		if at != step {
			return
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
			panic(err)
		}
		select {}
	}
	h.erase(EraseArgs{Who: agnes, Mentions: true})
	t.Fatal("it was not killed")
}

// An erasure that is killed at any step is ended by the next start, and what is there
// meanwhile is whole.
func TestEraseKilled(t *testing.T) {
	t.Parallel()
	first := newEraseHouse(t)
	base := t.TempDir()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, first.c.Data, base)
	first.open(monday)
	for _, step := range append(eraseSteps(), "purging", "purged") {
		t.Run(step, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			copyFolder(t, base, dir)
			child := exec.Command(os.Args[0], "-test.run=^TestEraseChild$", "-test.count=1")
			child.Env = append(os.Environ(), killedAt+"="+step, "MAILGW_ERASE_DATA="+dir)
			out, err := child.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Fatalf("the child was not killed: %v\n%s", err, out)
			}
			h := &house{t: t, c: houseConfig(t, dir, "store.inline_bytes=4096")}
			h.open(monday.Add(time.Hour))
			defer func() {
				h.verify()
				if err := h.Close(); err != nil {
					t.Error(err)
				}
			}()
			h.verify()
			if err := h.eraseAgain(); err != nil {
				t.Fatal(err)
			}
			h.deliver(mail{from: "Olaf Other <olaf@globex.example>", subject: "Another"}) // before the bytes are gone
			if err := h.endErasure(); err != nil {
				t.Fatal(err)
			}
			if job, err := h.jobUnderWay(); job != nil || err != nil {
				t.Errorf("still under way: %+v, %v", job, err)
			}
			if got := h.found([]string{agnes, "Kovács-Lindqvist", "oscilloscope on Tuesday", "the crossed wire of ours"}); len(got) > 0 {
				t.Errorf("found of her:\n%s", strings.Join(got, "\n"))
			}
			if got := h.dump(first.other); got != first.otherDump {
				t.Error("somebody else's ticket was changed")
			}
		})
	}
}

// Mail is accepted while an erasure is under way, and a mail of hers that comes
// between the plan and the closing of her ticket goes with it.
func TestEraseWhileMailComes(t *testing.T) {
	h := newEraseHouse(t)
	during := map[string]arrived{}
	h.erasing.at = func(step string) {
		during[step] = h.deliver(mail{from: "Olaf Other <olaf@globex.example>", subject: "At " + step})
		if step == stepTickets {
			late := agnesMail(h.house, "late@agnes.example", "Re: Oszilloskop", agnesWords+", too late")
			late.head = append(late.head, "In-Reply-To: <first@agnes.example>")
			if a := h.deliver(late); a.Ticket != h.own {
				t.Errorf("her late mail is on ticket %d", a.Ticket)
			}
		}
	}
	h.erase(EraseArgs{Who: agnes, Mentions: true})
	h.erasing.at = nil
	if len(during) != len(eraseSteps())+2 {
		t.Errorf("mail came at %d steps", len(during))
	}
	for step, a := range during {
		if a.Outcome != ticket.OutcomeNew {
			t.Errorf("at %s: %s", step, a.Outcome)
		}
	}
	if got := h.found(append(agnesTexts(), "late@agnes.example")); len(got) > 0 {
		t.Errorf("found of her:\n%s", strings.Join(got, "\n"))
	}
}

// A desk that keeps for a time lets go of what has been closed for longer, and of
// nothing that is open, owed or waited for.
func TestKeep(t *testing.T) {
	h := newEraseHouse(t, "desk[0].keep=\"30d\"")
	h.flush()
	h.set(SetArgs{Number: h.own, Status: "closed"})
	h.set(SetArgs{Number: h.other, Status: "closed"}) // a held mail asks for it
	h.at(monday.Add(29 * 24 * time.Hour))
	if _, err := h.letGo(h.clock.Now()); err != nil || !h.ticket(h.own).ErasedAt.IsZero() {
		t.Fatalf("too early: %+v, %v", h.ticket(h.own), err)
	}
	h.at(monday.Add(31 * 24 * time.Hour))
	next, err := h.letGo(h.clock.Now())
	if err != nil || !next.Equal(h.clock.Now().Add(keepEvery)) {
		t.Errorf("next look %s, %v", next, err)
	}
	if err := h.endErasure(); err != nil {
		t.Fatal(err)
	}
	got := h.ticket(h.own)
	if got.ErasedAt.IsZero() || got.Subject+got.Address != "" {
		t.Errorf("%+v", got)
	}
	for _, n := range []uint64{h.other, h.shared} {
		if !h.ticket(n).ErasedAt.IsZero() {
			t.Errorf("ticket %d was erased", n)
		}
	}
	if got := h.found([]string{"first@agnes.example", "Oszilloskop Übergabe kaputt"}); len(got) > 0 {
		t.Errorf("%q", got)
	}
	if raw, err := os.ReadFile(erasedLog(h.c)); err != nil || !bytes.Contains(raw, []byte(`"kind":"retention"`)) {
		t.Errorf("%s, %v", raw, err)
	}
}
