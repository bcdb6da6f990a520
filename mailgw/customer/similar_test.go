package customer

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

func TestSimilar(t *testing.T) {
	d, _ := New([]Customer{
		{ID: 1, Name: "Müller Maschinenbau GmbH"}, {ID: 2, Name: "International Widget Makers Inc."}, {ID: 3, Name: "Globex Ltd", Aliases: []string{"Globex Trading"}},
		{ID: 4, Name: "Initech Inc."}, {ID: 5, Name: "Initrode GmbH"}, {ID: 6, Name: "株式会社さくら製作所"}, {ID: 7, Name: "BMX"}, {ID: 8, Name: "Delta Ltd"}, {ID: 9, Name: "Delta S.p.A."},
	}, nil)
	for _, c := range []struct {
		name, in string
		want     []string // customers
		reason   string
	}{
		{"another letter", "Globix", []string{"Globex Ltd"}, "one letter"},
		{"a letter less", "Gobex GmbH", []string{"Globex Ltd"}, "one letter"},
		{"a letter more", "Innitech", []string{"Initech Inc."}, "one letter"},
		{"letters changed places", "Iintech", []string{"Initech Inc."}, "one letter"},
		{"an umlaut and a letter", "Mueler Maschinenbau", []string{"Müller Maschinenbau GmbH"}, "one letter"},
		{"words changed places", "Maschinenbau Müller", []string{"Müller Maschinenbau GmbH"}, "order"},
		{"a word less", "International Widget", []string{"International Widget Makers Inc."}, "a word less"},
		{"a word more", "Globex Brazil", []string{"Globex Ltd"}, "a word more"},
		{"initials", "IWM", []string{"International Widget Makers Inc."}, "initials"},
		{"a long name of initials", "Bicycle Motocross Xtra", []string{"BMX"}, "initials"},
		{"only the form", "Delta Inc", []string{"Delta Ltd", "Delta S.p.A."}, "legal form"},
		{"Japanese", "さくら製作室", []string{"株式会社さくら製作所"}, "one letter"},
		{"two letters", "Glabix", nil, ""},
		{"short", "BMW", nil, ""},
		{"nothing", "", nil, ""},
		{"nobody", "Umbrella", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			list := d.Similar(c.in, 5)
			for _, l := range list {
				got = append(got, l.Customer)
			}
			if !slices.Equal(got, c.want) || len(list) > 0 && !strings.Contains(list[0].Reason, c.reason) {
				t.Errorf("%+v", list)
			}
		})
	}
	if n := len(d.Similar("Delta", 1)); n != 1 {
		t.Errorf("%d, not one", n)
	}
	if (*Directory)(nil).Similar("Delta", 1) != nil {
		t.Error("a nil directory suggests somebody")
	}
}

// TestSimilarFollows: the index is as if it were made anew, whatever was put in and
// taken out.
func TestSimilarFollows(t *testing.T) {
	d, _ := New(nil, nil)
	links, names := 0, 0
	for round := range 3 {
		for id := uint64(1); id <= 50; id++ {
			d.Put(&Customer{ID: id, Name: fmt.Sprintf("Round %d Müller %d", round, id), Aliases: []string{fmt.Sprintf("Shared Alias %d", id)}})
		}
		if round == 0 {
			links, names = len(d.near.links), len(d.near.names)
		}
	}
	if len(d.near.links) > links || len(d.near.names) > names {
		t.Errorf("%d links and %d names, %d and %d at first: what is taken out is not used again", len(d.near.links), len(d.near.names), links, names)
	}
	if got := d.Similar("Round 2 Müler 17", 5); len(got) != 1 || got[0].ID != 17 {
		t.Errorf("%+v", got)
	}
	if got := d.Similar("Round 1 Müler 17", 5); len(got) != 0 && got[0].rank == 0 {
		t.Errorf("an old name is known: %+v", got)
	}
	for id := uint64(1); id <= 50; id++ {
		d.Remove(id)
	}
	if len(d.near.heads) != 0 || len(d.phrases) != 0 {
		t.Errorf("%d keys and %d phrases are left", len(d.near.heads), len(d.phrases))
	}
}

// TestSimilarIsBounded: what a suggestion costs does not grow with the customers.
func TestSimilarIsBounded(t *testing.T) {
	for _, n := range []int{1000, 20000} {
		d := manyCustomers(n)
		for _, name := range []string{"The Company 777", "Company The", "The Company", "Northern Widgets 12", strings.Repeat("company ", 40)} {
			if _, looked := d.alike(Normalize(name), 5); looked > maxLooked {
				t.Errorf("%d customers: %q looks at %d", n, name, looked)
			}
		}
	}
}

// TestSuspected: a name that is only like a customer's is a candidate, never more.
func TestSuspected(t *testing.T) {
	d := testDirectory(t)
	for _, c := range []struct {
		name string
		said Said
		want []string
	}{
		{"a signature with a legal form", Said{Signature: "Max\nGlobix Ltd\nLondon"}, []string{"Globex Ltd"}},
		{"I work for", Said{Words: "Hello, I work for Globix and it is down."}, []string{"Globex Ltd"}},
		{"von der Firma", Said{Words: "Hier ist Max von der Firma Mueler Maschinenbau."}, []string{"Müller Maschinenbau GmbH"}},
		{"without a legal form", Said{Signature: "Max\nGlobix"}, nil},
		{"only mentioned", Said{Words: "Globix is nice."}, nil},
		{"far from all", Said{Signature: "Umbrella Ltd"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := d.IdentifyMail("x@gmail.com", true, c.said)
			if id.Customer != "" || id.Confidence != ticket.Unknown || !slices.Equal(id.Candidates, c.want) {
				t.Errorf("%+v", id)
			}
		})
	}
}

func BenchmarkSimilar(b *testing.B) {
	d := manyCustomers(100000)
	b.ReportAllocs()
	for b.Loop() {
		d.Similar("The Company 77778 Ltd", 5)
	}
}
