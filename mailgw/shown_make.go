package mailgw

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/shown"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
	"supportgw/threading"
)

// errGone says that there is no mail under a name any more: it was moved, or erased.
var errGone = errors.New("there is no such mail any more")

// makeShown makes what is kept of a mail before it is shown first.
func (g *Gateway) makeShown(r store.Reader, s *settings, t *ticket.Ticket, e *ticket.Entry) (*shownMail, error) {
	if !e.ErasedAt.IsZero() {
		return nil, errGone
	}
	m := &shownMail{entry: e.ID, key: g.keys.KeyID(), purpose: threading.AgentReply}
	var behind []byte
	var err error
	switch e.Kind {
	case ticket.MailIn:
		if behind, err = r.Raw(e.ID); errors.Is(err, store.ErrNotFound) {
			return nil, errGone
		}
	case ticket.MailOut:
		behind, err = g.sayAgain(r, s, e)
		m.own = behind
	default:
		m.purpose = threading.Private
		behind, err = g.sayNote(r, s, t, e)
		m.own = behind
	}
	if err != nil {
		return nil, fmt.Errorf("entry %d of ticket %d: %w", e.Seq, t.Number, err)
	}
	f := g.shownFacts(s, t, e)
	return m.list(f, newBareListing(behind, f.ReplyTo != ""), e.At), nil
}

// shownFacts are what our lines say in front of a ticket's mail.
func (g *Gateway) shownFacts(s *settings, t *ticket.Ticket, e *ticket.Entry) *shown.Facts {
	f := &shown.Facts{Ticket: t.Number, Entry: e.Seq, Customer: s.companyName(t), Sure: string(t.Confidence), Sender: e.SenderAuth, Evidence: e.Evidence}
	switch {
	case e.Kind == ticket.MailIn && e.ByAgent == "":
		f.Kind = "customer"
	case e.Kind == ticket.MailIn:
		f.Kind = "agent"
	case e.Kind == ticket.MailOut && e.ByAgent == "":
		f.Kind = "automatic"
	case e.Kind == ticket.MailOut:
		f.Kind = "answer"
	default:
		f.Kind = "note"
	}
	if desk := s.Desk(t.Desk); desk != nil {
		v := g.voice(s, desk, t.Number)
		if f.ReplyTo = v.tokenAddress(v.houseMode(), shown.Room); f.ReplyTo == "" {
			f.ReplyTo = desk.Address
		}
	}
	return f
}

// asShown is an agent's answer as agents' mail clients are shown it, which is what leaves: what
// they were shown before, or what is kept now, before the first attempt.
func (g *Gateway) asShown(s *settings, row *ticket.Outgoing, said []byte) (out []byte, err error) {
	err = g.store.Update(store.Background, func(tx store.Tx) error {
		out = said
		e, err := tx.Entry(row.ID)
		if errors.Is(err, store.ErrNotFound) || err == nil && !e.ErasedAt.IsZero() {
			return nil // what became of it is no matter of how it is shown
		}
		if err != nil {
			return err
		}
		ref := view.MailRef{Ticket: e.Ticket, Seq: e.Seq}
		b, err := tx.Shown(ref)
		if err == nil {
			m, err := readShown(b, true)
			if err != nil || m.own == nil || row.Omitted && !e.SentAt.IsZero() { // others have got it whole
				return err
			}
			if !row.Omitted || bytes.Equal(m.own, said) {
				out = m.own
				return nil
			}
			// It goes without its files: who has seen it sees another mail now.
			if err := reshow(tx, e.Ticket); err != nil {
				return err
			}
		} else if !errors.Is(err, store.ErrNotFound) {
			return err
		}
		t, err := tx.Ticket(e.Ticket)
		if err != nil {
			return err
		}
		m := &shownMail{entry: e.ID, key: g.keys.KeyID(), purpose: threading.AgentReply, own: said}
		f := g.shownFacts(s, &t, &e)
		return m.list(f, newBareListing(said, f.ReplyTo != ""), e.At).put(tx, ref)
	})
	if err != nil && !errors.Is(err, store.ErrClosed) { // a full disk must not keep an answer from its customer
		g.log.Warn("an answer leaves without being kept as it is shown", "id", row.ID, "error", err)
		return said, nil
	}
	return out, err
}

// newBareListing is what is known of a mail's bytes without reading them again, whatever
// lines of ours are to stand in front of them; replies when a Reply-To is among those. Its
// size is that of the mail alone.
func newBareListing(behind []byte, replies bool) *imapd.Listing {
	behind = shown.Disarm(behind, replies)
	l := imapd.NewListing(slices.Concat(shown.Lines(&shown.Facts{Kind: "mail"}), behind), time.Time{})
	l.Size = int64(len(behind))
	return l
}

// list adds our lines, and what is known of the whole.
func (m *shownMail) list(f *shown.Facts, behind *imapd.Listing, at time.Time) *shownMail {
	m.lines = shown.Lines(f)
	l := *behind
	l.Date = at.Truncate(time.Second)
	l.Size += int64(len(m.lines) + shown.Grows(m.lines, threading.MaxTokenLength))
	if f.ReplyTo != "" {
		e := *l.Envelope
		local, host, _ := strings.Cut(f.ReplyTo, "@")
		e.ReplyTo = []imap.Address{{Mailbox: local, Host: host}}
		l.Envelope = &e
	}
	m.listing = imapd.AppendListing(nil, &l)
	return m
}

// sayAgain is a mail of ours as its readers got it, but for the signatures of the way. An
// agent's answer was kept when it left, also on the ticket that it stood on before.
func (g *Gateway) sayAgain(r store.Reader, s *settings, e *ticket.Entry) ([]byte, error) {
	b, err := r.Shown(view.MailRef{Ticket: e.Ticket, Seq: e.Seq})
	if err == nil {
		if m, err := readShown(b, true); err != nil || m.own != nil {
			return m.own, err
		}
	} else if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	row := e.Outgoing
	if row == nil { // it has not left yet
		waits, err := r.Outgoing(e.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil, errGone
		}
		if err != nil {
			return nil, err
		}
		row = &waits
	}
	material, err := g.materialOf(r, row)
	if err != nil {
		return nil, err
	}
	mails, err := g.say(s, row, material)
	if err != nil {
		return nil, err
	}
	if len(mails) == 0 {
		return nil, errGone
	}
	return mails[0].Bytes, nil
}

// sayNote is a note as a mail in the conversation of its ticket.
func (g *Gateway) sayNote(r store.Reader, s *settings, t *ticket.Ticket, e *ticket.Entry) ([]byte, error) {
	desk := s.Desk(t.Desk)
	if desk == nil {
		return nil, errGone
	}
	v := g.voice(s, desk, t.Number)
	d := letter.Draft{
		From: e.From, To: []string{desk.Address}, Subject: t.Subject, Date: e.At, Text: e.Text, References: []string{v.pseudoID()},
		MessageID: g.keys.MessageID(threading.Ref{Purpose: threading.MessageID, Ticket: t.Number, Entry: e.Seq, Person: noteMark}, domainOf(desk.Address)),
		Headers:   [][2]string{{"X-Mailgw-Note", "yes"}},
	}
	if d.From == "" || !strings.Contains(d.From, "@") {
		d.From = fmt.Sprintf("mailgw <%s>", desk.Address)
	}
	before, err := r.LastEntries(t.Number, 0, historyShown)
	if err != nil {
		return nil, err
	}
	for i := range before {
		if b := &before[i]; b.Seq < e.Seq && b.Kind != ticket.Note && !unwritable(b.MessageID) {
			d.InReplyTo = b.MessageID
			d.References = append(d.References, b.MessageID)
			break
		}
	}
	if raw, err := r.Raw(e.ID); err == nil && len(e.Attachments) > 0 {
		d.Files = letter.Files(raw, letter.DefaultLimits())
	}
	b, err := letter.Compose(d)
	if errors.Is(err, letter.ErrBadField) { // a name that cannot be written again
		d.From, d.Files = desk.Address, nil
		b, err = letter.Compose(d)
	}
	return b, err
}

// noteMark tells the Message-ID of a note from that of a mail of ours to the same entry.
const noteMark = 2

// makeShownItem is makeShown for a mail that is on no ticket: one that waits in a drawer.
func (g *Gateway) makeShownItem(r store.Reader, s *settings, id ticket.ID) (*shownMail, error) {
	item, err := r.DrawerItem(id)
	if err != nil {
		return nil, err
	}
	raw, err := r.Raw(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errGone
	}
	if err != nil {
		return nil, err
	}
	m := &shownMail{entry: id, key: g.keys.KeyID()}
	return m.list(itemFacts(&item), newBareListing(raw, false), item.Since), nil
}

// itemFacts are what our lines say in front of a mail that waits in a drawer.
func itemFacts(item *ticket.DrawerItem) *shown.Facts {
	return &shown.Facts{Kind: string(item.Kind), Evidence: []string{item.Why}}
}

// showRefs sees to it that mails have what is kept of them, before they are shown.
func (g *Gateway) showRefs(refs []view.MailRef) error {
	s := g.settings.Load()
	made := map[view.MailRef][]byte{}
	err := g.store.View(func(r store.Reader) error {
		clear(made)
		var t ticket.Ticket
		var entries []ticket.Entry
		for _, ref := range refs {
			m, err := g.showOne(r, s, ref, &t, &entries)
			if errors.Is(err, errGone) || errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if made[ref], err = m.bytes(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || len(made) == 0 {
		return err
	}
	return g.store.Update(store.Background, func(tx store.Tx) error {
		for _, ref := range refs {
			b, ok := made[ref]
			if !ok {
				continue
			}
			if was, err := tx.Shown(ref); !errors.Is(err, store.ErrNotFound) {
				if err != nil {
					return err
				}
				if !halfShown(was) {
					continue
				}
			}
			if stands, err := standsStill(tx, ref, b); !stands || err != nil {
				if err != nil {
					return err
				}
				continue
			}
			if err := tx.PutShown(ref, b); err != nil {
				return err
			}
		}
		return nil
	})
}

// standsStill reports whether the mail that a record was made of is the one under a name still.
func standsStill(r store.Reader, ref view.MailRef, record []byte) (bool, error) {
	m, err := readShown(record, false)
	if err != nil {
		return false, err
	}
	if ref.Ticket == 0 {
		_, err := r.DrawerItem(ref.Item)
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	}
	e, err := r.Entry(m.entry)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && e.Ticket == ref.Ticket && e.Seq == ref.Seq && e.ErasedAt.IsZero(), err
}

// showOne makes one; t and entries are those of the ticket before, so that a ticket's
// mails, which come together, need it once.
func (g *Gateway) showOne(r store.Reader, s *settings, ref view.MailRef, t *ticket.Ticket, entries *[]ticket.Entry) (*shownMail, error) {
	if ref.Ticket == 0 {
		return g.makeShownItem(r, s, ref.Item)
	}
	if t.Number != ref.Ticket {
		one, err := r.Ticket(ref.Ticket)
		if err != nil {
			return nil, err
		}
		all, err := r.Entries(ref.Ticket)
		if err != nil {
			return nil, err
		}
		*t, *entries = one, all
	}
	for i := range *entries {
		if e := &(*entries)[i]; e.Seq == ref.Seq {
			return g.makeShown(r, s, t, e)
		}
	}
	return nil, errGone
}
