package mailgw

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/rehearsal"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// rehearsedRules is config.example.toml with other rules, on the data folder of a house.
func rehearsedRules(t testing.TB, dir, rules string) *config.Config {
	t.Helper()
	example, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	const one = "\n[[rule]]\nname = \"work-blocked\""
	text := string(example)
	at := strings.Index(text, one)
	if at < 0 {
		t.Fatal("config.example.toml has another rule than the tests know")
	}
	end := at + strings.Index(text[at:], "#stop = false")
	file := filepath.Join(t.TempDir(), "mailgw.toml")
	if err := os.WriteFile(file, []byte(text[:at]+"\n"+rules+"\n"+text[end:]), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(file, []string{fmt.Sprintf("data=%q", dir)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rehearse closes the house's store for so long, and compares two lists of rules. That
// nothing was written is looked at each time.
func (h *house) rehearse(was, will string, set ...func(*RehearseArgs)) (out []RehearsedTicket, sum RehearsedSum) {
	h.t.Helper()
	now := h.clock.Now()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	before := hashOf(h.t, h.c.Data)
	a := RehearseArgs{Old: rehearsedRules(h.t, h.c.Data, was), New: rehearsedRules(h.t, h.c.Data, will)}
	for _, s := range set {
		s(&a)
	}
	sum, err := Rehearse(context.Background(), a, func(v RehearsedTicket) error { out = append(out, v); return nil })
	if err != nil {
		h.t.Fatal(err)
	}
	if after := hashOf(h.t, h.c.Data); after != before {
		h.t.Errorf("the data folder was written to:\n%s\nbefore:\n%s", after, before)
	}
	h.open(now)
	return out, sum
}

// hashOf lists what a folder holds: names, sizes, times of change, hashes.
func hashOf(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() {
			fmt.Fprintln(&b, path, info.ModTime())
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %s %x\n", path, info.ModTime(), sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const (
	pagesOutages = `
[[rule]]
name = "down"
if.words = "outage"
then = { priority = "urgent", page = true }
`
	marksInvoices = `
[[rule]]
name = "invoices"
if.subject = "invoice"
then = { desk = "billing", tags = ["money"] }
`
)

// More rules: what they would have done, by ticket and in sum, and what ends earlier.
func TestRehearse(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "We have an outage"})
	h.deliver(mail{subject: "Your invoice 17"})
	h.deliver(mail{subject: "A question"})
	out, sum := h.rehearse(marksInvoices, pagesOutages+strings.ReplaceAll(marksInvoices, "money", "invoice"))
	if len(out) != 2 || out[0].Ticket != 1 || out[1].Ticket != 2 {
		t.Fatalf("differences: %+v", out)
	}
	down, invoice := out[0], out[1]
	if got := strings.Join(down.Differs, " "); got != "priority page promise_due_at" {
		t.Errorf("ticket 1 differs in %s", got)
	}
	if down.Was.Priority != "normal" || down.WouldBe.Priority != "urgent" || !down.WouldBe.Page || !down.WouldBe.DueAt.Before(*down.Was.DueAt) {
		t.Errorf("ticket 1: %+v, would be %+v", down.Was, down.WouldBe)
	}
	if len(down.Rules) != 1 || down.Rules[0] != (rehearsal.Rule{Rule: "down", Change: rehearsal.Added}) {
		t.Errorf("ticket 1 because of %v", down.Rules)
	}
	if len(invoice.Rules) != 1 || invoice.Rules[0].Change != rehearsal.Changed || strings.Join(invoice.Differs, " ") != "tags" || invoice.Was.Desk != "billing" {
		t.Errorf("ticket 2: %+v", invoice)
	}
	if sum.Mails != 3 || sum.Tickets != 3 || sum.Differ != 2 || sum.MoreUrgent != 1 || sum.LessUrgent != 0 || sum.Partial {
		t.Errorf("sum: %+v", sum)
	}
	if p := sum.Promises; p.Earlier != 1 || p.Same != 2 || p.Later != 0 || p.MostEarlier == 0 || p.MedianEarlier != p.MostEarlier {
		t.Errorf("promises: %+v", p)
	}
	if sum.Pages != (rehearsal.Pair{WouldBe: 1}) || len(sum.Tags) != 2 || len(sum.Desks) != 0 {
		t.Errorf("pages %v, tags %v, desks %v", sum.Pages, sum.Tags, sum.Desks)
	}
	want := []rehearsal.RuleSum{
		{Rule: "down", InNew: true, Pair: rehearsal.Pair{WouldBe: 1}},
		{Rule: "invoices", InNew: true, InOld: true, Pair: rehearsal.Pair{Was: 1, WouldBe: 1}},
	}
	if fmt.Sprint(sum.Rules) != fmt.Sprint(want) {
		t.Errorf("rules: %+v", sum.Rules)
	}
}

// The rules of now are compared, not what happened: whatever people did to a ticket
// since, and whoever its customer is today, the same rules make no difference.
func TestRehearseSame(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "We have an outage"})
	h.set(SetArgs{Number: 1, Priority: "low", Desk: "billing", Assignee: "-"})
	h.deliver(mail{subject: "Your invoice 17", client: stranger})
	out, sum := h.rehearse(pagesOutages+marksInvoices, pagesOutages+marksInvoices)
	if len(out) != 0 || sum.Tickets != 2 || sum.Promises.Same != 2 || sum.Pages != (rehearsal.Pair{Was: 1, WouldBe: 1}) {
		t.Errorf("%+v, sum %+v", out, sum)
	}
}

// reply is a mail that goes onto a ticket of the house.
func (h *house) reply(to uint64, m mail) {
	h.t.Helper()
	var first ticket.Ticket
	h.view(func(r store.Reader) (err error) { first, err = r.Ticket(to); return err })
	m.head = append(m.head, "In-Reply-To: <"+first.LastIn+">", "References: <"+first.LastIn+">")
	m.subject = "Re: " + first.Subject
	h.deliver(m)
	h.view(func(r store.Reader) (err error) {
		again, err := r.Ticket(to)
		if err == nil && again.Entries <= first.Entries {
			h.t.Errorf("the reply did not come onto ticket %d", to)
		}
		return err
	})
}

// A mail that went onto a ticket is run as that: it moves no desk, and a rule that has
// woken somebody once on a ticket does not do so with each mail.
func TestRehearseFollowUp(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "A question"})
	for i := range 3 {
		h.at(monday.Add(time.Duration(i+1) * time.Hour))
		h.reply(1, mail{body: fmt.Sprintf("It became an outage, %d", i)})
	}
	to := `
[[rule]]
name = "down"
if.words = "outage"
then = { priority = "urgent", page = true, desk = "billing" }
`
	out, sum := h.rehearse(marksInvoices, to)
	if len(out) != 1 || out[0].Mails != 4 || out[0].WouldBe.Desk != "support" || out[0].WouldBe.Priority != "urgent" || !out[0].WouldBe.Page {
		t.Fatalf("%+v", out)
	}
	if sum.Mails != 4 || sum.Tickets != 1 || sum.Pages.WouldBe != 1 || sum.Promises.New != 1 {
		t.Errorf("sum: %+v", sum)
	}
	if len(out[0].Promises) != 1 {
		t.Errorf("clocks: %+v", out[0].Promises)
	}
	if sum.Rules[0].WouldBe != 1 {
		t.Errorf("the rule took effect with %d mails of one ticket", sum.Rules[0].WouldBe)
	}
}

// Mails of before the time that is asked for make the ticket, and are not compared.
func TestRehearseSince(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{body: "We have an outage."})
	h.at(monday.Add(48 * time.Hour))
	h.reply(1, mail{body: "Any news?"})
	h.deliver(mail{subject: "Another outage"})
	since := func(a *RehearseArgs) { a.Since = monday.Add(24 * time.Hour) }
	out, sum := h.rehearse(marksInvoices, pagesOutages, since)
	if len(out) != 1 || out[0].Ticket != 2 || sum.Tickets != 2 || sum.Mails != 2 {
		t.Errorf("since: %+v, sum %+v", out, sum)
	}
	out, sum = h.rehearse(marksInvoices, pagesOutages, func(a *RehearseArgs) { a.Until = monday.Add(24 * time.Hour) })
	if len(out) != 1 || out[0].Ticket != 1 || sum.Mails != 1 {
		t.Errorf("until: %+v, sum %+v", out, sum)
	}
	out, sum = h.rehearse(marksInvoices, pagesOutages, func(a *RehearseArgs) { a.Limit = 1 })
	if len(out) != 1 || sum.Tickets != 1 || sum.Partial {
		t.Errorf("limit: %+v, sum %+v", out, sum)
	}
	if _, sum = h.rehearse(marksInvoices, pagesOutages, func(a *RehearseArgs) { a.Desk = "billing" }); sum.Tickets != 0 {
		t.Errorf("desk: %+v", sum)
	}
}

// Programs and agents start no rule; junk is on no ticket. All are counted.
func TestRehearseLeavesOut(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "A question"})
	h.deliver(mail{subject: "Out of office: outage", head: []string{"Auto-Submitted: auto-replied"}})
	h.deliver(mail{subject: "An outage", from: "anna@example.com"})
	out, sum := h.rehearse(marksInvoices, pagesOutages)
	if len(out) != 0 || sum.Tickets != 1 || sum.LeftOut.Automatic != 1 || sum.LeftOut.Agents != 1 {
		t.Errorf("%+v, sum %+v", out, sum)
	}
}

// A daemon goes on: it is asked for pages, and decides nothing.
func TestRehearseDaemon(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "We have an outage"})
	var before, after ticket.ID
	h.view(func(r store.Reader) (err error) { before, err = r.LastID(); return err })
	l, err := net.Listen("unix", socketPath(h.c))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.serveAdmin(ctx, l) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	var out []RehearsedTicket
	sum, err := Rehearse(context.Background(), RehearseArgs{Old: rehearsedRules(t, h.c.Data, marksInvoices), New: rehearsedRules(t, h.c.Data, pagesOutages)},
		func(v RehearsedTicket) error { out = append(out, v); return nil })
	if err != nil || len(out) != 1 || sum.MoreUrgent != 1 {
		t.Errorf("%v: %+v, sum %+v", err, out, sum)
	}
	h.view(func(r store.Reader) (err error) { after, err = r.LastID(); return err })
	if before != after {
		t.Errorf("the last id was %s, and is %s", before, after)
	}
}

// Whoever ends it gets what is known by then, and that it is not all.
func TestRehearseEnded(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "We have an outage"})
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	defer h.open(monday)
	ctx, stop := context.WithCancel(context.Background())
	a := RehearseArgs{Old: rehearsedRules(t, h.c.Data, marksInvoices), New: rehearsedRules(t, h.c.Data, pagesOutages)}
	a.Progress = func(int, int) { stop() }
	if sum, err := Rehearse(ctx, a, func(RehearsedTicket) error { return nil }); err != nil || sum.Tickets != 1 || sum.Partial {
		t.Errorf("ended behind the last page: %v, %+v", err, sum)
	}
	if sum, err := Rehearse(ctx, a, func(RehearsedTicket) error { return nil }); err == nil && !sum.Partial {
		t.Errorf("ended before the first page: %+v", sum)
	}
}

// What would be junk has no ticket and begins no clock; a follow-up that would be held
// leaves the ticket as it is.
func TestRehearseJunkAndHold(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "Cheap ink"})
	h.deliver(mail{subject: "A question"})
	h.at(monday.Add(time.Hour))
	h.reply(2, mail{body: "My lawyer says that it is an outage."})
	to := pagesOutages + `
[[rule]]
name = "ink"
if.subject = "ink"
then = { junk = true }
[[rule]]
name = "lawyers"
if.words = "lawyer"
follow_up = { hold = true }
`
	out, sum := h.rehearse(pagesOutages, to)
	if len(out) != 2 {
		t.Fatalf("differences: %+v", out)
	}
	if v := out[0]; !v.WouldBe.Junk || v.WouldBe.Priority != "" || v.WouldBe.DueAt != nil || v.Was.DueAt == nil {
		t.Errorf("ink: %+v", v)
	}
	if v := out[1]; !v.WouldBe.Hold || v.Was.Hold || v.Was.Priority != "urgent" || v.WouldBe.Priority != "normal" {
		t.Errorf("the lawyer: %+v", v)
	}
	if sum.Junked.WouldBe != 1 || sum.Holds.WouldBe != 1 || sum.LessUrgent != 1 {
		t.Errorf("sum: %+v", sum)
	}
}

// A mail whose bytes are gone is counted, and ends nothing.
func TestRehearseUnreadable(t *testing.T) {
	h := newHouse(t, "store.inline_bytes=0")
	h.deliver(mail{subject: "Lost"})
	h.deliver(mail{subject: "We have an outage"})
	list, err := filepath.Glob(filepath.Join(h.c.Data, "raw", "*"))
	if err != nil || len(list) == 0 {
		t.Fatalf("segments: %v, %v", list, err)
	}
	whole, err := os.ReadFile(list[0])
	if err != nil {
		t.Fatal(err)
	}
	bad := append([]byte(nil), whole...)
	at := strings.Index(string(bad), "Subject: Lost")
	bad[at] ^= 1
	if err := os.WriteFile(list[0], bad, 0o600); err != nil {
		t.Fatal(err)
	}
	out, sum := h.rehearse(marksInvoices, pagesOutages)
	if len(out) != 1 || sum.LeftOut.Unreadable != 1 || sum.Mails != 1 {
		t.Errorf("%+v, sum %+v", out, sum)
	}
	if err := os.WriteFile(list[0], whole, 0o600); err != nil {
		t.Fatal(err)
	}
}
