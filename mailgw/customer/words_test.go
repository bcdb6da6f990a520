package customer

import (
	"fmt"
	"strings"
	"testing"
)

// TestFold shows words with what stands before them: "=" nothing, " " a
// space, "-" joined, "," soft, "/" hard, ":" a colon, "@" glue.
func TestFold(t *testing.T) {
	const signs = "= -,/:@"
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Acme Bank", "/acme bank"},
		{"Acme-Bank", "/acme-bank"},
		{"Acme – Bank", "/acme,bank"},
		{"Acme - Bank", "/acme,bank"},
		{"Acme, Inc.", "/acme,inc"},
		{"Acme & Bank", "/acme-and-bank"},
		{"Acme\nBank", "/acme/bank"},
		{"Acme! Bank? x; y: z", "/acme,bank,x/y:z"},
		{"Acme. Bank", "/acme,bank"},
		{"max@acme.example", "/max@acme@example"},
		{"www.acme.example", "/www@acme@example"},
		{"x_acme", "/x@acme"},
		{"A/S", "/a@s"},
		{"S.p.A. here", "/spa,here"},
		{"Sp. z o.o.", "/sp,z oo"},
		{"e.K., d.o.o.", "/ek,doo"},
		{"О.О.О. Х", "/ооо,х"},
		{"O’Hara's O'Hara‘s", "/oharas oharas"},
		{"l’Atelier d'Or", "/l=atelier d=or"},
		{"A. B. Müller, J P Morgan", "/ab,mueller,jp morgan"},
		{"Vitamin E, E und M", "/vitamin e,e and m"},
		{"a e b E c", "/a and b e c"},
		{"R+V, +41, C++", "/r-and-v,41,c"},
		{"Σύρος", "/συροσ"},
		{"'Acme' \"Bank\"", "/acme,bank"},
		{"(Acme)", "/acme"},
		{"東京acme株", "/東=京=acme=株"},
		{"アクメの山", "/アクメ=の=山"},
		{"x1 2y", "/x1 2y"},
		{"\u0301Acme", "/acme"},
		{"a\xffb", "/a,b"},
		{"- & . ' @ _", "/and"},
	} {
		var w words
		w.fold(compose(c.in))
		var got strings.Builder
		for i, x := range w.list {
			fmt.Fprintf(&got, "%c%s", signs[x.before], w.phrase(i, i+1))
		}
		if got.String() != c.want {
			t.Errorf("fold(%q) = %q, want %q", c.in, got.String(), c.want)
		}
	}
}

func TestFoldCase(t *testing.T) {
	var w words
	w.fold("Acme acme 3d Über über 東")
	want := []struct{ upper, small bool }{{true, false}, {false, true}, {false, false}, {true, false}, {false, true}, {false, false}}
	for i, x := range w.list {
		if x.upper != want[i].upper || x.small != want[i].small {
			t.Errorf("%s: capital %v, small %v", w.phrase(i, i+1), x.upper, x.small)
		}
	}
}

func TestFoldPlain(t *testing.T) {
	for in, want := range map[string]string{"Müller": "muller", "Ørsted": "orsted", "Straße": "strasse", "Þór": "thor", "Æther": "aether", "Łódź": "lodz"} {
		w := words{plain: true}
		w.fold(in)
		if string(w.text) != want {
			t.Errorf("%q is %q, want %q", in, w.text, want)
		}
	}
}

func TestLegalFormTable(t *testing.T) {
	if len(forms.behind) < 150 || len(forms.before) < 10 || forms.longest < 4 {
		t.Fatalf("the table holds %d and %d forms, the longest of %d words", len(forms.behind), len(forms.before), forms.longest)
	}
	for form := range forms.behind {
		written := strings.ToUpper(form)
		if len(form) == 3 && form[1] == ' ' {
			written = strings.Replace(written, " ", "/", 1) // A/S
		}
		if got := Normalize("ACME " + written); got != "acme" {
			t.Errorf("%q stays in the name: %q", form, got)
		}
	}
	for form := range forms.before {
		if got := Normalize(form + " acme"); got != "acme" {
			t.Errorf("%q stays before the name: %q", form, got)
		}
	}
}

// TestLegalFormCountries counts the countries that the table has forms of.
func TestLegalFormCountries(t *testing.T) {
	countries := map[string]bool{}
	for tag := range uses(legalFormText) {
		if len(tag) == 2 && tag != "eu" {
			countries[tag] = true
		}
	}
	if len(countries) < 60 {
		t.Errorf("forms of %d countries only", len(countries))
	}
}
