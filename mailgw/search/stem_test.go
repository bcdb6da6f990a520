package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Forms of one word have one stem, in each language that mailgw speaks.
func TestStemsOfOneWord(t *testing.T) {
	for lang, words := range map[string]string{
		"en": "printer printers printed printing prints",
		"de": "Rechnung Rechnungen", "de2": "Drucker Druckers", "de3": "Straße STRASSE straßen",
		"fr": "facture factures", "fr2": "réseau reseaux",
		"it": "fattura fatture", "it2": "utente utenti",
		"es": "impresora impresoras", "es2": "factura facturas", "es3": "contraseña contrasenas",
		"pt": "fatura faturas", "pt2": "usuário usuarios",
		"nl": "factuur facturen", "nl2": "printer printers",
		"pl": "faktura faktury fakturę fakturą", "pl2": "drukarka drukarki drukarkę", "pl3": "hasło hasła haseł",
	} {
		stems := unique(Stems(words))
		most := 1
		if lang == "nl" || lang == "pl3" { // a stem that changes within: two are two words
			most = 2
		}
		if len(stems) > most {
			t.Errorf("%s: %s are %q", lang, words, stems)
		}
	}
}

func TestStems(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"The order 10-4711/B, v2.3":     "the order 10 4711 b v2 3",
		"bus gas news":                  "bus gas news",
		"Ünïcödé ﬁle":                   "unicod file",
		"東京 のサーバ":                       "東 京 の サ ー ハ",
		"a@b.example":                   "a b exampl",
		strings.Repeat("a", 100) + " b": strings.Repeat("a", 39) + " b",
	} {
		if got := strings.Join(Stems(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzStems(f *testing.F) {
	for _, s := range []string{"printers burn", "ﬁle ß Łódź", "東京", "\xff\xfe", "a\x00b", "İstanbul", strings.Repeat("é", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		stems := Stems(text)
		for _, s := range stems {
			if s == "" || len(s) > maxStem+utf8.UTFMax || strings.ContainsAny(s, " \n\t@.") || strings.ToLower(s) != s {
				t.Errorf("%q of %q", s, text)
			}
		}
		if again := Stems(strings.ToUpper(text)); isASCII(text) && !slices.Equal(again, stems) {
			t.Errorf("%q: %q, in capitals %q", text, stems, again)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
