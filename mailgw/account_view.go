package mailgw

import (
	"slices"
	"time"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/shelves"
	"supportgw/mailgw/view"
)

// opened is a folder as it was opened last, and what it was made of.
type opened struct {
	view  *imapd.View
	name  string // what the folder was called
	rec   *accountRecord
	snaps []*shelves.Snapshot
	marks uint64 // version of these
	used  time.Time
}

// mostOpened is how many mails an account's folders hold in memory; one that is bigger is
// held all the same. Their number counts a mail once for each folder that shows it.
const mostOpened = 500_000

// Open returns a folder as it is now. While nothing of it changes it is the same View.
func (a *account) Open(folder string) (*imapd.View, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.g.settings.Load()
	if err := a.step(s); err != nil {
		return nil, err
	}
	f, err := a.find(s, folder)
	if err != nil {
		return nil, err
	}
	names, err := a.shelvesOf(f, a.reader(s))
	if err != nil {
		return nil, err
	}
	snaps, err := a.g.shelves.Look(names...)
	if err != nil {
		return nil, err
	}
	if err := a.marks.refresh(a.g.store, a.address); err != nil {
		return nil, err
	}
	was := a.opened[f.Key()]
	now := opened{name: f.Name, rec: a.record, snaps: snaps, marks: a.marks.version, used: time.Now()}
	if was != nil && was.isAs(&now) {
		was.used = now.used
		return was.view, nil
	}
	if now.view, err = a.show(f, &now, was); err != nil {
		return nil, err
	}
	a.news.took(time.Since(now.used))
	a.keep(f.Key(), &now)
	return now.view, nil
}

// isAs reports whether two folders were made of the same.
func (o *opened) isAs(p *opened) bool {
	return o.name == p.name && o.rec == p.rec && o.marks == p.marks && slices.EqualFunc(o.snaps, p.snaps, sameShelf)
}

// shelvesOf are the shelves that have what a folder shows.
func (a *account) shelvesOf(f view.Folder, r view.Reader) (names []string, err error) {
	all := view.Facts{Customer: f.Customer, Overdue: true}
	for _, begin := range f.Shelves(r) {
		if view.IsShelf(begin) {
			names = append(names, begin)
			continue
		}
		list, err := a.g.shelves.Shelves(begin)
		if err != nil {
			return nil, err
		}
		for _, name := range list {
			if shelf, ok := view.ParseShelf(name); ok && f.Shows(shelf, all) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// keep holds a folder, and lets go of those that were looked at least recently.
func (a *account) keep(key string, o *opened) {
	if a.opened == nil {
		a.opened = map[string]*opened{}
	}
	if was := a.opened[key]; was != nil {
		a.held -= len(was.view.Mails)
	}
	a.opened[key] = o
	a.held += len(o.view.Mails)
	for a.held > mostOpened && len(a.opened) > 1 {
		old := ""
		for k, other := range a.opened {
			if k != key && (old == "" || other.used.Before(a.opened[old].used)) {
				old = k
			}
		}
		a.held -= len(a.opened[old].view.Mails)
		delete(a.opened, old)
	}
}

// rest lets go of all that is in memory: nobody looks.
func (a *account) rest() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.opened, a.held, a.customers = nil, 0, customersSeen{}
	a.marks.drop()
}

// show makes a folder's View of what it is made of. When mails have come and nothing else
// has changed, it goes on where the last one ended.
func (a *account) show(f view.Folder, now, was *opened) (*imapd.View, error) {
	v := &imapd.View{Name: f.Name, Next: max(1, a.record.Next), Keywords: a.record.Keywords}
	var err error
	if v.Validity, err = a.validityOf(f); err != nil {
		return nil, err
	}
	sh := shower{folder: f, key: f.Key(), marks: marksReader{m: &a.marks}}
	parts, n := make([][]shelves.Mail, len(now.snaps)), 0
	grown := was != nil && was.name == now.name && was.rec == now.rec && was.marks == now.marks && len(was.snaps) == len(now.snaps)
	for i, snap := range now.snaps {
		if snap.Top > 0 {
			v.Next = max(v.Next, snap.Top+1)
		}
		parts[i] = snap.Mails
		n += len(snap.Mails)
		grown = grown && snap.Extends(was.snaps[i])
	}
	if grown {
		n = 0
		for i, snap := range was.snaps {
			parts[i] = parts[i][len(snap.Mails):]
			n += len(parts[i])
		}
		sh.out = was.view.Mails // what lies behind its end is nobody's
	}
	sh.out = slices.Grow(sh.out, n)
	sh.merge(parts)
	v.Mails = sh.out
	return v, sh.marks.bad
}

// shower turns what stands on shelves into the mails of a folder.
type shower struct {
	folder view.Folder
	key    string
	marks  marksReader
	out    []imapd.Mail
}

// merge takes mails of several shelves in the order of their UIDs.
func (s *shower) merge(parts [][]shelves.Mail) {
	for {
		first, next := -1, ^uint32(0) // the part with the lowest UID, and where another one's begins
		for i, p := range parts {
			switch {
			case len(p) == 0:
			case first < 0:
				first = i
			case p[0].UID < parts[first][0].UID:
				first, next = i, parts[first][0].UID
			default:
				next = min(next, p[0].UID)
			}
		}
		if first < 0 {
			return
		}
		p := parts[first]
		n := 1
		s.take(&p[0])
		for n < len(p) && p[n].UID < next {
			s.take(&p[n])
			n++
		}
		parts[first] = p[n:]
	}
}

// take adds a mail unless the folder does not show it, or not to this agent.
func (s *shower) take(m *shelves.Mail) {
	f := &s.folder
	switch f.Kind {
	case view.Overdue:
		if !m.Overdue {
			return
		}
	case view.Customer:
		if m.Customer != f.Customer {
			return
		}
	}
	marks := s.marks.read(m.Ticket, m.Item)
	out := imapd.Mail{UID: m.UID, Ticket: m.Ticket, Seq: m.Seq, Item: uint64(m.Item)}
	if len(marks.Runs)+len(marks.Deleted) > 0 {
		bits := marks.Get(m.Seq)
		if bits&hides(f.Kind) != 0 {
			return
		}
		out.Flags = imapd.Flags(bits & settable)
		if len(marks.Deleted) > 0 && marks.IsDeleted(s.key, m.UID) {
			out.Flags |= imapd.Deleted
		}
	}
	if m.Answered {
		out.Flags |= imapd.Answered
	}
	if m.Urgent {
		out.Flags |= imapd.Flagged
	}
	s.out = append(s.out, out)
}

// hides is the mark that hides a mail in folders of a kind.
func hides(k view.Kind) uint64 {
	switch k {
	case view.Sent:
		return hiddenSent
	case view.Trash, view.Drafts:
		return 0
	}
	return hiddenMark
}
