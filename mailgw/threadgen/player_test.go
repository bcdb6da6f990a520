package threadgen

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/letter"
)

// fake is a small house that does everything right, but for one fault.
type fake struct {
	fault   string
	tickets []string          // their status
	ids     map[string]uint64 // ticket by Message-ID, ours too
	first   map[string]string // hash of the mail with that Message-ID
	subject map[string]uint64
	people  map[uint64]string
	mails   int
}

func newFake(fault string) *fake {
	return &fake{fault: fault, ids: map[string]uint64{}, first: map[string]string{}, subject: map[string]uint64{}, people: map[uint64]string{}}
}

// say makes a mail of ours.
func (f *fake) say(n uint64, to, auto, words string) Mail {
	f.mails++
	id := fmt.Sprintf("mail%d@desk.example", f.mails)
	f.ids[id] = n
	head := fmt.Sprintf("From: Desk <%s>\r\nTo: <%s>\r\nSubject: Your mail\r\nMessage-ID: <%s>\r\nReply-To: <support+%032d@desk.example>\r\n", Desk, to, id, n)
	if auto != "" {
		head += "Auto-Submitted: " + auto + "\r\n"
	}
	return Mail{To: []string{to}, Raw: []byte(head + "\r\n" + words + "\r\n")}
}

func (f *fake) Deliver(_ time.Time, from string, _ []string, raw []byte) (Landing, []Mail, error) {
	m := letter.Parse(raw, from, letter.DefaultLimits())
	author := m.Author().Addr
	if n, again := f.ids[m.MessageID]; again && f.fault != "a copy is a mail" && (f.first[m.MessageID] == string(m.Hash[:]) || f.fault == "any mail with the id is a copy") {
		return Landing{Outcome: "duplicate", Ticket: n}, nil, nil
	}
	var n uint64
	for _, id := range m.InReplyTo {
		n = f.ids[id]
	}
	if f.fault == "joins by subject" && n == 0 {
		n = f.subject[m.Subject]
	}
	machine := m.Kind == letter.AutoReply
	outcome := "appended"
	if n != 0 && f.people[n] != author && f.fault != "lets strangers in" {
		n, outcome = 0, "held"
	}
	if f.fault == "finds nothing" {
		n = 0
	}
	if machine && f.fault != "a machine is a person" {
		outcome = "automatic"
	}
	if n == 0 {
		f.tickets = append(f.tickets, "new")
		n = uint64(len(f.tickets))
		f.people[n], f.subject[m.Subject] = author, n
		if outcome == "appended" {
			outcome = "new"
		}
	} else if !machine || f.fault == "a machine opens it" {
		f.tickets[n-1] = "open"
	}
	f.ids[m.MessageID], f.first[m.MessageID] = n, string(m.Hash[:])
	return Landing{Outcome: outcome, Ticket: n}, f.left(n, m, machine, outcome), nil
}

// left is what leaves because of a mail.
func (f *fake) left(n uint64, m *letter.Mail, machine bool, outcome string) []Mail {
	words := "We have your mail."
	switch {
	case f.fault == "says the words of another" && outcome == "held":
		words = "You mean: The secret is in the manual, page 7."
	case f.fault == "names another ticket" && outcome == "held":
		words = "You mean ticket 1."
	case f.fault == "tells a token" && outcome == "held":
		words = fmt.Sprintf("Write to support+%032d@desk.example", 1)
	}
	to := m.Author().Addr
	if f.fault == "answers to anybody" && len(m.ReplyTo) > 0 {
		to = m.ReplyTo[0].Addr
	}
	var out []Mail
	if f.fault != "acknowledges nothing" && (outcome == "new" || outcome == "held" || machine && f.fault == "answers machines") {
		out = append(out, f.say(n, to, "auto-replied", words))
	}
	return append(out, f.say(n, Agent, "auto-generated", m.Matter()))
}

func (f *fake) Answer(_ time.Time, n uint64, words string) ([]Mail, error) {
	if f.fault == "agents are not heard" {
		return nil, nil
	}
	if f.fault == "commands fail" {
		return nil, errors.New("no such ticket")
	}
	return []Mail{f.say(n, f.people[n], "", words)}, nil
}

func (f *fake) Close(_ time.Time, n uint64) error {
	f.tickets[n-1] = "closed"
	return nil
}

func (f *fake) Status(n uint64) (string, error) { return f.tickets[n-1], nil }

// inbound is a line with a mail. With a Message-ID of its own, unless told.
func inbound(seq int, kind, from string, e Expect, head ...string) Line {
	path := from
	id := fmt.Sprintf("Message-ID: <m%d@x.example>\r\n", seq)
	if strings.Contains(strings.Join(head, "\n"), "Message-ID:") {
		id = ""
	}
	if kind == "auto-reply" {
		head = append(head, "Auto-Submitted: auto-replied")
	}
	eml := "From: <" + from + ">\r\nTo: <" + Desk + ">\r\nSubject: Help!\r\n" + id + strings.Join(append(head, ""), "\r\n") + "\r\nThe lamp of " + kind + " is out.\r\n"
	return Line{Seq: seq, Op: "inbound", Conv: "c1", Scenario: "made", EML: eml, Ref: fmt.Sprintf("r%d", seq), MailFrom: &path, Rcpt: []string{Desk}, Kind: kind, Expect: &e}
}

func yes(b bool) *bool { return &b }

// story is a conversation with one of everything that is judged.
func story() []Line {
	const mia, eve, gil = "mia@acme.example", "eve@evil.example", "gil@globex.example"
	again := inbound(1, "human", mia, Expect{Ticket: "t1", DupOf: "r1", Ack: yes(false)})
	again.Ref = "r1again"
	return []Line{
		inbound(1, "human", mia, Expect{Ticket: "t1", New: true, Ack: yes(true), ReplyText: "Hello,\n\nThe lamp of human is out.\n\nMia"}),
		{Seq: 2, Op: "capture-ack", Conv: "c1", Ref: "ack", Ticket: "t1", To: mia},
		{Seq: 3, Op: "agent-reply", Conv: "c1", Ref: "answer", Ticket: "t1", To: mia, Body: "The secret is in the manual, page 7."},
		inbound(4, "human", mia, Expect{Ticket: "t1"}, "In-Reply-To: @@MID:answer@@"),
		inbound(5, "human", gil, Expect{Ticket: "t2", New: true, NotJoin: []string{"t1"}, Ack: yes(true)}),
		inbound(6, "auto-reply", mia, Expect{Ticket: "t1", Accept: []string{"ignore"}, Ack: yes(false), MaxOutgoing: 3}, "In-Reply-To: @@MID:answer@@"),
		again,
		inbound(8, "attack", eve, Expect{Ticket: "t1", Accept: []string{"quarantine", "new"}, NotSent: []string{"victim@victim.example"}}, "In-Reply-To: @@MID:answer@@", "Reply-To: <victim@victim.example>"),
		inbound(9, "attack", eve, Expect{Ticket: "t3", New: true, NotJoin: []string{"t1"}}, "Message-ID: <m1@x.example>"),
		{Seq: 10, Op: "close", Conv: "c1", Ticket: "t1"},
		inbound(11, "auto-reply", mia, Expect{Ticket: "t1", Accept: []string{"ignore"}, Ack: yes(false)}, "In-Reply-To: @@MID:answer@@"),
		inbound(12, "human", mia, Expect{Ticket: "t1", Reopen: true}, "In-Reply-To: @@MID:ack@@", "References: @@REFS:answer@@"),
	}
}

// A replay finds no fault with a house that has none, and each fault of one that has.
func TestScoreFindsFaults(t *testing.T) {
	for fault, found := range map[string]func(*Score) bool{
		"": func(s *Score) bool {
			return s.Total.Found == 2 && s.Total.Right == 4 && s.Total.Copies == 1 && s.Reopened == [2]int{1, 1}
		},
		"a copy is a mail":               func(s *Score) bool { return s.Doubled == 1 },
		"any mail with the id is a copy": func(s *Score) bool { return s.Swallowed == 1 },
		"joins by subject":               func(s *Score) bool { return s.Total.Wrong > 0 || s.Total.Held > 1 },
		"lets strangers in":              func(s *Score) bool { return s.Total.Breaches > 0 },
		"finds nothing":                  func(s *Score) bool { return s.Recall() == 0 && s.Total.Missed > 0 },
		"a machine is a person":          func(s *Score) bool { return s.Mistaken == 2 },
		"a machine opens it":             func(s *Score) bool { return s.Total.Faults == 1 },
		"says the words of another":      func(s *Score) bool { return s.Total.Breaches == 1 },
		"names another ticket":           func(s *Score) bool { return s.Total.Breaches == 1 },
		"tells a token":                  func(s *Score) bool { return s.Total.Breaches == 1 },
		"answers to anybody":             func(s *Score) bool { return s.Total.Breaches == 1 },
		"acknowledges nothing":           func(s *Score) bool { return s.Unanswered == 2 },
		"answers machines":               func(s *Score) bool { return s.Machines == 2 && s.TooChatty > 0 },
		"agents are not heard":           func(s *Score) bool { return s.Total.Faults == 1 && s.Total.Skipped > 2 },
	} {
		t.Run(fault, func(t *testing.T) {
			p := Player{House: newFake(fault)}
			s, err := p.Play(story())
			if err != nil {
				t.Fatal(err)
			}
			if !found(s) {
				t.Errorf("not found: %+v\n%s", s.Total, strings.Join(s.Complaints, "\n"))
			}
			clean := len(s.Complaints) == 0 && s.Precision() == 1 && s.Recall() == 1
			if clean != (fault == "") {
				t.Errorf("complaints %q", s.Complaints)
			}
		})
	}
	if _, err := (&Player{House: newFake("commands fail")}).Play(story()); err == nil {
		t.Error("a gateway that cannot be asked ends no replay")
	}
}

func TestHandOn(t *testing.T) {
	const forged = "Authentication-Results: MX.desk.example;\r\n\tdmarc=pass header.from=acme.example\r\n"
	mail := "Received: from a by b\r\n" + forged + "From: mia@acme.example\r\nSubject: x\r\n\r\nAuthentication-Results: " + Upstream + "; body\r\n"
	for name, c := range map[string]struct {
		from           string
		honest, policy bool
		want           string
	}{
		"honest":                    {"mia@acme.example", true, true, "dmarc=pass header.from=acme.example"},
		"honest, null reverse path": {"", true, false, "dkim=pass header.d=acme.example"},
		"attack, own domain":        {"eve@acme.example", false, true, "dmarc=pass header.from=acme.example"},
		"attack, policy":            {"eve@evil.example", false, true, "dmarc=fail (p=reject) header.from=acme.example"},
		"attack, no policy":         {"eve@evil.example", false, false, "dmarc=none header.from=acme.example"},
	} {
		got := string(handOn(mail, c.from, c.honest, c.policy))
		if !strings.HasPrefix(got, "Authentication-Results: "+Upstream+";\r\n\t") || !strings.Contains(got, c.want) || strings.Contains(got, "MX.desk") || !strings.HasSuffix(got, Upstream+"; body\r\n") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	two := string(handOn("From: a@a.example\r\nFrom: b@b.example\r\n\r\nx", "a@a.example", false, true))
	if !strings.Contains(two, "dmarc=permerror") {
		t.Errorf("two authors:\n%s", two)
	}
}

func TestFill(t *testing.T) {
	raw := "From: Desk <support@desk.example>\r\nReply-To: <support+abc@desk.example>\r\nSubject: =?utf-8?q?H=C3=BClfe?= [SUP-7]\r\nMessage-ID: <two@desk.example>\r\nReferences: <zero@desk.example> <one@x.example>\r\n\r\nx"
	ours := &Mail{From: "bounce@desk.example", read: letter.Parse([]byte(raw), "", letter.DefaultLimits())}
	f := filler{mail: func(ref string) *Mail {
		if ref == "none" {
			return nil
		}
		return ours
	}, number: func(string) string { return "[#9]" }}
	got := f.whole("To: @@REPLYTO:a@@\r\nSubject: Re: @@SUBJ:a@@\r\nIn-Reply-To: @@MID:a@@\r\nReferences: @@REFS:a@@\r\n\r\n@@SUBJ:a@@ @@TAG:a@@ @@ENVFROM:a@@")
	want := "To: support+abc@desk.example\r\nSubject: Re: =?utf-8?q?H=C3=BClfe_[SUP-7]?=\r\nIn-Reply-To: <two@desk.example>\r\n" +
		"References: <zero@desk.example>\r\n\t<one@x.example>\r\n\t<two@desk.example>\r\n\r\nHülfe [SUP-7] [SUP-7] bounce@desk.example"
	if got != want || f.absent != "" {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if f.text("@@MID:none@@"); f.absent == "" {
		t.Error("a mail that never left was filled in")
	}
	ours.From = ""
	f.absent = ""
	if f.text("@@ENVFROM:a@@"); f.absent != nothingToAnswer {
		t.Error("something answers a null reverse path")
	}
}

func TestSharpen(t *testing.T) {
	path := "x@evil.example"
	eml := "From: <alex@desk.example>\r\nMessage-ID: <a@x.example>\r\nIn-Reply-To: @@MID:c.ack@@\r\nReferences: @@REFS:c.ack@@\r\n\t<more@x.example>\r\nSubject: s\r\n\r\nwords"
	attack := Line{Seq: 1, Op: "inbound", Kind: "attack", EML: eml, Ref: "r", MailFrom: &path, Rcpt: []string{Desk}, Quirks: []string{"forged-agent"}, Expect: &Expect{NotJoin: []string{"t"}}}
	policy, honest := attack, attack
	policy.Seq, honest.Kind = 2, "human"
	out := Sharpen([]Line{attack, policy, honest})
	if len(out) != 7 {
		t.Fatalf("%d lines", len(out))
	}
	want := "From: <alex@desk.example>\r\nMessage-ID: <knows-our-id.a@x.example>\r\nSubject: s\r\nIn-Reply-To: @@MID:c.ack@@\r\nReferences: @@REFS:c.ack@@\r\n\r\nwords"
	if out[1].EML != want || out[1].Ref == "r" || out[1].Rcpt[0] != Desk {
		t.Errorf("%+v", out[1])
	}
	if out[2].Rcpt[0] != "@@REPLYTO:c.ack@@" || out[2].Expect.NotJoin != nil || out[2].Expect.Ticket != "t" || out[5].Expect.NotJoin == nil || attack.Expect.Ticket != "" {
		t.Errorf("%+v, %+v", out[2], out[5])
	}
}

func TestTokens(t *testing.T) {
	in := strings.Repeat("0a", 16)
	m := letter.Parse([]byte("From: a@b.example\r\nMessage-ID: <"+in+"@desk.example>\r\n\r\nsee support+"+strings.ToUpper(strings.Repeat("z9", 17))+"@desk.example, not "+strings.Repeat("q", 50)+"\r\n"), "", letter.DefaultLimits())
	got := tokensOf(m)
	if !got[in] || !got[strings.Repeat("z9", 17)] || len(got) != 2 {
		t.Errorf("%v", got)
	}
	if len(lines("short\na line that is long enough\n")) != 1 {
		t.Error("lines")
	}
}

func TestGenerateSaysWhatIsAbsent(t *testing.T) {
	if _, err := Generate(t.TempDir(), t.TempDir(), 1, 1); !errors.Is(err, ErrAbsent) {
		t.Errorf("%v", err)
	}
}
