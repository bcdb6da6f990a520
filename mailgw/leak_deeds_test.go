package mailgw

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/threading"
)

// leakDeeds is what people do.
var leakDeeds = map[string]func(*rumour){
	"a customer writes": (*rumour).customerWrites, "a customer answers": (*rumour).customerAnswers, "a mail of ours is passed on": (*rumour).passedOn,
	"a customer's program answers": (*rumour).customerAway, "an agent answers": (*rumour).agentAnswers, "an agent writes a note": (*rumour).agentNotes,
	"an agent writes to the private address": (*rumour).agentNotesPrivately, "an agent presses an action": (*rumour).agentActs, "somebody writes as an agent": (*rumour).agentUnproven,
	"an agent's program answers": (*rumour).agentAway, "an agent passes a notice on": (*rumour).agentForwards, "a command line": (*rumour).byHand, "time passes": (*rumour).timePasses,
	"an agent answers with commands": (*rumour).agentCommands, "and again": (*rumour).agentCommands, "once more": (*rumour).customerAnswers, "and another": (*rumour).agentAnswers,
	"a customer writes again": (*rumour).customerWrites,
}

// deed lets something happen, and what follows of it leave.
func (w *rumour) deed() {
	name := w.next(&w.bag, slices.Sorted(maps.Keys(leakDeeds)))
	if len(w.talks) == 0 {
		name = "a customer writes"
	}
	leakDeeds[name](w)
	w.done[name]++
	w.leaves()
	w.at(w.clock.Now().Add(time.Minute))
}

// send delivers a mail with ordinary line ends.
func (w *rumour) send(m mail) arrived {
	m.body = strings.ReplaceAll(strings.ReplaceAll(m.body, "\r\n", "\n"), "\n", "\r\n")
	w.l.wrote(m.body + "\n" + m.subject)
	w.l.sent(letterAddr(m.from), w.raw(m))
	w.l.wrote(letter.Parse(w.raw(m), "", letter.DefaultLimits()).Text)
	return w.deliver(m)
}

// written is a customer's mail with words of their own: in the body, the subject, a file.
func (w *rumour) written(m mail, may func(string) bool) mail {
	say := func() string { return w.confide("a foreign customer's words", may) }
	if m.subject == "" {
		m.subject = "The " + say() + " portal"
	}
	m.body = "Hello,\n\nsince this morning " + say() + " does nothing.\nWe tried " + say() + ".\n\nKind regards\n" + strings.SplitN(m.from, " <", 2)[0] + m.body
	if w.chance(30) {
		m = withFiles(m, attachedFile{"text/plain", say() + ".log", "error " + say()})
	}
	return m
}

// copies are further readers of a mail.
func (w *rumour) copies() (people []string) {
	for w.chance(30) {
		people = append(people, w.person())
	}
	return people
}

func (w *rumour) customerWrites() {
	who, copies := w.person(), w.copies()
	desks := one(w, [][]string{{"support"}, {"billing"}, {"support", "billing"}})
	m := mail{from: who}
	for _, d := range desks {
		m.rcpt = append(m.rcpt, d+"@example.com")
	}
	if fields := slices.Clone(copies); len(copies) > 0 {
		if w.chance(20) {
			fields = append(fields, anna)
		}
		m.head = []string{"Cc: " + strings.Join(fields, ", ")}
	}
	var number uint64
	may := func(reader string) bool { return w.among(number)(reader) }
	a := w.send(w.written(m, may))
	number = a.Ticket
	w.joins(a, desks, append(copies, who)...)
}

// mailOfOurs picks somebody who has mail of ours, and one of it.
func (w *rumour) mailOfOurs() (reader string, m sentMail, ok bool) {
	if len(w.inbox) == 0 {
		return "", m, false
	}
	reader = one(w, slices.Sorted(maps.Keys(w.inbox)))
	m = one(w, w.inbox[reader])
	return reader, m, len(m.read.ReplyTo) > 0
}

// named is somebody outside with the name that they write under.
func named(addr string) string {
	for p := range leakPeople {
		if letterAddr(p) == addr {
			return p
		}
	}
	return addr
}

// answers is a reply in some client's form.
func (w *rumour) answers(from, words string, of *sentMail) mail {
	form := w.next(&w.forms, slices.Sorted(maps.Keys(leakClients)))
	w.done["client "+form]++
	head, body := leakClients[form](words, of)
	m := mail{from: from, rcpt: []string{of.read.ReplyTo[0].Addr}, subject: "Re: " + of.read.Subject, body: body}
	m.head = append([]string{"In-Reply-To: <" + of.read.MessageID + ">", "References: <" + of.read.MessageID + ">"}, head...)
	return m
}

func (w *rumour) customerAnswers() {
	reader, of, ok := w.mailOfOurs()
	if !ok {
		return
	}
	if links := mailtoLinks.FindAllString(of.read.Text, -1); len(links) > 0 && w.chance(40) { // one of our questions
		a := w.send(one(w, clicked(w.t, of, named(reader))))
		w.joins(a, nil, reader)
		return
	}
	var number uint64
	say := func() string {
		return w.confide("a foreign customer's words", func(r string) bool { return w.among(number)(r) })
	}
	copies := w.copies()
	m := w.answers(named(reader), "Now "+say()+" does it again.\n"+say(), &of)
	if len(copies) > 0 {
		m.head = append(m.head, "Cc: "+strings.Join(copies, ", "))
	}
	a := w.send(m)
	number = a.Ticket
	w.joins(a, nil, append(copies, reader)...)
}

// passedOn: somebody else answers a mail of ours, who was sent it or has found it.
func (w *rumour) passedOn() {
	_, of, ok := w.mailOfOurs()
	if !ok {
		return
	}
	var number uint64
	who := w.person()
	say := w.confide("a foreign customer's words", func(r string) bool { return w.among(number)(r) })
	m := w.answers(who, "I was sent this. "+say, &of)
	if w.chance(50) {
		m.client = stranger
	}
	a := w.send(m)
	number = a.Ticket
	w.joins(a, nil, who) // on the ticket or not, who answers this very mail answers them
	w.done["passed on, "+string(a.Outcome)]++
}

func (w *rumour) customerAway() {
	reader, of, ok := w.mailOfOurs()
	if !ok {
		return
	}
	say := w.confide("a foreign customer's words", func(r string) bool { return r == reader })
	a := w.send(mail{from: named(reader), rcpt: []string{of.read.ReplyTo[0].Addr}, subject: "Automatic reply: " + of.read.Subject, body: "I am away. " + say, head: []string{"Auto-Submitted: auto-replied", "In-Reply-To: <" + of.read.MessageID + ">"}, path: str("")})
	w.joins(a, nil)
}

// noticed picks an agent with a notice that can be answered.
func (w *rumour) noticed() (who string, of sentMail, ref threading.Ref, ok bool) {
	for range 5 {
		if who = one(w, []string{"anna@example.com", "ben@example.com", "cleo@example.com"}); len(w.notices[who]) == 0 {
			continue
		}
		list := w.notices[who]
		if of = one(w, list[max(0, len(list)-12):]); len(of.read.ReplyTo) == 0 {
			continue
		}
		_, token, _ := strings.Cut(of.read.ReplyTo[0].Addr, "+")
		token, _, _ = strings.Cut(token, "@")
		if ref, ok = w.keys.Open(token); ok && ref.Purpose == threading.AgentReply && ref.Ticket != 0 {
			return who, of, ref, true
		}
	}
	return "", of, ref, false
}

// agentName is the name of an agent.
func (w *rumour) agentName(addr string) string { return w.settings.Load().Agent(addr).Name }

// below is what an agent's client puts below the words.
func (w *rumour) below(who string) string {
	name, word := w.agentName(who), w.confide("an agent's signature", nil)
	return one(w, []string{
		"\n\n-- \n" + name + "\n" + word + " Ltd, +41 44 000 00 00\n" + who,
		"\n\n" + name + "\n" + word + " Ltd\n" + who,
		"\n",
	})
}

// answerWords are words that those may read who take part.
func (w *rumour) answerWords(number uint64) string {
	say := func() string { return w.confide("an answer's words", w.among(number)) }
	return "Hello,\n\nplease try " + say() + " again.\nThen " + say() + " works."
}

// answeredAs sends an agent's answer.
func (w *rumour) answeredAs(who, words string, of *sentMail, number uint64, files ...attachedFile) {
	m := w.answers(fmt.Sprintf("%s <%s>", w.agentName(who), who), words, of)
	if w.chance(15) {
		files = append(files,
			attachedFile{"text/vcard", "me.vcf", "BEGIN:VCARD\r\nEMAIL:" + who + "\r\nEND:VCARD"},
			attachedFile{"message/rfc822", "notice.eml", string(of.Bytes)},
			attachedFile{"text/plain", w.confide("an answer's words", w.among(number)) + ".txt", "steps"})
	}
	if len(files) > 0 {
		m = withFiles(m, files...)
	}
	a := w.send(m)
	w.joins(a, nil)
}

func (w *rumour) agentAnswers() {
	if who, of, ref, ok := w.noticed(); ok {
		w.answeredAs(who, w.answerWords(ref.Ticket)+w.below(who), &of, ref.Ticket)
	}
}

func (w *rumour) agentNotes() {
	who, of, ref, ok := w.noticed()
	if !ok {
		return
	}
	say := func() string { return w.confide("a note", nil) }
	words := one(w, []string{"#note " + say() + "\n" + say(), "#note\n\nthey are " + say(), "#take\n#note " + say(), "#NOTE: " + say() + "\n\n" + say(), "Hello " + say() + "\n#note " + say(), "# note " + say()})
	w.done["#note"]++
	w.answeredAs(who, words+w.below(who), &of, ref.Ticket, attachedFile{"text/plain", say() + ".txt", say()})
}

func (w *rumour) agentNotesPrivately() {
	who, of, ref, ok := w.noticed()
	if !ok {
		return
	}
	of.read.ReplyTo[0].Addr = w.tokenFor(who, threading.Private, ref)
	w.answeredAs(who, "They are "+w.confide("a note", nil)+".\n"+w.confide("a note", nil)+w.below(who), &of, ref.Ticket, attachedFile{"text/plain", "a.txt", w.confide("a note", nil)})
}

// tokenFor is an address for one agent and one purpose.
func (w *rumour) tokenFor(who string, p threading.Purpose, ref threading.Ref) string {
	ref.Purpose, ref.Person = p, w.keys.PersonTag(who)
	return threading.ReplyAddress(w.ticket(ref.Ticket).Desk+"@example.com", w.keys.Seal(ref))
}

func (w *rumour) agentActs() {
	who, of, ref, ok := w.noticed()
	if !ok {
		return
	}
	p := threading.ActTake + threading.Purpose(w.rnd.IntN(int(threading.ActTakeBack-threading.ActTake)+1))
	m := mail{from: fmt.Sprintf("%s <%s>", w.agentName(who), who), rcpt: []string{w.tokenFor(who, p, ref)}, subject: of.read.Subject, body: w.confide("an action's words", nil)}
	if w.chance(20) {
		m.from, m.subject = one(w, []string{anna, ben, w.person()}), "Re: your mail"
	}
	w.joins(w.send(m), nil)
	if w.chance(30) {
		m.id = ""
		w.joins(w.send(m), nil)
	}
	w.done["action "+p.String()]++
}

func (w *rumour) agentUnproven() {
	who, of, _, ok := w.noticed()
	if !ok {
		return
	}
	m := w.answers(one(w, []string{who, "Eve <eve@evil.example>", anna}), w.confide("words of an unproven agent", func(r string) bool { return r == "eve@evil.example" }), &of)
	if m.client = stranger; w.chance(30) {
		m.rcpt = []string{"support@example.com"}
	}
	// It opens a matter of its writer's own: what they put there is theirs to tell.
	m.subject = "About your notice"
	w.stray.WriteString(string(w.raw(m)) + letter.Parse(w.raw(m), "", letter.DefaultLimits()).Text)
	w.joins(w.send(m), nil)
}

func (w *rumour) agentAway() {
	who, of, _, ok := w.noticed()
	if !ok {
		return
	}
	w.joins(w.send(mail{from: who, rcpt: []string{of.read.ReplyTo[0].Addr}, subject: "Automatic reply: " + of.read.Subject, body: "I am away: " + w.confide("an absence note", nil), head: []string{"Auto-Submitted: auto-replied"}}), nil)
}

func (w *rumour) agentForwards() {
	who, of, ref, ok := w.noticed()
	if !ok {
		return
	}
	m := w.answers(fmt.Sprintf("%s <%s>", w.agentName(who), who), w.confide("a note", nil), &of)
	m.subject = "Fwd: " + of.read.Subject
	if w.chance(50) {
		m.rcpt = []string{w.ticket(ref.Ticket).Desk + "@example.com"}
	}
	w.joins(w.send(m), nil)
}

// byHand is a command on the command line.
func (w *rumour) byHand() {
	var list []ticket.Ticket
	w.view(func(r store.Reader) error {
		return r.Tickets(0, func(t ticket.Ticket) bool { list = append(list, t); return true })
	})
	t := one(w, list)
	same := slices.DeleteFunc(slices.Clone(list), func(o ticket.Ticket) bool { return o.Customer != t.Customer })
	other := one(w, append(same, one(w, list)))
	switch kind := w.next(&w.hands, []string{"reply", "note", "merge", "split", "set"}); kind {
	case "reply":
		_, _ = w.try("ticket.reply", ReplyArgs{Number: t.Number, As: "anna", Text: w.answerWords(t.Number)})
	case "note":
		_, _ = w.try("ticket.note", ReplyArgs{Number: t.Number, As: "anna", Text: w.confide("a note", nil)})
	case "merge":
		_, _ = w.try("ticket.merge", MergeArgs{From: t.Number, To: other.Number})
	case "split":
		_, _ = w.try("ticket.split", SplitArgs{Number: t.Number, Entry: fmt.Sprint(1 + w.rnd.IntN(int(t.Entries)))})
	case "set":
		_, _ = w.try("ticket.set", SetArgs{Number: t.Number, Desk: one(w, []string{"support", "billing"})})
	}
	w.settle()
}

func (w *rumour) timePasses() {
	w.at(w.clock.Now().Add(time.Duration(w.rnd.IntN(180)) * time.Minute))
	_, _ = w.round(w.clock.Now())
}

// agentCommands: an answer, and commands on its first lines or below its words.
func (w *rumour) agentCommands() {
	who, of, ref, ok := w.noticed()
	if !ok {
		return
	}
	line, only, note := w.command(ref), false, false
	lines := []string{line}
	for w.chance(75) {
		lines = append(lines, w.command(ref))
	}
	only = slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "#only") })
	note = slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "#note") })
	words := w.answerWords(ref.Ticket)
	switch {
	case note:
		words = "They are " + w.confide("a note", nil)
	case only:
		words = "This is " + w.confide("words for one alone", w.writerOf(ref)) + " for you alone."
	case w.chance(20):
		words = ""
	}
	if w.chance(75) {
		words = strings.Join(lines, "\n") + "\n\n" + words
	} else {
		words += "\n\n" + strings.Join(lines, "\n")
	}
	w.answeredAs(who, words+w.below(who), &of, ref.Ticket)
}

// writerOf allows a word to who wrote the mail that a notice is about.
func (w *rumour) writerOf(ref threading.Ref) func(string) bool {
	var people []string
	w.view(func(r store.Reader) error {
		at, err := locate(r, ref.Ticket, ref.Entry) // by a merge it may have gone elsewhere
		if err != nil {
			return err
		}
		list, err := r.Entries(at.ticket.Number)
		for _, e := range list {
			if e.Kind == ticket.MailIn && e.ByAgent == "" {
				people = append(people, strings.ToLower(letterAddr(e.From)))
			}
			if e.Seq == at.entry && fromCustomer(&e) {
				people = []string{strings.ToLower(letterAddr(e.From))}
				break
			}
		}
		return err
	})
	return func(r string) bool { return slices.Contains(people, r) }
}

// command is a command with something behind it that makes sense, or a word that must
// stay here.
func (w *rumour) command(ref threading.Ref) string {
	name := w.next(&w.commands, agent.Known())
	w.done["#"+name]++
	t := w.ticket(ref.Ticket)
	arg := map[string]string{
		agent.Assign: "ben", agent.Promise: "tomorrow 15:00", agent.Wait: "3d", agent.Priority: "high", agent.Tag: "printer", agent.Desk: one(w, []string{"support", "billing"}),
		agent.Merge: fmt.Sprint(1 + w.rnd.IntN(len(w.talks))), agent.Customer: t.Customer, agent.Call: "tomorrow 10:00", agent.Away: "tomorrow",
	}[name]
	switch {
	case name == agent.Cc && w.chance(60):
		who := w.person()
		w.talks[ref.Ticket].now().people[letterAddr(who)] = true
		return "#cc " + letterAddr(who)
	case w.chance(60):
		return strings.TrimSpace("#" + name + " " + arg)
	case name == agent.Note:
		return "#note " + w.confide("a note", nil)
	}
	return "#" + name + " " + w.confide("a command's words", nil)
}
