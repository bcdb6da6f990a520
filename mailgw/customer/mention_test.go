package customer

import (
	"slices"
	"strings"
	"testing"
)

// Who is named in a text, whatever it says of them.
func TestMentions(t *testing.T) {
	d, _ := New([]Customer{
		{ID: 1, Name: "Acme Instruments AG", Aliases: []string{"Acme"}}, {ID: 2, Name: "Acme GmbH", Aliases: []string{"Globex"}},
		{ID: 3, Name: "Delta Ltd"}, {ID: 4, Name: "Café Zürich GmbH"}, {ID: 5, Name: "The Fish Group"}, {Name: "Stark & Sons"},
	}, nil)
	for text, want := range map[string]string{
		"a competitor of Globex, formerly":       "Acme GmbH",
		"globex is a word here":                  "",
		"Acme, and Acme again, Acme Instruments": "Acme Instruments AG, Acme GmbH",
		"Delta is a letter":                      "",
		"Delta Ltd, in London":                   "Delta Ltd",
		"der Zuercher vom Cafe Zuerich":          "Café Zürich GmbH",
		"from Stark and Sons":                    "Stark & Sons",
		"Fish is on the table":                   "",
		"":                                       "",
	} {
		var got []string
		for _, m := range d.Mentions(text) {
			if !slices.Contains(got, m.Name) {
				got = append(got, m.Name)
			}
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
	var none *Directory
	if m := none.Mentions("Acme"); m != nil {
		t.Error(m)
	}
}
