package mailgw

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

const (
	anna = "Anna Keller <anna@example.com>"
	ben  = "Ben Ortiz <ben@example.com>"
)

// noticeTo lets everything leave and returns the newest mail to somebody.
func (h *house) noticeTo(addr string) sentMail {
	h.t.Helper()
	list := to(h.flush(), addr)
	if len(list) == 0 {
		h.t.Fatalf("no mail to %s left", addr)
	}
	return list[len(list)-1]
}

// replies presses reply on a mail of ours: what any client makes of it.
func (m *sentMail) reply(from, words string) mail {
	quoted := "> " + strings.ReplaceAll(strings.TrimSpace(m.read.Text), "\n", "\n> ")
	return mail{
		from: from, rcpt: []string{m.read.ReplyTo[0].Addr}, subject: "Re: " + m.read.Subject,
		head: []string{"In-Reply-To: <" + m.read.MessageID + ">", "References: <" + m.read.MessageID + ">"},
		body: words + "\r\n\r\nOn Mon, 13 Jul 2026 at 10:00, " + m.read.From[0].Name + " wrote:\r\n" + strings.ReplaceAll(quoted, "\n", "\r\n"),
	}
}

// The whole conversation: the customer writes, the agent presses reply, the
// customer gets the answer in their own conversation, the promise is kept, and
// the customer's reply starts the next clock.
func TestConversation(t *testing.T) {
	h := newHouse(t)
	first := h.want(h.deliver(mail{
		subject: "Export button", id: "one@acme.example",
		head: []string{"Cc: Tom Acme <tom@acme.example>, support@example.com, ben@example.com"},
	}), ticket.OutcomeNew)
	notice := h.noticeTo("anna@example.com")
	if !strings.HasPrefix(notice.read.ReplyTo[0].Addr, "support+") || notice.read.From[0].Name != "Mia Meier via Example Support" {
		t.Fatalf("the notice is from %v, answers go to %v", notice.read.From, notice.read.ReplyTo)
	}

	a := h.want(h.deliver(notice.reply(anna, "Hello Mia,\r\n\r\nplease clear the cache.\r\n\r\n-- \r\nAnna Keller\r\n+41 44 000 00 00")), ticket.OutcomeAppended)
	if a.ticket.Status != ticket.Pending || a.ticket.Assignee != "anna@example.com" || a.ticket.PromiseIs != string(promise.Open) {
		t.Errorf("before it left: %s, %s, promise %s", a.ticket.Status, a.ticket.Assignee, a.ticket.PromiseIs)
	}
	var answers []sentMail
	for _, m := range h.flush() {
		if strings.HasPrefix(m.read.Subject, "Re: Export button") && m.read.From[0].Name == "Anna Keller" {
			answers = append(answers, m)
		}
	}
	if len(answers) != 1 {
		t.Fatalf("%d answers left", len(answers))
	}
	out := answers[0]
	if got := strings.Join(out.To, " "); got != "mia@acme.example tom@acme.example" {
		t.Errorf("the answer went to %s", got)
	}
	if out.read.From[0].String() != "Anna Keller <support@example.com>" || out.read.To[0].Addr != "mia@acme.example" || len(out.read.Cc) != 1 {
		t.Errorf("from %v to %v cc %v", out.read.From, out.read.To, out.read.Cc)
	}
	shown := h.do("ticket.show", NumberArgs{1}).(TicketView).Entries
	if got := shown[len(shown)-1]; got.Kind != ticket.MailOut || strings.Join(got.Cc, " ") != out.read.Cc[0].String() {
		t.Errorf("shown as a copy to %v", got.Cc)
	}
	if !slices.Equal(out.read.InReplyTo, []string{"one@acme.example"}) || out.read.References[len(out.read.References)-1] != "one@acme.example" || out.read.Subject != "Re: Export button" {
		t.Errorf("not in the customer's conversation: %q, %q, %q", out.read.InReplyTo, out.read.References, out.read.Subject)
	}
	if !strings.Contains(out.read.Text, "please clear the cache.") || !strings.Contains(out.read.Text, "Example Support") {
		t.Errorf("the answer says\n%s", out.read.Text)
	}
	for _, never := range []string{"anna@example.com", "+41 44", "wrote:", notice.read.ReplyTo[0].Addr, "via Example Support", "#"} {
		if strings.Contains(strings.ToLower(string(out.Bytes)), strings.ToLower(never)) && never != "#" || strings.Contains(out.read.Text, never) {
			t.Errorf("the customer's answer holds %q:\n%s", never, out.read.Text)
		}
	}
	if out.read.Header.Get("Auto-Submitted") != "" || out.From == "" {
		t.Errorf("an answer is a person's: Auto-Submitted %q, reverse path %q", out.read.Header.Get("Auto-Submitted"), out.From)
	}

	p := h.promise(first.ticket.PromiseID)
	if p.State != promise.Kept || !slices.Equal(p.KeptBy, []string{out.read.MessageID}) || !p.KeptAt.Equal(h.clock.Now()) {
		t.Errorf("the promise is %+v", p)
	}
	if got := h.ticket(first.Ticket); got.PromiseIs != string(promise.Kept) {
		t.Errorf("the ticket's promise is %s", got.PromiseIs)
	}

	next := h.want(h.deliver(mail{rcpt: []string{out.read.ReplyTo[0].Addr}, subject: "Re: Export button", body: "It still does nothing."}), ticket.OutcomeAppended)
	if next.Ticket != first.Ticket || next.ticket.Status != ticket.Open || next.ack == nil || next.ticket.PromiseID == first.ticket.PromiseID {
		t.Errorf("the reply is on ticket %d, %s, acknowledged %v", next.Ticket, next.ticket.Status, next.ack != nil)
	}
	if p := h.promise(next.ticket.PromiseID); p.Kind != promise.Next || p.State != promise.Open || !p.Told {
		t.Errorf("the next clock is %+v", p)
	}
	if more := h.deliver(mail{rcpt: []string{out.read.ReplyTo[0].Addr}, body: "And another thing."}); more.ack != nil {
		t.Error("acknowledged again while a told promise is open")
	}
	if last := h.noticeTo("ben@example.com"); !strings.Contains(last.read.Text, "clear the cache") || !strings.Contains(last.read.Text, "It still does nothing") {
		t.Errorf("the notice tells no history:\n%s", last.read.Text)
	}
}

// reconfigure runs on with the example's configuration, changed.
func (h *house) reconfigure(change func(string) string) {
	h.t.Helper()
	example, err := os.ReadFile("../config.example.toml")
	if err != nil {
		h.t.Fatal(err)
	}
	text := change(string(example))
	if text == string(example) {
		h.t.Fatal("nothing was changed in the configuration")
	}
	file := filepath.Join(h.t.TempDir(), "mailgw.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	c, err := config.Load(file, []string{fmt.Sprintf("data=%q", h.c.Data)})
	if err != nil {
		h.t.Fatal(err)
	}
	askNobody(c)
	h.settings.Store(h.derive(c, h.dns))
}

func (h *house) promise(id ticket.ID) (p promise.Promise) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) { p, err = r.Promise(id); return err })
	return p
}

func (h *house) ticket(number uint64) (t ticket.Ticket) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) { t, err = r.Ticket(number); return err })
	return t
}

// customers are the mails that left to others than the house, acknowledgements not counted.
func customers(list []sentMail) (out []sentMail) {
	for _, m := range list {
		if m.read.Header.Get("Auto-Submitted") == "" {
			out = append(out, m)
		}
	}
	return out
}

// What an agent's reply does, by its first lines. told is a word of what its
// writer is told, "" for nothing.
func TestAgentCommands(t *testing.T) {
	for name, c := range map[string]struct {
		words    string
		answer   string // what the customer reads, "" for no mail
		to       string // recipients of the answer
		status   ticket.Status
		assignee string
		kind     ticket.Kind
		promise  promise.State // after all has left
		told     string
	}{
		"words":           {"Try again.", "Try again.", "mia@acme.example tom@acme.example", ticket.Pending, "anna@example.com", ticket.MailIn, promise.Kept, ""},
		"only":            {"#only\r\nTry again.", "Try again.", "mia@acme.example", ticket.Pending, "anna@example.com", ticket.MailIn, promise.Kept, ""},
		"close":           {"#close\r\nGood bye.", "Good bye.", "mia@acme.example tom@acme.example", ticket.Closed, "anna@example.com", ticket.MailIn, promise.Kept, ""},
		"solve":           {"#Solve\r\n\r\nDone.", "Done.", "mia@acme.example tom@acme.example", ticket.Solved, "anna@example.com", ticket.MailIn, promise.Kept, ""},
		"assign and say":  {"#assign ben\r\nBen will help.", "Ben will help.", "mia@acme.example tom@acme.example", ticket.Pending, "ben@example.com", ticket.MailIn, promise.Kept, ""},
		"note":            {"#note\r\nShe is angry.", "", "", ticket.New, "", ticket.Note, promise.Open, ""},
		"note and assign": {"#note #assign Ortiz\r\nYours.", "", "", ticket.New, "ben@example.com", ticket.Note, promise.Open, ""},
		"assign only":     {"#assign ben", "", "", ticket.New, "ben@example.com", ticket.MailIn, promise.Open, "Given to: Ben Ortiz"},
		"close only":      {"#close", "", "", ticket.Closed, "", ticket.MailIn, promise.Withdrawn, "Closed"},
		"no words":        {"", "", "", ticket.New, "", ticket.MailIn, promise.Open, "customer"},
		"empty note":      {"#note", "", "", ticket.New, "", ticket.MailIn, promise.Open, "customer"},
		"nobody's name":   {"#assign zoe\r\nSoon.", "Soon.", "mia@acme.example tom@acme.example", ticket.Pending, "anna@example.com", ticket.MailIn, promise.Kept, "#assign zoe"},
		"unknown":         {"#prioritaet hoch\r\nSoon.", "Soon.", "mia@acme.example tom@acme.example", ticket.Pending, "anna@example.com", ticket.MailIn, promise.Kept, "#prioritaet"},
		"like a note":     {"#noet\r\nShe is angry.", "", "", ticket.New, "", ticket.MailIn, promise.Open, "#noet"},
		"note too late":   {"Hello,\r\n#note\r\nShe is angry.", "", "", ticket.New, "", ticket.MailIn, promise.Open, "#note"},
		"words behind":    {"#close Hello Mia\r\nGood bye.", "Good bye.", "mia@acme.example tom@acme.example", ticket.Closed, "anna@example.com", ticket.MailIn, promise.Kept, "#close Hello Mia"},
		"no command":      {"#1 is the red one.", "#1 is the red one.", "mia@acme.example tom@acme.example", ticket.Pending, "anna@example.com", ticket.MailIn, promise.Kept, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first := h.deliver(mail{head: []string{"Cc: tom@acme.example"}})
			notice := h.noticeTo("anna@example.com")
			a := h.want(h.deliver(notice.reply(anna, c.words)), ticket.OutcomeAppended)
			if a.Ticket != first.Ticket || a.entry.Kind != c.kind || a.entry.ByAgent != "anna@example.com" {
				t.Errorf("ticket %d, a %s by %q", a.Ticket, a.entry.Kind, a.entry.ByAgent)
			}
			if a.ticket.Status != c.status || a.ticket.Assignee != c.assignee {
				t.Errorf("%s, assigned to %q", a.ticket.Status, a.ticket.Assignee)
			}
			sent := h.flush()
			var said, rcpt []string
			for _, m := range customers(sent) {
				said, rcpt = append(said, m.read.Text), append(rcpt, m.To...)
				if strings.Contains(m.read.Text, "#") && !strings.Contains(c.answer, "#") {
					t.Errorf("a command line reached the customer:\n%s", m.read.Text)
				}
			}
			if got := strings.Join(said, "\n"); !strings.Contains(got, c.answer) || (c.answer == "") != (len(said) == 0) {
				t.Errorf("the customer reads %q", got)
			}
			if got := strings.Join(rcpt, " "); got != c.to {
				t.Errorf("the answer went to %q", got)
			}
			if got := h.promise(first.ticket.PromiseID).State; got != c.promise {
				t.Errorf("the promise is %s", got)
			}
			var told []string
			for _, m := range to(sent, "anna@example.com") {
				told = append(told, m.read.Text)
			}
			if got := strings.Join(told, "\n"); (c.told == "") != (got == "") || !strings.Contains(got, c.told) {
				t.Errorf("the agent is told %q", got)
			}
		})
	}
}

// An answer written from another client, with another subject and nothing that
// ties it but the address, works; the customer's thread stays whole.
func TestAnswerByAddressAlone(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{subject: "AW: Export"})
	notice := h.noticeTo("anna@example.com")
	h.want(h.deliver(mail{from: anna, rcpt: []string{strings.ToUpper(notice.read.ReplyTo[0].Addr)}, subject: "whatever", body: "Done."}), ticket.OutcomeAppended)
	out := customers(h.flush())
	if len(out) != 1 || out[0].read.Subject != "Re: AW: Export" || out[0].read.InReplyTo[0] != first.MessageID {
		t.Errorf("%d answers: %+v", len(out), out)
	}
}

// A notice that the client attached, and a visiting card, stay in the house; a
// logo alone is no answer.
func TestAnswerWithoutOwnFiles(t *testing.T) {
	for name, c := range map[string]struct {
		part    string
		answers int
	}{
		"the notice": {"Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=notice.eml\r\n\r\n{notice}", 0},
		"a card":     {"Content-Type: text/vcard\r\nContent-Disposition: attachment; filename=anna.vcf\r\n\r\nBEGIN:VCARD", 0},
		"a logo":     {"Content-Type: image/png; name=logo.png\r\nContent-Disposition: inline; filename=logo.png\r\nContent-ID: <l@x>\r\n\r\nPNG", 0},
		"a file":     {"Content-Type: text/plain; name=log.txt\r\nContent-Disposition: attachment; filename=log.txt\r\n\r\nline", 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			m := notice.reply(anna, "")
			m.head = append(m.head, "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b")
			m.body = "--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b\r\n" + strings.ReplaceAll(c.part, "{notice}", string(notice.Bytes)) + "\r\n--b--"
			h.deliver(m)
			if out := customers(h.flush()); len(out) != c.answers {
				t.Errorf("%d answers: %+v", len(out), out)
			}
		})
	}
}

// Each agent's notice has an address that works for this agent alone.
func TestEachAgentHasATokenOfTheirOwn(t *testing.T) {
	h := newHouse(t, `desk.support.collision_within="0s"`)
	h.deliver(mail{})
	notices := h.flush()
	for _, c := range []struct{ notice, from, answers string }{
		{"anna@example.com", ben, ""}, {"ben@example.com", anna, ""},
		{"anna@example.com", anna, "Anna Keller"}, {"ben@example.com", ben, "Ben Ortiz"},
	} {
		n := to(notices, c.notice)[0]
		h.deliver(n.reply(c.from, "It works."))
		out := customers(h.flush())
		if len(out) != 0 && c.answers == "" || c.answers != "" && (len(out) != 1 || out[0].read.From[0].Name != c.answers) {
			t.Errorf("%s answered %s's notice: %d answers", c.from, c.notice, len(out))
		}
	}
}

// Who asks to be answered at several addresses is; with #only at the first.
func TestAnswerToSeveral(t *testing.T) {
	for words, want := range map[string]string{
		"Hello.":          "mia@home.example lab@acme.example tom@acme.example",
		"#only\r\nHello.": "mia@home.example",
	} {
		h := newHouse(t)
		h.deliver(mail{head: []string{"Reply-To: mia@home.example, lab@acme.example", "Cc: tom@acme.example"}})
		notice := h.noticeTo("anna@example.com")
		h.deliver(notice.reply(anna, words))
		if out := customers(h.flush()); len(out) != 1 || strings.Join(out[0].To, " ") != want {
			t.Errorf("%q went to %v", words, out)
		}
	}
}

// A colleague reads what an agent's words were: a note, an answer, or a ticket
// that is theirs now; never the command lines.
func TestColleagueIsTold(t *testing.T) {
	for words, want := range map[string]string{
		"#note\r\nShe is angry.":             "Note for the house:",
		"Try again.":                         "Answered, on its way to the customer:",
		"#assign ben":                        "Now yours:",
		"#assign ben\r\nBen will help.":      "Now yours:",
		"#note #assign ben\r\nShe is angry.": "Now yours:",
		"#close":                             "",
	} {
		h := newHouse(t)
		h.deliver(mail{body: "The export button does nothing."})
		notice := h.noticeTo("anna@example.com")
		h.deliver(notice.reply(anna, words))
		told := to(h.flush(), "ben@example.com")
		if want == "" {
			if len(told) != 0 {
				t.Errorf("%q told %s", words, told[0].read.Text)
			}
			continue
		}
		if len(told) != 1 || !strings.Contains(told[0].read.Text, want) || strings.Contains(told[0].read.Text, "> #") {
			t.Errorf("%q told Ben %+v", words, told)
			continue
		}
		if yours := want == "Now yours:"; strings.Contains(told[0].read.Text, "> The export button") != yours || strings.Contains(told[0].read.Text, "Answer due") == strings.Contains(want, "Answered") {
			t.Errorf("%q told Ben\n%s", words, told[0].read.Text)
		}
	}
}

// What an agent writes without thinking of it stays in the house: the own
// address, the token, a colleague's token.
func TestAnswerIsClean(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notices := h.flush()
	annas, bens := to(notices, "anna@example.com")[0], to(notices, "ben@example.com")[0]
	tokens := []string{annas.read.ReplyTo[0].Addr, bens.read.ReplyTo[0].Addr}
	h.deliver(annas.reply(anna, "Write to "+tokens[0]+" or\r\n"+strings.ToUpper(tokens[1])+", or to me, anna@example.com.\r\n\r\nAnna Keller\r\n+41 44 000 00 00"))
	out := customers(h.flush())
	if len(out) != 1 || !strings.Contains(out[0].read.Text, "Write to support@example.com or") {
		t.Fatalf("%+v", out)
	}
	for _, never := range []string{tokens[0][:20], strings.ToUpper(tokens[1][:20]), "anna@example.com", "+41 44"} {
		if strings.Contains(out[0].read.Text, never) {
			t.Errorf("the customer reads %q in\n%s", never, out[0].read.Text)
		}
	}
}

// A mail that only repeats what was written before is no answer.
func TestOnlyQuoted(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	m := notice.reply(anna, "")
	m.body = "On Mon, 13 Jul 2026 at 10:00, Mia Meier via Example Support wrote:\r\n> The export button does nothing since this morning.\r\n"
	h.deliver(m)
	sent := h.flush()
	if out := customers(sent); len(out) != 0 {
		t.Errorf("the customer got her own words back: %s", out[0].read.Text)
	}
	if told := to(sent, "anna@example.com"); len(told) != 1 || !strings.Contains(told[0].read.Text, "no new words") {
		t.Errorf("the agent was told %+v", told)
	}
}

// Files in an agent's mail reach the customer.
func TestAnswerWithFiles(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	m := notice.reply(anna, "")
	m.head = append(m.head, "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b")
	m.body = "--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"guide.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--b--"
	h.deliver(m)
	out := customers(h.flush())
	if len(out) != 1 || len(out[0].read.Attachments) != 1 || out[0].read.Attachments[0].Name != "guide.pdf" {
		t.Fatalf("%+v", out)
	}
	files := letter.Files(out[0].Bytes, letter.DefaultLimits())
	if len(files) != 1 || string(files[0].Bytes) != "%PDF-1.4\n" {
		t.Errorf("%+v", files)
	}
}
