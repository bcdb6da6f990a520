package guard

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supportgw/mailgw/customer"
	"supportgw/threading"
)

// book knows a few customers.
func book(t testing.TB, more ...customer.Customer) *customer.Directory {
	t.Helper()
	d, problems := customer.New(append([]customer.Customer{
		{ID: 1, Name: "Acme Instruments AG", Aliases: []string{"Acme"}, Domains: []string{"acme.example"}},
		{ID: 2, Name: "Globex Ltd", Domains: []string{"globex.example"}, Addresses: []string{"gus@gmail.com"}},
		{ID: 3, Name: "Initech Inc.", Domains: []string{"initech.example"}},
		{ID: 4, Name: "Müller & Söhne GmbH"},
		{ID: 5, Name: "Express AG"},
		{ID: 6, Name: "IBO Ltd"},
		{ID: 7, Name: "Nordic Fish Trading AS"},
		{ID: 8, Name: "Globex Research Ltd", Domains: []string{"research.globex.example"}},
	}, more...), nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return d
}

// keys seals tokens with one key.
func keys(t testing.TB) *threading.Keyring {
	t.Helper()
	k, err := threading.NewKeyring(threading.Key{ID: 1, Secret: []byte(strings.Repeat("k", threading.SecretBytes))})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// acmes is what is known about a ticket of Acme.
func acmes(t testing.TB) *Known {
	return &Known{
		Ticket: 42, Customer: 1, Company: "Acme Instruments AG", Customers: book(t), People: []string{"mia@acme.example", "consultant@globex.example"},
		Ours: []string{"Example Support", "Anna Keller"}, IsOurs: func(a string) bool { return strings.HasSuffix(a, "@example.com") },
		Notes: []string{
			"She is very angry and wants to cancel the contract next month.\nDo not mention the outage of Tuesday.\nBad payer, be careful!\nOK",
			"The disk in the second shelf was swapped by mistake, we should pay for that.",
		},
		Said: func() []string {
			return []string{"Hello,\nwe got the offer of Initech, too. tom@initech.example wrote it.\nThe export button does nothing since this very morning."}
		},
		Avoid: Avoid(), Open: keys(t).Open,
	}
}

// Each thing that an answer must not say, and what looks like it and is none.
func TestCheck(t *testing.T) {
	k := keys(t)
	seal := func(p threading.Purpose, ticket uint64, person uint32) string {
		return k.Seal(threading.Ref{Purpose: p, Ticket: ticket, Entry: 3, Person: person})
	}
	for name, c := range map[string]struct {
		words string
		want  string // "kind what | line", one a line
	}{
		"ordinary words":              {"Hello Mia,\nplease clear the cache and try again.", ""},
		"another name":                {"Hello Mia,\nthis was made for Globex, sorry.", "name Globex Ltd | this was made for Globex, sorry."},
		"with its legal form":         {"The file is of GLOBEX LTD.", "name Globex Ltd | The file is of GLOBEX LTD."},
		"in the genitive":             {"That is Globex's portal.", "name Globex Ltd | That is Globex's portal."},
		"umlauts as letters":          {"Wie bei Mueller & Soehne.", "name Müller & Söhne GmbH | Wie bei Mueller & Soehne."},
		"over two lines":              {"We did the same for Nordic\nFish Trading last week.", "name Nordic Fish Trading AS | We did the same for Nordic"},
		"the longer name":             {"See Globex Research.", "name Globex Research Ltd | See Globex Research."},
		"their own name":              {"Acme Instruments has two portals, Acme one of them.", ""},
		"a name that they used":       {"The offer of Initech is fine.", ""},
		"a word that is a name":       {"Express delivery is possible.", ""},
		"and is none with its form":   {"We ask Express AG.", "name Express AG | We ask Express AG."},
		"too short a name":            {"IBO is a term.", ""},
		"written small":               {"the globex of it", ""},
		"part of a word":              {"Globexes and Subglobex", ""},
		"another address":             {"Ask liz@globex.example or gus@gmail.com.", "address liz@globex.example | Ask liz@globex.example or gus@gmail.com.\naddress gus@gmail.com | Ask liz@globex.example or gus@gmail.com."},
		"an address in brackets":      {"<mailto:Liz.Lee@sub.globex.example>", "address Liz.Lee@sub.globex.example | <mailto:Liz.Lee@sub.globex.example>"},
		"an address in copy":          {"consultant@globex.example helps you.", ""},
		"an address that they named":  {"tom@initech.example should know.", ""},
		"their colleague's":           {"tom@acme.example should know.", ""},
		"one of ours":                 {"write to billing@example.com", ""},
		"nobody's":                    {"write to info@vendor.example", ""},
		"another ticket's token":      {"support+" + seal(threading.Reply, 43, 0) + "@example.com", "token reply | support+" + seal(threading.Reply, 43, 0) + "@example.com"},
		"an agent's token":            {"(" + strings.ToUpper(seal(threading.AgentReply, 42, 7)) + ")", "token agent reply | (" + strings.ToUpper(seal(threading.AgentReply, 42, 7)) + ")"},
		"an action's token":           {seal(threading.ActSend, 42, 7), "token send action | " + seal(threading.ActSend, 42, 7)},
		"a private token":             {seal(threading.Private, 42, 7), "token private | " + seal(threading.Private, 42, 7)},
		"their own token":             {seal(threading.Reply, 42, 0), ""},
		"no token of ours":            {strings.Repeat("0", 32), ""},
		"words of a note":             {"I know, she is very ANGRY and wants – to cancel.", "note she is very angry and wants to cancel | I know, she is very ANGRY and wants – to cancel."},
		"words of a note, wrapped":    {"The disk in the\nsecond shelf was bad.", "note the disk in the second shelf was | The disk in the"},
		"a short line of a note":      {"Well: bad payer, be careful!", "note Bad payer, be careful! | Well: bad payer, be careful!"},
		"a part of a short line":      {"Be careful with the payer.", ""},
		"five words of a note's line": {"The disk in the second rack", ""},
		"a phrase":                    {"We answer as soon as possible.", "phrase as soon as possible | We answer as soon as possible."},
		"a phrase, wrapped":           {"We answer as soon\nas possible.", "phrase as soon as possible | We answer as soon"},
		"a phrase with hyphens":       {"An as-soon-as-possible fix", "phrase as soon as possible | An as-soon-as-possible fix"},
		"a phrase as one word":        {"a DoNotReply address", "phrase do not reply | a DoNotReply address"},
		"an apostrophe":               {"Please don’t reply.", "phrase don't reply | Please don’t reply."},
		"an invisible letter":         {"Do not re\u00adply.", "phrase do not reply | Do not re\u00adply."},
		"german, without umlauts":     {"so schnell wie moeglich", "phrase so schnell wie möglich | so schnell wie moeglich"},
		"half a phrase":               {"as soon as possibly", ""},
		"two of them":                 {"Globex: as soon as possible", "name Globex Ltd | Globex: as soon as possible\nphrase as soon as possible | Globex: as soon as possible"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range Check(c.words, acmes(t)) {
				got = append(got, string(f.Kind)+" "+f.What+" | "+f.Line)
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What a note says and the customer wrote, or was sent before, is no secret.
func TestCheckSaidBefore(t *testing.T) {
	k := acmes(t)
	k.Notes = []string{"Customer says: the export button does nothing since this very morning.", "our usual greeting line goes here"}
	k.Ours = append(k.Ours, "Our usual greeting line goes here")
	if found := Check("You wrote that the export button does nothing since this very morning.\nOur usual greeting line goes here", k); len(found) > 0 {
		t.Error(found)
	}
	k.Said = nil
	if found := Check("You wrote that the export button does nothing since this very morning.", k); len(found) != 1 || found[0].Kind != Note {
		t.Error(found)
	}
}

// What was said before is costly to know: it is asked for once, when something was found.
func TestCheckAsksOnce(t *testing.T) {
	asked := 0
	k := acmes(t)
	k.Said = func() []string { asked++; return nil }
	if Check("Please clear the cache.\nWrite to mia@acme.example.", k); asked != 0 {
		t.Errorf("asked %d times about words that name nobody", asked)
	}
	if Check("Globex and Initech, liz@globex.example: she is very angry and wants to cancel", k); asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

// A ticket of nobody known: whom they name themselves is theirs to name.
func TestCheckNobodys(t *testing.T) {
	k := acmes(t)
	k.Customer, k.Company, k.Notes = 0, "", nil
	if found := Check("Is it about Initech or about Acme?", k); len(found) != 1 || found[0].What != "Acme Instruments AG" {
		t.Error(found)
	}
	if found := Check("Anything goes: Globex, liz@globex.example", &Known{}); len(found) > 0 {
		t.Errorf("nothing is known, and found: %v", found)
	}
}

// An answer full of names is told of in part.
func TestCheckMany(t *testing.T) {
	var words []string
	for range 3 * maxFindings {
		words = append(words, "x"+strings.Repeat("y", len(words))+"@globex.example")
	}
	if n := len(Check(strings.Join(words, "\n"), acmes(t))); n != maxFindings {
		t.Errorf("%d findings", n)
	}
}

// Any words can be looked through; what is found stands in them.
func FuzzCheck(f *testing.F) {
	f.Add("Hello,\nGlobex a@globex.example as soon as possible", "note words that are six or more")
	f.Add("@@.@-.a@b.c..@", "\u00ad'’")
	f.Add("ß ſ ﬁ Ⅷ", "a b c d\ne f g h")
	known := acmes(f)
	f.Fuzz(func(t *testing.T, words, note string) {
		k := *known
		k.Notes = []string{note}
		for _, x := range Check(words, &k) {
			if x.What == "" || !strings.Contains(words, x.Line) {
				t.Errorf("%+v", x)
			}
		}
	})
}

// The work for an answer does not grow with the customers: it takes as much memory with
// 20,000 of them as with 20.
func TestCheckIsFlat(t *testing.T) {
	work := func(n int) float64 {
		var list []customer.Customer
		for i := range n {
			list = append(list, customer.Customer{ID: uint64(1000 + i), Name: "Nordic Fish " + string(rune('A'+i%26)) + strings.Repeat("x", 1+i/26%9) + string(rune('a'+i/234%26)) + string(rune('a'+i/6084)) + " AS"})
		}
		d, _ := customer.New(list, nil)
		if d.Len() < n {
			t.Fatalf("%d customers", d.Len())
		}
		k := acmes(t)
		k.Customers = d
		words := "Hello Mia,\nthe Nordic Fish portal works again, says Nordic. Ask eve@nobody.example.\n" + strings.Repeat("Ordinary words follow here.\n", 20)
		return testing.AllocsPerRun(5, func() { Check(words, k) })
	}
	if few, many := work(20), work(20000); many > few*1.2 {
		t.Errorf("%.0f allocations with 20 customers, %.0f with 20,000", few, many)
	}
}
