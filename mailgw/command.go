package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// CommandError is an error that the user of a command can act on.
type CommandError struct {
	Text  string // one line: what, where, and what to do instead
	Usage bool   // the command was typed wrong
}

func (e *CommandError) Error() string { return e.Text }

func failure(format string, args ...any) error {
	return &CommandError{Text: fmt.Sprintf(format, args...)}
}

func usage(format string, args ...any) error {
	return &CommandError{Text: fmt.Sprintf(format, args...), Usage: true}
}

// The arguments of the commands, as Admin.Do takes them.
type (
	// ListArgs of "ticket.list": which tickets, newest first.
	ListArgs struct {
		Desk   string `json:"desk"`   // "" = all
		Status string `json:"status"` // "" = all
		Limit  int    `json:"limit"`  // 0 = all
	}
	// NumberArgs of "ticket.show" and "ticket.log".
	NumberArgs struct {
		Number uint64 `json:"number"`
	}
	// FindArgs of "ticket.find": Message-IDs, or ids of 250 replies.
	FindArgs struct {
		IDs []string `json:"ids"`
	}
	// IDArgs of "ticket.raw".
	IDArgs struct {
		ID string `json:"id"`
	}
	// SetArgs of "ticket.set"; an empty field stays as it is, "-" as Assignee means nobody.
	SetArgs struct {
		Number   uint64 `json:"number"`
		Status   string `json:"status"`
		Priority string `json:"priority"`
		Assignee string `json:"assignee"`
		Desk     string `json:"desk"`
		Customer string `json:"customer"` // as of CustomerArgs; "-" is nobody
		Learn    bool   `json:"learn"`    // Customer has the requester's address from now on
		Who      string `json:"who"`      // who does it, for the audit trail
	}
	// NoArgs of commands without arguments.
	NoArgs struct{}
)

// commands are what Admin.Do understands.
var commands = map[string]func(*Gateway, []byte, func(any) error) error{
	"ticket.list":        with((*Gateway).listTickets),
	"ticket.show":        with((*Gateway).showTicket),
	"ticket.find":        with((*Gateway).findMails),
	"ticket.search":      with((*Gateway).searchTickets),
	"ticket.log":         with((*Gateway).logTicket),
	"ticket.raw":         with((*Gateway).rawMail),
	"ticket.files":       with((*Gateway).listFiles),
	"ticket.set":         with((*Gateway).setTicket),
	"ticket.reply":       with((*Gateway).replyTicket),
	"ticket.note":        with((*Gateway).noteTicket),
	"ticket.merge":       with((*Gateway).mergeTickets),
	"ticket.split":       with((*Gateway).splitTicket),
	"outbox.list":        with((*Gateway).listOutbox),
	"outbox.retry":       with((*Gateway).retryRows),
	"outbox.drop":        with((*Gateway).dropRows),
	"outbox.release":     with((*Gateway).releaseRows),
	"outbox.unreachable": with((*Gateway).listUnreachable),
	"outbox.reach":       with((*Gateway).reachAgain),
	"held.list":          with((*Gateway).listHeld),
	"held.admit":         with((*Gateway).admitHeld),
	"held.reject":        with((*Gateway).rejectHeld),
	"junk.list":          with((*Gateway).listJunk),
	"junk.release":       with((*Gateway).releaseJunk),
	"promise.list":       with((*Gateway).listPromises),
	"customer.list":      with((*Gateway).listCustomers),
	"customer.names":     with((*Gateway).customerNames),
	"customer.show":      with((*Gateway).showCustomer),
	"customer.rename":    with((*Gateway).renameCustomer),
	"customer.alias":     with((*Gateway).aliasCustomer),
	"customer.merge":     with((*Gateway).mergeCustomers),
	"customer.import":    with((*Gateway).importCustomers),
	"customer.undo":      with((*Gateway).undoCustomer),
	"customer.erase":     with((*Gateway).eraseCustomer),
	"customer.export":    with((*Gateway).exportCustomer),
	"rehearse.mails":     with((*Gateway).storedMails),
	"rehearse.customers": with((*Gateway).storedCustomers),
	"passwd.salt":        with((*Gateway).saltOf),
	"passwd.device":      with((*Gateway).makeDevice),
	"alarm.list":         with((*Gateway).listAlarms),
	"passwd.list":        with((*Gateway).listDevices),
	"passwd.revoke":      with((*Gateway).revokeDevice),
	"verify":             with((*Gateway).verify),
	"explain":            with((*Gateway).explainMail),
}

// with decodes a command's arguments.
func with[A any](run func(*Gateway, A, func(any) error) error) func(*Gateway, []byte, func(any) error) error {
	return func(g *Gateway, raw []byte, emit func(any) error) error {
		var args A
		if err := json.Unmarshal(raw, &args); err != nil {
			return fmt.Errorf("decode arguments: %w", err)
		}
		return run(g, args, emit)
	}
}

func (g *Gateway) command(name string, args []byte, emit func(any) error) error {
	run := commands[name]
	if run == nil {
		known := make([]string, 0, len(commands))
		for n := range commands {
			known = append(known, n)
		}
		sort.Strings(known)
		return usage("the daemon does not know the command %q; it knows %v", name, known)
	}
	return run(g, args, emit)
}

func (g *Gateway) listTickets(a ListArgs, emit func(any) error) error {
	if a.Status != "" && !ticket.Status(a.Status).Valid() {
		return usage("%q is not a status; write new, open, pending, solved or closed", a.Status)
	}
	if a.Desk != "" && g.settings.Load().desk(a.Desk) == nil {
		return usage("there is no desk %q; write the name of a [[desk]]", a.Desk)
	}
	left := a.Limit
	for before := uint64(0); ; {
		var page []ticket.Ticket
		err := g.store.View(func(r store.Reader) error {
			page = page[:0]
			return r.Tickets(before, func(t ticket.Ticket) bool {
				before = t.Number
				if (a.Desk == "" || t.Desk == a.Desk) && (a.Status == "" || string(t.Status) == a.Status) {
					page = append(page, t)
				}
				return len(page) < listPage
			})
		})
		if err != nil {
			return err
		}
		s := g.settings.Load()
		for i := range page {
			if err := emit(s.viewTicket(&page[i])); err != nil {
				return err
			}
			if left--; left == 0 {
				return nil
			}
		}
		if len(page) < listPage {
			return nil
		}
	}
}

// listPage is how many tickets are read at a time: whoever reads the list slowly
// must not hold a state of the store, whose pages could not be used again.
const listPage = 500

// theTicket reads a ticket for a user.
func theTicket(r store.Reader, number uint64) (ticket.Ticket, error) {
	t, err := r.Ticket(number)
	if errors.Is(err, store.ErrNotFound) {
		return t, failure("there is no ticket %d", number)
	}
	return t, err
}

// theTicketToChange reads a ticket that a user wants to do something to.
func theTicketToChange(r store.Reader, number uint64) (ticket.Ticket, error) {
	t, err := theTicket(r, number)
	if err == nil && !t.ErasedAt.IsZero() {
		err = failure("ticket %d was erased on %s: nothing can be done to it any more", number, t.ErasedAt.Format(time.DateOnly))
	}
	return t, err
}

func (g *Gateway) showTicket(a NumberArgs, emit func(any) error) error {
	var v TicketView
	err := g.store.View(func(r store.Reader) error {
		t, err := theTicket(r, a.Number)
		if err != nil {
			return err
		}
		v = g.settings.Load().viewTicket(&t)
		entries, err := r.Entries(a.Number)
		for i := range entries {
			ev, err := g.viewEntry(r, &entries[i])
			if err != nil {
				return err
			}
			v.Entries = append(v.Entries, ev)
		}
		return err
	})
	if err != nil {
		return err
	}
	return emit(v)
}

func (g *Gateway) logTicket(a NumberArgs, emit func(any) error) error {
	var events []ticket.Event
	err := g.store.View(func(r store.Reader) (err error) {
		if _, err = theTicket(r, a.Number); err == nil {
			events, err = r.Events(a.Number)
		}
		return err
	})
	for i := range events {
		if err = emit(viewEvent(&events[i])); err != nil {
			break
		}
	}
	return err
}

// findMails looks up each argument: an id of a 250 reply, or a Message-ID with or without brackets.
func (g *Gateway) findMails(a FindArgs, emit func(any) error) error {
	var found []ticket.Receipt
	var missing []string
	err := g.store.View(func(r store.Reader) error {
		for _, s := range a.IDs {
			list, err := findReceipts(r, s)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				missing = append(missing, s)
			}
			found = append(found, list...)
		}
		return nil
	})
	for i := range found {
		if err == nil {
			err = emit(FindView{MessageID: orNull(found[i].MessageID), ID: found[i].ID, Outcome: found[i].Outcome, Ticket: orNull(found[i].Ticket)})
		}
	}
	if err == nil && len(missing) > 0 {
		err = failure("no mail was accepted with %s", strings.Join(missing, ", "))
	}
	return err
}

func findReceipts(r store.Reader, s string) ([]ticket.Receipt, error) {
	if id, err := ticket.ParseID(s); err == nil {
		rc, err := r.Receipt(id)
		if err == nil {
			return []ticket.Receipt{rc}, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	return r.ReceiptsByMessageID(unbracket(s), 1<<30)
}

func unbracket(s string) string {
	if len(s) > 2 && s[0] == '<' && s[len(s)-1] == '>' {
		return s[1 : len(s)-1]
	}
	return s
}

// emitAll emits what a View has collected, after it has ended.
func emitAll[T any](rows []T, err error, emit func(any) error) error {
	for i := range rows {
		if err == nil {
			err = emit(rows[i])
		}
	}
	return err
}

func (g *Gateway) verify(_ NoArgs, emit func(any) error) error {
	var rep store.Report
	err := g.store.View(func(r store.Reader) (err error) {
		if rep, err = store.Verify(r, nil); err != nil {
			return err
		}
		astray, err := placeProblems(r, mostAstray)
		rep.Problems = append(rep.Problems, astray...)
		return err
	})
	if err != nil {
		return err
	}
	if c, ok := g.store.(interface{ Check() []error }); ok {
		for _, e := range c.Check() {
			rep.Problems = append(rep.Problems, "database: "+e.Error())
		}
	}
	back, err := g.notErased()
	if err != nil {
		return err
	}
	rep.Problems = append(rep.Problems, back...)
	if rep.Problems == nil {
		rep.Problems = []string{}
	}
	if err := emit(rep); err != nil {
		return err
	}
	if n := len(rep.Problems); n > 0 {
		return failure("the store is damaged: %d problems", n)
	}
	return nil
}
