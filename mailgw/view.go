package mailgw

import (
	"cmp"
	"encoding/base64"
	"errors"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// TicketView is a ticket as commands print it. Names are fixed: people script against them.
type TicketView struct {
	Number       uint64            `json:"number"`
	Desk         string            `json:"desk"`
	Status       ticket.Status     `json:"status"`
	Priority     ticket.Priority   `json:"priority"`
	Subject      string            `json:"subject"`
	Customer     *string           `json:"customer"`
	Confidence   ticket.Confidence `json:"customer_confidence"`
	Requester    *string           `json:"requester"`
	Assignee     *string           `json:"assignee"`
	Tags         []string          `json:"tags"`
	Level        string            `json:"level"`
	LevelWhy     *string           `json:"level_why"` // which agreement gave it, in words; null when there is no more to say of it
	CreatedAt    time.Time         `json:"created_at"`
	PromiseDueAt *time.Time        `json:"promise_due_at"`
	PromiseState string            `json:"promise_state"`
	Linked       []uint64          `json:"linked"`
	Satisfaction *string           `json:"satisfaction"`      // what its customer last said of whether it is solved: yes, no or partly
	GoesOnAs     *uint64           `json:"goes_on_as"`        // the ticket that it was merged into; null: none
	ErasedAt     *time.Time        `json:"erased_at"`         // when what was said on it was erased; null: it was not
	Entries      []EntryView       `json:"entries,omitempty"` // only by show
}

// EntryView is an entry as commands print it.
type EntryView struct {
	ID          ticket.ID        `json:"id"`
	Number      uint32           `json:"number"` // on its ticket; other tickets' entries may leave gaps
	Kind        ticket.Kind      `json:"kind"`
	From        *string          `json:"from"`
	To          []string         `json:"to"`
	Cc          []string         `json:"cc"`
	At          time.Time        `json:"at"`
	MessageID   *string          `json:"message_id"`
	Text        string           `json:"text"`
	Outcome     *string          `json:"outcome"`
	Evidence    []string         `json:"evidence"`
	SenderAuth  *string          `json:"sender_auth"`
	AuthReasons []string         `json:"sender_auth_reasons"` // of sender_auth
	Attachments []AttachmentView `json:"attachments"`
	NeededBy    []NeedView       `json:"needed_by"` // of a customer's mail: the times by which they need something
	Raw         string           `json:"raw"`       // the words behind "mailgw" that print it
	SentAt      *time.Time       `json:"sent_at"`
	Reply       *string          `json:"reply"` // what the next hop said last, or why it did not leave
	Problems    []string         `json:"problems"`
	ErasedAt    *time.Time       `json:"erased_at"` // when its words, people and bytes were erased; null: they were not
}

// FindView is an accepted mail as "ticket find" prints it.
type FindView struct {
	MessageID *string        `json:"message_id"`
	ID        ticket.ID      `json:"id"`
	Outcome   ticket.Outcome `json:"outcome"`
	Ticket    *uint64        `json:"ticket"`
}

// EventView is an event as "ticket log" prints it.
type EventView struct {
	At   time.Time `json:"at"`
	Who  string    `json:"who"`
	What string    `json:"what"`
	Why  string    `json:"why"`
}

// OutboxView is a row as "outbox list" prints it.
type OutboxView struct {
	ID        ticket.ID           `json:"id"`
	Ticket    *uint64             `json:"ticket"` // null: a list for a desk, which tells of many
	Kind      ticket.OutgoingKind `json:"kind"`
	To        []string            `json:"to"`
	Attempts  int                 `json:"attempts"`
	NextAt    time.Time           `json:"next_at"`
	LastReply *string             `json:"last_reply"`
	Waits     *string             `json:"waits"` // why an answer does not leave before somebody says so: guard, review, collision or new; null for what leaves at NextAt
}

// PromiseView is a row of the ledger as "promise list" prints it.
type PromiseView struct {
	ID        ticket.ID     `json:"id"`
	Ticket    uint64        `json:"ticket"`
	Customer  *string       `json:"customer"`
	Agent     *string       `json:"agent"` // null: the desk owes it
	Kind      promise.Kind  `json:"kind"`
	Told      bool          `json:"told"`
	State     promise.State `json:"state"`
	DueAt     time.Time     `json:"due_at"`
	MadeAt    time.Time     `json:"made_at"`
	MadeBy    string        `json:"made_by"` // Message-ID of the mail that made it, else who did
	By        string        `json:"by"`      // who made it: an agent, a rule, or mailgw
	KeptAt    *time.Time    `json:"kept_at"`
	KeptBy    []string      `json:"kept_by"`      // Message-IDs
	Cause     string        `json:"cause"`        // what started it; of a broken or withdrawn one, why it is so
	Announced *time.Time    `json:"announced_at"` // when the customer was told that it will not be kept; null: they were not
	Words     *string       `json:"words"`        // the agent's own words that made it
}

// AttachmentView is an attached file as commands print it.
type AttachmentView struct {
	Name   *string `json:"name"`             // as the sender calls it; null when the part has none
	Type   string  `json:"type"`             // media type in lower case
	Size   int     `json:"size"`             // bytes after decoding
	SHA256 string  `json:"sha256,omitempty"` // of the decoded bytes; left out when it is not known
}

func viewAttachments(list []ticket.Attachment) []AttachmentView {
	out := make([]AttachmentView, 0, len(list))
	for _, a := range list {
		out = append(out, AttachmentView{orNull(a.Name), a.Type, a.Size, a.SHA256})
	}
	return out
}

// VerifyView is what "verify" prints: what was looked at, and what is wrong.
type VerifyView = store.Report

// RawView is a mail's bytes as "ticket raw" gets them.
type RawView struct {
	ID  ticket.ID `json:"id"`
	Raw string    `json:"raw_base64"`
}

// orNull makes the zero value of a field null in JSON.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// orEmpty makes a missing list [] in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (s *settings) viewTicket(t *ticket.Ticket) TicketView {
	v := TicketView{
		Number: t.Number, Desk: t.Desk, Status: t.Status, Priority: t.Priority, Subject: t.Subject, Customer: orNull(s.companyName(t)),
		Confidence: t.Confidence, Requester: orNull(t.Requester), Assignee: orNull(t.Assignee), Tags: orEmpty(t.Tags), Level: t.Level, LevelWhy: orNull(t.LevelWhy),
		CreatedAt: t.CreatedAt, PromiseState: t.PromiseIs, Linked: orEmpty(t.Linked), Satisfaction: orNull(string(t.Satisfaction)), ErasedAt: orNull(t.ErasedAt),
	}
	if !t.Told || t.PromiseIs == "withdrawn" { // a clock that nobody was told is only a target
		v.PromiseState = "none"
	}
	if to, _, ok := t.Next(0); ok {
		v.GoesOnAs = &to
	}
	if !t.PromiseDue.IsZero() {
		v.PromiseDueAt = &t.PromiseDue
	}
	return v
}

func viewLedger(p *promise.Promise) PromiseView {
	return PromiseView{
		ID: p.ID, Ticket: p.Ticket, Customer: orNull(p.Customer), Agent: orNull(p.Agent), Kind: p.Kind, Told: p.Told, State: p.State,
		DueAt: p.DueAt, MadeAt: p.MadeAt, MadeBy: cmp.Or(p.Mail, p.MadeBy), By: p.MadeBy, KeptAt: orNull(p.KeptAt), KeptBy: orEmpty(p.KeptBy), Cause: cmp.Or(p.Why, p.Cause),
		Announced: orNull(p.Announced), Words: orNull(p.Words),
	}
}

func viewEvent(e *ticket.Event) EventView { return EventView{e.At, e.Who, e.What, e.Why} }

// viewEntry shows an entry with all of its words: those of a mail that came in are read from its raw bytes.
func (g *Gateway) viewEntry(r store.Reader, e *ticket.Entry) (EntryView, error) {
	v := EntryView{
		ID: e.ID, Number: e.Seq, Kind: e.Kind, From: orNull(e.From), To: orEmpty(e.To), Cc: orEmpty(e.Cc), At: e.At, MessageID: orNull(e.MessageID), Text: e.Text,
		Outcome: orNull(string(e.Outcome)), Evidence: orEmpty(e.Evidence), SenderAuth: orNull(e.SenderAuth), AuthReasons: orEmpty(e.SenderWhy),
		NeededBy: []NeedView{}, Attachments: viewAttachments(e.Attachments), Problems: orEmpty(e.Problems), Raw: "ticket raw " + e.ID.String(),
	}
	v.Reply, v.ErasedAt = orNull(e.Reply), orNull(e.ErasedAt)
	if !e.SentAt.IsZero() {
		v.SentAt = &e.SentAt
	}
	if e.Text != "" || !e.ErasedAt.IsZero() {
		return v, nil
	}
	raw, err := g.rawOf(r, e)
	if err != nil {
		return v, err
	}
	m := letter.Parse(raw, "", letter.DefaultLimits())
	v.Text = m.Matter()
	if e.Kind == ticket.MailOut {
		v.Text = m.Text
	}
	if fromCustomer(e) {
		t, err := r.Ticket(e.Ticket)
		if err != nil {
			return v, err
		}
		s := g.settings.Load()
		v.NeededBy = s.needs(m, m.Language, s.deskOr(t.Desk), e.At)
	}
	return v, nil
}

// rawOf returns the bytes of an entry: as they came in, or as they leave or left.
func (g *Gateway) rawOf(r store.Reader, e *ticket.Entry) ([]byte, error) {
	if !e.ErasedAt.IsZero() {
		return nil, store.ErrNotFound
	}
	if e.Kind != ticket.MailOut {
		return r.Raw(e.ID)
	}
	row := e.Outgoing
	if row == nil {
		waiting, err := r.Outgoing(e.ID)
		if err != nil {
			return nil, err
		}
		row = &waiting
	}
	m, err := g.materialOf(r, row)
	if err != nil {
		return nil, err
	}
	mails, err := g.compose(row, m)
	if err != nil {
		return nil, err
	}
	return mails[0].Bytes, nil
}

func (g *Gateway) rawMail(a IDArgs, emit func(any) error) error {
	id, err := ticket.ParseID(a.ID)
	if err != nil {
		return usage("%q is %v", a.ID, err)
	}
	var raw []byte
	err = g.store.View(func(r store.Reader) error {
		e, err := r.Entry(id)
		if errors.Is(err, store.ErrNotFound) { // a quarantined mail has a receipt only
			raw, err = r.Raw(id)
			return err
		}
		if err == nil {
			raw, err = g.rawOf(r, &e)
		}
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return failure("there is no mail %s (a duplicate keeps no bytes of its own)", id)
	}
	if err != nil {
		return err
	}
	return emit(RawView{id, base64.StdEncoding.EncodeToString(raw)})
}
