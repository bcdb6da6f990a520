package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/gist"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// noticeMore is what a notice says beside its facts and the mail that it tells of. It
// is read when the row leaves: what an agent sees there is what would happen now.
type noticeMore struct {
	Matter  []wording.MatterLine `json:"matter,omitempty"`
	History []string             `json:"history,omitempty"`
	Goes    wording.NoticeGoes   `json:"goes,omitzero"`
}

// longTicket is how many entries a ticket may have for its notices to look at all that
// became of it: what a notice costs must not grow with a ticket that somebody floods.
const longTicket = 200

// noticeMore reads it. read is the mail that the notice tells of.
func (g *Gateway) noticeMore(r store.Reader, row *ticket.Outgoing, read *letter.Mail) (more noticeMore, err error) {
	var f struct {
		CanReply bool   `json:"can_reply"`
		Event    string `json:"event"`
		Words    string `json:"words"`
	}
	if err := json.Unmarshal(row.Facts, &f); err != nil {
		return more, fmt.Errorf("facts of %s: %w", row.ID, err)
	}
	list, err := beforeNotice(r, row, f.Event)
	if err != nil {
		return more, fmt.Errorf("what went before the mail that %s tells of: %w", row.ID, err)
	}
	t, _, err := ticketOf(r, row)
	if errors.Is(err, store.ErrNotFound) {
		return more, nil
	}
	if err != nil {
		return more, err
	}
	list = slices.DeleteFunc(list, func(e ticket.Entry) bool { return waitsUnsent(r, &e) })
	slices.Reverse(list)
	story := gist.Story{
		Ticket: &t, Before: list, Words: f.Words, Files: read.Attachments, Mail: row.Entry, At: row.Date, Zone: row.Date.Location(),
		Reply: f.Event == wording.EventReply, Private: f.Event == wording.EventNote,
	}
	if story.Words == "" {
		story.Words = read.Matter()
	}
	if t.Entries <= longTicket {
		if story.Promises, err = r.TicketPromises(t.Number); err != nil {
			return more, fmt.Errorf("promises of ticket %d: %w", t.Number, err)
		}
		if story.Events, err = r.Events(t.Number); err != nil {
			return more, fmt.Errorf("events of ticket %d: %w", t.Number, err)
		}
	}
	more.Matter = story.Known()
	more.History = story.Recent(len(more.Matter))
	if f.CanReply && f.Event != wording.EventNote {
		more.Goes, err = g.answerGoes(r, row, &t, read)
	}
	return more, err
}

// waitsUnsent reports whether an entry is an answer that waits for a person's word: it has
// told nobody anything.
func waitsUnsent(r store.Reader, e *ticket.Entry) bool {
	if e.Kind != ticket.MailOut || !e.SentAt.IsZero() {
		return false
	}
	row, err := r.Outgoing(e.ID)
	return err == nil && row.Waits != ""
}

// beforeNotice is what a notice looks at, newest first: what went before its mail; for who
// is given the ticket, all that has been since, too.
func beforeNotice(r store.Reader, row *ticket.Outgoing, event string) ([]ticket.Entry, error) {
	if event == wording.EventYours {
		return r.LastEntries(row.Ticket, row.ID, historyShown)
	}
	return history(r, row)
}

// answerGoes is whom an answer to a notice goes to, were it written now: it asks those
// who would send it.
func (g *Gateway) answerGoes(r store.Reader, row *ticket.Outgoing, t *ticket.Ticket, read *letter.Mail) (f wording.NoticeGoes, err error) {
	seq := row.EntrySeq
	if e, err := r.Entry(row.Entry); err == nil {
		seq = e.Seq
	}
	m, err := g.mailToAnswer(r, t, seq)
	if err != nil {
		return f, err
	}
	s := g.settings.Load()
	to, cc := s.addressees(m, t, false)
	if to.Addr == "" {
		return wording.NoticeGoes{Nobody: true}, nil
	}
	for _, a := range append([]letter.Address{to}, cc...) {
		f.To = append(f.To, a.String())
	}
	only, _ := s.addressees(m, t, true)
	if len(cc) > 0 || only.Addr != to.Addr {
		f.Only = only.String()
	}
	for _, a := range slices.Concat(read.ReplyTo, read.From, read.To, read.Cc) {
		said := a.String()
		same := func(other string) bool { return strings.EqualFold(letter.ParseAddress(other).Addr, a.Addr) }
		if sendable(a.Addr) && !s.isOwn(a.Addr) && !slices.ContainsFunc(f.To, same) && !slices.ContainsFunc(f.Not, same) {
			f.Not = append(f.Not, said)
		}
	}
	return f, nil
}
