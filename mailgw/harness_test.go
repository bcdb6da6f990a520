package mailgw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/mailauth/dnstest"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/scheduler"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// monday is an ordinary working day at the desks of config.example.toml: 10:00 in Zurich.
var monday = time.Date(2026, 7, 13, 8, 0, 0, 0, time.UTC)

// house is a gateway under test, whose clock stands still unless it is set.
type house struct {
	*Gateway
	t    *testing.T
	c    *config.Config
	sent []sentMail
	n    int // numbers Message-IDs

	zone   *dnstest.Zone                       // what the DNS knows: nothing, unless a test says so
	refuse func(*outbox.Mail) []outbox.Failure // what the next hop refuses; nil: nothing
}

// sentMail is a mail that left, with its envelope.
type sentMail struct {
	outbox.Mail              // as it left
	read        *letter.Mail // as its reader sees it
}

// newHouse opens a gateway on config.example.toml with changes ("key=TOML value").
// When the test ends, what it has stored must be whole.
func newHouse(t *testing.T, set ...string) *house {
	t.Helper()
	h := &house{t: t, c: houseConfig(t, t.TempDir(), set...)}
	h.open(monday)
	t.Cleanup(func() {
		h.verify()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func houseConfig(t testing.TB, dir string, set ...string) *config.Config {
	t.Helper()
	c, err := config.Load("../config.example.toml", append([]string{fmt.Sprintf("data=%q", dir), `imap.listen=[]`, `submission.listen=[]`, `http.listen=["127.0.0.1:0"]`, `dns.resolver="127.0.0.1:1"`}, set...))
	if err != nil {
		t.Fatal(err)
	}
	askNobody(c, set...)
	return c
}

// askNobody turns the questions for the next step and for how much it hurts off, unless a change is about it:
// all other tests would meet its mails. So are waits for working time: agents whom a test adds are told at any hour,
// as those of the example are.
func askNobody(c *config.Config, set ...string) {
	for i := range c.Desks {
		c.Desks[i].AskImpact = c.Desks[i].AskImpact && strings.Contains(strings.Join(set, " "), "ask_impact=true")
		c.Desks[i].AskNextStep = strings.Contains(strings.Join(set, " "), "ask_next_step=true")
	}
	for i := range c.Agents {
		if !strings.Contains(strings.Join(set, " "), "notices_at") {
			c.Agents[i].NoticesAt = config.NoticesAlways
		}
	}
}

func (h *house) open(at time.Time) {
	h.t.Helper()
	g, err := Open(h.c, &Clock{start: at}, slog.New(slog.DiscardHandler))
	if err != nil {
		h.t.Fatal(err)
	}
	h.Gateway = g
	if h.zone == nil {
		h.zone = dnstest.New()
	}
	h.dns = mailauth.NewCache(h.zone)
	h.settings.Store(h.derive(h.c, h.dns))
}

// round does what is due at now, as the scheduler does, and returns when something
// is again.
func (h *house) round(now time.Time) (time.Time, error) {
	return scheduler.New(scheduler.Options{Clock: h.clock, Log: h.log, Jobs: h.jobs()[1:]}).Round(now) // the first notes each minute that the gateway runs
}

// reopen is a restart.
func (h *house) reopen() {
	h.t.Helper()
	now := h.clock.Now()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open(now)
}

// at sets the clock.
func (h *house) at(now time.Time) *house {
	h.clock.start = now
	return h
}

// verify checks every reference, hash, index and the sum law.
func (h *house) verify() {
	h.t.Helper()
	var rep store.Report
	h.view(func(r store.Reader) (err error) {
		if rep, err = store.Verify(r, nil); err != nil {
			return err
		}
		astray, err := placeProblems(r, mostAstray)
		rep.Problems = append(rep.Problems, astray...)
		return err
	})
	for _, p := range rep.Problems {
		h.t.Errorf("the store is damaged: %s", p)
	}
	if c, ok := h.store.(interface{ Check() []error }); ok {
		for _, err := range c.Check() {
			h.t.Errorf("the store is damaged: %v", err)
		}
	}
}

func (h *house) view(fn func(store.Reader) error) {
	h.t.Helper()
	if err := h.store.View(fn); err != nil {
		h.t.Fatal(err)
	}
}

// mail is a mail to deliver. Its zero fields have what an ordinary mail has.
type mail struct {
	from    string // header; "-" for none
	rcpt    []string
	subject string
	body    string
	id      string   // Message-ID without brackets; "" is a new one, "-" none
	head    []string // further fields
	path    *string  // reverse path; nil is the author's address
	client  string   // "" is trusted: 127.0.0.1
}

// stranger is a peer of whom nothing is known.
const stranger = "192.0.2.1"

func (h *house) raw(m mail) []byte {
	var b strings.Builder
	if m.from != "-" {
		fmt.Fprintf(&b, "From: %s\r\n", m.from)
	}
	fmt.Fprintf(&b, "To: %s\r\nSubject: %s\r\nDate: Mon, 13 Jul 2026 10:00:00 +0200\r\n", strings.Join(m.rcpt, ", "), m.subject)
	if m.id != "-" {
		fmt.Fprintf(&b, "Message-ID: <%s>\r\n", m.id)
	}
	for _, f := range m.head {
		b.WriteString(f + "\r\n")
	}
	if !strings.Contains(strings.Join(m.head, "\n"), "Content-Type") {
		b.WriteString("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n")
	}
	b.WriteString("\r\n" + m.body + "\r\n")
	return []byte(b.String())
}

// arrival fills in what an ordinary mail has.
func (h *house) arrival(m mail) *letter.Arrival {
	if m.from == "" {
		m.from = "Mia Meier <mia@acme.example>"
	}
	if m.rcpt == nil {
		m.rcpt = []string{"support@example.com"}
	}
	if m.subject == "" {
		m.subject = "Printer portal"
	}
	if m.body == "" {
		m.body = "The export button does nothing since this morning."
	}
	if m.id == "" {
		h.n++
		m.id = fmt.Sprintf("m%d@client.example.net", h.n)
	}
	path := letter.ParseAddress(m.from).Addr
	if m.path != nil {
		path = *m.path
	}
	if m.client == "" {
		m.client = "127.0.0.1"
	}
	head := "Return-Path: <" + path + ">\r\nReceived: from client by mx; Mon, 13 Jul 2026 08:00:00 +0000\r\n"
	return &letter.Arrival{
		ID: h.ids.Next(), Source: "mx", ReversePath: path, Recipients: m.rcpt, ClientIP: netip.MustParseAddr(m.client),
		At: h.clock.Now(), Raw: append([]byte(head), h.raw(m)...), Body: len(head),
	}
}

// arrived is what became of a mail.
type arrived struct {
	ticket.Receipt
	ticket  ticket.Ticket
	entry   ticket.Entry
	ack     *ticket.Outgoing // nil when none was made
	notices []ticket.Outgoing
	pages   []ticket.Outgoing
}

// deliver takes a mail in and returns what is stored of it.
func (h *house) deliver(m mail) arrived {
	h.t.Helper()
	a := h.arrival(m)
	before := h.rows()
	if err := h.Deliver(context.Background(), a); err != nil {
		h.t.Fatalf("deliver: %v", err)
	}
	return h.stored(a.ID, before)
}

func (h *house) stored(id ticket.ID, before map[ticket.ID]ticket.Outgoing) (out arrived) {
	h.t.Helper()
	h.view(func(r store.Reader) (err error) {
		if out.Receipt, err = r.Receipt(id); err != nil {
			return err
		}
		if out.Ticket == 0 {
			return nil
		}
		if out.ticket, err = r.Ticket(out.Ticket); err != nil {
			return err
		}
		if out.Outcome != ticket.OutcomeDuplicate {
			out.entry, err = r.Entry(id)
		}
		return err
	})
	for rid, row := range h.rows() {
		if _, old := before[rid]; old {
			continue
		}
		switch row.Kind {
		case ticket.Acknowledgement:
			out.ack = &row
		case ticket.Notice:
			out.notices = append(out.notices, row)
		case ticket.Page:
			out.pages = append(out.pages, row)
		}
	}
	return out
}

// rows are those that wait to leave.
func (h *house) rows() map[ticket.ID]ticket.Outgoing {
	h.t.Helper()
	rows := map[ticket.ID]ticket.Outgoing{}
	h.view(func(r store.Reader) error {
		return r.OutgoingRows(func(o ticket.Outgoing) bool { rows[o.ID] = o; return true })
	})
	return rows
}

// why is the decision about the acknowledgement that a mail would get.
func (h *house) why(m mail) string {
	h.t.Helper()
	return h.explain(h.arrival(m)).Acknowledge.Why
}

// explain shows the decision about an arrival, as the command does.
func (h *house) explain(a *letter.Arrival) (v ExplainView) {
	h.t.Helper()
	args := ExplainArgs{File: "f", Raw: a.Raw[a.Body:], EnvelopeFrom: &a.ReversePath, EnvelopeTo: a.Recipients, ClientIP: a.ClientIP.String(), At: a.At}
	err := h.explainMail(args, func(x any) error { v = x.(ExplainView); return nil })
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// flush lets everything that is due leave, and returns it in the order of leaving.
func (h *house) flush() []sentMail {
	h.t.Helper()
	var out []sentMail
	for _, m := range h.leave(&memoryRelay{refuse: h.refuse}) {
		out = append(out, sentMail{m, letter.Parse(m.Bytes, m.From, letter.DefaultLimits())})
	}
	h.sent = append(h.sent, out...)
	return out
}

// leave lets everything leave by a relay, and returns what that took.
func (h *house) leave(relay *memoryRelay) []outbox.Mail {
	h.t.Helper()
	h.drain(relay)
	if left := h.rows(); len(left) > 0 {
		for _, row := range left {
			h.t.Errorf("%s to %s did not leave: %s", row.Kind, row.EnvelopeTo, row.LastReply)
		}
	}
	return relay.mails
}

// flushDue lets leave what is due, and returns it.
func (h *house) flushDue() (out []sentMail) {
	h.t.Helper()
	relay := &memoryRelay{refuse: h.refuse}
	h.drain(relay)
	for _, m := range relay.mails {
		out = append(out, sentMail{m, letter.Parse(m.Bytes, m.From, letter.DefaultLimits())})
	}
	h.sent = append(h.sent, out...)
	return out
}

// drain lets everything that is due leave by a relay.
func (h *house) drain(relay *memoryRelay) {
	h.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	// When nothing is due and nothing on its way the outbox waits, and this one is
	// done: if it was so before it looked for the last time.
	var b *outbox.Outbox
	rested := false
	idle := func(ctx context.Context, _ time.Time, wake <-chan struct{}) {
		if b.Pending() == 0 {
			if rested {
				stop()
			}
			rested = true
			return
		}
		rested = false
		select {
		case <-wake:
		case <-ctx.Done():
		}
	}
	b = outbox.New(outbox.Options{
		Queue: &queue{h.Gateway}, Relay: relay, Workers: 1, Now: h.clock.Now, Wait: idle,
		RetryFirst: time.Minute, RetryMax: time.Hour, Log: slog.New(slog.DiscardHandler),
	})
	b.Run(ctx)
}

// to are the mails to one address.
func to(list []sentMail, addr string) (out []sentMail) {
	for _, m := range list {
		if len(m.To) == 1 && strings.EqualFold(m.To[0], addr) {
			out = append(out, m)
		}
	}
	return out
}

// memoryRelay keeps what is handed over.
type memoryRelay struct {
	mu     sync.Mutex
	mails  []outbox.Mail // somebody has got them
	refuse func(*outbox.Mail) []outbox.Failure
	reply  func(*outbox.Mail) string // what it says when it takes a mail; nil: "ok"
}

func (r *memoryRelay) Send(_ context.Context, m *outbox.Mail) outbox.Sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	var failed []outbox.Failure
	if r.refuse != nil {
		failed = r.refuse(m)
	}
	if len(failed) < len(m.To) {
		r.mails = append(r.mails, *m)
	}
	reply := "ok"
	if r.reply != nil {
		reply = r.reply(m)
	}
	return outbox.Sent{Reply: reply, Failures: failed}
}

func (r *memoryRelay) Flush() error { return nil }
func (r *memoryRelay) Close() error { return nil }

// want stops the test unless a mail ended as it should.
func (h *house) want(a arrived, outcome ticket.Outcome) arrived {
	h.t.Helper()
	if a.Outcome != outcome {
		h.t.Fatalf("outcome %s, want %s (evidence %q)", a.Outcome, outcome, a.entry.Evidence)
	}
	return a
}

// events are what happened to a ticket, "who: what".
func (h *house) events(number uint64) (out []string) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		list, err := r.Events(number)
		for _, e := range list {
			out = append(out, e.Who+": "+e.What)
		}
		return err
	})
	return out
}

// dump is everything that is stored of a ticket, to see whether it changed.
func (h *house) dump(number uint64) string {
	h.t.Helper()
	var out string
	h.view(func(r store.Reader) error {
		t, err := r.Ticket(number)
		entries, err2 := r.Entries(number)
		events, err3 := r.Events(number)
		j, err4 := json.Marshal([]any{t, entries, events})
		out = string(j)
		return errors.Join(err, err2, err3, err4)
	})
	return out
}

func str(s string) *string { return &s }

func letterAddr(s string) string { return letter.ParseAddress(s).Addr }
