package outbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/ticket"
)

// relayFaults are what a hop may do at each step. Those with 5 for a reply are
// about a mail from MAIL on, and about the hop before.
var relayFaults = map[string][]string{
	"greeting": {"hang", "close", "endless", "long", "garbage", "421 4.3.2 closing", "450 4.0.0 later", "554 5.7.1 go away"},
	"EHLO":     {"hang", "close", "endless", "long", "garbage", "421 4.3.2 closing", "450 4.0.0 later", "554 5.7.1 go away"},
	"STARTTLS": {"hang", "close", "endless", "long", "garbage", "early", "421 4.3.2 closing", "454 4.7.0 later", "554 5.7.1 go away"},
	"AUTH":     {"hang", "close", "endless", "long", "garbage", "421 4.3.2 closing", "454 4.7.0 later", "535 5.7.8 wrong"},
	"MAIL":     {"hang", "close", "endless", "long", "garbage", "421 4.3.2 closing", "451 4.3.0 later", "550 5.7.1 no", "530 5.7.0 log in"},
	"RCPT":     {"hang", "close", "endless", "long", "garbage", "421 4.3.2 closing", "450 4.2.0 greylisted", "550 5.1.1 no"},
	"DATA":     {"hang", "close", "endless", "long", "garbage", "deaf", "421 4.3.2 closing", "451 4.3.0 later", "554 5.5.1 no"},
	"dot":      {"hang", "close", "take", "endless", "long", "garbage", "421 4.3.2 closing", "451 4.3.0 later", "554 5.6.0 spam"},
	"RSET":     {"hang", "close", "endless", "long", "garbage", "421 4.3.2 closing", "451 4.3.0 later", "554 5.5.1 no"},
	"QUIT":     {"hang", "close", "endless", "long", "garbage", "421 4.3.2 closing", "554 5.5.1 no"},
}

// faultTimes is how often a fault is played.
const faultTimes = 7

// TestRelayFaults plays each fault at each step, some times, and then the hop is
// well again: no mail is lost, only one that was taken without a reply comes twice,
// and no goroutine is left (the bubble waits for all).
func TestRelayFaults(t *testing.T) {
	ca, file := caFile(t), writeFile(t, "password", "secret")
	for step, list := range relayFaults {
		for _, fault := range list {
			t.Run(step+" "+fault, func(t *testing.T) {
				in(t, func(t *testing.T) {
					left := faultTimes
					h := &scripted{tls: serverTLS()}
					h.script = func(at, line string) string {
						h.mu.Lock()
						defer h.mu.Unlock()
						if at == step && left > 0 {
							left--
							return fault
						}
						if step == "RSET" && at == "RCPT" && left > 0 {
							return "450 4.2.0 later"
						}
						return ""
					}
					var rows []ticket.Outgoing
					for i := range 30 {
						rows = append(rows, row(ticket.ID(i+1), fmt.Sprintf("a%d@d%d.example", i, i%3)))
					}
					w := newWorld(rows...)
					o := w.options()
					o.Relay = h.relay(t, func(s *SMTPOptions) {
						s.TLS, s.CAFile, s.Username, s.PasswordFile = "required", ca, "mailgw", file
					})
					b := w.run(o, 48*time.Hour)
					equal(t, "pending", b.Pending(), 0)
					h.mu.Lock()
					defer h.mu.Unlock()
					checkFaults(t, h, w, fault, left)
				})
			})
		}
	}
}

func checkFaults(t *testing.T, h *scripted, w *world, fault string, left int) {
	t.Helper()
	if left == faultTimes {
		t.Error("the fault was never played")
	}
	got := map[string]int{}
	for _, m := range h.got {
		got[m.to[0]]++
	}
	refused := 0
	for _, r := range w.results {
		for _, f := range r.Failures {
			refused++
			if !f.Permanent || got[f.To] > 0 {
				t.Errorf("given up: %+v, taken %d times", f, got[f.To])
			}
			got[f.To]++
		}
	}
	aboutMail := strings.HasPrefix(fault, "55") && (strings.HasSuffix(t.Name(), "no") || strings.HasSuffix(t.Name(), "spam")) && !strings.Contains(t.Name(), "RSET") && !strings.Contains(t.Name(), "QUIT")
	if aboutMail != (refused > 0) {
		t.Errorf("%d mails are given up", refused)
	}
	doubled := 0
	for _, n := range got {
		doubled += n - 1
	}
	if len(got) != 30 || len(w.rows) != 0 {
		t.Errorf("%d of 30 mails arrived or are given up, %d rows stay", len(got), len(w.rows))
	}
	if most := map[bool]int{true: faultTimes}[fault == "take"]; doubled > most || fault == "take" && doubled == 0 {
		t.Errorf("%d came twice, at most %d", doubled, most)
	}
}

// A hop that is never reached takes nothing, and the rows wait.
func TestNobodyListens(t *testing.T) {
	in(t, func(t *testing.T) {
		h := &scripted{refused: true}
		w := newWorld(rowsTo(1, 50, "a@x.example")...)
		o := w.options()
		o.Relay = h.relay(t, nil)
		w.run(o, 24*time.Hour)
		replies := map[string]int{}
		for _, r := range w.rows {
			replies[r.LastReply]++
		}
		if len(w.rows) != 50 || !slices.Contains([]int{50}, replies["hop.example:587: connection refused"]) {
			t.Errorf("%d rows, replies %v", len(w.rows), replies)
		}
		// One every five minutes, give or take a fifth.
		if h.dialled < 280 || h.dialled > 310 {
			t.Errorf("dialled %d times in a day", h.dialled)
		}
	})
}
