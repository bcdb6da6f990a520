package mailgw

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// solvedBy lets a customer write and Anna solve it, by her answer's first line; it
// returns what the customer got.
func (h *house) solvedBy(m mail, words string) (first arrived, asks sentMail) {
	h.t.Helper()
	first = h.deliver(m)
	notice := h.noticeTo("anna@example.com")
	h.want(h.deliver(notice.reply(anna, words)), ticket.OutcomeAppended)
	sent := toOutside(h.flush())
	if len(sent) != 1 || h.ticket(first.Ticket).Status != ticket.Solved {
		h.t.Fatalf("%d mails to the customer, the ticket is %s", len(sent), h.ticket(first.Ticket).Status)
	}
	return first, sent[0]
}

// toOutside are the mails to customers, acknowledgements left out.
func toOutside(list []sentMail) (out []sentMail) {
	for _, m := range list {
		if !strings.HasSuffix(m.To[0], "@example.com") && m.read.Header.Get("Auto-Submitted") != "auto-replied" {
			out = append(out, m)
		}
	}
	return out
}

const mia = "Mia Meier <mia@acme.example>"

var mailtoLinks = regexp.MustCompile(`mailto:\S+`)

// clicked are the mails that the links of a mail write, when somebody sends them.
func clicked(t *testing.T, m sentMail, from string) (out []mail) {
	t.Helper()
	for _, link := range mailtoLinks.FindAllString(m.read.Text, -1) {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		to, err := url.PathUnescape(u.Opaque)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, mail{from: from, rcpt: []string{to}, subject: u.Query().Get("subject"), body: u.Query().Get("body")})
	}
	return out
}

// An agent's "#solve" with words asks at the end of that very answer, and nowhere
// else; alone, and by hand, it asks in a mail of its own. Once.
func TestSolvedAsks(t *testing.T) {
	for name, c := range map[string]struct {
		solve func(h *house, notice sentMail)
		own   bool
	}{
		"with words": {func(h *house, notice sentMail) {
			h.deliver(notice.reply(anna, "#solve\r\n\r\nPlease clear the cache."))
		}, false},
		"alone": {func(h *house, notice sentMail) { h.deliver(notice.reply(anna, "#solve")) }, true},
		"by hand": {func(h *house, _ sentMail) {
			h.do("ticket.set", SetArgs{Number: 1, Status: "solved", Who: "anna@example.com"})
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{subject: "Export"})
			c.solve(h, h.noticeTo("anna@example.com"))
			sent := toOutside(h.flush())
			if len(sent) != 1 || len(mailtoLinks.FindAllString(sent[0].read.Text, -1)) != 3 {
				t.Fatalf("%d mails", len(sent))
			}
			m := sent[0]
			if auto := m.read.Header.Get("Auto-Submitted") == "auto-generated"; auto != c.own || strings.Contains(m.read.Text, "cache") == c.own || m.read.Subject != "Re: Export" || m.read.ReplyTo[0].Addr == "" {
				t.Errorf("automatic %t, %q\n%s", auto, m.read.Subject, m.read.Text)
			}
			got := h.ticket(1)
			if got.Status != ticket.Solved || got.Closing == nil || got.Closing.AskedAt.IsZero() || !slices.ContainsFunc(h.events(1), func(e string) bool { return strings.HasSuffix(e, "asked the customer whether it is solved") }) {
				t.Errorf("%+v %q", got, h.events(1))
			}
			// Solved again, and after a short way back: the question stands.
			h.set(SetArgs{Number: 1, Status: "solved"})
			h.set(SetArgs{Number: 1, Status: "open"})
			h.set(SetArgs{Number: 1, Status: "solved"})
			if again := toOutside(h.flush()); len(again) != 0 {
				t.Errorf("asked again:\n%s", again[0].read.Text)
			}
		})
	}
}

// Nobody is asked whom nothing automatic goes to; the log says why.
func TestSolvedAsksNobody(t *testing.T) {
	for name, c := range map[string]struct {
		m   mail
		set []string
		why string
	}{
		"a list":           {mail{head: []string{"List-Id: <users.acme.example>"}}, nil, "came through a list"},
		"a daemon":         {mail{from: "noreply@acme.example"}, nil, "not read by a person"},
		"a null sender":    {mail{path: str(""), head: []string{"Auto-Submitted: no"}}, nil, "null"},
		"unproven, silent": {mail{client: stranger}, []string{`desk.support.unproven_sender="silent"`}, "nothing proves"},
		"a program":        {mail{head: []string{"Auto-Submitted: auto-generated"}}, nil, "no customer has written"},
		"one of ours":      {mail{head: []string{"Reply-To: ben@example.com"}}, nil, "an address of ours"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, c.set...)
			h.deliver(c.m)
			h.flush()
			h.do("ticket.set", SetArgs{Number: 1, Status: "solved"})
			if sent := toOutside(h.flush()); len(sent) != 0 {
				t.Errorf("asked:\n%s", sent[0].read.Text)
			}
			if why := h.reasonOf(1, "the customer is not asked whether it is solved"); !strings.Contains(why, c.why) {
				t.Errorf("why %q", why)
			}
		})
	}
}

// Who cannot prove to have written reads nothing of what was written in their name.
func TestSolvedNeutral(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{from: "Eve Zanzibar <eve@elsewhere.example>", client: stranger, subject: "Zanzibar pills", id: "zanzibar@elsewhere.example"})
	h.flush()
	h.do("ticket.set", SetArgs{Number: 1, Status: "solved"})
	sent := to(h.flush(), "eve@elsewhere.example")
	if len(sent) != 1 || strings.Contains(string(sent[0].Bytes), "anzibar") {
		t.Fatalf("%+v", sent)
	}
	// With the token in the link, they can answer all the same.
	yes := clicked(t, sent[0], "Eve <eve@elsewhere.example>")[0]
	yes.client = stranger
	if a := h.want(h.deliver(yes), ticket.OutcomeAppended); a.ticket.Status != ticket.Closed || a.ticket.Satisfaction != ticket.Satisfied {
		t.Errorf("%s %s", a.ticket.Status, a.ticket.Satisfaction)
	}
}

// The customer's words decide: yes closes, no and not really are work again, one
// step up; in doubt it is work, as it was.
func TestCustomersWord(t *testing.T) {
	for words, want := range map[string]struct {
		status ticket.Status
		said   ticket.Satisfaction
		prio   ticket.Priority
	}{
		"Yes":                                   {ticket.Closed, "yes", ticket.Normal},
		"Ja, danke!":                            {ticket.Closed, "yes", ticket.Normal},
		"Yes, it works now.\r\n\r\nThanks, Mia": {ticket.Closed, "yes", ticket.Normal},
		"No, it still crashes":                  {ticket.Open, "no", ticket.High},
		"Not really":                            {ticket.Open, "partly", ticket.High},
		"Yes, but the export is still broken":   {ticket.Open, "partly", ticket.High},
		"Yes. Can you send the invoice?":        {ticket.Open, "", ticket.Normal},
		"I will test it tomorrow.":              {ticket.Open, "", ticket.Normal},
		"Thank you!":                            {ticket.Solved, "", ticket.Normal},
	} {
		t.Run(words, func(t *testing.T) {
			h := newHouse(t)
			_, asks := h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
			a := h.want(h.deliver(asks.reply(mia, words)), ticket.OutcomeAppended)
			if a.ticket.Status != want.status || a.ticket.Satisfaction != want.said || a.ticket.Priority != want.prio || a.ticket.Assignee != "anna@example.com" {
				t.Fatalf("%s, %q, %s, %s; events %q", a.ticket.Status, a.ticket.Satisfaction, a.ticket.Priority, a.ticket.Assignee, h.events(1))
			}
			work := want.status == ticket.Open
			if (a.ack != nil) != work || work && a.ticket.PromiseIs != string(promise.Open) {
				t.Errorf("acknowledged %t, promise %s", a.ack != nil, a.ticket.PromiseIs)
			}
			told := to(h.flush(), "anna@example.com")
			if len(told) != 1 || strings.Contains(told[0].read.Text, "The customer says that it is") != (want.said != "") {
				t.Errorf("anna reads\n%+v", told)
			}
			for _, said := range []string{"yes", "no", "partly", "silence"} {
				n := 0.0
				if said == string(want.said) {
					n = 1
				}
				h.wantFigure(n, "mailgw_solved_answers_total", "desk", "support", "said", said)
			}
			h.reopen()
			if v := h.do("ticket.show", NumberArgs{1}).(TicketView); (v.Satisfaction == nil) != (want.said == "") {
				t.Errorf("show says %v", v.Satisfaction)
			}
			if want.said != "" {
				h.wantFigure(1, "mailgw_solved_answers_total", "desk", "support", "said", string(want.said))
			}
		})
	}
}

// A step up is no more than one, and never makes anything urgent.
func TestNoRaisesOneStep(t *testing.T) {
	for from, want := range map[string]ticket.Priority{"low": ticket.Normal, "normal": ticket.High, "high": ticket.High, "urgent": ticket.Urgent} {
		h := newHouse(t)
		h.deliver(mail{})
		h.flush()
		h.set(SetArgs{Number: 1, Priority: from, Status: "solved"})
		m := toOutside(h.flush())[0]
		if a := h.deliver(m.reply(mia, "No.")); a.ticket.Priority != want || a.ticket.Status != ticket.Open || len(a.pages) != 0 {
			t.Errorf("%s becomes %s, %s, %d pages", from, a.ticket.Priority, a.ticket.Status, len(a.pages))
		}
	}
}

// The links write the answers in the customer's language; sent, they count.
func TestLinks(t *testing.T) {
	for lang, m := range map[string]mail{
		"en": {}, "de": {subject: "Drucker", body: "Guten Tag, der Drucker druckt seit heute Morgen nicht mehr. Können Sie mir bitte helfen?"},
		"fr": {subject: "Imprimante", body: "Bonjour, l'imprimante ne fonctionne plus depuis ce matin. Pouvez-vous nous aider, s'il vous plaît ?"},
		"pl": {subject: "Drukarka", body: "Dzień dobry, od dzisiaj rano drukarka nie działa i nie wiem, co zrobić. Proszę o pomoc w tej sprawie."},
	} {
		for i, said := range []string{"yes", "no", "partly"} {
			h := newHouse(t)
			_, asks := h.solvedBy(m, "#solve\r\n\r\nOk.")
			if got := h.entryOf(h.lastOut(1).ID).Outgoing.Language; got != lang {
				t.Fatalf("asked in %s, want %s", got, lang)
			}
			h.reopen()
			a := h.want(h.deliver(clicked(t, asks, mia)[i]), ticket.OutcomeAppended)
			if string(a.ticket.Satisfaction) != said {
				t.Errorf("%s: %q is %q (%q)", lang, said, a.ticket.Satisfaction, a.entry.Excerpt)
			}
		}
	}
}

// lastOut is a ticket's last mail to its customer.
func (h *house) lastOut(number uint64) (out ticket.Entry) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.LastEntries(number, 0, searched)
		i := slices.IndexFunc(list, func(e ticket.Entry) bool { return e.Kind == ticket.MailOut })
		if i >= 0 {
			out = list[i]
		}
		return err
	})
	return out
}

// Only the answer of somebody who belongs there to the mail that asked is a yes.
func TestYesOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		yes    func(h *house, first arrived, asks sentMail) mail
		closes bool
	}{
		"the customer": {func(_ *house, _ arrived, asks sentMail) mail { return asks.reply(mia, "Yes") }, true},
		"the customer, unproven, with the token": {func(_ *house, _ arrived, asks sentMail) mail {
			m := asks.reply(mia, "Yes")
			m.client = stranger
			return m
		}, true},
		"a colleague": {func(_ *house, _ arrived, asks sentMail) mail { return asks.reply("Tom <tom@acme.example>", "Yes") }, true},
		"a stranger with the token": {func(_ *house, _ arrived, asks sentMail) mail {
			m := asks.reply("Eve <eve@elsewhere.example>", "Yes")
			m.client = stranger
			return m
		}, false},
		"a proven stranger with the token": {func(_ *house, _ arrived, asks sentMail) mail { return asks.reply("Eve <eve@elsewhere.example>", "Yes") }, false},
		"to an earlier mail": {func(h *house, first arrived, _ sentMail) mail {
			ack := to(h.sent, "mia@acme.example")[0]
			return ack.reply(mia, "Yes")
		}, false},
		"with a file": {func(_ *house, _ arrived, asks sentMail) mail {
			m := asks.reply(mia, "")
			m.head = append(m.head, "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b")
			m.body = "--b\r\nContent-Type: text/plain\r\n\r\nYes\r\n--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=\"error.png\"\r\n\r\nx\r\n--b--"
			return m
		}, false},
		"with a new subject": {func(_ *house, _ arrived, asks sentMail) mail {
			m := asks.reply(mia, "Yes")
			m.subject = "Second printer is broken as well"
			return m
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			first, asks := h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
			a := h.deliver(c.yes(h, first, asks))
			got := h.ticket(first.Ticket)
			if (got.Status == ticket.Closed) != c.closes || (got.Satisfaction == ticket.Satisfied) != c.closes {
				t.Errorf("outcome %s, the ticket is %s, %q", a.Outcome, got.Status, got.Satisfaction)
			}
			if !c.closes && got.Status != ticket.Open {
				t.Errorf("in doubt it is work, not %s", got.Status)
			}
			if !c.closes && got.Priority != ticket.Normal {
				t.Errorf("priority %s", got.Priority)
			}
		})
	}
}

// A yes to a question that was never asked is a mail like any other; explain shows
// how it would be read.
func TestYesToNothing(t *testing.T) {
	h := newHouse(t)
	if v := h.explain(h.arrival(mail{body: "Yes, thanks!"})); v.Solved == nil || *v.Solved != "yes" || v.Outcome != ticket.OutcomeNew || !v.Acknowledge.Send {
		t.Errorf("%v %s", v.Solved, v.Outcome)
	}
	if v := h.explain(h.arrival(mail{body: "The printer is on fire."})); v.Solved != nil {
		t.Errorf("%v", *v.Solved)
	}
	first := h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "Shall we restart it?"))
	answer := toOutside(h.flush())[0]
	if a := h.deliver(answer.reply(mia, "Yes")); a.Ticket != first.Ticket || a.ticket.Status != ticket.Open || a.ticket.Satisfaction != "" || a.ack == nil {
		t.Errorf("%s %q", a.ticket.Status, a.ticket.Satisfaction)
	}
}

// A second yes changes nothing; a no after it opens the ticket again.
func TestWordsAfterYes(t *testing.T) {
	h := newHouse(t)
	_, asks := h.solvedBy(mail{}, "#solve\r\n\r\nDone.")
	h.deliver(asks.reply(mia, "Yes"))
	if a := h.deliver(asks.reply(mia, "Yes, it is solved.")); a.ticket.Status != ticket.Closed || a.ack != nil {
		t.Errorf("%s", a.ticket.Status)
	}
	h.at(monday.Add(48 * time.Hour))
	if a := h.deliver(asks.reply(mia, "No, it came back")); a.ticket.Status != ticket.Open || a.ticket.Satisfaction != ticket.Unsatisfied || a.ticket.Priority != ticket.High {
		t.Errorf("%s %q %s", a.ticket.Status, a.ticket.Satisfaction, a.ticket.Priority)
	}
	h.flush()
	h.set(SetArgs{Number: 1, Status: "solved"}) // a new solution, a new question
	if sent := toOutside(h.flush()); len(sent) != 1 {
		t.Errorf("%d questions", len(sent))
	}
}

// An answer that was not delivered has asked nobody.
func TestQuestionNotDelivered(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#solve\r\n\r\nDone."))
	h.refuse = refusing(noMailbox, "mia@acme.example")
	h.flush()
	if got := h.ticket(1); got.Status != ticket.Open || !got.Closing.AskedAt.IsZero() {
		t.Errorf("%s %+v", got.Status, got.Closing)
	}
}

// "#close" is for what needs no word of the customer: nothing is asked.
func TestCloseAsksNothing(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "#close #solve\r\n\r\nWrong address, sorry."))
	sent := toOutside(h.flush())
	if got := h.ticket(1); len(sent) != 1 || strings.Contains(sent[0].read.Text, "body=Yes") || got.Status != ticket.Closed || got.Closing != nil {
		t.Errorf("%d mails, %s", len(sent), got.Status)
	}
}

// Where no address of ours brings an answer home, no link is offered.
func TestLinksNeedAWayHome(t *testing.T) {
	for name, c := range map[string]struct {
		set   []string
		links int
		to    string
	}{
		"nothing": {[]string{`desk.support.reply_token="off"`}, 0, ""},
		"a tag":   {[]string{`desk.support.reply_token="off"`, `desk.support.subject_tag="SUP"`}, 3, "support@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, c.set...)
			h.deliver(mail{})
			h.flush()
			h.set(SetArgs{Number: 1, Status: "solved"})
			m := toOutside(h.flush())[0]
			list := clicked(t, m, mia)
			if len(list) != c.links || !strings.Contains(m.read.Text, wording.SaidYes) {
				t.Fatalf("%d links in\n%s", len(list), m.read.Text)
			}
			for _, l := range list {
				if l.rcpt[0] != c.to || !strings.Contains(l.subject, "[SUP-1]") {
					t.Errorf("%+v", l)
				}
			}
			if c.links > 0 { // the tag finds the ticket; which mail it answers nothing says
				if a := h.deliver(list[1]); a.Ticket != 1 || a.ticket.Satisfaction != ticket.Unsatisfied {
					t.Errorf("ticket %d, %q", a.Ticket, a.ticket.Satisfaction)
				}
			}
			if a := h.deliver(mail{subject: m.read.Subject, body: "Yes", head: []string{"In-Reply-To: <" + m.read.MessageID + ">"}}); a.Ticket != 1 || c.links == 0 && a.ticket.Status != ticket.Closed {
				t.Errorf("ticket %d is %s", a.Ticket, a.ticket.Status)
			}
		})
	}
}
