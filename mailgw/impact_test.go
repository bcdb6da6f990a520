package mailgw

import (
	"html"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/rules"
	"supportgw/threading"
)

// askingImpact makes the desk ask how much it hurts.
const askingImpact = "desk.support.ask_impact=true"

// impactHouse is a house that asks, whose rules are the two of config.example.toml.
func impactHouse(t *testing.T, set ...string) *house {
	t.Helper()
	return newHouse(t, append([]string{askingImpact}, set...)...)
}

// inHTML are the links of a mail's HTML, by their text.
func inHTML(t *testing.T, m sentMail, from string) map[string]mail {
	t.Helper()
	out := map[string]mail{}
	page := htmlOf(t, m.Bytes)
	label := ""
	for i, part := range strings.Split(page, `<a href="`) {
		if i > 0 {
			link, rest, _ := strings.Cut(part, `"`)
			word, after, _ := strings.Cut(strings.TrimPrefix(rest, ">"), "</a>")
			got := m
			got.read = &letter.Mail{Text: html.UnescapeString(link)}
			if clicks := clicked(t, got, from); len(clicks) == 1 {
				out[strings.TrimSpace(label+" "+word)] = clicks[0]
			}
			part = after
		}
		if j := strings.LastIndex(part, "<br>"); j >= 0 {
			label = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(part[j+len("<br>"):]), ":"))
		}
	}
	return out
}

// asked lets Mia write a mail that does not say how much it hurts, and returns what asks.
func (h *house) askedImpact() (arrived, sentMail) {
	h.t.Helper()
	got := h.deliver(mail{})
	ack := to(h.flush(), "mia@acme.example")
	if len(ack) != 1 || !strings.Contains(ack[0].read.Text, "how many people are affected, and does it stop your work?") {
		h.t.Fatalf("it does not ask: %d mails", len(ack))
	}
	return got, ack[0]
}

func (h *house) ticketNow(number uint64) (t ticket.Ticket) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) { t, err = r.Ticket(number); return err })
	return t
}

// Each link answers both questions in one step; what it says counts, is on the ticket,
// and the customer is told the time that it moves: once, and that is the time that runs.
func TestImpactByLink(t *testing.T) {
	for name, c := range map[string]struct {
		people   int64
		blocked  string
		priority ticket.Priority
		says     []string
	}{
		"We cannot work all of us":     {rules.Everybody, "yes", ticket.Urgent, []string{"All of you are affected.", "You cannot work.", "comes earlier", "alerting the people on call"}},
		"We cannot work several of us": {3, "yes", ticket.Urgent, []string{"Several people are affected.", "You cannot work.", "comes earlier"}},
		"We cannot work only me":       {1, "yes", ticket.High, []string{"One person is affected.", "You cannot work."}},
		"We can work all of us":        {rules.Everybody, "no", ticket.Normal, []string{"All of you are affected.", "You can work.", "The time stays"}},
		"We can work only me":          {1, "no", ticket.Normal, []string{"One person is affected.", "You can work.", "The time stays"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := impactHouse(t)
			first, ack := h.askedImpact()
			before, _ := h.promiseOf(first.Ticket)
			links := inHTML(t, ack, mia)
			link, ok := links[name]
			if !ok || len(links) < 6 {
				t.Fatalf("links: %v\n%s", links, htmlOf(t, ack.Bytes))
			}
			h.at(monday.Add(5 * time.Minute))
			h.want(h.deliver(link), ticket.OutcomeAppended)
			tk := h.ticketNow(first.Ticket)
			if tk.Affected != c.people || tk.Blocked != c.blocked || tk.Priority != c.priority {
				t.Errorf("affected %d, blocked %q, %s", tk.Affected, tk.Blocked, tk.Priority)
			}
			sent := to(h.flush(), "mia@acme.example")
			if len(sent) != 1 {
				t.Fatalf("%d mails", len(sent))
			}
			for _, s := range c.says {
				if !strings.Contains(sent[0].read.Text, s) {
					t.Errorf("no %q in\n%s", s, sent[0].read.Text)
				}
			}
			h.trueTime(sent[0], first.Ticket, before, c.priority == ticket.Urgent)
		})
	}
}

// trueTime holds the time that a mail says to the one promise that runs.
func (h *house) trueTime(m sentMail, number uint64, before promise.Promise, sooner bool) {
	h.t.Helper()
	var open []promise.Promise
	h.view(func(r store.Reader) error {
		list, err := r.TicketPromises(number)
		for _, p := range list {
			if p.State == promise.Open && p.Told {
				open = append(open, p)
			}
		}
		return err
	})
	if len(open) != 1 || sooner != open[0].DueAt.Before(before.DueAt) || !sooner && !open[0].DueAt.Equal(before.DueAt) {
		h.t.Fatalf("promises that run: %+v, before: %s", open, before.DueAt)
	}
	said := promise.Say(open[0].DueAt, h.clock.Now(), h.settings.Load().zone(h.settings.Load().desk("support")), "en")
	if n := strings.Count(m.read.Text, said); n != 1 {
		h.t.Errorf("it says %q %d times:\n%s", said, n, m.read.Text)
	}
}

// Asked is what triage needs, once, and only what the mail has not said.
func TestImpactAsks(t *testing.T) {
	const both, people, work = "Two short questions", "One short question: how many people", "One short question: does it stop"
	for name, c := range map[string]struct {
		m    mail
		set  []string
		want string
	}{
		"nothing said":      {mail{}, nil, both},
		"not proven":        {mail{client: stranger}, nil, both},
		"unknown":           {mail{from: pat}, nil, both},
		"people said":       {mail{body: "About 20 people are affected by this."}, nil, work},
		"work said":         {mail{body: "We cannot work."}, nil, people},
		"both said":         {mail{body: "We cannot work, 20 people are affected."}, nil, ""},
		"said in German":    {mail{body: "Seit heute früh geht der Export nicht mehr. Wir können nicht arbeiten, betroffen sind 12 Personen."}, nil, ""},
		"said in French":    {mail{body: "Bonjour, l'export ne marche plus. Toute l'équipe est concernée et nous ne pouvons plus travailler."}, nil, ""},
		"said in Spanish":   {mail{body: "Buenos días, la exportación no funciona. No podemos trabajar, afecta a 12 personas."}, nil, ""},
		"said in Italian":   {mail{body: "Buongiorno, l'esportazione non funziona. Non possiamo lavorare, siamo tutti coinvolti."}, nil, ""},
		"urgent already":    {mail{subject: "Production down"}, nil, ""},
		"turned off":        {mail{}, []string{askingImpact, "desk.support.ask_impact=false"}, ""},
		"no rule asks":      {mail{}, []string{"rule=[{name=\"x\", if={words=\"y\"}, then={priority=\"high\"}}]"}, ""},
		"a rule asks one":   {mail{}, []string{"rule=[{name=\"x\", if={not={blocked=false}}, then={priority=\"high\"}}]"}, work},
		"nested":            {mail{}, []string{"rule=[{name=\"x\", if={any=[{all=[{affected={at_least=2}}]}]}, then={priority=\"high\"}}]"}, people},
		"a program":         {mail{head: []string{"Auto-Submitted: auto-generated"}}, nil, ""},
		"a list":            {mail{head: []string{"List-Id: <x.example>", "Precedence: list"}}, nil, ""},
		"an agent":          {mail{from: anna}, nil, ""},
		"another's desk":    {mail{rcpt: []string{"billing@example.com"}}, nil, ""},
		"only a quotation":  {mail{body: "Still the same.\r\n\r\nOn Monday Max wrote:\r\n> We cannot work, 20 people are affected."}, nil, both},
		"without addresses": {mail{}, []string{"desk.support.reply_token=\"off\""}, both},
	} {
		t.Run(name, func(t *testing.T) {
			h := impactHouse(t, c.set...)
			got := h.deliver(c.m)
			text := ""
			for _, m := range h.flush() {
				if !strings.HasSuffix(m.To[0], "@example.com") {
					text += m.read.Text
				}
			}
			for _, q := range []string{both, people, work} {
				if has := strings.Contains(text, q); has != (q == c.want) {
					t.Errorf("%q: %t in\n%s", q, has, text)
				}
			}
			if got.Ticket != 0 && h.ticketNow(got.Ticket).AskedImpact != (c.want != "") {
				t.Error("the ticket does not say so")
			}
			if tk := h.ticketNow(got.Ticket); strings.HasPrefix(name, "said in") && (tk.Affected < 12 || tk.Blocked != "yes") {
				t.Errorf("read: %d, %q", tk.Affected, tk.Blocked)
			}
			if v := h.explain(h.arrival(c.m)); (len(v.Acknowledge.Asks) > 0) != (c.want != "") {
				t.Errorf("explain: %v", v.Acknowledge.Asks)
			}
		})
	}
}

// Plain words count as the links do, of the customer's people alone.
func TestImpactByWords(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(h *house, m *mail, link mail)
		people  int64
		blocked string
	}{
		"words":            {func(_ *house, m *mail, _ mail) { m.body = "12, yes" }, 12, "yes"},
		"above our mail":   {func(_ *house, m *mail, _ mail) { m.body = "12, yes\r\n\r\n" + m.body }, 12, "yes"},
		"one of them":      {func(_ *house, m *mail, _ mail) { m.body = "just me" }, 1, ""},
		"another language": {func(_ *house, m *mail, _ mail) { m.body = "nur ich" }, 1, ""},
		"a link of German": {func(_ *house, m *mail, _ mail) { m.body = "Wir sind alle betroffen.\r\nWir können nicht arbeiten." }, rules.Everybody, "yes"},
		"both":             {func(_ *house, m *mail, link mail) { *m = link; m.body += "\r\nabout 20 people" }, 20, "yes"},
		"a number filled in": {func(_ *house, m *mail, link mail) {
			*m = link
			m.body = strings.Replace(m.body, "you know:", "you know: ca. 40", 1)
		}, 40, "yes"},
		"a colleague":       {func(_ *house, m *mail, _ mail) { m.from, m.body = "Paul <paul@acme.example>", "12, yes" }, 12, "yes"},
		"other words":       {func(_ *house, m *mail, _ mail) { m.body = "It is in hall 4 as well." }, 0, ""},
		"a stranger":        {func(_ *house, m *mail, _ mail) { m.from, m.body = "Eve <eve@evil.example>", "12, yes" }, 0, ""},
		"a stranger's link": {func(_ *house, m *mail, link mail) { *m = link; m.from = "Eve <eve@evil.example>" }, 0, ""},
		"no token, unproven": {func(_ *house, m *mail, _ mail) {
			m.rcpt, m.client, m.body = []string{"support@example.com"}, stranger, "12, yes"
		}, 0, ""},
		"an agent":           {func(_ *house, m *mail, _ mail) { m.from, m.body = anna, "12, yes" }, 0, ""},
		"a program":          {func(_ *house, m *mail, link mail) { *m = link; m.head = []string{"Auto-Submitted: auto-replied"} }, 0, ""},
		"our mail sent back": {func(_ *house, m *mail, _ mail) {}, 0, ""},
		"forged": {func(h *house, m *mail, link mail) {
			*m = link
			h.zone.Add("acme.example", "TXT", "v=spf1 -all")
			h.zone.Add("_dmarc.acme.example", "TXT", "v=DMARC1; p=reject")
			m.client = stranger
		}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := impactHouse(t, `desk.support.emergency=""`) // its words are a rule's, too
			first, ack := h.askedImpact()
			m := ack.reply(mia, "")
			m.body = strings.TrimLeft(m.body, "\r\n")
			c.change(h, &m, inHTML(t, ack, mia)["We cannot work several of us"])
			h.deliver(m)
			tk := h.ticketNow(first.Ticket)
			if tk.Affected != c.people || tk.Blocked != c.blocked {
				t.Errorf("affected %d, blocked %q", tk.Affected, tk.Blocked)
			}
			wantPriority := ticket.Normal
			if c.blocked == "yes" {
				wantPriority = ticket.Urgent
			}
			if tk.Priority != wantPriority {
				t.Errorf("priority %s", tk.Priority)
			}
			understood := 0
			for _, m := range h.flush() {
				if strings.Contains(m.read.Text, "This is what we understood") || strings.Contains(m.read.Text, "Das haben wir verstanden") {
					understood++
				}
			}
			if want := min(1, int(c.people)); understood != want {
				t.Errorf("%d mails say what was understood, want %d", understood, want)
			}
		})
	}
}

// The same link twice is heard once; another word corrects the first, and is not less
// urgent by itself.
func TestImpactCorrected(t *testing.T) {
	h := impactHouse(t)
	first, ack := h.askedImpact()
	links := inHTML(t, ack, mia)
	h.deliver(links["We cannot work all of us"])
	h.flush()
	pledged, _ := h.promiseOf(first.Ticket)
	h.deliver(links["We cannot work all of us"])
	if sent := to(h.flush(), "mia@acme.example"); len(sent) != 0 {
		t.Errorf("the same link again: %d mails", len(sent))
	}
	h.deliver(ack.reply(mia, "just me"))
	tk := h.ticketNow(first.Ticket)
	if now, _ := h.promiseOf(first.Ticket); tk.Affected != 1 || tk.Blocked != "yes" || tk.Priority != ticket.Urgent || !now.DueAt.Equal(pledged.DueAt) {
		t.Errorf("affected %d, blocked %q, %s", tk.Affected, tk.Blocked, tk.Priority)
	}
	sent := to(h.flush(), "mia@acme.example")
	if len(sent) != 1 || !strings.Contains(sent[0].read.Text, "One person is affected.") || !strings.Contains(sent[0].read.Text, "The time stays") {
		t.Errorf("%d mails", len(sent))
	}
	if n := strings.Count(strings.Join(h.events(first.Ticket), "\n"), "says how much it hurts"); n != 2 {
		t.Errorf("%d events:\n%s", n, strings.Join(h.events(first.Ticket), "\n"))
	}
}

// An answer to the questions that comes after the answer of an agent is kept, and asks
// for nothing, unless it says that it is urgent.
func TestImpactAfterAnswer(t *testing.T) {
	for _, c := range []struct {
		link   string
		status ticket.Status
		state  promise.State
	}{
		{"We can work only me", ticket.Pending, promise.Kept},
		{"We cannot work all of us", ticket.Open, promise.Open},
	} {
		t.Run(c.link, func(t *testing.T) {
			h := impactHouse(t)
			first := h.deliver(mail{})
			sent := h.flush()
			link := inHTML(t, to(sent, "mia@acme.example")[0], mia)[c.link]
			h.deliver(to(sent, "anna@example.com")[0].reply(anna, "Please clear the cache."))
			h.flush()
			h.at(monday.Add(time.Hour))
			h.deliver(link)
			tk := h.ticketNow(first.Ticket)
			if tk.Status != c.status || tk.PromiseIs != string(c.state) || tk.Affected == 0 {
				t.Errorf("%s, promise %s, affected %d", tk.Status, tk.PromiseIs, tk.Affected)
			}
			mails := to(h.flush(), "mia@acme.example")
			if len(mails) != 1 || strings.Contains(mails[0].read.Text, "One of us will answer") != (c.state == promise.Open) {
				t.Errorf("%d mails", len(mails))
			}
		})
	}
}

// On a ticket that is over an answer changes nothing but what is known, and opens none;
// that work stands still is a call for help.
func TestImpactAfterClosing(t *testing.T) {
	for _, c := range []struct {
		link   string
		days   int
		status ticket.Status
		isNew  bool
	}{
		{"We can work only me", 1, ticket.Closed, false},
		{"We can work only me", 60, ticket.Closed, false},
		{"We cannot work all of us", 1, ticket.Open, false},
		{"We cannot work all of us", 60, ticket.Closed, true},
	} {
		t.Run(c.link, func(t *testing.T) {
			h := impactHouse(t)
			first := h.deliver(mail{})
			sent := h.flush()
			link := inHTML(t, to(sent, "mia@acme.example")[0], mia)[c.link]
			h.deliver(to(sent, "anna@example.com")[0].reply(anna, "#close\r\n\r\nPlease clear the cache."))
			h.flush()
			h.at(monday.Add(time.Duration(c.days) * 24 * time.Hour))
			got := h.deliver(link)
			if tk := h.ticketNow(first.Ticket); tk.Status != c.status {
				t.Errorf("it is %s", tk.Status)
			}
			if (got.Ticket != first.Ticket) != c.isNew {
				t.Errorf("it is on ticket %d", got.Ticket)
			}
			h.flush()
		})
	}
}

// Agents read what was said, and that it was asked, in the notice.
func TestImpactNotice(t *testing.T) {
	h := impactHouse(t)
	h.deliver(mail{})
	sent := h.flush()
	notice := to(sent, "anna@example.com")[0].read.Text
	if !strings.Contains(notice, "Asked, not answered yet: how many people are affected, whether they can work.") {
		t.Errorf("the notice:\n%s", notice)
	}
	ack := to(sent, "mia@acme.example")[0]
	h.deliver(ack.reply(mia, "12, yes"))
	notice = to(h.flush(), "anna@example.com")[0].read.Text
	if !strings.Contains(notice, "Affected: 12; work: stopped (“12, yes”)") || strings.Contains(notice, "not answered yet") {
		t.Errorf("the notice:\n%s", notice)
	}
}

// A follow-up is not asked, nor a ticket twice.
func TestImpactAskedOnce(t *testing.T) {
	h := impactHouse(t)
	first, ack := h.askedImpact()
	h.deliver(ack.reply(mia, "The import does nothing either."))
	h.at(monday.Add(72 * time.Hour))
	h.lookUntilQuiet(monday.Add(72 * time.Hour))
	h.flush()
	n := 0
	for _, m := range h.sent {
		n += strings.Count(m.read.Text, "does it stop your work?")
	}
	if n != 1 || !h.ticketNow(first.Ticket).AskedImpact {
		t.Errorf("asked %d times", n)
	}
}

// The token in a link is made for replies on this ticket, and nothing else.
func TestImpactLinkAddress(t *testing.T) {
	h := impactHouse(t)
	first, ack := h.askedImpact()
	var seen []string
	for _, link := range inHTML(t, ack, mia) {
		m := threading.Match(threading.Mail{Recipients: link.rcpt}, h.settings.Load().addresses, h.keys, h.settings.Load().domains, anyTicket{})
		if m.Ref.Purpose == threading.Reply && m.Ref.Ticket == first.Ticket && m.Ref.Entry == askingEntry {
			seen = append(seen, link.body)
		}
	}
	slices.Sort(seen)
	if len(slices.Compact(seen)) != 6 {
		t.Errorf("%d links: %q", len(seen), seen)
	}
}

// A bare yes that takes an offer, or answers another question, says nothing of the work.
func TestImpactBareYes(t *testing.T) {
	for words, blocked := range map[string]string{
		"Yes.": wording.BlockedYes, "Ja, leider.": wording.BlockedYes, "no": wording.BlockedNo, "3, yes please": wording.BlockedYes,
		"Yes, please.": "", "Yes, exactly": "", "Ja, genau": "", "Ja bitte!": "", "oui, s'il vous plaît": "", "sí, por favor": "", "Sì, esatto": "",
	} {
		if got := shortAnswer(words, ""); got.blocked != blocked {
			t.Errorf("%q: blocked %q, want %q", words, got.blocked, blocked)
		}
	}
}

// A long sentence that speaks of it is read as an answer; one that does not is not.
func TestImpactLongSentence(t *testing.T) {
	got := shortAnswer("All of us in the warehouse, and yes, we cannot work.", "en")
	if got.people != rules.Everybody || got.blocked != wording.BlockedYes {
		t.Errorf("%+v", got)
	}
	if got := shortAnswer("It is in hall 4 as well, the same thing.", "en"); got.says() {
		t.Errorf("%+v", got)
	}
}
