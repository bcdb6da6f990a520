//go:build linux

package main_test

import (
	"fmt"
	"mime"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw"
)

// TestWeekend lets the program live from Friday 16:00 to Monday 10:35 in less than
// seven minutes (MAILGW_WEEKEND=1), kills it twice in between, and holds each mail
// that it sent against the list of all that must be: each at its time, none twice,
// none else.
func TestWeekend(t *testing.T) {
	if os.Getenv("MAILGW_WEEKEND") != "1" {
		t.Skip("takes seven minutes: MAILGW_WEEKEND=1 runs it, as CI does")
	}
	w := newWeekend(t)
	w.mail("16:03", "one", "maria@acme.example", "Export") // premium: two hours of work, until Monday 09:30. Nobody takes it.
	w.mail("16:08", "two", "gus@globex.example", "Invoice")
	w.at("16:13")
	w.mustCommand("ticket", "set", "2", "--assignee", "anna@example.com") // standard: three hours, until Monday 10:30
	w.mail("16:20", "three", "ivy@initech.example", "Question")
	w.at("16:40")
	w.mustCommand("ticket", "reply", "3", "--as", "anna", "--text", "Yes, it can do that: see page 4.")
	w.mail("16:50", "four", "kim@globex.example", "From a list", "List-Id: <users.globex.example>") // nobody is told a time
	w.mail("Sat 22:02", "five", "nina@acme.example", "Production down")                             // two hours, around the clock
	w.at("Sat 22:10")
	w.killFor(10 * time.Minute)
	w.at("Sun 00:20")
	w.mustCommand("ticket", "reply", "5", "--as", "ben", "--text", "Hold the blue button for ten seconds.")
	w.at("Mon 09:01")
	w.killFor(8 * time.Minute)
	w.at("Mon 10:35")
	w.awaitOutbox()
	w.stop()
	w.check([]weekendMail{
		{"acknowledgement", "maria@acme.example", 0, "16:03"},
		{"notice", "anna@example.com", 1, "16:03"}, {"notice", "ben@example.com", 1, "16:03"},
		{"acknowledgement", "gus@globex.example", 0, "16:08"},
		{"notice", "anna@example.com", 2, "16:08"}, {"notice", "ben@example.com", 2, "16:08"},
		{"notice", "anna@example.com", 2, "16:13"}, // it is hers now
		{"acknowledgement", "ivy@initech.example", 0, "16:20"},
		{"notice", "anna@example.com", 3, "16:20"}, {"notice", "ben@example.com", 3, "16:20"},
		{"answer", "ivy@initech.example", 0, "16:40"},
		{"notice", "anna@example.com", 4, "16:50"}, {"notice", "ben@example.com", 4, "16:50"},
		{"last hour", "anna@example.com", 0, "17:15"}, {"last hour", "ben@example.com", 0, "17:15"},
		{"acknowledgement", "nina@acme.example", 0, "Sat 22:02"}, {"page", "oncall@example.com", 5, "Sat 22:02"},
		{"notice", "anna@example.com", 5, "Sat 22:02"}, {"notice", "ben@example.com", 5, "Sat 22:02"},
		{"due", "oncall@example.com", 5, "Sat 23:48"}, // a tenth of the time is left
		{"later time", "nina@acme.example", 0, "Sat 23:56"}, {"late", "oncall@example.com", 5, "Sat 23:56"},
		{"answer", "nina@acme.example", 0, "Sun 00:20"},  // by 02:00, as was told then
		{"reminder", "anna@example.com", 2, "Mon 09:04"}, // half of the three hours; it fell into the second downtime
		{"due", "anna@example.com", 1, "Mon 09:18"}, {"due", "ben@example.com", 1, "Mon 09:18"},
		{"later time", "maria@acme.example", 0, "Mon 09:26"}, {"late", "anna@example.com", 1, "Mon 09:26"}, {"late", "ben@example.com", 1, "Mon 09:26"},
		{"reminder", "anna@example.com", 2, "Mon 09:55"},
		{"due", "anna@example.com", 2, "Mon 10:12"}, {"due", "ben@example.com", 2, "Mon 10:12"},
		{"due", "anna@example.com", 1, "Mon 10:23"}, {"due", "ben@example.com", 1, "Mon 10:23"},
		{"later time", "gus@globex.example", 0, "Mon 10:24"}, {"late", "anna@example.com", 2, "Mon 10:24"}, {"late", "ben@example.com", 2, "Mon 10:24"},
		{"later time", "maria@acme.example", 0, "Mon 10:27"}, {"late", "anna@example.com", 1, "Mon 10:27"}, {"late", "ben@example.com", 1, "Mon 10:27"},
	})
	w.checkLedger()
}

// weekend is a daemon on a fast clock, of which the test knows what it shows.
type weekend struct {
	*office
	t     *testing.T
	spans []weekendSpan
}

// weekendSpan is a time in which the program ran: from a real instant and what the
// clock showed then, until it was killed; zero while it runs.
type weekendSpan struct{ real, clock, end time.Time }

const (
	weekendRate = 600
	// slack is how late a mail may be, and early how far the program's clock may be
	// behind what the test takes it for: a second of real time is ten minutes here.
	slack = 6 * time.Minute
	early = 2 * time.Minute
)

// weekendMail is a mail that must be there.
type weekendMail struct {
	kind, to string
	ticket   uint64 // 0: to a customer, or of no single one
	at       string
}

func newWeekend(t *testing.T) *weekend {
	w := &weekend{t: t}
	w.office = &office{newDaemon(t, `level.standard.first_answer="3h"`, `level.premium.urgent_answer="2h"`), t}
	w.begin(w.time("16:00"))
	return w
}

// time reads "16:10", of the Friday, or "Mon 09:05".
func (w *weekend) time(s string) time.Time {
	w.t.Helper()
	day := 20
	if d, clock, ok := strings.Cut(s, " "); ok {
		day, s = map[string]int{"Fri": 20, "Sat": 21, "Sun": 22, "Mon": 23}[d], clock
	}
	at, err := time.Parse(time.RFC3339, fmt.Sprintf("2026-11-%02dT%s:00+01:00", day, s))
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}

// begin starts the program with its clock at an instant.
func (w *weekend) begin(clock time.Time) {
	w.t.Helper()
	w.clock = clock.Format(time.RFC3339) + fmt.Sprintf(" x%d", weekendRate)
	w.spans = append(w.spans, weekendSpan{real: time.Now(), clock: clock})
	w.start()
}

// now is what the clock shows.
func (w *weekend) now() time.Time { return w.clockAt(time.Now()) }

// clockAt is what the clock showed at a real instant.
func (w *weekend) clockAt(real time.Time) time.Time {
	s := w.spans[0]
	for _, next := range w.spans[1:] {
		if !next.real.After(real) {
			s = next
		}
	}
	return s.clock.Add(real.Sub(s.real) * weekendRate)
}

// at waits until the clock shows a time.
func (w *weekend) at(s string) {
	w.t.Helper()
	until := w.time(s)
	<-time.After(until.Sub(w.now()) / weekendRate)
}

func (w *weekend) mail(at, id, from, subject string, headers ...string) {
	w.t.Helper()
	w.at(at)
	m := draft{id: id + "@client.example.net", from: from, subject: subject, date: w.now().Format(time.RFC1123Z), headers: headers}
	c, err := dial(w.smtp)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.close()
	if r, err := c.send(m.from, []string{"support@example.com"}, m.bytes()); err != nil || r.id() == "" {
		w.t.Fatalf("mail %s: %s, %v", id, r, err)
	}
}

// killFor kills the program, which is started again when so much time has passed
// by its clock.
func (w *weekend) killFor(down time.Duration) {
	w.t.Helper()
	w.kill()
	killed := w.now()
	w.spans[len(w.spans)-1].end = killed
	<-time.After(down / weekendRate)
	w.begin(killed.Add(time.Duration(float64(time.Since(w.realOf(killed))) * weekendRate)))
}

// realOf is the real instant at which the last span's clock showed a time.
func (w *weekend) realOf(clock time.Time) time.Time {
	s := w.spans[len(w.spans)-1]
	return s.real.Add(clock.Sub(s.clock) / weekendRate)
}

var ticketLine = regexp.MustCompile(`(?m)^Ticket (\d+)\b|#(\d+)\b`)

// kindOf says what a mail is.
func kindOf(m *sentMail) string {
	subject, err := new(mime.WordDecoder).DecodeHeader(m.get("Subject"))
	if err != nil {
		return err.Error()
	}
	toHouse := strings.HasSuffix(m.envelopeTo, "@example.com>")
	switch {
	case toHouse && strings.HasPrefix(subject, "ANSWER DUE"):
		return "due"
	case toHouse && strings.HasPrefix(subject, "LATE"):
		return "late"
	case toHouse && strings.HasPrefix(subject, "Still to answer"):
		return "reminder"
	case toHouse && strings.HasPrefix(subject, "Before you go home"):
		return "last hour"
	case toHouse && strings.HasPrefix(subject, "URGENT") && strings.HasPrefix(m.envelopeTo, "<oncall@"):
		return "page"
	case toHouse:
		return "notice"
	case m.get("Auto-Submitted") == "auto-replied":
		return "acknowledgement"
	case m.get("Auto-Submitted") == "auto-generated":
		return "later time"
	}
	return "answer"
}

// check holds what was sent against what must be.
func (w *weekend) check(want []weekendMail) {
	w.t.Helper()
	type got struct {
		weekendMail
		said, left time.Time
		name       string
		seen       bool
	}
	var all []got
	for _, m := range w.mails() {
		g := got{weekendMail: weekendMail{kind: kindOf(m), to: strings.Trim(m.envelopeTo, "<>")}, name: m.name}
		var err error
		if g.said, err = m.header.Date(); err != nil {
			w.t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(w.sent(), filepath.Base(m.name)))
		if err != nil {
			w.t.Fatal(err)
		}
		g.left = w.clockAt(info.ModTime())
		text, err := m.plain()
		if err != nil {
			w.t.Fatal(err)
		}
		if f := ticketLine.FindStringSubmatch(text); f != nil && strings.HasSuffix(g.to, "@example.com") && g.kind != "last hour" {
			fmt.Sscan(f[1]+f[2], &g.ticket)
		}
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b got) int { return a.said.Compare(b.said) })
	for _, x := range want {
		at := w.time(x.at)
		for i, s := range w.spans[:len(w.spans)-1] { // what falls into a downtime comes when it is over
			if next := w.spans[i+1].clock; !at.Before(s.end.Add(-early)) && at.Before(next) {
				at = next
			}
		}
		i := slices.IndexFunc(all, func(g got) bool {
			return !g.seen && g.kind == x.kind && g.to == x.to && g.ticket == x.ticket && !g.said.Before(at.Add(-early)) && g.said.Before(at.Add(slack))
		})
		if i < 0 {
			w.t.Errorf("missing: %s to %s of ticket %d at %s", x.kind, x.to, x.ticket, x.at)
			continue
		}
		all[i].seen = true
		if late := all[i].left.Sub(all[i].said); late > slack {
			w.t.Errorf("%s to %s left %s after it was said", x.kind, x.to, late)
		}
	}
	for _, g := range all {
		if !g.seen {
			w.t.Errorf("one too many: %s to %s of ticket %d at %s (%s)", g.kind, g.to, g.ticket, g.said.Format("Mon 15:04:05"), g.name)
		}
		w.t.Logf("%s  %-16s %-22s %d", g.said.Format("Mon 15:04:05"), g.kind, g.to, g.ticket)
	}
	w.t.Logf("%d mails, %d expected, killed %d times", len(all), len(want), len(w.spans)-1)
}

// weekendPromise is what the test looks at of a row of the ledger.
type weekendPromise struct {
	ID          string     `json:"id"`
	Ticket      uint64     `json:"ticket"`
	Told        bool       `json:"told"`
	State       string     `json:"state"`
	DueAt       time.Time  `json:"due_at"`
	AnnouncedAt *time.Time `json:"announced_at"`
}

// checkLedger looks that each promise that broke was announced before its time, and
// that what the downtime caused is named.
func (w *weekend) checkLedger() {
	w.t.Helper()
	w.begin(w.now())
	broken, kept := 0, 0
	for _, p := range ask[weekendPromise](w.daemon, "promise.list", mailgw.NoArgs{}) {
		switch {
		case p.State == "kept":
			kept++
		case p.State == "broken" && p.Told:
			broken++
			if p.AnnouncedAt == nil || !p.AnnouncedAt.Before(p.DueAt) {
				w.t.Errorf("promise %s of ticket %d broke at %s and was announced at %v", p.ID, p.Ticket, p.DueAt, p.AnnouncedAt)
			}
		}
	}
	w.t.Logf("%d promises kept, %d broken, each of these announced before its time", kept, broken)
	if kept < 2 || broken < 3 {
		w.t.Error("the ledger does not hold what happened")
	}
	w.verifyClean()
	w.stop()
}
