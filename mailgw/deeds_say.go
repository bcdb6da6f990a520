package mailgw

import (
	"errors"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// maxKeptWords bounds the words of a workaround or solution.
const maxKeptWords = 2000

// keepWords keeps in a field of the ticket what stands behind a command, else the words of
// the mail. What names it, in events and for the agent.
func (d *decision) keepWords(field *string, what, arg string) {
	words := arg
	if words == "" {
		words = agent.Clean(d.agent.read.Words, d.cleanContext())
	}
	if words = letter.Excerpt(words, maxKeptWords); words == "" {
		return
	}
	short := letter.Excerpt(words, maxExcerpt)
	d.event(d.agent.who.Address, what, short)
	*field = words
	d.did(what, short)
}

// callBackWithin is by when a customer is called whom nobody has told a time.
const callBackWithin = 4 * time.Hour

// callBack notes that the customer is to be called: by the time that they wait for
// anyway, else within some working hours. They are told nothing.
func (d *decision) callBack() error {
	o := d.ownTime()
	at := d.ticket.PromiseDue
	if d.ticket.PromiseIs != string(promise.Open) || !at.After(d.now) {
		cal, err := d.in.s.calendar(d.desk)
		if err != nil {
			return err
		}
		var ok bool
		if at, ok = cal.Add(d.now, callBackWithin); !ok {
			at = d.now.Add(callBackWithin)
		}
	}
	t := d.ticket // the customer knows of no new time
	p, err := o.row(promise.Callback, at, d.in.mail.MessageID, "#call")
	if err != nil {
		return err
	}
	d.ticket = t
	p.Told = false
	d.did(wording.DoneCall, d.shown(at))
	return d.note(p)
}

// called keeps what was promised as a call, and notes that there was one, with what was
// said behind the command.
func (d *decision) called(said string) (meant string, err error) {
	me := d.agent.who.Address
	d.event(me, "called the customer", letter.Excerpt(said, maxExcerpt))
	list, err := d.r.TicketPromises(d.ticket.Number)
	if err != nil {
		return "", err
	}
	for i := range list {
		if p := &list[i]; p.Kind == promise.Callback && p.State == promise.Open {
			if err := d.settleDone(p); err != nil {
				return "", err
			}
		}
	}
	d.did(wording.DoneCalled, letter.Excerpt(said, maxExcerpt))
	return "", nil
}

// owes reports whether more is owed after an answer, although it says no time.
func (d *decision) owes() bool {
	return slices.ContainsFunc(d.agent.read.Commands, func(c agent.Command) bool {
		return c.Name == agent.Update || c.Name == agent.Workaround
	})
}

// askCustomerAgain reminds the customer, in the agent's name, of what was last written to
// them and not answered. What it returns is why not, "" when it did.
func (d *decision) askCustomerAgain() (why string, err error) {
	last, err := d.lastAnswer()
	if err != nil {
		return "", err
	}
	if last == nil || d.ticket.Status != ticket.Pending {
		return "nothing that the customer was asked waits for their answer", nil
	}
	m, err := d.g.mailToAnswer(d.r, &d.before, d.matched.Ref.Entry)
	if err != nil {
		return "", err
	}
	draft := answerDraft{voice: d.voice(), t: &d.ticket, agent: d.agent.who, mail: m, entry: d.in.ID, now: d.now}
	lang := d.in.s.Words.Match(draft.language())
	said, err := d.in.s.Words.Answer(lang, wording.AnswerFacts{Again: quotedWords(last.Text)})
	if err != nil {
		return "", err
	}
	draft.words = strings.TrimSpace(said.Text)
	row, entry, err := draft.row(d.ticket.Entries + 1)
	if errors.Is(err, errNobody) {
		return errNobody.Error(), nil
	}
	if err != nil {
		return "", err
	}
	d.ticket.Entries++
	d.outgoing, d.answers = append(d.outgoing, row), append(d.answers, entry)
	d.event(d.agent.who.Address, "asked the customer again", "")
	d.did(wording.DoneAsked, "")
	return "", nil
}

// maxAgainLines bounds what is shown of the mail that was not answered.
const maxAgainLines = 8

// quotedWords are the first lines of a text.
func quotedWords(text string) string {
	var lines []string
	for l := range strings.Lines(letter.Excerpt(text, maxKeptWords)) {
		if l = strings.TrimRight(l, " \n"); len(lines) < maxAgainLines {
			lines = append(lines, l)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// lastAnswer is the last mail that an agent wrote to the customer and that has left; nil
// when there is none, or the customer has written since.
func (d *decision) lastAnswer() (*ticket.Entry, error) {
	list, err := d.r.LastEntries(d.ticket.Number, 0, searched)
	if err != nil {
		return nil, err
	}
	for i := range list { // newest first
		switch e := &list[i]; {
		case fromCustomer(e):
			return nil, nil
		case e.Kind == ticket.MailOut && e.ByAgent != "" && !e.SentAt.IsZero() && e.Text != "":
			return e, nil
		}
	}
	return nil, nil
}
