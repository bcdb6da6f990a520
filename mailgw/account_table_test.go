package mailgw

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// tableNames are the folders that stand for kinds whose folders are many.
var tableNames = map[view.Kind]string{
	view.Agent: "Agent/Ben Ortiz", view.Desk: "Desk/support", view.Customer: "Customer/Acme Instruments AG", view.Archive: "Archive/2026",
}

func tableName(k view.Kind) string {
	if n := tableNames[k]; n != "" {
		return n
	}
	return string(k)
}

// stands makes a mail that stands in a folder of a kind, and returns it as that shows it.
// of is who has its ticket, "" for nobody.
func (h *house) stands(in view.Kind, of string) imapd.Mail {
	h.t.Helper()
	var item ticket.ID
	number, first := uint64(0), arrived{}
	switch in {
	case view.Held:
		item = h.want(h.deliver(intruder(h.deliver(mail{}).MessageID)), ticket.OutcomeHeld).ID
	case view.Junk:
		item = h.want(h.deliver(code()), ticket.OutcomeQuarantined).ID
		h.at(h.clock.Now().Add(time.Hour)) // before somebody looks
	case view.Drafts:
		at, err := h.accountOf(annaAt).Append("Drafts", []byte("Subject: later\r\n\r\nI write it tomorrow.\r\n"), 0, h.clock.Now())
		if err != nil {
			h.t.Fatal(err)
		}
		for _, m := range h.folderOf(annaAt, "Drafts").Mails {
			if imap.UID(m.UID) == at.UID {
				return m
			}
		}
	default:
		first = h.deliver(mail{subject: "Scale in " + string(in)})
		number = first.Ticket
		h.flush()
	}
	set := SetArgs{Number: number, Assignee: of}
	switch in {
	case view.WaitingFor:
		set.Status = "pending"
	case view.SolvedBy:
		set.Status = "solved"
	case view.Archive:
		set.Status = "closed"
	case view.Overdue:
		h.tick(first.ticket.PromiseDue.Add(time.Second))
	case view.Sent:
		h.submit(annaAt, mail{rcpt: []string{miaAt}, subject: "Re: Scale", body: "It is on its way.", head: []string{"In-Reply-To: <" + first.MessageID + ">"}})
		h.flush()
	case view.Trash:
		if _, err := h.move(annaAt, "Desk/support", "Trash", number); err != nil {
			h.t.Fatal(err)
		}
	}
	if set.Status != "" || set.Assignee != "" {
		h.set(set)
	}
	for _, m := range h.folderOf(annaAt, tableName(in)).Mails {
		if item != 0 && m.Item == uint64(item) || number != 0 && m.Ticket == number {
			return m
		}
	}
	h.t.Fatalf("%s shows neither ticket %d nor %s", in, number, item)
	return imapd.Mail{}
}

// tableCell is a move of the table.
type tableCell struct {
	h        *house
	from, to view.Kind
	mail     imapd.Mail
	was      string        // see standingOf
	before   ticket.Ticket // when it is a ticket's mail
}

func (c *tableCell) standing() string {
	if c.mail.Ticket == 0 {
		return fmt.Sprint(len(c.h.items()))
	}
	return c.h.standingOf(c.mail.Ticket)
}

func newCell(h *house, from, to view.Kind, of string) *tableCell {
	c := &tableCell{h: h, from: from, to: to, mail: h.stands(from, of)}
	if c.mail.Ticket != 0 {
		c.before = h.ticket(c.mail.Ticket)
	}
	c.was = c.standing()
	return c
}

func (c *tableCell) move() (imapd.Moved, error) {
	return c.h.accountOf(annaAt).Move(tableName(c.from), []imapd.Mail{c.mail}, tableName(c.to), false)
}

// refused checks that the move is refused with just this sentence, and nothing is changed by it.
func (c *tableCell) refused(sentence string) {
	c.h.t.Helper()
	_, err := c.move()
	var no *imap.Error
	if !errors.As(err, &no) || no.Type != imap.StatusResponseTypeNo || no.Code != imap.ResponseCodeCannot || no.Text != sentence {
		c.h.t.Errorf("%s to %s is answered %v, must be NO [CANNOT] %s", c.from, c.to, err, sentence)
	}
	if is := c.standing(); is != c.was {
		c.h.t.Errorf("%s to %s is refused, and it is %s, was %s", c.from, c.to, is, c.was)
	}
	if !c.in(c.from) {
		c.h.t.Errorf("%s to %s is refused, and it stands where it stood no more", c.from, c.to)
	}
}

// in reports whether a folder of Anna's shows the mail.
func (c *tableCell) in(k view.Kind) bool {
	for _, m := range c.h.folderOf(annaAt, tableName(k)).Mails {
		if mailRef(m) == mailRef(c.mail) {
			return true
		}
	}
	return false
}

// made reports whether the ticket is what an action makes of it.
func (c *tableCell) made(does view.Action) bool {
	if does == view.Hide { // not every mail has a ticket
		return c.standing() == c.was
	}
	is := c.h.ticket(c.mail.Ticket)
	phase, same := view.PhaseOf(&is), is.Assignee == c.before.Assignee
	switch does {
	case view.Take:
		return is.Assignee == annaAt && phase == view.Active
	case view.HandOn:
		return is.Assignee == benAt && (phase == view.Active || phase == view.Waiting && view.PhaseOf(&c.before) == phase)
	case view.GiveBack:
		return is.Assignee == "" && phase == view.Active
	case view.Wait:
		return same && phase == view.Waiting
	case view.Solve:
		return same && phase == view.Solved
	case view.ToDesk:
		was := view.PhaseOf(&c.before)
		return same && is.Desk == "support" && (phase == was || phase == view.Active && was.Closed())
	case view.WorkOn:
		return same && phase == view.Active
	}
	return false
}

// Each cell of the table does what it says, and can be moved back, or is refused with its
// sentence and changes nothing.
func TestMovesAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	for _, from := range view.Kinds() {
		t.Run(string(from), func(t *testing.T) {
			t.Parallel()
			h := threeOfTwoDesks(t)
			h.closed(mail{})                    // so that there is an archive,
			h.deliver(mail{subject: "Another"}) // and a folder of the customer's
			h.flush()
			for _, to := range view.Kinds() {
				if from == to && (from == view.Desk || from == view.Agent || from == view.Customer || from == view.Archive) {
					continue // nothing is changed: TestMoveToWhereItIs
				}
				of := ""
				switch {
				case from == view.Mine:
					of = annaAt
				case from == view.Agent:
					of = benAt
				}
				c := newCell(h, from, to, of)
				does, no := view.ActionOf(from, to)
				switch {
				case no != "":
					c.refused(no)
				case from == view.Held || from == view.Junk:
					c.drawer(does)
				case from == view.Trash || from == view.Drafts || from == view.Sent:
					c.own(does)
				case from == view.Agent && (does == view.Wait || does == view.Solve):
					c.refused(fmt.Sprintf("Ticket %d is with Ben Ortiz.", c.mail.Ticket))
				default:
					c.thereAndBack(does)
				}
			}
		})
	}
}

// thereAndBack does a move, and takes it back by moving back.
func (c *tableCell) thereAndBack(does view.Action) {
	t := c.h.t
	t.Helper()
	moved, err := c.move()
	if err != nil || !c.made(does) {
		t.Errorf("%s to %s, %s: %v; the ticket is %s, was %s", c.from, c.to, does, err, c.standing(), c.was)
		return
	}
	uid, ok := moved.To[c.mail.UID]
	if !ok || len(moved.To) != 1 || !c.in(c.to) {
		t.Errorf("%s to %s: COPYUID %v of %d; it stands there: %v", c.from, c.to, moved.To, c.mail.UID, c.in(c.to))
		return
	}
	back := c.mail
	back.UID = uid
	changed := c.standing() != c.was
	if _, err := c.h.accountOf(annaAt).Move(tableName(c.to), []imapd.Mail{back}, tableName(c.from), false); err != nil && changed {
		t.Errorf("%s to %s cannot be moved back: %v", c.from, c.to, err)
	}
	if is := c.standing(); is != c.was || !c.in(c.from) {
		t.Errorf("%s to %s and back: the ticket is\n%s, was\n%s; it stands where it stood: %v", c.from, c.to, is, c.was, c.in(c.from))
	}
}

// drawer decides about a mail in Held or Junk; that is not taken back.
func (c *tableCell) drawer(does view.Action) {
	t, id := c.h.t, ticket.ID(c.mail.Item)
	t.Helper()
	if does == view.Hide {
		c.thereAndBack(does)
		return
	}
	if _, err := c.move(); err != nil {
		t.Errorf("%s to %s, %s: %v", c.from, c.to, does, err)
		return
	}
	e, tk := c.h.mailWith(id)
	ok := !c.in(c.from)
	switch does {
	case view.Admit:
		ok = ok && e.Seq > 1 && tk.Status == ticket.New
	case view.Reject:
		ok = ok && e.Seq == 1 && tk.Status == ticket.Closed
	case view.Release:
		ok = ok && e.Seq == 1 && tk.Status == ticket.New && tk.CreatedAt.Equal(e.At) && e.At.Before(c.h.clock.Now())
	}
	if !ok {
		t.Errorf("%s to %s, %s: it is %d on ticket %d, which is %s", c.from, c.to, does, e.Seq, e.Ticket, tk.Status)
	}
}

// mailWith is the mail with an id and the ticket that it is on.
func (h *house) mailWith(id ticket.ID) (e ticket.Entry, tk ticket.Ticket) {
	h.t.Helper()
	h.view(func(r store.Reader) error {
		var err, terr error
		e, err = r.Entry(id)
		tk, terr = r.Ticket(e.Ticket)
		return errors.Join(err, terr)
	})
	return e, tk
}

// own moves what is the agent's own, or what she has put away.
func (c *tableCell) own(does view.Action) {
	t := c.h.t
	t.Helper()
	switch { // it is a ticket's: TestOwnOutOfTrash has those that are not
	case does == view.Restore:
		c.refused(view.NoDrafts)
		return
	case does == view.Show && (c.to == view.Junk || c.to == view.Held):
		c.refused(view.NoHold)
		return
	}
	if _, err := c.move(); err != nil {
		t.Errorf("%s to %s, %s: %v", c.from, c.to, does, err)
		return
	}
	if c.in(c.from) {
		t.Errorf("%s to %s, %s: it stands where it stood", c.from, c.to, does)
	}
	if does == view.Hide {
		if !c.in(view.Trash) || c.standing() != c.was {
			t.Errorf("%s to Trash: it is %s, was %s, and is in Trash: %v", c.from, c.standing(), c.was, c.in(view.Trash))
		}
		return
	}
	turns, no := view.TicketAction(c.from, c.to)
	if no != "" || c.to == view.Inbox || c.to == view.Desk || c.to == view.Unassigned { // where it is
		if is := c.standing(); is != c.was {
			t.Errorf("Trash to %s: the ticket is %s, was %s", c.to, is, c.was)
		}
	} else if !c.made(turns) {
		t.Errorf("Trash to %s, %s: the ticket is %s, was %s", c.to, turns, c.standing(), c.was)
	}
	if !c.in(view.Desk) {
		t.Errorf("Trash to %s: it is to be seen nowhere", c.to)
	}
}

// A colleague's ticket stays with the colleague, from wherever it is moved but their folder.
func TestColleaguesTicketsStay(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	for _, from := range []view.Kind{view.Desk, view.Customer, view.Overdue, view.Archive} {
		for _, to := range []view.Kind{view.Mine, view.Unassigned, view.WaitingFor, view.SolvedBy, view.Inbox, view.Agent} {
			c := newCell(h, from, to, benAt)
			if _, no := view.ActionOf(from, to); no != "" {
				c.refused(no)
				continue
			}
			c.refused(fmt.Sprintf("Ticket %d is with Ben Ortiz.", c.mail.Ticket))
		}
		c := newCell(h, from, view.Desk, benAt)
		_, err := h.accountOf(annaAt).Move(tableName(from), []imapd.Mail{c.mail}, "Desk/billing", false)
		wantNo(t, err, fmt.Sprintf("Ticket %d is with Ben Ortiz.", c.mail.Ticket))
		if is := c.standing(); is != c.was {
			t.Errorf("%s to another desk: it is %s, was %s", from, is, c.was)
		}
	}
}

// To another desk a ticket goes, from a colleague who is not on it without them; back again
// it is theirs.
func TestToAnotherDesk(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	for _, of := range []string{"", annaAt, benAt} {
		from := map[string]string{"": "Unassigned", annaAt: "Mine", benAt: "Agent/Ben Ortiz"}[of]
		c := newCell(h, view.Desk, view.Desk, of)
		if _, err := h.move(annaAt, from, "Desk/billing", c.mail.Ticket); err != nil {
			t.Fatal(err)
		}
		is, stays := h.ticket(c.mail.Ticket), of
		if of == benAt {
			stays = ""
		}
		if is.Desk != "billing" || is.Assignee != stays {
			t.Errorf("from %s to another desk it is %s", from, c.standing())
		}
		if _, err := h.move(annaAt, "Desk/billing", from, c.mail.Ticket); err != nil || c.standing() != c.was {
			t.Errorf("moved back to %s (%v), it is %s, was %s", from, err, c.standing(), c.was)
		}
	}
}

// What is moved to a folder of the kind that it is in, and which shows it, stays as it is.
func TestMoveToWhereItIs(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	for kind, of := range map[view.Kind]string{view.Desk: "", view.Agent: benAt, view.Customer: "", view.Archive: ""} {
		c := newCell(h, kind, kind, of)
		if _, err := c.move(); err != nil && !strings.Contains(err.Error(), "CANNOT") {
			t.Error(err)
		}
		if is := c.standing(); is != c.was || !c.in(kind) {
			t.Errorf("%s to itself: it is %s, was %s", kind, is, c.was)
		}
	}
}

// What is the agent's own goes out of Trash to where it was, and is never lost on the way;
// junk goes to Junk alone.
func TestOwnOutOfTrash(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{})
	h.closed(mail{})
	a := h.accountOf(annaAt)
	sent, err := a.Append("Sent", []byte("Message-ID: <1@phone.example>\r\nSubject: sent\r\n\r\nFrom the phone.\r\n"), 0, h.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		mail  imapd.Mail
		from  view.Kind
		to    map[view.Kind]string // "" it goes there
		other string
	}{
		"a draft":       {h.stands(view.Drafts, ""), view.Drafts, map[view.Kind]string{view.Drafts: "", view.Sent: view.NoSent}, view.NoOwn},
		"what was sent": {imapd.Mail{UID: uint32(sent.UID)}, view.Sent, map[view.Kind]string{view.Sent: ""}, view.NoOwn},
		"junk":          {h.stands(view.Junk, ""), view.Junk, map[view.Kind]string{view.Junk: ""}, view.NoJunkOut},
	} {
		if c.mail.Item == 0 {
			for _, m := range h.folderOf(annaAt, string(c.from)).Mails {
				if m.UID == c.mail.UID {
					c.mail = m
				}
			}
		}
		for _, to := range view.Kinds() {
			cell := &tableCell{h: h, from: view.Trash, to: to, mail: c.mail}
			cell.was = cell.standing()
			moved, err := a.Move(tableName(c.from), []imapd.Mail{c.mail}, "Trash", false)
			if err != nil || !cell.in(view.Trash) || cell.in(c.from) {
				t.Fatalf("%s to Trash: %v", what, err)
			}
			inTrash := c.mail
			for _, uid := range moved.To {
				inTrash.UID = uid
			}
			cell.mail = inTrash
			no, special := c.to[to]
			if _, refused := view.ActionOf(view.Trash, to); refused != "" {
				no, special = refused, true
			}
			if !special {
				no = c.other
			}
			if to == view.Drafts && what == "what was sent" { // to be sent again
				continue
			}
			if no != "" {
				cell.refused(no)
			}
			cell.to = c.from // where it came from
			back, err := cell.move()
			if err != nil || !cell.in(c.from) || cell.in(view.Trash) {
				t.Fatalf("%s out of Trash: %v; it is in %s: %v", what, err, c.from, cell.in(c.from))
			}
			for _, uid := range back.To {
				c.mail.UID = uid
			}
		}
	}
}
