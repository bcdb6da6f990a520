package customer

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"supportgw/mailgw/ticket"
	"supportgw/rules"
)

// zurich is a zone with summer time.
func zurich(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// TestBest has the ways in which an agreement seems to apply and does not.
func TestBest(t *testing.T) {
	zone := zurich(t)
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return v.In(zone)
	}
	noon := at("2026-06-15T12:00:00+02:00")
	gold := Agreement{Name: "Gold 2026", Level: "gold", Until: "2026-12-31"}
	levels := []string{"gold", "premium", "standard"}
	for _, tc := range []struct {
		name       string
		own        string
		agreements []Agreement
		asked      Asked
		want, why  string
	}{
		{"nothing at all", "", nil, Asked{}, "", ""},
		{"the customer's own level", "premium", nil, Asked{}, "premium", "premium, the customer's own level"},
		{"one for all", "standard", []Agreement{gold}, Asked{}, "gold", "gold by the agreement Gold 2026 (until 31 Dec 2026)"},
		{"the best, not the first", "", []Agreement{{Level: "premium"}, gold, {Level: "standard"}}, Asked{}, "gold", "gold by the agreement Gold 2026 (until 31 Dec 2026)"},
		{"of equals the first", "", []Agreement{{Name: "One", Level: "gold"}, gold}, Asked{}, "gold", "gold by the agreement One"},
		{"a level that is gone", "standard", []Agreement{{Level: "platinum"}, {Level: "premium"}}, Asked{}, "premium", "premium by the agreement premium"},
		{"its last day, in the desk's zone", "", []Agreement{{Level: "gold", Until: "2026-06-15"}}, Asked{Now: at("2026-06-15T23:59:59+02:00")}, "gold", ""},
		{"ended a second ago", "standard", []Agreement{{Level: "gold", Until: "2026-06-15"}}, Asked{Now: at("2026-06-16T00:00:00+02:00")}, "standard", "standard, the customer's own level: no agreement applies"},
		{"ended here, though it is still its last day in London", "standard", []Agreement{{Level: "gold", Until: "2026-06-15"}}, Asked{Now: at("2026-06-15T22:30:00Z")}, "standard", ""},
		{"begins tomorrow", "", []Agreement{{Level: "gold", From: "2026-06-16"}}, Asked{}, "", "the desk's level: no agreement applies"},
		{"begins today", "", []Agreement{{Level: "gold", From: "2026-06-15"}}, Asked{Now: at("2026-06-15T00:00:00+02:00")}, "gold", ""},
		{"the day of 25 hours, its last", "", []Agreement{{Level: "gold", Until: "2026-10-25"}}, Asked{Now: at("2026-10-25T22:59:59Z")}, "gold", ""},
		{"behind the day of 25 hours", "", []Agreement{{Level: "gold", Until: "2026-10-25"}}, Asked{Now: at("2026-10-25T23:00:00Z")}, "", ""},
		{"the day of 23 hours, its first", "", []Agreement{{Level: "gold", From: "2026-03-29"}}, Asked{Now: at("2026-03-28T23:00:00Z")}, "gold", ""},
		{"before the day of 23 hours", "", []Agreement{{Level: "gold", From: "2026-03-29"}}, Asked{Now: at("2026-03-28T22:59:59Z")}, "", ""},
		{"a day that is none", "standard", []Agreement{{Level: "gold", Until: "31.12.2026"}}, Asked{}, "standard", ""},
		{"for this desk", "", []Agreement{{Level: "gold", Desks: []string{"billing", "support"}}}, Asked{Desk: "support"}, "gold", "gold by the agreement gold: it is for this desk"},
		{"for another desk", "", []Agreement{{Level: "gold", Desks: []string{"billing"}}}, Asked{Desk: "support"}, "", ""},
		{"for this person, however written", "", []Agreement{{Level: "gold", People: []string{"Max@ACME.example"}}}, Asked{Sender: "max@acme.example"}, "gold", "gold by the agreement gold: the sender is one of its people"},
		{"for a namesake elsewhere", "", []Agreement{{Level: "gold", People: []string{"max@acme.example"}}}, Asked{Sender: "max@acme.example.evil.example"}, "", ""},
		{"for people, and the sender has no address", "", []Agreement{{Level: "gold", People: []string{"max@acme.example"}}}, Asked{Sender: ""}, "", ""},
		{"the product is named", "", []Agreement{{Level: "gold", Products: []string{"Spectra 3000"}}}, Asked{Words: "Help\nour SPECTRA-3000 is down"}, "gold", `gold by the agreement gold: the mail names the product "Spectra 3000"`},
		{"another product is named", "", []Agreement{{Level: "gold", Products: []string{"Spectra 3000"}}}, Asked{Words: "our Spectra 30001 is down"}, "", ""},
		{"with accents, written without", "", []Agreement{{Level: "gold", Products: []string{"Érable Pro"}}}, Asked{Words: "erable  PRO ne marche plus"}, "gold", ""},
		{"with a sharp s", "", []Agreement{{Level: "gold", Products: []string{"Großrechner"}}}, Asked{Words: "Der GROSSRECHNER steht"}, "gold", ""},
		{"in Japanese, in the middle of a sentence", "", []Agreement{{Level: "gold", Products: []string{"分光計三千"}}}, Asked{Words: "御社の分光計三千が動きません"}, "gold", ""},
		{"in Cyrillic, in another case", "", []Agreement{{Level: "gold", Products: []string{"Спектр 3000"}}}, Asked{Words: "СПЕКТР 3000 не работает"}, "gold", ""},
		{"all that it asks must hold", "", []Agreement{{Level: "gold", Desks: []string{"support"}, Products: []string{"Spectra"}}}, Asked{Desk: "billing", Words: "Spectra"}, "", ""},
		{"an empty product names nothing", "", []Agreement{{Level: "gold", Products: []string{""}}}, Asked{Words: "Spectra"}, "", ""},
		{"a product of another agreement", "", []Agreement{{Level: "gold", Products: []string{"Spectra"}}, {Level: "premium", Products: []string{"Portal"}}}, Asked{Words: "the portal"}, "premium", `premium by the agreement premium: the mail names the product "Portal"`},
		{"a slower agreement takes nothing away", "gold", []Agreement{{Level: "standard"}}, Asked{}, "gold", "gold, the customer's own level: better than those of the agreements that apply"},
		{"an agreement for the own level", "gold", []Agreement{{Name: "G", Level: "gold"}}, Asked{}, "gold", "gold by the agreement G"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := Customer{Name: "Acme", Level: tc.own, Agreements: tc.agreements}
			tc.asked.Levels = levels
			if tc.asked.Now.IsZero() {
				tc.asked.Now = noon
			}
			level, which, why := c.Best(tc.asked)
			if level != tc.want {
				t.Errorf("level = %q, want %q; why: %s", level, tc.want, why)
			}
			if tc.why != "" && why != tc.why {
				t.Errorf("why = %q, want %q", why, tc.why)
			}
			if which != nil && which.Level != level {
				t.Errorf("agreement %q gives %q", which.Level, level)
			}
		})
	}
}

// TestEntitledSaysWhyOthersDoNot: what an agent reads about a customer with many.
func TestEntitledSaysWhyOthersDoNot(t *testing.T) {
	c := Customer{Name: "Acme", Agreements: []Agreement{
		{Name: "Gold 2026", Level: "gold", Products: []string{"Spectra 3000", "S3", "S4", "S5"}, Until: "2026-06-20"},
		{Name: "Silver", Level: "premium"},
		{Name: "Old", Level: "gold", Until: "2026-06-14"},
		{Name: "Very old", Level: "gold", Until: "2026-05-15"},
		{Name: "Next", Level: "gold", From: "2026-07-01"},
		{Name: "Billing", Level: "gold", Desks: []string{"billing"}},
		{Name: "Boss", Level: "gold", People: []string{"boss@acme.example"}},
		{Name: "Basic", Level: "standard", Until: "2026-07-15"},
		{Name: "Long", Level: "standard", Until: "2026-07-16"},
		{Name: "Gone", Level: "platinum"},
	}}
	e := c.Entitled(Asked{Desk: "support", Sender: "max@acme.example", Words: "the portal", Now: time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC), Levels: []string{"gold", "premium", "standard"}})
	if e.Why != "premium by the agreement Silver" {
		t.Errorf("why = %q", e.Why)
	}
	others := []string{
		`Gold 2026: the mail does not name "Spectra 3000", "S3", "S4" or one of 1 more`, "Old: ended on 14 Jun 2026", "Very old: ended on 15 May 2026", "Next: begins on 1 Jul 2026",
		"Billing: for desk billing", "Boss: for other people", "Basic: gives standard", "Long: gives standard", `Gone: there is no level "platinum"`,
	}
	if !slices.Equal(e.Others, others) {
		t.Errorf("others:\n%s\nwant:\n%s", strings.Join(e.Others, "\n"), strings.Join(others, "\n"))
	}
	ending := []string{"Gold 2026 ends on 20 Jun 2026", "Old ended on 14 Jun 2026", "Basic ends on 15 Jul 2026"} // 31 days are too long ago, and too far away
	if !slices.Equal(e.Ending, ending) {
		t.Errorf("ending %q, want %q", e.Ending, ending)
	}
}

// TestBestAsEnumerated compares it with asking each agreement by itself, in the plainest way.
func TestBestAsEnumerated(t *testing.T) {
	levels := []string{"gold", "premium", "standard"}
	products := []string{"Spectra 3000", "Portal", "分光計", "Érable"}
	desks := []string{"support", "billing"}
	people := []string{"a@acme.example", "B@acme.example", "c@other.example"}
	days := []string{"", "2026-06-13", "2026-06-14", "2026-06-15", "2026-06-16", "2026-06-17"}
	some := func(t *rapid.T, of []string, what string) []string {
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, 2, rapid.ID[string]).Draw(t, what)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := Customer{Name: "Acme", Level: rapid.SampledFrom(append(levels, "")).Draw(t, "own")}
		for range rapid.IntRange(0, 6).Draw(t, "agreements") {
			c.Agreements = append(c.Agreements, Agreement{
				Level: rapid.SampledFrom(append(levels, "gone")).Draw(t, "level"), Desks: some(t, desks, "desks"), People: some(t, people, "people"),
				Products: some(t, products, "products"), From: rapid.SampledFrom(days).Draw(t, "from"), Until: rapid.SampledFrom(days).Draw(t, "until"),
			})
		}
		asked := Asked{
			Desk: rapid.SampledFrom(desks).Draw(t, "desk"), Sender: rapid.SampledFrom([]string{"a@acme.example", "b@acme.example", "x@acme.example", ""}).Draw(t, "sender"),
			Words: strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"spectra", "3000", "portal", "御社の分光計が", "erable", "help"}), 0, 6).Draw(t, "words"), " "),
			Now:   time.Date(2026, 6, rapid.IntRange(13, 17).Draw(t, "day"), rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, time.UTC), Levels: levels,
		}
		got, which, _ := c.Best(asked)
		want, first := plainBest(&c, asked)
		if got != want || which != first {
			t.Fatalf("%+v\nasked %+v\ngot %q %+v\nwant %q %+v", c, asked, got, which, want, first)
		}
	})
}

// plainBest goes through the levels from the best on, and through all agreements.
func plainBest(c *Customer, asked Asked) (string, *Agreement) {
	date := asked.Now.Year()*10000 + int(asked.Now.Month())*100 + asked.Now.Day()
	number := func(day string, none int) int {
		v, err := time.Parse("2006-01-02", day)
		if err != nil {
			return none
		}
		return v.Year()*10000 + int(v.Month())*100 + v.Day()
	}
	for _, level := range asked.Levels {
		for i := range c.Agreements {
			a := &c.Agreements[i]
			desk, person, product := len(a.Desks) == 0, len(a.People) == 0, len(a.Products) == 0
			for _, d := range a.Desks {
				desk = desk || d == asked.Desk
			}
			for _, p := range a.People {
				person = person || strings.EqualFold(p, asked.Sender)
			}
			for _, p := range a.Products {
				set, _ := rules.Compile([]rules.Rule{{Name: "r", If: &rules.Condition{Words: &rules.Match{Contains: []string{p}}}, Stop: true}})
				product = product || set.Eval(rules.Facts{Words: asked.Words}).Trace[0].Matched
			}
			if a.Level == level && (c.Level == "" || slices.Index(asked.Levels, c.Level) >= slices.Index(asked.Levels, level)) && desk && person && product && number(a.From, 0) <= date && date <= number(a.Until, 99999999) {
				return level, a
			}
		}
	}
	return c.Level, nil
}

// TestEntitledOfCandidates: who may be one of several gets what all of them have.
func TestEntitledOfCandidates(t *testing.T) {
	d, problems := New([]Customer{
		{ID: 1, Name: "Delta", Agreements: []Agreement{{Level: "gold", Products: []string{"Spectra"}}}, Level: "standard"},
		{ID: 2, Name: "Delta Air", Level: "gold"},
		{ID: 3, Name: "Delta Sea"},
	}, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	levels := []string{"gold", "standard"}
	for _, tc := range []struct {
		name  string
		who   Identity
		words string
		want  string
	}{
		{"all have it, one by an agreement", Identity{Candidates: []string{"Delta", "Delta Air"}}, "spectra", "gold"},
		{"one has it only for another product", Identity{Candidates: []string{"Delta", "Delta Air"}}, "portal", ""},
		{"one has none", Identity{Candidates: []string{"Delta Air", "Delta Sea"}}, "", ""},
		{"one who is gone", Identity{Candidates: []string{"Delta Air", "Deltoid"}}, "", ""},
		{"nobody", Identity{Confidence: ticket.Unknown}, "spectra", ""},
		{"one, by ID", Identity{ID: 1, Customer: "renamed since"}, "spectra", "gold"},
		{"one, by name", Identity{Customer: "Delta"}, "spectra", "gold"},
		{"one, claimed", Identity{ID: 1, Customer: "Delta", Confidence: ticket.Claimed}, "spectra", "gold"},
		{"one who was erased meanwhile", Identity{ID: 9, Customer: "Delta", Level: "gold"}, "", "gold"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if e := d.Entitled(tc.who, Asked{Words: tc.words, Now: time.Unix(0, 0), Levels: levels}); e.Level != tc.want || e.Agreement != nil && tc.who.Customer == "" {
				t.Errorf("got %+v, want level %q", e, tc.want)
			}
		})
	}
	if e := (*Directory)(nil).Entitled(Identity{Customer: "Delta"}, Asked{}); e.Level != "" {
		t.Errorf("of no directory: %+v", e)
	}
}

func TestDoubts(t *testing.T) {
	c := Customer{Name: "Acme", Domains: []string{"acme.example"}, Addresses: []string{"jo@home.example"}, People: []Person{{Addresses: []string{"kim@home.example"}}}, Level: "premium",
		Agreements: []Agreement{{Level: "gold", People: []string{"x@acme.example", "x@lab.acme.example", "JO@home.example", "kim@home.example", "max@home.example", "x@notacme.example"}}, {Level: "standard"}, {Level: "premium"}}}
	var got []string
	for _, p := range Doubts(&c, []string{"gold", "premium", "standard"}) {
		got = append(got, p.Field)
	}
	if want := []string{"agreement[0].people[4]", "agreement[0].people[5]", "agreement[1].level"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestParseAgreement(t *testing.T) {
	for _, tc := range []struct{ text, want, problem string }{
		{"premium", "premium", ""},
		{`  level=premium   name="Gold ""2026""" desk=support,billing product="Spectra 3000",Portal until=2026-12-31`, `premium name="Gold ""2026""" desks=support,billing products="Spectra 3000",Portal until=2026-12-31`, ""},
		{`"a b" people=max@acme.example from=2026-01-01`, `"a b" people=max@acme.example from=2026-01-01`, ""},
		{"", "", "names no level"},
		{"until=2026-12-31", "", "names no level"},
		{"premium gold", "", "the level stands there twice"},
		{"premium,gold", "", "the level has 2 values"},
		{"premium name=Gold 2026", "", "the level stands there twice"},
		{"premium colour=red", "", `there is no "colour"`},
		{`premium name="Gold`, "", "a quote is not closed"},
		{`premium name="Gold"2026`, "", "a quote is not closed"},
		{"premium desks=", "", "cannot be read"},
		{"premium desks=a,,b", "", "cannot be read"},
		{"premium desks=a desks=b", "", "desks stands there twice"},
	} {
		t.Run(tc.text, func(t *testing.T) {
			a, err := ParseAgreement(tc.text)
			switch {
			case tc.problem != "":
				if err == nil || !strings.Contains(err.Error(), tc.problem) {
					t.Errorf("error = %v, want %q", err, tc.problem)
				}
			case err != nil || a.String() != tc.want:
				t.Errorf("got %q, %v, want %q", a.String(), err, tc.want)
			}
		})
	}
}

// FuzzParseAgreement: what was read is written so that it reads as the same.
func FuzzParseAgreement(f *testing.F) {
	for _, s := range []string{"premium", `gold name="x ""y""" desks=a,b`, `"" products=","`, "a=b", `x people="a`, "gold\u00a0name=\u3000", "from=1,2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAgreement(text)
		if err != nil {
			return
		}
		again, err := ParseAgreement(a.String())
		if err != nil || again.String() != a.String() {
			t.Errorf("%q reads as %q, that as %q (%v)", text, a.String(), again.String(), err)
		}
	})
}
