package heard_test

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"supportgw/mailgw/heard"
)

// verdicts are those of the files in testdata/verdict, as these call them.
func verdicts() map[string]heard.Verdict {
	return map[string]heard.Verdict{"yes": heard.Yes, "no": heard.No, "partly": heard.Partly, "unclear": heard.Unclear}
}

// answer is one line of a file: what somebody wrote, and what it means.
type answer struct {
	lang, words string
	want        heard.Verdict
}

func answers(t testing.TB) (all []answer) {
	t.Helper()
	files, err := filepath.Glob("testdata/verdict/*.txt")
	if err != nil || len(files) != 8 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			kind, words, ok := strings.Cut(lines.Text(), "|")
			if want, known := verdicts()[kind]; ok && known {
				all = append(all, answer{strings.TrimSuffix(filepath.Base(name), ".txt"), strings.ReplaceAll(words, `\n`, "\n"), want})
			} else if !strings.HasPrefix(kind, "#") {
				t.Errorf("%s: %q", name, lines.Text())
			}
		}
	}
	return all
}

// How people answer whether their matter is solved, at least 40 in each of three
// languages and 20 in each of the others.
func TestSolved(t *testing.T) {
	n := map[string]int{}
	for _, a := range answers(t) {
		n[a.lang]++
		if got := heard.Solved(a.words, a.lang, "Mia Meier"); got != a.want {
			t.Errorf("%s %q is %q, want %q", a.lang, a.words, got, a.want)
		}
		if got := heard.Solved(a.words, strings.ToUpper(a.lang)+"_CH", "Mia Meier"); got != a.want {
			t.Errorf("%s %q in Switzerland is %q, want %q", a.lang, a.words, got, a.want)
		}
		for _, lang := range []string{"", "ja"} { // a language that was not found out makes no yes
			if got := heard.Solved(a.words, lang, "Mia Meier"); got == heard.Yes && a.want != heard.Yes && a.words != "Certo" {
				t.Errorf("%s %q taken for %q is %q, want %q", a.lang, a.words, lang, got, a.want)
			}
		}
	}
	for lang, least := range map[string]int{"en": 40, "de": 40, "fr": 40, "it": 20, "es": 20, "pt": 20, "nl": 20, "pl": 20} {
		if n[lang] < least {
			t.Errorf("%s: %d answers", lang, n[lang])
		}
	}
}

// Whatever asks for work behind a yes takes the yes away.
func TestSolvedButThere(t *testing.T) {
	more := map[string][]string{
		"en": {"but the second printer is offline", "Please call me", "And the invoice", "could you look at page 3", "now error 217 appears", "the cat"},
		"de": {"aber der Drucker druckt nicht", "Bitte rufen Sie an", "Und die Rechnung", "jetzt kommt Fehler 217"},
		"fr": {"mais l'imprimante est en panne", "Appelez-moi", "Et la facture", "maintenant erreur 217"},
		"it": {"ma la stampante è ferma", "Chiamatemi", "E la fattura"}, "es": {"pero la impresora falla", "Llámenme", "Y la factura"},
		"pt": {"mas a impressora falha", "Liguem-me", "E a fatura"}, "nl": {"maar de printer niet", "Bel mij", "En de factuur"}, "pl": {"ale drukarka nie działa", "Proszę zadzwonić", "A faktura"},
	}
	for _, a := range answers(t) {
		if a.want != heard.Yes {
			continue
		}
		for _, words := range more[a.lang] {
			for _, both := range []string{a.words + " " + words, a.words + ". " + words, a.words + "\n\n" + words, words + ". " + a.words} {
				if got := heard.Solved(both, a.lang, "Mia Meier"); got == heard.Yes {
					t.Errorf("%s %q is a yes", a.lang, both)
				}
			}
		}
		if got := heard.Solved(a.words+"?", a.lang, "Mia Meier"); got == heard.Yes {
			t.Errorf("%s: the question %q is a yes", a.lang, a.words+"?")
		}
	}
}

// Who is not known by name has not signed: a word could be anything.
func TestSolvedNames(t *testing.T) {
	for words, want := range map[string]heard.Verdict{
		"Yes, thanks\nMia":                heard.Yes,
		"Yes, it works\nMia":              heard.Yes,
		"Yes, it works\nBob":              heard.Unclear,
		"Yes, it works\nRegards\nBob":     heard.Yes,
		"Hi Bob,\nyes":                    heard.Yes,
		"Hi Bob please call\nyes":         heard.Unclear,
		"Yes\nRegards\nBob call me":       heard.Unclear,
		"Yes\nRegards\nBob\nCall\nMe":     heard.Unclear,
		"Yes\nRegards\nCall Me Now Quick": heard.Unclear,
	} {
		if got := heard.Solved(words, "en", "Mia Meier", "Anna"); got != want {
			t.Errorf("%q is %q, want %q", words, got, want)
		}
	}
}

// Long texts say more than yes, and cost no more than short ones.
func TestSolvedIsBounded(t *testing.T) {
	for _, words := range []string{strings.Repeat("yes ", 61), strings.Repeat("y", 5000), strings.Repeat("👍", 2000), strings.Repeat("it is now solved now ", 15)} {
		if got := heard.Solved(words, "en"); got != heard.Unclear {
			t.Errorf("%.20q is %q", words, got)
		}
	}
}

func FuzzSolved(f *testing.F) {
	for _, a := range answers(f) {
		f.Add(a.words, a.lang)
	}
	f.Fuzz(func(t *testing.T, words, lang string) {
		got := heard.Solved(words, lang)
		if !slices.Contains([]heard.Verdict{heard.Yes, heard.No, heard.Partly, heard.Unclear}, got) {
			t.Fatalf("%q", got)
		}
		if got == heard.Yes && strings.ContainsFunc(words, unicode.IsDigit) {
			t.Errorf("%q: a number is no part of a yes", words)
		}
		if again := heard.Solved(words+" zzyzx", lang); again == heard.Yes {
			t.Errorf("%q and a word that nobody knows is a yes", words)
		}
	})
}

func BenchmarkSolved(b *testing.B) {
	for b.Loop() {
		heard.Solved("Hallo Anna,\n\nja, es funktioniert wieder einwandfrei. Vielen Dank für die schnelle Hilfe!\n\nFreundliche Grüsse\nMia Meier", "de", "Mia Meier")
	}
}
