package mailauth

import (
	"strings"
	"testing"
)

func TestAligned(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"acme.example", "acme.example", true},
		{"ACME.example.", "mail.acme.example", true},
		{"bounce.mail.acme.co.uk", "news.acme.co.uk", true},
		{"acme.co.uk", "other.co.uk", false},
		{"co.uk", "acme.co.uk", false},
		{"co.uk", "co.uk", true},
		{"mia.github.io", "eve.github.io", false},
		{"acme.example", "acme.example.evil.example", false},
		{"notacme.example", "acme.example", false},
		{"müller.example", "xn--mller-kva.example", true},
		{"192.0.2.7", "192.0.2.7", false},
		{"localhost", "localhost", false},
		{"", "", false},
		{"a..example", "a..example", false},
		{"acme.example acme.example", "acme.example acme.example", false},
		{strings.Repeat("a.", 130) + "example", strings.Repeat("a.", 130) + "example", false},
	} {
		if got := aligned(domainOf(c.a), domainOf(c.b)); got != c.want {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
		if got := aligned(domainOf(c.b), domainOf(c.a)); got != c.want {
			t.Errorf("%s and %s: %v", c.b, c.a, got)
		}
	}
}

func TestDomainOf(t *testing.T) {
	for in, want := range map[string]string{
		"mia@Acme.Example": "acme.example", "<mia@acme.example>": "acme.example", "@acme.example": "acme.example", "acme.example": "acme.example",
		`"mia@acme.example"@evil.example`: "evil.example", "mia@[192.0.2.7]": "", "<>": "", "none": "", "mia@": "", "mia@acme.example;x": "", ".": "",
	} {
		if got := domainOf(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
