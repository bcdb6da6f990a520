package mailgw

import (
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// bought gives Globex, whose own level is standard, agreements.
func bought(agreements string) string { return `customer."Globex Ltd".agreement=[` + agreements + `]` }

const (
	goldSpectra = `{name="Gold 2026", level="premium", products=["Spectra 3000"], until="2026-12-31"}`
	globexMan   = "Gil Gruber <gil@globex.example>"
)

// TestAgreementCounts: the level, the time and what the agent sees; and the ways in
// which it only seems to apply.
func TestAgreementCounts(t *testing.T) {
	standard, premium := 8*time.Hour, 2*time.Hour
	for _, tc := range []struct {
		name       string
		agreements string
		m          mail
		want       time.Duration // of the level's target, in working time from Monday at ten
		why        string        // in what the agent reads; "": nothing is said
	}{
		{"the product is named", goldSpectra, mail{body: "our spectra 3000 is down"}, premium, `premium by the agreement Gold 2026 (until 31 Dec 2026): the mail names the product "Spectra 3000"`},
		{"in the subject alone", goldSpectra, mail{subject: "SPECTRA-3000"}, premium, "the mail names the product"},
		{"it is not named", goldSpectra, mail{}, standard, `standard, the customer's own level: no agreement applies; not Gold 2026: the mail does not name "Spectra 3000"`},
		{"only a quote names it", goldSpectra, mail{body: "Another matter.\r\n\r\nAm 13.07.2026 um 10:00 schrieb Support:\r\n> our Spectra 3000 is down\r\n> two"}, standard, "no agreement applies"},
		{"who only says to be of the customer has it at once", goldSpectra, mail{from: "Gil <gil@free.example>", client: stranger, body: "Our Spectra 3000 is down.\r\n\r\n-- \r\nGil Gruber\r\nGlobex Ltd"}, premium, "Gold 2026"},
		{"nobody of theirs", goldSpectra, mail{from: "Gil <gil@free.example>", body: "our Spectra 3000 is down"}, standard, ""},
		{"for another desk", `{level="premium", desks=["billing"]}`, mail{}, standard, "not premium: for desk billing"},
		{"for this desk", `{level="premium", desks=["billing"]}`, mail{rcpt: []string{"billing@example.com"}}, premium, "it is for this desk"},
		{"for another person", `{level="premium", people=["boss@globex.example"]}`, mail{}, standard, "for other people"},
		{"for this person", `{level="premium", people=["Gil@Globex.example"]}`, mail{}, premium, "the sender is one of its people"},
		{"it ended yesterday", `{name="Gold", level="premium", until="2026-07-12"}`, mail{}, standard, "not Gold: ended on 12 Jul 2026"},
		{"it ends today", `{name="Gold", level="premium", until="2026-07-13"}`, mail{}, premium, "Gold ends today"},
		{"it begins tomorrow", `{name="Gold", level="premium", from="2026-07-14"}`, mail{}, standard, "begins on 14 Jul 2026"},
		{"no agreement at all", "", mail{}, standard, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := newHouse(t, bought(tc.agreements))
			if tc.m.from == "" {
				tc.m.from = globexMan
			}
			v := h.explain(h.arrival(tc.m))
			if v.Target == nil || *v.Target != tc.want.String() {
				t.Errorf("explain: target %v, want %s", *v.Target, tc.want)
			}
			a := h.deliver(tc.m)
			want := map[time.Duration]string{standard: "standard", premium: "premium"}[tc.want]
			if a.ticket.Level != want || *v.Level != want {
				t.Errorf("level %q, explained %q, want %q", a.ticket.Level, *v.Level, want)
			}
			notice := h.noticeTo("anna@example.com").read.Text
			if said := strings.Contains(notice, "\nLevel: "); said != (tc.why != "") || !strings.Contains(notice, tc.why) {
				t.Errorf("the agent reads:\n%s\nwant %q", notice, tc.why)
			}
			if a.ack != nil {
				if _, text := ackText(t, h, a); strings.Contains(text, "greement") || strings.Contains(text, "Gold") {
					t.Errorf("the customer reads of agreements:\n%s", text)
				}
			}
			if shown := h.settings.Load().viewTicket(&a.ticket); tc.why != "" && (shown.LevelWhy == nil || *shown.LevelWhy != a.ticket.LevelWhy || a.ticket.LevelWhy == "") {
				t.Errorf("ticket show says %v", shown.LevelWhy)
			}
		})
	}
}

// ackText is the acknowledgement that a mail got.
func ackText(t *testing.T, h *house, a arrived) (subject, text string) {
	t.Helper()
	v, err := h.settings.Load().Words.Render(a.ack.Template, a.ack.Language, a.ack.Facts)
	if err != nil {
		t.Fatal(err)
	}
	return v.Subject, v.Text
}

// TestZoneOfTheDeskEndsAnAgreement: it is still the last day in London when it is over in Zurich.
func TestZoneOfTheDeskEndsAnAgreement(t *testing.T) {
	for at, want := range map[string]string{"2026-07-12 23:59": "premium", "2026-07-13 00:00": "standard"} {
		h := newHouse(t, bought(`{level="premium", until="2026-07-12"}`))
		h.at(zurichTime(t, at))
		if a := h.deliver(mail{from: globexMan}); a.ticket.Level != want {
			t.Errorf("at %s: level %q, want %q", at, a.ticket.Level, want)
		}
	}
}

// TestLaterWordsRaiseTheLevel: at once, with an event, an earlier time that the customer
// hears, clocks of the house that end earlier; once; and it never falls again.
func TestLaterWordsRaiseTheLevel(t *testing.T) {
	h := newHouse(t, bought(goldSpectra), `level.standard.resolution="40h"`, `level.premium.resolution="16h"`)
	first := h.deliver(mail{from: globexMan})
	before := h.targetsOf(1, promise.Resolution)[0]
	if first.ticket.Level != "standard" {
		t.Fatalf("level %q", first.ticket.Level)
	}
	token := []string{letterAddr(first.ack.ReplyTo)}
	quoted := h.want(h.deliver(mail{from: globexMan, rcpt: token, body: "Any news?\r\n\r\nAm 13.07.2026 um 10:00 schrieb Support:\r\n> the Spectra 3000\r\n> two"}), ticket.OutcomeAppended)
	if quoted.ticket.Level != "standard" || quoted.ack != nil {
		t.Fatalf("a quote raised it: %+v", quoted.ticket)
	}
	raised := h.want(h.deliver(mail{from: globexMan, rcpt: token, body: "It is the Spectra 3000."}), ticket.OutcomeAppended)
	if raised.ticket.Level != "premium" || !raised.ticket.PromiseDue.Before(first.ticket.PromiseDue) || raised.ack == nil || !raised.ticket.Told {
		t.Fatalf("acknowledged %v, due %s, before %s, ticket %+v", raised.ack != nil, raised.ticket.PromiseDue, first.ticket.PromiseDue, raised.ticket)
	}
	trail := strings.Join(h.events(1), "; ")
	if !strings.Contains(trail, "mailgw: level standard to premium") || strings.Count(trail, "level standard") != 1 {
		t.Errorf("trail: %s", trail)
	}
	if after := h.targetsOf(1, promise.Resolution); len(after) != 1 || !after[0].DueAt.Before(before.DueAt) {
		t.Errorf("the clock of the house: %s, before %s", after[0].DueAt, before.DueAt)
	}
	if n := to(h.flush(), "anna@example.com"); !strings.Contains(n[len(n)-1].read.Text, "Level: premium by the agreement Gold 2026") {
		t.Errorf("the agent reads:\n%s", n[len(n)-1].read.Text)
	}
	again := h.deliver(mail{from: globexMan, rcpt: token, body: "The Spectra 3000!"})
	h.at(zurichTime(t, "2027-01-04 10:00")) // it is over
	later := h.deliver(mail{from: globexMan, rcpt: token, body: "Another thing."})
	if again.ack != nil || again.ticket.Level != "premium" || later.ticket.Level != "premium" {
		t.Errorf("acknowledged again %v, levels %s, %s", again.ack != nil, again.ticket.Level, later.ticket.Level)
	}
}

// TestRaisedTargetThatNobodyWasTold: the clock that runs ends earlier, also when the
// customer still cannot be told.
func TestRaisedTargetThatNobodyWasTold(t *testing.T) {
	h := newHouse(t, bought(goldSpectra))
	list := []string{"List-Id: <users.example>"}
	first := h.deliver(mail{from: globexMan, head: list})
	if first.ticket.Told || first.ticket.PromiseDue.IsZero() {
		t.Fatalf("%+v", first.ticket)
	}
	reply := append(list, "In-Reply-To: <"+first.MessageID+">")
	next := h.want(h.deliver(mail{from: globexMan, head: reply, body: "The Spectra 3000 it is."}), ticket.OutcomeAppended)
	if next.ticket.Level != "premium" || next.ack != nil || next.ticket.Told || next.ticket.PromiseID != first.ticket.PromiseID || !next.ticket.PromiseDue.Before(first.ticket.PromiseDue) {
		t.Errorf("due %s, before %s, ticket %+v", next.ticket.PromiseDue, first.ticket.PromiseDue, next.ticket)
	}
}

// TestRaiseIsForPeople: what a program or an agent writes about the product raises nothing.
func TestRaiseIsForPeople(t *testing.T) {
	h := newHouse(t, bought(goldSpectra))
	first := h.deliver(mail{from: globexMan})
	token := []string{letterAddr(first.ack.ReplyTo)}
	auto := h.deliver(mail{from: globexMan, rcpt: token, head: []string{"Auto-Submitted: auto-replied"}, body: "I am away. My Spectra 3000 hums."})
	n := h.noticeTo("anna@example.com")
	agent := h.deliver(n.reply(anna, "Is it the Spectra 3000?"))
	if auto.ticket.Level != "standard" || agent.ticket.Level != "standard" {
		t.Errorf("levels %s, %s", auto.ticket.Level, agent.ticket.Level)
	}
}
