package mailgw

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/erasure"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// The files of an export.
const (
	ExportMbox    = "mail.mbox"     // mails, in the form mboxrd
	ExportRecords = "records.jsonl" // what was noted, a [ExportRecord] per line
	ExportIndex   = "index.json"    // an [ExportIndexView]
)

// ExportArgs of "customer.export".
type ExportArgs struct {
	Who string `json:"who"` // an address, or a customer's name or number
}

// ExportView is a piece of a file of an export; the last one is the index.
type ExportView struct {
	File    string `json:"file"`    // its name: one of the three
	Bytes   []byte `json:"bytes"`   // that follow what it has already
	Mails   int    `json:"mails"`   // only with the index: how many there are
	Records int    `json:"records"` // likewise
}

// ExportRecord is a line of records.jsonl.
type ExportRecord struct {
	Record string `json:"record"` // ticket, entry, event, promise, receipt, outgoing, drawer_item, customer, customer_event or unreachable
	Value  any    `json:"value"`  // as it is kept
}

// ExportIndexView is index.json.
type ExportIndexView struct {
	Who       string         `json:"who"`
	At        time.Time      `json:"at"`
	Addresses []string       `json:"addresses"`
	Tickets   []uint64       `json:"tickets"` // all theirs
	Parts     []uint64       `json:"parts"`   // others', on which they wrote or are named
	Mails     int            `json:"mails"`
	Records   map[string]int `json:"records"` // by kind
	Notes     []string       `json:"notes"`   // what to know of it
}

// exporter writes an export, a piece at a time: whoever reads it slowly holds no state
// of the store.
type exporter struct {
	g      *Gateway
	r      store.Reader // of the piece
	job    *eraseJob
	pieces []ExportView
	emit   func(any) error
	index  ExportIndexView
}

// exportCustomer emits everything that is kept of a person or a company.
func (g *Gateway) exportCustomer(a ExportArgs, emit func(any) error) error {
	x := &exporter{g: g, job: &eraseJob{}, emit: emit}
	err := x.piece(func() error {
		s, err := g.findSubject(x.r, a.Who)
		if err != nil {
			return err
		}
		x.job.Addresses, x.job.Kind = s.addresses, s.kind
		asked := erasure.Asked{Who: erasure.NewWho(s.addresses)}
		if s.kind == kindCompany {
			asked.Customer, x.job.Customers = s.company.ID, []uint64{s.company.ID}
		}
		plan, err := erasure.Select(x.r, asked)
		if err != nil {
			return err
		}
		x.job.Plan = *plan
		x.index = ExportIndexView{Who: a.Who, At: g.clock.Now(), Addresses: s.addresses, Tickets: append([]uint64{}, plan.Whole...), Parts: append([]uint64{}, plan.Parts...), Records: map[string]int{}}
		return nil
	})
	if err != nil {
		return err
	}
	for _, step := range []func() error{x.mails, x.tickets, x.receipts, x.waiting, x.customers, x.end} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// piece reads in one state of the store, and emits what came of it when that is let go.
func (x *exporter) piece(read func() error) error {
	x.pieces = nil
	err := x.g.store.View(func(r store.Reader) error {
		x.r = r
		return read()
	})
	for i := range x.pieces {
		if err == nil {
			err = x.emit(x.pieces[i])
		}
	}
	return err
}

// eachPiece reads a piece for each of some things. What has gone meanwhile is left out.
func eachPiece[T any](x *exporter, list []T, read func(T) error) error {
	for _, v := range list {
		if err := x.piece(func() error { return ignoreMissing(read(v)) }); err != nil {
			return err
		}
	}
	return nil
}

// record writes one line.
func (x *exporter) record(kind string, v any) error {
	var line bytes.Buffer
	if err := newEncoder(&line).Encode(ExportRecord{kind, v}); err != nil {
		return fmt.Errorf("write a %s: %w", kind, err)
	}
	x.index.Records[kind]++
	x.pieces = append(x.pieces, ExportView{File: ExportRecords, Bytes: line.Bytes()})
	return nil
}

// mails writes their mails, and those that went to them, as they were.
func (x *exporter) mails() error {
	ids := slices.Concat(x.job.Plan.Entries, x.job.Plan.Mails)
	slices.Sort(ids)
	return eachPiece(x, slices.Compact(ids), func(id ticket.ID) error {
		raw, at, err := x.bytesOf(id)
		if err == nil && raw != nil {
			x.index.Mails++
			x.pieces = append(x.pieces, ExportView{File: ExportMbox, Bytes: mboxrd(raw, at)})
		}
		return err
	})
}

// bytesOf are a mail's: as it came, or as it left or will; nil when there are none.
func (x *exporter) bytesOf(id ticket.ID) (raw []byte, at time.Time, err error) {
	e, err := x.r.Entry(id)
	if err == nil {
		at = e.At
		raw, err = x.g.rawOf(x.r, &e)
	} else if errors.Is(err, store.ErrNotFound) {
		var rc ticket.Receipt
		if rc, err = x.r.Receipt(id); err == nil {
			at = rc.At
			raw, err = x.r.Raw(id)
		}
	}
	return raw, at, ignoreMissing(err)
}

// mboxrd is a mail in a mbox file, so that it can be read from there byte for byte: of
// lines that begin with From, after any number of >, one > more stands in front.
func mboxrd(raw []byte, at time.Time) []byte {
	out := fmt.Appendf(nil, "From MAILER-DAEMON %s\n", at.UTC().Format(time.ANSIC))
	for line := range bytes.Lines(raw) {
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			out = append(out, '>')
		}
		out = append(out, line...)
	}
	if !bytes.HasSuffix(out, []byte("\n")) {
		out = append(out, '\n')
	}
	return append(out, '\n')
}

// tickets writes what was noted on tickets: of theirs all, of others' what goes to them
// or is by them, without the words of anybody else.
func (x *exporter) tickets() error {
	mine := map[ticket.ID]bool{}
	for _, id := range x.job.Plan.Entries {
		mine[id] = true
	}
	entries := func(n uint64) error {
		list, err := x.r.Entries(n)
		for i := range list {
			if mine[list[i].ID] {
				err = errors.Join(err, x.record("entry", &list[i]))
			}
		}
		return err
	}
	err := eachPiece(x, x.job.Plan.Whole, func(n uint64) error {
		t, err := x.r.Ticket(n)
		if err != nil {
			return err
		}
		return errors.Join(x.record("ticket", &t), entries(n), x.history(n))
	})
	if err != nil {
		return err
	}
	return eachPiece(x, x.job.Plan.Parts, entries)
}

// history writes the events and promises of a ticket of theirs.
func (x *exporter) history(n uint64) error {
	events, err := x.r.Events(n)
	if err != nil {
		return err
	}
	for i := range events {
		if err := x.record("event", &events[i]); err != nil {
			return err
		}
	}
	owed, err := x.r.TicketPromises(n)
	if err != nil {
		return err
	}
	for i := range owed {
		if err := x.record("promise", &owed[i]); err != nil {
			return err
		}
	}
	return nil
}

func (x *exporter) receipts() error {
	return eachPiece(x, x.job.Plan.Mails, func(id ticket.ID) error {
		rc, err := x.r.Receipt(id)
		if err != nil {
			return err
		}
		return x.record("receipt", &rc)
	})
}

// waiting writes what waits to leave to them, or waits for a person about them.
func (x *exporter) waiting() error {
	err := eachPiece(x, x.job.Plan.Rows, func(id ticket.ID) error {
		row, err := x.r.Outgoing(id)
		if err != nil {
			return err
		}
		return x.record("outgoing", &row)
	})
	if err != nil {
		return err
	}
	return eachPiece(x, x.job.Plan.Drawer, func(id ticket.ID) error {
		item, err := x.r.DrawerItem(id)
		if err != nil {
			return err
		}
		return x.record("drawer_item", &item)
	})
}

// customers writes what the customers say of them: of a company the whole record, of a
// person what is about that person.
func (x *exporter) customers() error {
	who := erasure.NewWho(x.job.Addresses)
	return x.piece(func() error {
		var bad error
		err := x.r.Customers(0, func(c customer.Customer) bool {
			if slices.Contains(x.job.Customers, c.ID) {
				bad = errors.Join(x.record("customer", &c), x.customerEvents(c.ID))
			} else if part := theirPart(&c, who); len(part.People)+len(part.Addresses)+len(part.Claimed) > 0 {
				bad = x.record("customer", &part)
			}
			return bad == nil
		})
		if err = errors.Join(err, bad); err != nil {
			return err
		}
		err = x.r.AllUnreachable(func(u ticket.Unreachable) bool {
			if who.Is(u.Address) {
				bad = x.record("unreachable", &u)
			}
			return bad == nil
		})
		return errors.Join(err, bad)
	})
}

func (x *exporter) customerEvents(id uint64) error {
	events, err := x.r.CustomerEvents(id)
	for i := range events {
		err = errors.Join(err, x.record("customer_event", &events[i]))
	}
	return err
}

// theirPart is what a company's record says of a person.
func theirPart(c *customer.Customer, who *erasure.Who) customer.Customer {
	part := customer.Customer{ID: c.ID, Name: c.Name}
	for _, a := range c.Addresses {
		if who.Is(a) {
			part.Addresses = append(part.Addresses, a)
		}
	}
	for _, a := range c.Claimed {
		if who.Is(a) {
			part.Claimed = append(part.Claimed, a)
		}
	}
	for _, p := range c.People {
		if who.Any(p.Addresses) {
			part.People = append(part.People, p)
		}
	}
	return part
}

// end writes the index.
func (x *exporter) end() error {
	x.index.Notes = []string{
		"mail.mbox is in the form mboxrd: one > stands in front of each line that begins with From, or with > and From",
		"internal notes are among the entries: they are about them",
		"tickets in parts are others': of those, only what is by them or to them alone is here; mails to them and others show the others' addresses",
	}
	j, err := json.MarshalIndent(&x.index, "", "  ")
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	records := 0
	for _, n := range x.index.Records {
		records += n
	}
	return x.emit(ExportView{File: ExportIndex, Bytes: append(j, '\n'), Mails: x.index.Mails, Records: records})
}
