package mailgw

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// haveAnswers gives a house canned answers.
func (h *house) haveAnswers(files map[string]string) {
	h.t.Helper()
	raw := map[string][]byte{}
	for name, text := range files {
		raw[name] = []byte(text)
	}
	c, wrong := wording.LoadCanned(raw, wording.Forbidden)
	if len(wrong) > 0 {
		h.t.Fatalf("%+v", wrong)
	}
	s := *h.settings.Load()
	config := *s.Config
	config.Canned = c
	s.Config = &config
	h.settings.Store(&s)
}

// someAnswers are canned answers with all kinds of places.
func someAnswers() map[string]string {
	return map[string]string{
		"install.en.txt": "Open {{link}}, {{customer.name}}, for version {{version}}.",
		"install.de.txt": "Öffnen Sie {{link}} für Version {{version}}.",
		"facts.en.txt":   "Ticket {{ticket}} about {{subject}}: {{desk.name}} and {{agent.name}} for {{customer.company}}.",
		"promise.en.txt": "You hear from us {{promise}}.",
		"bye.en.txt":     "Come back any time.",
	}
}

// TestUse: canned answers stand in place of their command; what is not there or not filled
// stops the mail, and the agent is told how to write it.
func TestUse(t *testing.T) {
	for name, c := range map[string]struct {
		words  string
		answer string // what the customer reads; "" for nothing
		told   string // what the agent reads; "" for nothing
		status ticket.Status
	}{
		"alone":               {"#use bye", "Come back any time.", "", ticket.Pending},
		"above words":         {"#use bye\r\n\r\nYours.", "Come back any time.\n\nYours.", "", ticket.Pending},
		"two, and a command":  {"#use bye #only\r\n#use install link=x version=4\r\nYours.", "Come back any time.\n\nOpen x, Mia Meier, for version 4.\n\nYours.", "", ticket.Pending},
		"below words":         {"Yours.\r\n\r\n#use bye\r\n", "Yours.\n\nCome back any time.", "", ticket.Pending},
		"around words":        {"#use bye\r\nYours.\r\n#use install.de link=x version=4\r\n#only", "Come back any time.\n\nYours.\n\nÖffnen Sie x für Version 4.", "", ticket.Pending},
		"in another language": {"#use install.de link=x version=4", "Öffnen Sie x für Version 4.", "", ticket.Pending},
		"facts":               {"#use facts", "Ticket 1 about Printer portal: Example Support and Anna Keller for Acme Instruments AG.", "", ticket.Pending},
		"a fact by hand":      {`#use install customer.name="Ms Meier", link=x, version=4`, "Open x, Ms Meier, for version 4.", "", ticket.Pending},
		"a promise":           {"#use promise", "You hear from us by 12:00 today, Monday 13 July (CEST).", "", ""},
		"solve":               {"#solve #use bye", "Come back any time.", "", ticket.Solved},

		"not filled":          {"#solve #use install link=x\r\nHello.", "", "#use install → #use install link=x version=…", ticket.New},
		"nothing filled":      {"#use install", "", "#use install → #use install link=… version=…", ticket.New},
		"a slip in a place":   {"#use install link=x versoin=4", "", "#use install versoin=4 → #use install link=x version=…", ticket.New},
		"words behind":        {"#use bye and thanks", "", "#use bye and thanks → #use bye", ticket.New},
		"a slip in the name":  {"#assign ben #use instal link=x version=4", "", "#use instal → #use install", ticket.New},
		"no such one":         {"#use outage\r\nHello.", "", "#use outage → #use bye, #use facts, #use install, #use promise", ticket.New},
		"no such language":    {"#use install.fr link=x version=4", "", "#use install.fr → #use install.de, #use install.en", ticket.New},
		"no name":             {"#use\r\nHello.", "", "#use bye, #use facts", ticket.New},
		"the second is wrong": {"#use bye\r\n#use instal", "", "#use instal → #use install", ticket.New},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.haveAnswers(someAnswers())
			h.deliver(mail{from: "Mia Meier <mia@acme.example>"})
			notice := h.noticeTo("anna@example.com")
			got := h.want(h.deliver(notice.reply(anna, c.words)), ticket.OutcomeAppended)
			if got.ticket.Status != c.status && c.status != "" || c.answer == "" && got.ticket.Assignee != "" {
				t.Errorf("the ticket is %s, assigned to %q", got.ticket.Status, got.ticket.Assignee)
			}
			sent := h.flush()
			said := customers(sent)
			if (len(said) == 1) != (c.answer != "") || len(said) > 1 {
				t.Fatalf("%d mails to customers", len(said))
			}
			if c.answer != "" && !strings.HasPrefix(said[0].read.Text, c.answer+"\n") {
				t.Errorf("the customer reads\n%s\nwant\n%s", said[0].read.Text, c.answer)
			}
			var told []string
			for _, m := range to(sent, "anna@example.com") {
				told = append(told, m.read.Text)
			}
			if all := strings.Join(told, "\n"); c.told != "" && (len(told) != 1 || !strings.Contains(all, c.told)) || c.told == "" && strings.Contains(all, "#use") {
				t.Errorf("the agent reads\n%s", all)
			}
		})
	}
}

// TestUseInNote: with #note a canned answer is part of the note and goes to nobody.
func TestUseInNote(t *testing.T) {
	h := newHouse(t)
	h.haveAnswers(someAnswers())
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	got := h.deliver(notice.reply(anna, "#note #use bye\r\nI shall send this."))
	if got.entry.Kind != ticket.Note || !strings.Contains(got.entry.Text, "Come back any time.\n\nI shall send this.") {
		t.Errorf("a %s: %q", got.entry.Kind, got.entry.Text)
	}
	if n := len(customers(h.flush())); n != 0 {
		t.Errorf("%d mails to customers", n)
	}
}

// TestUseHasNoFact: what the gateway does not know is asked for, never guessed.
func TestUseHasNoFact(t *testing.T) {
	h := newHouse(t)
	h.haveAnswers(map[string]string{"a.en.txt": "{{customer.name}} of {{customer.company}}: {{promise}}"})
	h.deliver(mail{from: `"stranger@mail.example" <stranger@mail.example>`})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "Hello."))
	h.flush()
	got := h.deliver(notice.reply(anna, "#use a"))
	if got.ticket.PromiseIs == string(promise.Open) {
		t.Fatal("a promise is open")
	}
	sent := h.flush()
	if n := len(customers(sent)); n != 0 {
		t.Errorf("%d mails to customers", n)
	}
	if m := to(sent, "anna@example.com"); len(m) != 1 || !strings.Contains(m[0].read.Text, "→ #use a customer.name=… customer.company=… promise=…") {
		t.Errorf("the agent gets %d mails", len(m))
	}
}

// TestUseIsClean: what fills a place is cleaned like the agent's own words, and a customer's
// name begins no command.
func TestUseIsClean(t *testing.T) {
	h := newHouse(t)
	h.haveAnswers(map[string]string{"a.en.txt": "{{customer.name}}\nwrite to {{where}}."})
	h.deliver(mail{from: `"#note Mia" <mia@acme.example>`})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#use a where=anna@example.com or "+notice.read.ReplyTo[0].Addr))
	said := customers(h.flush())
	if len(said) != 1 || !strings.HasPrefix(said[0].read.Text, "note Mia\nwrite to support@example.com or support@example.com.") {
		t.Errorf("%d answers", len(said))
	}
}

// TestUseLanguage: the text is in the ticket's language, and the signature in that of the
// mail, in acknowledgements too.
func TestUseLanguage(t *testing.T) {
	h := newHouse(t, `desk[0].signatures={de="Ihr Team",fr="Votre équipe"}`)
	h.haveAnswers(someAnswers())
	german := "Guten Tag\r\n\r\nseit heute morgen druckt unser Drucker nicht mehr. Können Sie uns bitte helfen?\r\n\r\nFreundliche Grüße\r\nMia Meier"
	for lang, c := range map[string]struct{ body, answer, signature string }{
		"de": {german, "Öffnen Sie x für Version 4.", "Ihr Team"},
		"en": {"Good morning,\r\n\r\nsince this morning our printer does not print any more. Could you please help us?\r\n\r\nKind regards\r\nMia Meier", "Open x, Mia Meier, for version 4.", "Example Support"},
	} {
		first := h.deliver(mail{from: "Mia Meier <mia@acme.example>", subject: lang, body: c.body})
		if first.ticket.Language != lang {
			t.Fatalf("the ticket is in %q", first.ticket.Language)
		}
		sent := h.flush()
		notice := to(sent, "anna@example.com")[0]
		h.deliver(notice.reply(anna, "#use install link=x version=4"))
		said := append(to(sent, "mia@acme.example"), customers(h.flush())...)
		if len(said) != 2 || !strings.HasPrefix(said[1].read.Text, c.answer) {
			t.Fatalf("%s: %d mails", lang, len(said))
		}
		for _, m := range said {
			if !strings.Contains(m.read.Text, "\n"+c.signature+"\n") {
				t.Errorf("%s: not signed %q:\n%s", lang, c.signature, m.read.Text)
			}
		}
	}
}

// TestWatchedAnswers: a folder of canned answers that comes, changes or goes is seen, and a
// wrong file changes nothing.
func TestWatchedAnswers(t *testing.T) {
	h, file, load, _ := fileHouse(t)
	inUse, err := h.reload("test", load)
	if err != nil {
		t.Fatal(err)
	}
	w := watchedFile{path: file}
	w.follow(inUse, nil)
	folder := filepath.Join(filepath.Dir(file), "answers")
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	settle := func(what string, want, good bool, names string) {
		t.Helper()
		now = now.Add(time.Hour)
		seen := w.changed(now)
		now = now.Add(time.Hour)
		if seen = w.changed(now) || seen; seen != want {
			t.Fatalf("%s: changed is %v, want %v", what, seen, want)
		}
		if seen {
			inUse, err := h.reload("test", load)
			if w.follow(inUse, err); (err == nil) != good {
				t.Errorf("%s: %v", what, err)
			}
		}
		if got := strings.Join(h.settings.Load().Canned.Names(), " "); got != names {
			t.Errorf("%s: answers %q, want %q", what, got, names)
		}
	}
	settle("nothing", false, true, "")
	write("install.en.txt", "x")
	settle("the folder comes", true, true, "install")
	settle("nothing new", false, true, "install")
	write("refund.en.txt", "{{")
	settle("a wrong file", true, false, "install")
	settle("still wrong", false, true, "install")
	write("refund.en.txt", "x")
	settle("mended", true, true, "install refund")
	edit(t, file, `#answers = "answers"`, `answers = "canned"`)
	settle("another folder, which is missing", true, false, "install refund")
	edit(t, file, `answers = "canned"`, `answers = "more"`)
	folder = filepath.Join(filepath.Dir(file), "more")
	write("more.en.txt", "{{")
	settle("another folder, with a wrong file", true, false, "install refund")
	write("more.en.txt", "x")
	settle("mended there", true, true, "more")
	edit(t, file, `answers = "more"`, `#answers = "answers"`)
	settle("the default again", true, true, "install refund")
	if err := os.RemoveAll(filepath.Join(filepath.Dir(file), "answers")); err != nil {
		t.Fatal(err)
	}
	settle("the folder is gone", true, true, "")
	settle("nothing new", false, true, "")
}
