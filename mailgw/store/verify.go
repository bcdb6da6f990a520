package store

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// Report is what Verify found.
type Report struct {
	Receipts  uint64   `json:"receipts"`
	Tickets   uint64   `json:"tickets"`
	Entries   uint64   `json:"entries"`
	Raw       uint64   `json:"raw"`      // raw mails read back and compared with their hash
	Outgoing  uint64   `json:"outgoing"` // rows that wait
	Promises  uint64   `json:"promises"`
	Drawers   uint64   `json:"drawers"` // things that wait for a person
	Clues     uint64   `json:"clues"`   // by which later mails may find those that left them
	Erased    uint64   `json:"erased"`  // receipts of mails that were erased
	Customers uint64   `json:"customers"`
	Places    uint64   `json:"places"`   // where mails stand in what agents see
	Problems  []string `json:"problems"` // what is wrong, one sentence each; at most maxProblems
}

// farFuture is after every timer.
var farFuture = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// maxProblems bounds a report: one cause can break a million rows.
const maxProblems = 1000

// problem notes what is wrong.
func (r *Report) problem(format string, args ...any) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}

// Verify checks every reference, hash, index and the sum law of one state. Its
// error says that the state could not be read; what is wrong in it is in the report.
// step, if not nil, is called now and then with what is being looked at and how many were.
func Verify(r Reader, step func(what string, n uint64)) (Report, error) {
	v := &verifier{r: r, step: step, timers: map[TimerKind]uint64{}, assigned: map[string]int{}}
	for _, check := range []func() error{v.receipts, v.tickets, v.outgoing, v.promises, v.drawers, v.clues, v.customers, v.places, v.timersMatch} {
		if err := check(); err != nil {
			return v.rep, err
		}
	}
	return v.rep, nil
}

type verifier struct {
	r        Reader
	step     func(string, uint64)
	rep      Report
	timers   map[TimerKind]uint64 // how many there must be
	assigned map[string]int       // open tickets of each agent
	found    uint64               // places that tickets lead to
	unsure   uint64               // open tickets whose customer is not certain
}

func (v *verifier) tick(what string, n uint64) {
	if v.step != nil && n%1024 == 0 {
		v.step(what, n)
	}
}

// receipts checks each accepted mail, and the sum law.
func (v *verifier) receipts() error {
	sum := map[ticket.Outcome]uint64{}
	var bad error
	err := v.r.Receipts(func(rc ticket.Receipt) bool {
		v.rep.Receipts++
		v.tick("receipts", v.rep.Receipts)
		sum[rc.Outcome]++
		bad = v.receipt(&rc)
		return bad == nil
	})
	if err = errors.Join(err, bad); err != nil {
		return err
	}
	counts, err := v.r.Counts()
	if err != nil {
		return err
	}
	for _, o := range ticket.Outcomes() {
		if counts[o] != sum[o] {
			v.rep.problem("sum law: the counter of %s is %d, the receipts are %d", o, counts[o], sum[o])
		}
		delete(counts, o)
		delete(sum, o)
	}
	for o := range counts {
		v.rep.problem("sum law: a counter of the unknown outcome %q", o)
	}
	for o := range sum {
		v.rep.problem("sum law: receipts with the unknown outcome %q", o)
	}
	return nil
}

func (v *verifier) receipt(rc *ticket.Receipt) error {
	if rc.MessageID != "" {
		if err := v.indexed(rc); err != nil {
			return err
		}
	}
	if rc.Erased != nil {
		if err := v.erased(rc); err != nil {
			return err
		}
	}
	if rc.Outcome == ticket.OutcomeDuplicate {
		if _, err := v.r.Receipt(rc.Original); err != nil {
			v.rep.problem("receipt %s: it repeats %s, which is not there", rc.ID, rc.Original)
		}
		return nil
	}
	if rc.Erased == nil {
		v.raw(rc)
	}
	if rc.Ticket == 0 {
		return nil
	}
	if _, err := v.r.Ticket(rc.Ticket); err != nil {
		v.rep.problem("receipt %s: its ticket %d is not there", rc.ID, rc.Ticket)
	}
	e, err := v.r.Entry(rc.ID)
	if err != nil || e.Ticket != rc.Ticket || e.Kind == ticket.MailOut { // an agent's mail may be a note
		v.rep.problem("receipt %s: no entry on ticket %d", rc.ID, rc.Ticket)
	}
	return nil
}

// raw checks the bytes of a mail.
func (v *verifier) raw(rc *ticket.Receipt) {
	raw, err := v.r.Raw(rc.ID)
	if err != nil {
		v.rep.problem("receipt %s: raw mail: %v", rc.ID, err)
		return
	}
	v.rep.Raw++
	if sum := sha256.Sum256(raw); len(raw) != rc.Size || !bytes.Equal(sum[:], rc.RawSum) {
		v.rep.problem("receipt %s: the raw mail is not the one that was accepted (%d bytes, must be %d)", rc.ID, len(raw), rc.Size)
	}
}

// erased checks that of an erased mail no more is left than may be, and that it is
// found when it comes again.
func (v *verifier) erased(rc *ticket.Receipt) error {
	v.rep.Erased++
	left := *rc
	left.ID, left.At, left.Outcome, left.Ticket, left.Original, left.Erased = 0, time.Time{}, "", 0, 0, nil
	if !reflect.DeepEqual(left, ticket.Receipt{}) {
		v.rep.problem("receipt %s: its mail was erased, and the receipt still says more than it may", rc.ID)
	}
	if _, err := v.r.Raw(rc.ID); !errors.Is(err, ErrNotFound) {
		v.rep.problem("receipt %s: its mail was erased, and its bytes are there: %v", rc.ID, err)
	}
	if len(rc.Erased.Same) == 0 {
		return nil
	}
	same, err := v.r.ErasedSame(rc.Erased.Same)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err != nil || same.ID > rc.ID {
		v.rep.problem("receipt %s: its mail was erased, and would not be known when it comes again", rc.ID)
	}
	found, err := v.r.ErasedByMessageID(rc.Erased.MessageID, 1<<30)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(found, func(f ticket.Receipt) bool { return f.ID == rc.ID }) {
		v.rep.problem("receipt %s: its mail was erased, and is not found by the hash of its Message-ID", rc.ID)
	}
	return nil
}

// indexed checks that the receipt is found by its Message-ID.
func (v *verifier) indexed(rc *ticket.Receipt) error {
	found, err := v.r.ReceiptsByMessageID(rc.MessageID, 1<<30)
	if err != nil {
		v.rep.problem("receipt %s: %v", rc.ID, err)
		return nil
	}
	for i := range found {
		if found[i].ID == rc.ID {
			return nil
		}
	}
	v.rep.problem("receipt %s: not in the index of its Message-ID <%s>", rc.ID, rc.MessageID)
	return nil
}

// tickets checks each ticket with its entries, events and promise.
func (v *verifier) tickets() error {
	var bad error
	err := v.r.Tickets(0, func(t ticket.Ticket) bool {
		v.rep.Tickets++
		v.tick("tickets", v.rep.Tickets)
		if bad = v.ticket(&t); bad == nil {
			bad = v.open(&t)
		}
		if t.Status != ticket.Closed && t.Assignee != "" {
			v.assigned[strings.ToLower(t.Assignee)]++
		}
		return bad == nil
	})
	return errors.Join(err, bad, v.openOnes())
}

// open checks that a ticket is among the open ones of its customer if it is open.
func (v *verifier) open(t *ticket.Ticket) error {
	for of, want := range map[uint64]bool{t.CustomerID: t.Status != ticket.Closed, 0: t.Status != ticket.Closed && t.Unsure()} {
		if of == 0 && want {
			v.unsure++
		}
		found := false
		err := v.r.OpenTickets(of, t.Number-1, func(n uint64) bool { found = n == t.Number; return false })
		if err != nil {
			return fmt.Errorf("open tickets of customer %d: %w", of, err)
		}
		if found != want {
			v.rep.problem("ticket %d: it is %s, and among the open ones of customer %d: %t", t.Number, t.Status, of, found)
		}
	}
	return nil
}

// openOnes checks that no ticket is among those whose customer is not certain that
// is not there.
func (v *verifier) openOnes() error {
	n := uint64(0)
	err := v.r.OpenTickets(0, 0, func(uint64) bool { n++; return true })
	for agent, want := range v.assigned {
		got, e := v.r.Assigned(agent, 1<<30)
		if err = errors.Join(err, e); e == nil && got != want {
			v.rep.problem("%d open tickets are listed as assigned to %s; it is true of %d", got, agent, want)
		}
	}
	if err == nil && n != v.unsure {
		v.rep.problem("%d open tickets are listed as nobody's for certain; it is true of %d", n, v.unsure)
	}
	return err
}

func (v *verifier) ticket(t *ticket.Ticket) error {
	entries, err := v.r.Entries(t.Number)
	if err != nil {
		return fmt.Errorf("entries of ticket %d: %w", t.Number, err)
	}
	v.rep.Entries += uint64(len(entries))
	if gone := int(t.Gone()); len(entries) != int(t.Entries)-gone {
		v.rep.problem("ticket %d: it has %d entries, and says %d", t.Number, len(entries), int(t.Entries)-gone)
	}
	if err := v.moves(t); err != nil {
		return err
	}
	seen := make(map[uint32]bool, len(entries))
	for i := range entries {
		v.entry(t, &entries[i])
		v.number(t, &entries[i], seen)
	}
	if err := v.standing(t.Number, seen); err != nil {
		return err
	}
	events, err := v.r.Events(t.Number)
	if err != nil {
		return fmt.Errorf("events of ticket %d: %w", t.Number, err)
	}
	if len(events) == 0 {
		v.rep.problem("ticket %d: no event says how it came to be", t.Number)
	}
	if t.PromiseID == 0 {
		return nil
	}
	if p, err := v.r.Promise(t.PromiseID); err != nil || p.Ticket != t.Number {
		v.rep.problem("ticket %d: its promise %s is not in the ledger", t.Number, t.PromiseID)
	} else if string(p.State) != t.PromiseIs || !p.DueAt.Equal(t.PromiseDue) {
		v.rep.problem("ticket %d: it says that its promise is %s until %s, the ledger %s until %s", t.Number, t.PromiseIs, t.PromiseDue, p.State, p.DueAt)
	} else if t.PutOff && p.Late == 0 { // the other way round it is of before tickets said so
		v.rep.problem("ticket %d: it says that an earlier time was put off, and the ledger does not", t.Number)
	}
	return nil
}

// moves checks that what went to other tickets got numbers there.
func (v *verifier) moves(t *ticket.Ticket) error {
	for _, m := range t.Moves {
		if m.First == 0 || m.First > m.Last || m.Last > t.Entries {
			v.rep.problem("ticket %d: entries %d to %d are said to have gone to ticket %d, of %d", t.Number, m.First, m.Last, m.To, t.Entries)
			continue
		}
		to, err := v.r.Ticket(m.To)
		switch {
		case errors.Is(err, ErrNotFound):
			v.rep.problem("ticket %d: entries went to ticket %d, which is not there", t.Number, m.To)
		case err != nil:
			return fmt.Errorf("ticket %d, to which entries of %d went: %w", m.To, t.Number, err)
		case m.As == 0 || m.Last-m.First >= to.Entries || m.As > to.Entries-(m.Last-m.First):
			v.rep.problem("ticket %d: entries went to ticket %d as its %d-th and later, and it has given %d numbers", t.Number, m.To, m.As, to.Entries)
		}
	}
	return nil
}

// number checks that an entry's number is its own, and not one that went away.
func (v *verifier) number(t *ticket.Ticket, e *ticket.Entry, seen map[uint32]bool) {
	gone := slices.ContainsFunc(t.Moves, func(m ticket.Move) bool { return m.First <= e.Seq && e.Seq <= m.Last })
	if e.Seq == 0 || e.Seq > t.Entries || seen[e.Seq] || gone {
		v.rep.problem("entry %s of ticket %d: its number %d is not its own", e.ID, t.Number, e.Seq)
	}
	seen[e.Seq] = true
}

func (v *verifier) entry(t *ticket.Ticket, e *ticket.Entry) {
	if e.Ticket != t.Number {
		v.rep.problem("entry %s: kept under ticket %d, and says %d", e.ID, t.Number, e.Ticket)
	}
	if found, err := v.r.Entry(e.ID); err != nil || found.Ticket != t.Number {
		v.rep.problem("entry %s of ticket %d: not found by its id", e.ID, t.Number)
	}
	switch e.Kind {
	case ticket.MailIn:
		if rc, err := v.r.Receipt(e.ID); err != nil || rc.Ticket != t.Number {
			v.rep.problem("entry %s of ticket %d: no receipt for it", e.ID, t.Number)
		}
	case ticket.MailOut:
		_, err := v.r.Outgoing(e.ID)
		if waits := err == nil; waits == (e.Outgoing != nil) {
			v.rep.problem("entry %s of ticket %d: an outgoing mail must either wait or have left", e.ID, t.Number)
		}
	}
}

func (v *verifier) outgoing() error {
	return v.r.OutgoingRows(func(o ticket.Outgoing) bool {
		v.rep.Outgoing++
		v.timers[TimerOutbox]++
		if o.Ticket == 0 { // tells of no single ticket, as a list does
			return true
		}
		if _, err := v.r.Ticket(o.Ticket); err != nil {
			v.rep.problem("outgoing %s: its ticket %d is not there", o.ID, o.Ticket)
		}
		return true
	})
}

func (v *verifier) promises() error {
	return v.r.Promises(func(p promise.Promise) bool {
		v.rep.Promises++
		if p.State == promise.Open && !p.Alarm().IsZero() {
			v.timers[TimerPromise]++
		}
		if _, err := v.r.Ticket(p.Ticket); err != nil {
			v.rep.problem("promise %s: its ticket %d is not there", p.ID, p.Ticket)
		}
		return true
	})
}

// customers checks that each is found by its keys, and that those that were merged
// lead to one that stands for itself.
func (v *verifier) customers() error {
	var bad error
	err := v.r.Customers(0, func(c customer.Customer) bool {
		v.rep.Customers++
		v.tick("customers", v.rep.Customers)
		for _, k := range c.Keys() {
			switch id, err := v.r.CustomerBy(k); {
			case err != nil && !errors.Is(err, ErrNotFound):
				bad = fmt.Errorf("customer %d: %w", c.ID, err)
			case err != nil || id != c.ID:
				v.rep.problem("customer %d: not found by %q", c.ID, k.Text)
			}
		}
		if c.MergedInto == 0 {
			return bad == nil
		}
		if to, err := v.r.Customer(c.MergedInto); err != nil || to.MergedInto != 0 {
			v.rep.problem("customer %d: merged into %d, which does not stand for itself", c.ID, c.MergedInto)
		}
		return bad == nil
	})
	return errors.Join(err, bad)
}

// drawers checks that each item names what is there.
func (v *verifier) drawers() error {
	return v.r.DrawerItems(func(d ticket.DrawerItem) bool {
		v.rep.Drawers++
		if !d.DueAt.IsZero() {
			v.timers[TimerDrawer]++
		}
		if !d.Kind.Valid() {
			v.rep.problem("drawer item %s: no drawer is called %q", d.ID, d.Kind)
		}
		for _, n := range []uint64{d.Ticket, d.Own} {
			if n == 0 {
				continue
			}
			if _, err := v.r.Ticket(n); err != nil {
				v.rep.problem("drawer item %s: its ticket %d is not there", d.ID, n)
			}
		}
		return true
	})
}

// clues checks that each clue leads to a mail, and that it is found by its key. Of
// many mails with one key the newest are looked at.
func (v *verifier) clues() error {
	var bad error
	err := v.r.AllClues(func(c Clue) bool {
		v.rep.Clues++
		v.tick("clues", v.rep.Clues)
		if rc, err := v.r.Receipt(c.ID); err == nil && rc.Erased != nil {
			v.rep.problem("a clue of kind %c leads to %s, which was erased", c.Kind, c.ID)
		} else if errors.Is(err, ErrNotFound) {
			if _, err = v.r.Entry(c.ID); err != nil {
				v.rep.problem("a clue of kind %c leads to %s, which is no mail", c.Kind, c.ID)
			}
		}
		var found []ticket.ID
		found, bad = v.r.Clues(c.Kind, c.Key, 1)
		if bad == nil && (len(found) != 1 || found[0] < c.ID) {
			v.rep.problem("a clue of kind %c that %s left is not found by its key", c.Kind, c.ID)
		}
		return bad == nil
	})
	return errors.Join(err, bad)
}

// timersMatch checks that each row, each open promise and each drawer item with a
// clock has its timer, at its time, and no timer stands alone.
func (v *verifier) timersMatch() error {
	for _, kind := range TimerKinds() {
		var n uint64
		err := v.r.Timers(kind, farFuture, func(t Timer) bool {
			n++
			v.timer(t)
			return true
		})
		if err != nil {
			return err
		}
		if !kind.Alone() && n != v.timers[kind] {
			v.rep.problem("%d timers of kind %c, must be %d", n, kind, v.timers[kind])
		}
	}
	return nil
}

// timer checks that a timer is for something that is due then.
func (v *verifier) timer(t Timer) {
	switch t.Kind {
	case TimerOutbox:
		o, err := v.r.Outgoing(t.Ref)
		if err != nil || o.NextAt.UnixMilli() != t.At.UnixMilli() {
			v.rep.problem("a timer at %s for outgoing %s, which is not there or not due then", t.At, t.Ref)
		} else if o.Lane != t.Lane {
			v.rep.problem("a timer in lane %q for outgoing %s, which waits in lane %q", t.Lane, t.Ref, o.Lane)
		}
	case TimerPromise:
		if p, err := v.r.Promise(t.Ref); err != nil || p.Alarm().UnixMilli() != t.At.UnixMilli() || p.State != promise.Open {
			v.rep.problem("a timer at %s for promise %s, which is not open or not due then", t.At, t.Ref)
		}
	case TimerSender:
		if rc, err := v.r.Receipt(t.Ref); err != nil {
			v.rep.problem("a timer at %s for the sender of mail %s, which was not accepted", t.At, t.Ref)
		} else if rc.Erased != nil {
			v.rep.problem("a timer at %s for the sender of mail %s, which was erased", t.At, t.Ref)
		}
	case TimerTicket:
		if _, err := v.r.Ticket(uint64(t.Ref)); err != nil {
			v.rep.problem("a timer at %s for ticket %d, which is not there", t.At, uint64(t.Ref))
		}
	case TimerDrawer:
		if d, err := v.r.DrawerItem(t.Ref); err != nil || d.DueAt.IsZero() || d.DueAt.UnixMilli() != t.At.UnixMilli() {
			v.rep.problem("a timer at %s for drawer item %s, which is not there or not due then", t.At, t.Ref)
		}
	}
}
