package mailgw

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/rules/hours"
	"supportgw/threading"
)

// ExplainArgs of "explain": a mail, and what a file does not say about it.
type ExplainArgs struct {
	File         string    `json:"file"` // as given
	Raw          []byte    `json:"raw"`
	EnvelopeFrom *string   `json:"envelope_from"` // nil = Return-Path, else From, else an unknown sender
	EnvelopeTo   []string  `json:"envelope_to"`   // none = the first address of a desk in To, Cc, Delivered-To, else the first desk
	ClientIP     string    `json:"client_ip"`     // "" = 127.0.0.1
	Helo         string    `json:"helo"`
	At           time.Time `json:"at"` // zero = now
}

// ExplainView is how a mail would be parsed, judged, matched, admitted, identified,
// triaged, promised and acknowledged, and why.
type ExplainView struct {
	File         string            `json:"file"`
	Outcome      ticket.Outcome    `json:"outcome"`
	Kind         letter.Kind       `json:"kind"`
	Reasons      []string          `json:"reasons"`
	From         *string           `json:"from"`
	Subject      string            `json:"subject"`
	Text         string            `json:"text"`
	Split        []SpanView        `json:"split"` // what the lines of text are: in order, without gaps, from its first byte to its last
	NewText      string            `json:"new_text"`
	QuotedText   string            `json:"quoted_text"`
	Signature    string            `json:"signature"`
	Forwarded    *ForwardedView    `json:"forwarded"`
	Attachments  []AttachmentView  `json:"attachments"`
	Bounce       *BounceView       `json:"bounce"`
	Language     *string           `json:"language"`
	Phones       []string          `json:"phones"`
	NeededBy     []NeedView        `json:"needed_by"` // the times by which the customer needs something; nobody promises them
	Solved       *string           `json:"solved"`    // what the words say of whether the matter is solved: yes, no or partly; it counts as the answer to our question alone
	Problems     []string          `json:"problems"`
	SenderAuth   string            `json:"sender_auth"`
	AuthReasons  []string          `json:"sender_auth_reasons"`
	Match        MatchView         `json:"match"`
	Admit        *string           `json:"admit"`
	AdmitWhy     *string           `json:"admit_why"`
	Customer     *string           `json:"customer"`
	Confidence   ticket.Confidence `json:"customer_confidence"`
	CustomerWhy  string            `json:"customer_why"`
	Rules        []RuleView        `json:"rules"`
	Priority     *string           `json:"priority"`
	Level        *string           `json:"level"`
	LevelWhy     *string           `json:"level_why"`  // which agreement gives it; null: the desk's level, or that which the ticket has
	Agreements   []string          `json:"agreements"` // of the customer: why others do not apply, and which end soon or ended not long ago
	Desk         *string           `json:"desk"`
	Target       *string           `json:"target"`
	Segments     []SegmentView     `json:"segments"` // the working time that was counted
	Skipped      []SkippedView     `json:"skipped"`  // the days between that were not, and why
	PromiseDueAt *time.Time        `json:"promise_due_at"`
	Acknowledge  AcknowledgeView   `json:"acknowledge"`

	Ticket       *uint64    `json:"ticket"`         // that the mail would be on; a new one has the next number
	Refused      *string    `json:"refused"`        // what the sender's server would be told instead; null: the mail is taken
	DuplicateOf  *string    `json:"duplicate_of"`   // the id of the same mail, when that was accepted before
	TargetWhy    string     `json:"target_why"`     // where the target comes from
	PromiseFrom  string     `json:"promise_from"`   // "target" or "history", see promise.mode; "" when nothing is promised
	TargetEndsAt *time.Time `json:"target_ends_at"` // before it is rounded to the promised time
	Zone         *string    `json:"zone"`           // of the desk
	Agent        *AgentView `json:"agent"`          // null: nobody of the house wrote, or pretends to have written
	Tells        []TellView `json:"tells"`          // the people of the house who would hear of it
	Forwards     []string   `json:"forwards"`       // the addresses outside that rules would forward it to

	PassedOn []ExplainView `json:"passed_on"` // the customers' mails that an agent passes on with this one, each as it would be decided
	AsksWho  *string       `json:"asks_who"`  // why the agent is asked whose mail is passed on; null: they are not
}

// The parts of an ExplainView.
type (
	// SpanView is a piece of the text: whole lines of one kind.
	SpanView struct {
		Kind  letter.SpanKind `json:"kind"`
		Start int             `json:"start"` // in bytes of text
		End   int             `json:"end"`   // where the next begins
	}
	// ForwardedView is a mail that was passed on.
	ForwardedView struct {
		From       *string    `json:"from"`
		Subject    string     `json:"subject"`
		Date       *time.Time `json:"date"`
		Text       string     `json:"text"`
		Confidence int        `json:"confidence"` // in percent
	}
	// BounceView is what a delivery report says.
	BounceView struct {
		OriginalMessageID *string               `json:"original_message_id"`
		Recipients        []BounceRecipientView `json:"recipients"`
	}
	// BounceRecipientView is one recipient of a delivery report.
	BounceRecipientView struct {
		Address   string `json:"address"`
		Action    string `json:"action"`
		Status    string `json:"status"`
		Permanent bool   `json:"permanent"`
	}
	// MatchView is the ticket that was found, with the evidence.
	MatchView struct {
		Ticket   *uint64  `json:"ticket"`
		Evidence []string `json:"evidence"`
		Rejected []string `json:"rejected"`  // what looked like evidence and did not count
		LookedAt []string `json:"looked_at"` // what could have led to a ticket

		Weak        bool             `json:"weak"`        // the evidence alone would hold nobody up: a stranger opens a new ticket
		Proofs      []string         `json:"proofs"`      // what the sender has proven, and what not; of a mail that matched
		Also        []uint64         `json:"also"`        // further tickets that its ids name
		Suggestions []SuggestionView `json:"suggestions"` // tickets that an agent would be told of; none is joined
		Unresolved  []string         `json:"unresolved"`  // ids that nobody has seen, kept for mails that come later
	}
	// SuggestionView is a ticket that may be about the same matter.
	SuggestionView struct {
		Ticket uint64 `json:"ticket"`
		Why    string `json:"why"`
	}
	// RuleView is one rule, with each of its conditions.
	RuleView struct {
		Name    string   `json:"name"`
		Matched bool     `json:"matched"`
		Done    bool     `json:"done"` // it took effect on the ticket before, and would not now
		Why     []string `json:"why"`
	}
	// AcknowledgeView is the acknowledgement, or why there is none.
	AcknowledgeView struct {
		Send    bool     `json:"send"`
		To      *string  `json:"to"` // whom it would go to
		Why     string   `json:"why"`
		Asks    []string `json:"asks"` // "affected" and "blocked": what it asks of how much the matter hurts
		Subject *string  `json:"subject"`
		Text    *string  `json:"text"`
	}
)

// Explainer explains mails without a data folder: as a gateway that has no tickets yet.
func Explainer(c *config.Config) (*Admin, error) {
	clock, err := ParseClock("")
	if err != nil {
		return nil, err
	}
	g := &Gateway{store: emptyStore{}, dns: newDNS(c), clock: clock, budget: &budget{}, ids: newIDSource(0), log: slog.New(slog.DiscardHandler)}
	g.settings.Store(newSettings(c, g.dns))
	// Tokens of an explained mail lead nowhere, so any key will do.
	g.keys, err = threading.NewKeyring(threading.Key{ID: 1, Secret: make([]byte, 32)})
	if err != nil {
		return nil, err
	}
	return &Admin{local: g}, nil
}

// emptyStore is a store without anything in it.
type emptyStore struct{ store.Reader }

func (s emptyStore) View(fn func(store.Reader) error) error       { return fn(s) }
func (emptyStore) Update(store.Class, func(store.Tx) error) error { return store.ErrClosed }
func (emptyStore) Close() error                                   { return nil }
func (emptyStore) Meta(string) ([]byte, error)                    { return nil, nil }
func (emptyStore) Ticket(uint64) (ticket.Ticket, error)           { return ticket.Ticket{}, store.ErrNotFound }
func (emptyStore) Tickets(uint64, func(ticket.Ticket) bool) error { return nil }
func (emptyStore) Repeated(string, string, []byte) (ticket.Receipt, error) {
	return ticket.Receipt{}, store.ErrNotFound
}
func (emptyStore) Unreachable(string) (ticket.Unreachable, error) {
	return ticket.Unreachable{}, store.ErrNotFound
}
func (emptyStore) Assigned(string, int) (int, error)                         { return 0, nil }
func (emptyStore) Clues(byte, [16]byte, int) ([]ticket.ID, error)            { return nil, nil }
func (emptyStore) ReceiptsByMessageID(string, int) ([]ticket.Receipt, error) { return nil, nil }

func (g *Gateway) explainMail(a ExplainArgs, emit func(any) error) error {
	in, err := g.explained(&a)
	if err != nil {
		return err
	}
	var v ExplainView
	err = g.store.View(func(r store.Reader) error {
		d := &decision{g: g, in: in, r: r, now: in.At, explain: true, newNumber: func() (uint64, error) { return nextNumber(r) }}
		if err := d.run(); err != nil {
			return err
		}
		v, err = g.viewDecision(a.File, d)
		return err
	})
	if err != nil {
		return err
	}
	return emit(v)
}

// nextNumber is the number that a new ticket would get.
func nextNumber(r store.Reader) (uint64, error) {
	var last uint64
	err := r.Tickets(0, func(t ticket.Ticket) bool { last = t.Number; return false })
	return last + 1, err
}

// unknownSender is the reverse path of a file that names no sender at all: only
// somebody who says so sends with the null one.
const unknownSender = "unknown@unknown.invalid"

// explained makes an arrival of a file, with the defaults that the documentation names.
func (g *Gateway) explained(a *ExplainArgs) (*incoming, error) {
	s := g.settings.Load()
	if a.ClientIP == "" { // nothing is known of how the mail came: the DNS has nothing to say about it
		a.ClientIP, s = "127.0.0.1", s.offline()
	}
	ip, err := netip.ParseAddr(a.ClientIP)
	if err != nil {
		return nil, usage("--client-ip: %q is not an address; write 192.0.2.1", a.ClientIP)
	}
	if a.At.IsZero() {
		a.At = g.clock.Now()
	}
	arr := &letter.Arrival{ID: g.ids.Next(), Source: "explain", ClientIP: ip, Helo: a.Helo, At: a.At, Raw: a.Raw, Recipients: a.EnvelopeTo}
	m := letter.Parse(a.Raw, "", letter.DefaultLimits())
	path := m.Header.Get("Return-Path")
	switch ids := threading.ScanIDs(path); {
	case a.EnvelopeFrom != nil:
		arr.ReversePath = *a.EnvelopeFrom
	case len(ids) > 0:
		arr.ReversePath = ids[0]
	case !m.Header.Has("Return-Path") || strings.Trim(path, "<> ") != "":
		arr.ReversePath = cmp.Or(m.Author().Addr, unknownSender)
	}
	if len(arr.Recipients) == 0 {
		arr.Recipients = s.likelyRecipient(m)
	}
	return g.readMail(context.Background(), s, arr), nil
}

// likelyRecipient is the first address of a desk that the header names, else the first desk's.
func (s *settings) likelyRecipient(m *letter.Mail) []string {
	var named []string
	for _, a := range append(append([]letter.Address(nil), m.To...), m.Cc...) {
		named = append(named, a.Addr)
	}
	named = append(named, m.Header.Values("Delivered-To")...)
	for _, addr := range named {
		if d := s.route(addr); d != nil && d != s.admin {
			return []string{addr}
		}
	}
	if len(s.Desks) > 0 {
		return []string{s.Desks[0].Address}
	}
	return nil
}

func (g *Gateway) viewDecision(file string, d *decision) (v ExplainView, err error) {
	m := d.in.mail
	v = ExplainView{
		File: file, Outcome: d.outcome, Kind: m.Kind, Reasons: orEmpty(m.Reasons), From: orNull(d.in.requester()), Subject: m.Subject,
		Text: m.Text, Split: viewSplit(m.Split), NewText: m.NewText, QuotedText: m.QuotedText, Signature: m.Signature, Attachments: viewAttachments(m.Attachments),
		Language: orNull(m.Language), Phones: orEmpty(m.Phones), NeededBy: d.needs(), Solved: orNull(string(heard.Solved(m.NewText, m.Language, m.Author().Name))), Problems: orEmpty(m.Problems), SenderAuth: string(d.in.auth.Result), AuthReasons: orEmpty(d.in.auth.Reasons),
		Match:    d.viewMatch(),
		Customer: orNull(d.ticket.Customer), Confidence: d.ticket.Confidence, CustomerWhy: d.identity.Reason,
		Rules: []RuleView{}, Priority: orNull(string(d.ticket.Priority)), Level: orNull(d.ticket.Level), LevelWhy: orNull(d.ticket.LevelWhy), Agreements: append(orEmpty(slices.Clone(d.entitled.Others)), d.entitled.Ending...), Desk: orNull(d.ticket.Desk), Segments: []SegmentView{}, Skipped: []SkippedView{},
		Ticket: orNull(d.ticket.Number), Tells: d.viewTells(), Forwards: orEmpty(d.forwarded),
		Refused: orNull(d.in.saidRefusal()), PassedOn: []ExplainView{}, AsksWho: orNull(string(d.in.unsure.Unsure)),
	}
	for _, one := range d.passing {
		inner, err := g.viewDecision("", one)
		if err != nil {
			return v, err
		}
		v.PassedOn = append(v.PassedOn, inner)
	}
	if d.outcome == ticket.OutcomeDuplicate {
		v.DuplicateOf = orNull(d.original.String())
	}
	if v.Confidence == "" {
		v.Confidence = ticket.Unknown
	}
	if d.admitted != "" {
		v.Admit, v.AdmitWhy = orNull(string(d.admitted)), orNull(d.why)
	}
	if f := m.Forwarded; f != nil {
		v.Forwarded = &ForwardedView{orNull(f.Author()), f.Subject, orNull(f.Date), f.Text, f.Confidence}
	}
	if b := m.Bounce; b != nil {
		v.Bounce = &BounceView{OriginalMessageID: orNull(b.OriginalMessageID), Recipients: []BounceRecipientView{}}
		for _, r := range b.Recipients {
			v.Bounce.Recipients = append(v.Bounce.Recipients, BounceRecipientView{r.Address, r.Action, r.Status, r.Permanent})
		}
	}
	for _, t := range d.verdict.Trace {
		v.Rules = append(v.Rules, RuleView{t.Rule, t.Matched, t.Done, orEmpty(t.Why)})
	}
	if v.Agent, err = d.viewAgent(); err != nil {
		return v, err
	}
	return v, g.viewPromise(&v, d)
}

func viewSplit(spans []letter.Span) []SpanView {
	views := make([]SpanView, len(spans))
	for i, s := range spans {
		views[i] = SpanView{s.Kind, s.Start, s.End}
	}
	return views
}

// viewMatch shows the evidence and the proofs.
func (d *decision) viewMatch() MatchView {
	m := &d.matched
	v := MatchView{
		Ticket: orNull(m.Ticket), Evidence: orEmpty(m.Evidence), Rejected: orEmpty(m.Rejected), LookedAt: d.lookedAt(),
		Weak: m.Weak, Proofs: orEmpty(d.proofs), Also: orEmpty(m.Also), Suggestions: []SuggestionView{}, Unresolved: orEmpty(m.Unresolved),
	}
	for _, s := range m.Suggestions {
		v.Suggestions = append(v.Suggestions, SuggestionView(s))
	}
	return v
}

// viewPromise shows the promise and the acknowledgement.
func (g *Gateway) viewPromise(v *ExplainView, d *decision) error {
	v.Acknowledge = AcknowledgeView{Send: d.ack.send, Why: d.ack.why, Asks: []string{}}
	if d.outcome == ticket.OutcomeDuplicate {
		v.Acknowledge.Why = "the same mail again: it changes nothing"
	}
	if d.pledge == nil {
		return v.viewSaid(d)
	}
	target := d.target.Answer.String()
	v.Target, v.PromiseDueAt = &target, &d.pledge.DueAt
	v.TargetWhy, v.PromiseFrom = d.targetReason(), "target"
	v.TargetEndsAt = orNull(d.due.Exact)
	cal, err := d.in.s.calendar(d.desk)
	if err != nil {
		return err
	}
	zone := cal.Location().String()
	v.Zone = &zone
	if d.calibrated.used {
		v.PromiseFrom = "history"
	}
	if d.target.AroundTheClock {
		cal = hours.AroundTheClock(cal.Location())
	}
	v.viewHours(cal, d.now, d.due.Exact)
	return v.viewSaid(d)
}

// viewSaid shows the acknowledgement as its reader would see it.
func (v *ExplainView) viewSaid(d *decision) error {
	if !d.ack.send {
		return nil
	}
	facts, err := json.Marshal(d.ack.facts)
	if err != nil {
		return err
	}
	if d.ack.facts.Impact.AskAffected {
		v.Acknowledge.Asks = append(v.Acknowledge.Asks, "affected")
	}
	if d.ack.facts.Impact.AskBlocked {
		v.Acknowledge.Asks = append(v.Acknowledge.Asks, "blocked")
	}
	v.Acknowledge.To = orNull(d.ack.to.String())
	msg, err := d.in.s.Words.Render("acknowledgement", d.ack.language, facts)
	if err != nil {
		return errors.Join(errors.New("say the acknowledgement"), err)
	}
	v.Acknowledge.Subject, v.Acknowledge.Text = &msg.Subject, &msg.Text
	return nil
}
