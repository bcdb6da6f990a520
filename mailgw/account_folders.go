package mailgw

import (
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/shelves"
	"supportgw/mailgw/view"
)

// Folders lists all folders, parents before what is below them.
func (a *account) Folders() ([]imapd.Folder, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.g.settings.Load()
	if err := a.step(s); err != nil {
		return nil, err
	}
	tree, err := a.tree(s, true)
	if err != nil {
		return nil, err
	}
	var out []imapd.Folder
	for _, f := range tree {
		if parent, _, below := strings.Cut(f.Name, "/"); below && out[len(out)-1].Name != parent && !strings.HasPrefix(out[len(out)-1].Name, parent+"/") {
			out = append(out, imapd.Folder{Name: parent, NoSelect: true})
		}
		on, decided := a.record.Subscribed[f.Key()]
		if !decided {
			on = f.Subscribed()
		}
		out = append(out, imapd.Folder{Name: f.Name, Attributes: specialUse(f.Kind), Subscribed: on})
	}
	return out, nil
}

// specialUse says what clients may take a folder for (RFC 6154). Archive is none of these:
// what is moved there is not archived.
func specialUse(k view.Kind) []imap.MailboxAttr {
	switch k {
	case view.Drafts:
		return []imap.MailboxAttr{imap.MailboxAttrDrafts}
	case view.Sent:
		return []imap.MailboxAttr{imap.MailboxAttrSent}
	case view.Trash:
		return []imap.MailboxAttr{imap.MailboxAttrTrash}
	case view.Junk:
		return []imap.MailboxAttr{imap.MailboxAttrJunk}
	}
	return nil
}

// folder returns one of the account's folders by its name.
func (a *account) folder(name string) (view.Folder, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.find(a.g.settings.Load(), name)
}

// find is folder, for who has the lock.
func (a *account) find(s *settings, name string) (view.Folder, error) {
	tree, err := a.tree(s, strings.HasPrefix(name, string(view.Customer)+"/"))
	if err != nil {
		return view.Folder{}, err
	}
	for _, f := range tree {
		if f.Name == name || f.Kind == view.Inbox && strings.EqualFold(name, string(view.Inbox)) {
			return f, nil
		}
	}
	return view.Folder{}, noFolder(name)
}

// tree are the account's folders, without those of customers unless they are asked for.
func (a *account) tree(s *settings, customers bool) ([]view.Folder, error) {
	in := view.Inventory{Reader: a.reader(s)}
	for i := range s.Agents {
		who := &s.Agents[i]
		if strings.EqualFold(who.Address, a.address) || !slices.ContainsFunc(in.Desks, func(d string) bool { return s.deskHas(d, who.Address) }) {
			continue
		}
		in.Colleagues = append(in.Colleagues, view.Called{Name: who.Name, Address: strings.ToLower(who.Address)})
	}
	open, err := a.eachShelf(in.Reader, func(shelf view.Shelf) bool {
		if shelf.Phase.Closed() && !slices.Contains(in.Years, string(shelf.Phase)) {
			in.Years = append(in.Years, string(shelf.Phase))
		}
		return customers && !shelf.Phase.Closed()
	})
	if err != nil {
		return nil, err
	}
	if customers {
		if in.Customers, err = a.customersOn(s, open); err != nil {
			return nil, err
		}
	}
	return view.Tree(in), nil
}

// eachShelf asks about all shelves of tickets of a reader's desks, and returns the names of
// those that are wanted.
func (a *account) eachShelf(r view.Reader, want func(view.Shelf) bool) (names []string, err error) {
	for _, begin := range (view.Folder{Kind: view.Overdue}).Shelves(r) {
		list, err := a.g.shelves.Shelves(begin)
		if err != nil {
			return nil, err
		}
		for _, name := range list {
			if shelf, ok := view.ParseShelf(name); ok && want(shelf) {
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// customersSeen are the customers with mails on some shelves, as long as these are the same.
type customersSeen struct {
	snaps []*shelves.Snapshot
	ids   []uint64
}

// customersOn are the customers who have mails on some shelves. One that has just been
// merged into another has none: its tickets are about to follow.
func (a *account) customersOn(s *settings, names []string) (out []view.Called, err error) {
	snaps, err := a.g.shelves.Look(names...)
	if err != nil {
		return nil, err
	}
	if !slices.EqualFunc(snaps, a.customers.snaps, sameShelf) {
		ids := map[uint64]bool{}
		for _, snap := range snaps {
			for i := range snap.Mails {
				ids[snap.Mails[i].Customer] = true
			}
		}
		a.customers = customersSeen{snaps: snaps}
		for id := range ids {
			a.customers.ids = append(a.customers.ids, id)
		}
	}
	for _, id := range a.customers.ids {
		if c := s.customers.Customer(id); c != nil && c.ID == id {
			out = append(out, view.Called{Name: c.Name, ID: id})
		}
	}
	return out, nil
}

// sameShelf reports whether two snapshots show the same. One that never had a mail is not held.
func sameShelf(a, b *shelves.Snapshot) bool {
	return a == b || a.Shelf == b.Shelf && a.Top == 0 && b.Top == 0
}
