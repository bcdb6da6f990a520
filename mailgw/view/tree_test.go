package view

import (
	"slices"
	"strings"
	"testing"
)

func names(folders []Folder) (out []string) {
	for _, f := range folders {
		out = append(out, f.Name)
	}
	return out
}

func TestTree(t *testing.T) {
	t.Parallel()
	got := Tree(Inventory{
		Reader:     Reader{"anna@example.com", []string{"support", "R&D"}},
		Colleagues: []Called{{Name: "Ben Ortiz", Address: "z@example.com"}, {Name: "Ben  Ortiz", Address: "ben@example.com"}, {Name: "Zoë", Address: "zoe@example.com"}},
		Customers:  []Called{{Name: "A/S Møbler", ID: 9}, {Name: "acme", ID: 3}, {Name: "ACME", ID: 2}, {Name: "Acme (2)", ID: 1}},
		Years:      []string{"2026", "2025"},
	})
	want := "INBOX;Mine;Unassigned;Waiting;Solved;Overdue;Held;Junk;Drafts;Sent;Trash;Desk/R&D;Desk/support;Agent/Ben Ortiz (ben@example.com);Agent/Ben Ortiz (z@example.com);Agent/Zoë;" +
		"Customer/Acme (2);Customer/ACME (2) (2);Customer/acme (3);Customer/A S Møbler;Archive/2025;Archive/2026"
	if s := strings.Join(names(got), ";"); s != want {
		t.Errorf("folders are\n%s, must be\n%s", s, want)
	}
	keys := map[string]string{}
	for _, f := range got {
		if other := keys[f.Key()]; other != "" {
			t.Errorf("%s and %s have one key", f.Name, other)
		}
		keys[f.Key()] = f.Name
		if f.Kind == Customer && strings.Contains(strings.ToLower(f.Key()), "acme") {
			t.Errorf("the key %q names a customer", f.Key())
		}
	}
}

// What a folder is called depends on nothing but what there is.
func TestTreeHasOneOrder(t *testing.T) {
	t.Parallel()
	in := Inventory{Customers: []Called{{Name: "b", ID: 2}, {Name: "a", ID: 3}, {Name: "a/", ID: 1}}}
	want := names(Tree(in))
	slices.Reverse(in.Customers)
	if got := names(Tree(in)); !slices.Equal(got, want) {
		t.Errorf("folders are %q, were %q", got, want)
	}
}

// A shelf of nobody is not the beginning of those of agents.
func TestIsShelf(t *testing.T) {
	t.Parallel()
	r := Reader{"anna@example.com", []string{"support"}}
	for _, f := range Tree(Inventory{Reader: r, Years: []string{"2026"}, Customers: []Called{{Name: "a", ID: 1}}, Colleagues: []Called{{Name: "Ben", Address: "ben@example.com"}}}) {
		for _, begin := range f.Shelves(r) {
			all := f.Kind == Overdue || f.Kind == Customer || f.Kind == Archive || f.Kind == Desk
			if IsShelf(begin) == all {
				t.Errorf("%s: %q", f.Name, begin)
			}
			if _, ok := ParseShelf(begin); ok == all {
				t.Errorf("%s: %q is read as a shelf: %v", f.Name, begin, ok)
			}
		}
	}
}
