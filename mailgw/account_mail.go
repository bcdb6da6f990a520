package mailgw

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/search"
	"supportgw/mailgw/shown"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
	"supportgw/threading"
)

// mailRef names a mail of a view.
func mailRef(m imapd.Mail) view.MailRef {
	return view.MailRef{Ticket: m.Ticket, Seq: m.Seq, Item: ticket.ID(m.Item)}
}

// showAtOnce is how many mails get what is kept of them in one commit.
const showAtOnce = 256

// expungeIssued says that mails have left of which the client was not told yet (RFC 9051 §7.1).
const expungeIssued imap.ResponseCode = "EXPUNGEISSUED"

// errMoved is what a client is told of a mail that is not where it was.
var errMoved = &imap.Error{Type: imap.StatusResponseTypeNo, Code: expungeIssued, Text: "This mail has moved; your mail program will see it in a moment."}

// Listings calls fn for each of the mails with what is known of it without reading it.
func (a *account) Listings(mails []imapd.Mail, fn func(i int, l *imapd.Listing) error) error {
	for from := 0; from < len(mails); from += showAtOnce {
		some := mails[from:min(from+showAtOnce, len(mails))]
		listed, missing, err := a.listings(some)
		if err == nil && len(missing) > 0 {
			if err = a.g.showRefs(missing); err == nil {
				listed, _, err = a.listings(some)
			}
		}
		if err != nil {
			return err
		}
		for i, l := range listed {
			if l == nil { // it was erased since the client learnt of it, or has gone to a desk of others
				l = imapd.NewListing(nil, time.Unix(0, 0))
			}
			if err := fn(from+i, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// listings reads what is kept, and names what is not.
func (a *account) listings(mails []imapd.Mail) (out []*imapd.Listing, missing []view.MailRef, err error) {
	out = make([]*imapd.Listing, len(mails))
	err = a.g.store.View(func(r store.Reader) error {
		missing = missing[:0]
		may := a.mayRead(r)
		for i, m := range mails {
			ref := mailRef(m)
			if ok, err := may(ref); !ok || err != nil {
				if err != nil {
					return err
				}
				continue
			}
			b, err := r.Shown(ref)
			if errors.Is(err, store.ErrNotFound) || err == nil && halfShown(b) {
				if ref.Ticket == 0 {
					if out[i], err = draftListing(r, ref.Item); err != nil || out[i] != nil {
						if err != nil {
							return err
						}
						continue
					}
				}
				missing = append(missing, ref)
				continue
			}
			if err != nil {
				return err
			}
			out[i], err = a.listing(ref, b)
			if errors.Is(err, imapd.ErrListing) { // one mail must not keep the others out of sight
				out[i], err = a.listedAnew(r, ref, b)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, missing, err
}

// listedAnew lists a mail by its bytes.
func (a *account) listedAnew(r store.Reader, ref view.MailRef, b []byte) (*imapd.Listing, error) {
	m, err := readShown(b, false)
	if err != nil {
		return nil, err
	}
	raw, err := a.filled(r, ref, b)
	if err != nil {
		return nil, err
	}
	return imapd.NewListing(raw, idTime(cmp.Or(m.entry, ref.Item))), nil
}

// draftListing lists a mail of the agent's own; nil for one that waits in a drawer.
func draftListing(r store.Reader, id ticket.ID) (*imapd.Listing, error) {
	_, err := r.DrawerItem(id)
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	raw, err := r.Raw(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return imapd.NewListing(raw, idTime(id)), nil
}

// idTime is when an ID was given, by the machine's clock.
func idTime(id ticket.ID) time.Time { return time.UnixMilli(int64(id >> 20)) }

// listing is what a record says, with this reader's address for answers.
func (a *account) listing(ref view.MailRef, b []byte) (*imapd.Listing, error) {
	m, err := readShown(b, false)
	if err != nil {
		return nil, err
	}
	l, err := imapd.ReadListing(m.listing)
	if err != nil || l.Envelope == nil || !shown.HasRoom(m.lines) {
		return l, err
	}
	for i := range l.Envelope.ReplyTo {
		to := &l.Envelope.ReplyTo[i]
		to.Mailbox = strings.Replace(to.Mailbox, shown.Room, a.token(&m, ref), 1)
	}
	return l, nil
}

// token is the reader's own. Where its key was given up, no token opens; one of the
// same length keeps the mail as long as it was.
func (a *account) token(m *shownMail, ref view.MailRef) string {
	token, ok := a.g.keys.SealPerson(m.key, threading.Ref{Purpose: m.purpose, Ticket: ref.Ticket, Entry: ref.Seq}, a.address)
	if !ok {
		return strings.Repeat("0", threading.MaxTokenLength)
	}
	return token
}

// Bytes returns the whole of a mail, as it was shown first.
func (a *account) Bytes(m imapd.Mail) ([]byte, error) {
	ref := mailRef(m)
	out, err := a.bytesOf(ref)
	if errors.Is(err, store.ErrNotFound) {
		if err := a.g.showRefs([]view.MailRef{ref}); err != nil {
			return nil, err
		}
		out, err = a.bytesOf(ref)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, errMoved
	}
	return out, err
}

// mayRead tells whether the agent may read a mail now: it stands on a shelf of a desk that
// they are on, whatever their client knows of before. Mails of one ticket are asked
// about one after the other.
func (a *account) mayRead(r store.Reader) func(view.MailRef) (bool, error) {
	var number uint64
	var places []view.Place
	return func(ref view.MailRef) (bool, error) {
		if ref.Ticket == 0 || ref.Ticket != number {
			var err error
			if places, err = placesOf(r, ref); err != nil {
				return false, err
			}
			number = ref.Ticket
		}
		return slices.ContainsFunc(places, func(p view.Place) bool {
			return (ref.Ticket == 0 || ref.Seq >= p.Seq && ref.Seq-p.Seq < p.Count) && a.wants(p.Shelf)
		}), nil
	}
}

func (a *account) bytesOf(ref view.MailRef) (out []byte, err error) {
	err = a.g.store.View(func(r store.Reader) error {
		if ok, err := a.mayRead(r)(ref); err != nil || !ok {
			return errors.Join(err, errMoved)
		}
		b, err := r.Shown(ref)
		if errors.Is(err, store.ErrNotFound) && ref.Ticket == 0 {
			if _, derr := r.DrawerItem(ref.Item); errors.Is(derr, store.ErrNotFound) { // the agent's own
				out, err = r.Raw(ref.Item)
				return err
			}
		}
		if err != nil {
			return err
		}
		if halfShown(b) {
			return store.ErrNotFound
		}
		out, err = a.filled(r, ref, b)
		return err
	})
	return out, err
}

// filled is a mail as it is shown, of what is kept of that.
func (a *account) filled(r store.Reader, ref view.MailRef, b []byte) ([]byte, error) {
	m, err := readShown(b, true)
	if err != nil {
		return nil, err
	}
	behind := m.own
	if behind == nil {
		if behind, err = r.Raw(m.entry); err != nil {
			return nil, err
		}
	}
	room := strings.Contains(string(m.lines), "\nReply-To:") || strings.HasPrefix(string(m.lines), "Reply-To:")
	return append(shown.Fill(m.lines, a.token(&m, ref)), shown.Disarm(behind, room)...), nil
}

// FindText reports which mails of a view have all of these words. Tickets that the index
// says have them are read, for the index knows tickets, not mails; where the index has
// none, as for a part of a word, the mails of a short view are.
func (a *account) FindText(v *imapd.View, words string, body bool) (func(imapd.Mail) bool, error) {
	tickets, err := a.ticketsWith(words)
	if err != nil {
		return nil, err
	}
	all := tickets == nil || len(tickets) == 0 && len(v.Mails) <= readForPart
	want := strings.ToLower(words)
	return func(m imapd.Mail) bool {
		if !all && m.Ticket != 0 && !tickets[m.Ticket] {
			return false
		}
		raw, err := a.Bytes(m)
		return err == nil && hasText(raw, want, body)
	}, nil
}

// readForPart is how many mails are read for words that the index does not know.
const readForPart = 2000

// ticketsWith are the tickets that have words, by the index; nil when it cannot say.
func (a *account) ticketsWith(words string) (map[uint64]bool, error) {
	if a.g.finder == nil || len(search.Stems(words)) == 0 {
		return nil, nil
	}
	if behind, _ := a.g.finder.feed.behind(); behind > 0 {
		return nil, nil
	}
	x, err := a.g.finder.theIndex()
	if err != nil {
		return nil, nil // it is made anew; reading is slow, and right
	}
	ctx, stop := context.WithTimeout(context.Background(), findTime)
	defer stop()
	hits, err := x.Find(ctx, search.Query{Words: words, Desks: a.reader(a.g.settings.Load()).Desks, Limit: findMost})
	if err != nil || len(hits) == findMost {
		return nil, nil
	}
	out := make(map[uint64]bool, len(hits))
	for _, h := range hits {
		out[h.Ticket] = true
	}
	return out, nil
}

const (
	findTime = 10 * time.Second
	findMost = 20_000
)

// hasText reports whether a mail has words, in lower case: in its bytes, or decoded.
func hasText(raw []byte, want string, body bool) bool {
	text := raw
	if body {
		if i := strings.Index(string(raw), "\r\n\r\n"); i >= 0 {
			text = raw[i+4:]
		}
	}
	if strings.Contains(strings.ToLower(string(text)), want) {
		return true
	}
	m := letter.Parse(raw, "", letter.DefaultLimits())
	if strings.Contains(strings.ToLower(m.Text), want) {
		return true
	}
	if body {
		return false
	}
	people := []string{m.Subject}
	for _, list := range [][]letter.Address{m.From, m.To, m.Cc} {
		for _, p := range list {
			people = append(people, p.String())
		}
	}
	return strings.Contains(strings.ToLower(strings.Join(people, "\n")), want)
}
