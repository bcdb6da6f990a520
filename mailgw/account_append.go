package mailgw

import (
	"bufio"
	"bytes"
	"errors"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
)

// Append puts a mail into a folder: a draft, a copy of what was sent, or one that is
// known and is thereby moved, as clients move that know no MOVE. Nobody's words come onto
// a ticket by it.
func (a *account) Append(folder string, raw []byte, flags imapd.Flags, _ time.Time) (imap.AppendData, error) {
	f, err := a.folder(folder)
	if err != nil {
		return imap.AppendData{}, target(err)
	}
	known, err := a.known(raw)
	if err != nil {
		return imap.AppendData{}, err
	}
	switch {
	case f.Kind == view.Sent:
		return a.appendSent(f, raw, flags)
	case f.Kind == view.Drafts, f.Kind == view.Trash && known == nil:
		return a.appendOwn(f, raw, flags)
	case known == nil:
		return imap.AppendData{}, cannot("Tickets come by mail: this one is not known here. Nothing was kept.")
	}
	data, err := a.appendKnown(f, *known)
	if set := flags &^ imapd.Deleted; err == nil && data.UID != 0 && set != 0 { // what the client has marked meanwhile
		known.UID = uint32(data.UID)
		err = a.Mark(f.Name, []imapd.Mail{*known}, set, 0)
	}
	return data, err
}

// target is an error about a folder that something is to go into (RFC 9051 §7.1, TRYCREATE).
func target(err error) error {
	var no *imap.Error
	if errors.As(err, &no) && no.Code == imap.ResponseCodeNonExistent {
		return &imap.Error{Type: no.Type, Code: imap.ResponseCodeTryCreate, Text: no.Text}
	}
	return err
}

// known finds the mail of a ticket that an appended one is a copy of, by what our lines
// say and its Message-ID; nil when it is none that the agent may see. Clients add lines
// of their own, and that one has it proves nothing but that she may move it.
func (a *account) known(raw []byte) (*imapd.Mail, error) {
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(raw))).ReadMIMEHeader()
	if err != nil && len(h) == 0 {
		return nil, nil
	}
	number, err1 := strconv.ParseUint(h.Get("X-Mailgw-Ticket"), 10, 64)
	seq, err2 := strconv.ParseUint(h.Get("X-Mailgw-Entry"), 10, 32)
	if err1 != nil || err2 != nil {
		return nil, nil
	}
	out := imapd.Mail{Ticket: number, Seq: uint32(seq)}
	s := a.g.settings.Load()
	err = a.g.store.View(func(r store.Reader) error {
		t, err := r.Ticket(number)
		if err != nil {
			return err
		}
		if desk := s.Desk(t.Desk); desk == nil || !desk.HasAgent(a.address) {
			return store.ErrNotFound
		}
		_, err = r.Shown(mailRef(out)) // what was never shown nobody has
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ours, err := a.Bytes(out)
	if err != nil {
		return nil, err
	}
	if id := messageIDOf(raw); id != messageIDOf(ours) {
		return nil, nil
	}
	return &out, nil
}

func messageIDOf(raw []byte) string {
	return letter.Parse(raw, "", letter.DefaultLimits()).MessageID
}

// appendKnown moves a mail that the agent has in some folder.
func (a *account) appendKnown(to view.Folder, m imapd.Mail) (imap.AppendData, error) {
	from, mail, err := a.whereIs(m, to)
	if err != nil {
		return imap.AppendData{}, err
	}
	if from.Kind == to.Kind && from.Key() == to.Key() { // it is there
		return a.appended(to, m)
	}
	if _, err := a.Move(from.Name, []imapd.Mail{mail}, to.Name, true); err != nil {
		return imap.AppendData{}, err
	}
	return a.appended(to, m)
}

// whereIs finds a folder of the agent's that has a mail: the one that it is to come into,
// or else the one that says most of its ticket.
func (a *account) whereIs(m imapd.Mail, to view.Folder) (view.Folder, imapd.Mail, error) {
	all, err := a.Folders()
	if err != nil {
		return view.Folder{}, m, err
	}
	order := []view.Kind{to.Kind, view.Trash, view.Mine, view.Unassigned, view.WaitingFor, view.SolvedBy, view.Agent, view.Desk, view.Archive}
	for _, kind := range order {
		for _, one := range all {
			f, err := a.folder(one.Name)
			if one.NoSelect || err != nil || f.Kind != kind || kind == to.Kind && f.Key() != to.Key() {
				continue
			}
			v, err := a.Open(f.Name)
			if err != nil {
				return f, m, err
			}
			if i := slices.IndexFunc(v.Mails, func(o imapd.Mail) bool { return mailRef(o) == mailRef(m) }); i >= 0 {
				return f, v.Mails[i], nil
			}
		}
	}
	return view.Folder{}, m, cannot("This mail is in no folder of yours any more. Nothing was kept.")
}

// appended is the answer about a mail that stands in a folder.
func (a *account) appended(f view.Folder, m imapd.Mail) (imap.AppendData, error) {
	v, err := a.Open(f.Name)
	if err != nil {
		return imap.AppendData{}, err
	}
	out := imap.AppendData{UIDValidity: v.Validity}
	for _, o := range v.Mails {
		if mailRef(o) == mailRef(m) {
			out.UID = imap.UID(o.UID)
		}
	}
	return out, nil
}

// mostOwn is how many mails of an agent's own there may be in a folder.
const mostOwn = 20_000

// appendOwn keeps a mail that only the agent sees.
func (a *account) appendOwn(f view.Folder, raw []byte, flags imapd.Flags) (imap.AppendData, error) {
	v, err := a.Open(f.Name)
	if err != nil {
		return imap.AppendData{}, err
	}
	if len(v.Mails) >= mostOwn {
		return imap.AppendData{}, &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeOverQuota, Text: "There are too many mails in this folder; delete some."}
	}
	m := imapd.Mail{Item: uint64(a.g.ids.Next())}
	err = a.g.store.Update(store.Background, func(tx store.Tx) error {
		var err error
		if m.UID, err = tx.NewUIDs(1); err != nil {
			return err
		}
		p := view.Place{Shelf: f.OwnShelf(a.address), UID: m.UID, Count: 1, Item: ticket.ID(m.Item)}
		return errors.Join(tx.PutDraft(p.Item, raw), tx.PutPlace(&p))
	})
	if err != nil {
		return imap.AppendData{}, err
	}
	if flags != 0 {
		if err := a.Mark(f.Name, []imapd.Mail{m}, flags, 0); err != nil {
			return imap.AppendData{}, err
		}
	}
	return imap.AppendData{UIDValidity: v.Validity, UID: imap.UID(m.UID)}, nil
}

// appendSent is a client's own copy of what it has sent: what was submitted stands in
// Sent already, as its readers got it; else it is kept.
func (a *account) appendSent(f view.Folder, raw []byte, flags imapd.Flags) (imap.AppendData, error) {
	v, err := a.Open(f.Name)
	if err != nil {
		return imap.AppendData{}, err
	}
	id := messageIDOf(raw)
	if id == "" {
		return a.appendOwn(f, raw, flags)
	}
	there, err := a.sentAs(id)
	if err != nil {
		return imap.AppendData{}, err
	}
	for _, m := range v.Mails {
		if slices.Contains(there, mailRef(m)) {
			return imap.AppendData{UIDValidity: v.Validity, UID: imap.UID(m.UID)}, nil
		}
		if m.Item == 0 {
			continue
		}
		if have, err := a.Bytes(m); err == nil && messageIDOf(have) == id { // tried again
			return imap.AppendData{UIDValidity: v.Validity, UID: imap.UID(m.UID)}, nil
		}
	}
	return a.appendOwn(f, raw, flags)
}

// mostCopies is how many of an agent's own mails in Sent, the newest, are looked at for a copy
// of what is handed in.
const mostCopies = 20

// copiesInSent are the mails of an agent's own in Sent that are copies of what is handed in
// now: some programs put theirs there first.
func (g *Gateway) copiesInSent(agent, id string) (out []ticket.ID) {
	a, err := g.account(agent)
	if err != nil || id == "" {
		return nil
	}
	v, err := a.Open(string(view.Sent))
	if err != nil {
		g.log.Error("look for copies in Sent", "agent", agent, "err", err)
		return nil
	}
	left := mostCopies
	for _, m := range slices.Backward(v.Mails) {
		if m.Item == 0 {
			continue
		}
		if left--; left < 0 {
			break
		}
		if have, err := a.Bytes(m); err == nil && messageIDOf(have) == id {
			out = append(out, ticket.ID(m.Item))
		}
	}
	return out
}

// recordCopies takes the copies of an answer out of Sent, where it stands itself now as it goes
// to its readers.
func (d *decision) recordCopies(tx store.Tx) error {
	if len(d.answers) == 0 {
		return nil
	}
	for _, id := range d.in.copies {
		if err := tx.DeleteDraft(id); err != nil && !errors.Is(err, store.ErrExists) && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// sentAs are the mails that were made of what the agent has submitted under a Message-ID.
func (a *account) sentAs(id string) (out []view.MailRef, err error) {
	err = a.g.store.View(func(r store.Reader) error {
		out = nil
		list, err := r.ReceiptsByMessageID(id, maxRepeats)
		if err != nil {
			return err
		}
		for i := range list {
			if !strings.EqualFold(list[i].Author, a.address) {
				continue
			}
			for of := list[i].ID; of != 0; {
				e, err := r.Entry(of)
				if errors.Is(err, store.ErrNotFound) {
					break
				}
				if err != nil {
					return err
				}
				out = append(out, view.MailRef{Ticket: e.Ticket, Seq: e.Seq})
				of = e.Became
			}
		}
		return nil
	})
	return out, err
}

// maxRepeats is how many mails with one Message-ID are looked at.
const maxRepeats = 20
