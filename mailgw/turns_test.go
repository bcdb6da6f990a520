package mailgw

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/ticket"
)

// exchange is a mail to us and, when it is answered, ours that leaves.
func (t *turns) exchange(now time.Time, s spend, text string) (why string) {
	if why = t.wrote(config.Budget{PerAddress: 1}, now, s, text); why == "" {
		t.left(&outbox.Result{Row: ticket.Outgoing{Kind: ticket.Acknowledgement}, Taken: []string{s.address}}, now)
	}
	return why
}

// Who is taken for a machine after how many mails, 0 for nobody: with a budget of 1
// ten turns show a proven one, and three an unproven one.
func TestTurns(t *testing.T) {
	const always, never = "We have received your request.", ""
	who := spend{address: "help@robots.example", authenticated: true}
	for name, c := range map[string]struct {
		mail  func(n int) (after time.Duration, s spend, text string)
		known int // the mail that shows it
	}{
		"at once, other words": {func(n int) (time.Duration, spend, string) {
			return time.Second, who, strings.Repeat(string(rune('a'+n%26)), 5)
		}, 11},
		"later, the same words":  {func(int) (time.Duration, spend, string) { return time.Hour, who, always }, 12},
		"with its case's number": {func(n int) (time.Duration, spend, string) { return time.Hour, who, always + fmt.Sprint(" ", n) }, 12},
		"without words":          {func(int) (time.Duration, spend, string) { return time.Hour, who, never }, 11},
		"unproven":               {func(int) (time.Duration, spend, string) { return time.Second, spend{address: who.address}, always }, 4},
		"an address for each case": {func(n int) (time.Duration, spend, string) {
			return time.Second, spend{address: fmt.Sprintf("help-%d+%x@robots.example", n, n), authenticated: true}, always
		}, 11},
		"a person: other words, and later": {func(n int) (time.Duration, spend, string) {
			return 10 * time.Minute, who, strings.Repeat(string(rune('a'+n%26)), 5)
		}, 0},
		"once a day the same words": {func(int) (time.Duration, spend, string) { return 24 * time.Hour, who, always }, 0},
		"one in ten that a person thought about": {func(n int) (time.Duration, spend, string) {
			return time.Second + time.Duration(n/10-(n-1)/10)*time.Hour, who, strings.Repeat(string(rune('a'+n%26)), 5)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var turns turns
			now, shown := monday, 0
			for n := 1; n <= 60 && shown == 0; n++ {
				after, s, text := c.mail(n)
				if now = now.Add(after); turns.exchange(now, s, text) != "" {
					shown = n
				}
			}
			if shown != c.known {
				t.Errorf("shown by mail %d, want %d", shown, c.known)
			}
		})
	}
}

// A burst is no conversation: its mails come before ours have left.
func TestTurnsNeedOurMails(t *testing.T) {
	var turns turns
	s := spend{address: "mia@acme.example", authenticated: true}
	turns.exchange(monday, s, "first")
	for range 100 {
		if why := turns.wrote(config.Budget{PerAddress: 1}, monday, s, "the same"); why != "" {
			t.Fatal(why)
		}
	}
}

// A machine rests for a week; a forger makes no machine of whom he names; without a
// budget nobody is one.
func TestMachineRests(t *testing.T) {
	var turns turns
	forged, true_ := spend{address: "mia@acme.example"}, spend{address: "Mia@acme.example", authenticated: true}
	for range 10 {
		turns.exchange(monday, forged, "spam")
	}
	if why := turns.isMachine(forged.address, false, monday); !strings.Contains(why, "a machine answers there") || !strings.Contains(why, "2026-07-20") {
		t.Errorf("the forger's mails: %q", why)
	}
	if why := turns.exchange(monday, true_, "It is broken."); why != "" {
		t.Errorf("the true one: %s", why)
	}
	if why := turns.wrote(config.Budget{}, monday, forged, "spam"); why != "" {
		t.Errorf("without a budget: %s", why)
	}
	for after, rests := range map[time.Duration]bool{machineRest - time.Second: true, machineRest: false} {
		if got := turns.isMachine(forged.address, false, monday.Add(after)) != ""; got != rests {
			t.Errorf("after %s it rests: %v", after, got)
		}
	}
}

// However many write, no more are remembered than there is room for; machines stay.
func TestTurnsAreBounded(t *testing.T) {
	var turns turns
	machine := spend{address: "help@robots.example"}
	for range 5 {
		turns.exchange(monday, machine, "spam")
	}
	for n := range 2 * maxTurns {
		turns.add(answerer{fmt.Sprintf("%x@x.example", n), false})
	}
	if len(turns.by) > maxTurns || turns.isMachine(machine.address, false, monday) == "" {
		t.Errorf("%d are remembered, the machine: %v", len(turns.by), turns.isMachine(machine.address, false, monday))
	}
}

// The desk is told nothing special of a machine, its ticket is there; explain says
// why nothing goes out, and the customer of such a ticket is not told a later time.
func TestMachineIsExplained(t *testing.T) {
	h := newHouse(t, `acknowledge.budget.per_address=1`)
	var last arrived
	m := mail{client: stranger, from: "Helper <help@robots.example>"}
	for n := range 6 {
		h.at(monday.Add(time.Duration(n) * 2 * time.Hour))
		m.subject = fmt.Sprintf("Request %d", n)
		last = h.want(h.deliver(m), ticket.OutcomeNew)
		h.flush()
	}
	m.id = "next@robots.example"
	if why := h.why(m); last.ack != nil || last.ticket.PromiseIs != "open" || !strings.Contains(why, "a machine answers there") {
		t.Errorf("acknowledged %v, %q", last.ack != nil, why)
	}
	h.tick(monday.Add(7 * 24 * time.Hour / 2))
	var late int
	for _, s := range to(h.sent, "help@robots.example") {
		if s.read.Header.Get("Auto-Submitted") == "auto-generated" {
			late++
		}
	}
	if late > 0 || !strings.Contains(strings.Join(h.events(3), "\n"), "not told a later time") {
		t.Errorf("%d later times; %q", late, h.events(3))
	}
}
