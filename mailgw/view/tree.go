package view

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Called is somebody, or something, by whom a folder is called.
type Called struct {
	Name    string
	Address string // of an agent, in lower case
	ID      uint64 // of a customer
}

// Inventory is what there is that a reader's folders are made of.
type Inventory struct {
	Reader
	Colleagues []Called // of those desks, without the reader
	Customers  []Called // with tickets on those desks that are not closed
	Years      []string // in which tickets of those desks were closed
}

// Tree returns a reader's folders, in an order that depends on nothing but what there is.
// No two have the same name, not even but for the case of letters.
func Tree(in Inventory) []Folder {
	var out []Folder
	for _, k := range []Kind{Inbox, Mine, Unassigned, WaitingFor, SolvedBy, Overdue, Held, Junk, Drafts, Sent, Trash} {
		out = append(out, Folder{Kind: k, Name: string(k)})
	}
	n := namer{taken: map[string]bool{}}
	for _, desk := range slices.Sorted(slices.Values(in.Desks)) {
		out = append(out, Folder{Kind: Desk, Of: desk, Name: n.name(Desk, desk, "")})
	}
	sortCalled(in.Colleagues)
	twice := doubles(in.Colleagues)
	for _, c := range in.Colleagues {
		mark := ""
		if twice[fold(c.Name)] {
			mark = c.Address
		}
		out = append(out, Folder{Kind: Agent, Of: c.Address, Name: n.name(Agent, c.Name, mark)})
	}
	sortCalled(in.Customers)
	twice = doubles(in.Customers)
	for _, c := range in.Customers {
		mark := ""
		if twice[fold(c.Name)] {
			mark = strconv.FormatUint(c.ID, 10)
		}
		out = append(out, Folder{Kind: Customer, Customer: c.ID, Name: n.name(Customer, c.Name, mark)})
	}
	for _, year := range slices.Sorted(slices.Values(in.Years)) {
		out = append(out, Folder{Kind: Archive, Of: year, Name: n.name(Archive, year, "")})
	}
	return out
}

// Key names a folder whatever it is called: another one that gets its name has another
// key. No customer's name is in it.
func (f Folder) Key() string {
	if f.Kind == Customer {
		return string(f.Kind) + sep + strconv.FormatUint(f.Customer, 10)
	}
	return string(f.Kind) + sep + f.Of
}

// IsShelf reports whether what [Folder.Shelves] returned is the whole name of a shelf, of
// which nothing is left to ask.
func IsShelf(begin string) bool { return strings.Count(begin, sep) == shelfParts-1 }

func fold(name string) string { return strings.ToLower(Part(name)) }

func sortCalled(list []Called) {
	slices.SortFunc(list, func(a, b Called) int {
		if a.ID != b.ID {
			return int(min(max(int64(a.ID)-int64(b.ID), -1), 1))
		}
		return strings.Compare(a.Address, b.Address)
	})
}

// doubles are the parts of names that more than one has.
func doubles(list []Called) map[string]bool {
	seen := map[string]bool{}
	for _, c := range list {
		_, twice := seen[fold(c.Name)]
		seen[fold(c.Name)] = twice
	}
	return seen
}

// namer gives each folder a name of its own.
type namer struct{ taken map[string]bool }

// name is that of a folder below the one of its kind, told from others by a mark.
func (n namer) name(kind Kind, of, mark string) string {
	part := Part(of)
	if mark != "" {
		part = fmt.Sprintf("%s (%s)", part, Part(mark))
	}
	name := string(kind) + "/" + part
	for i := 2; n.taken[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s/%s (%d)", kind, part, i)
	}
	n.taken[strings.ToLower(name)] = true
	return name
}
