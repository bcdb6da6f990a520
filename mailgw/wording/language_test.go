package wording

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLanguages(t *testing.T) {
	if diff := cmp.Diff([]string{"en", "de", "es", "fr", "it", "nl", "pl", "pt"}, Languages()); diff != "" {
		t.Error(diff)
	}
	Languages()[0] = "changed"
	if Languages()[0] != "en" {
		t.Error("a caller can change the list")
	}
}

func TestMatch(t *testing.T) {
	tests := []struct{ lang, want string }{
		{"", "en"}, {"en", "en"}, {"de", "de"}, {"fr", "fr"},
		{"de-CH", "de"}, {"de_AT", "de"}, {"DE", "de"}, {"fr-CA", "fr"}, {"en-GB", "en"},
		{"it-CH", "it"}, {"es-419", "es"}, {"pt-BR", "pt"}, {"pt_PT", "pt"}, {"nl-BE", "nl"}, {"pl-PL", "pl"},
		{"gsw", "de"}, {"lb", "de"}, {"fy", "nl"}, {"gl", "es"}, {"cs", "en"}, {"ro", "en"}, {"ca", "en"},
		{"fr-CH, fr;q=0.9, en;q=0.8", "fr"}, {"ja, de;q=0.5", "de"}, {"de;q=0.2, fr", "fr"}, {"de-CH;q=0.2, fr", "fr"},
		{"ja", "en"}, {"x-klingon", "en"}, {"not a language", "en"}, {"\x00", "en"},
		{strings.Repeat("de-", 10_000), "de"}, {strings.Repeat("zz,", 10_000) + "de", "en"},
	}
	for _, tt := range tests {
		if got := Builtin().Match(tt.lang); got != tt.want {
			t.Errorf("Builtin().Match(%.40q) = %q, want %q", tt.lang, got, tt.want)
		}
	}
}

// What one language says, all say: a phrase that nobody uses any more or one
// that is left untranslated shows here.
func TestLanguagesAreComplete(t *testing.T) {
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	want := c.tongues[fallback]
	for _, tag := range c.tags[1:] {
		got := c.tongues[tag]
		if diff := cmp.Diff(slices.Sorted(maps.Keys(want.data.Phrase)), slices.Sorted(maps.Keys(got.data.Phrase))); diff != "" {
			t.Errorf("%s: phrases (-%s +%s):\n%s", tag, fallback, tag, diff)
		}
		for kind, words := range want.data.Word {
			if diff := cmp.Diff(slices.Sorted(maps.Keys(words)), slices.Sorted(maps.Keys(got.data.Word[kind]))); diff != "" {
				t.Errorf("%s: words of %s:\n%s", tag, kind, diff)
			}
		}
		if len(got.data.Never) == 0 {
			t.Errorf("%s: no list of what we never say", tag)
		}
	}
}

func TestPhrasesAreClean(t *testing.T) {
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	for tag, tongue := range c.tongues {
		for name, phrase := range tongue.data.Phrase {
			if phrase == "" || phrase != strings.TrimSpace(phrase) {
				t.Errorf("%s: %s is %q", tag, name, phrase)
			}
			if found := Forbidden(phrase); found != nil {
				t.Errorf("%s: %s says %q", tag, name, found)
			}
			if tag == "fr" && (strings.Contains(phrase, " ?") || strings.Contains(phrase, " :") || strings.Contains(phrase, "« ")) {
				t.Errorf("fr: %s has a plain space where a no-break space belongs: %q", name, phrase)
			}
		}
	}
}

func TestForbidden(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"nothing", "One of us will answer you by 15:00 today.", nil},
		{"case", "As Soon As Possible", []string{"as soon as possible"}},
		{"over lines and quotes", "we answer as soon\n> as\u00a0possible", []string{"as soon as possible"}},
		{"apostrophe", "Please don’t reply", []string{"don't reply"}},
		{"german, inflected", "mit der schnellstmöglichen Antwort, so bald wie möglich", []string{"schnellstmöglich", "so bald wie möglich"}},
		{"french", "Merci de ne pas répondre ; nous le ferons dès que possible", []string{"dès que possible", "ne pas répondre"}},
		{"inside a word", "the wasapi driver", nil},
		{"at a word, later", "wasapi, asap", []string{"asap"}},
		{"closed", "Your ticket has been closed", []string{"ticket has been closed"}},
		{"german do not reply", "Bitte nicht antworten", []string{"nicht antworten"}},
		{"italian", "Risponderemo il prima\npossibile. Si prega di non rispondere, ci scusiamo per l’inconveniente.", []string{"di non rispondere", "il prima possibile", "per l'inconveniente"}},
		{"spanish", "Le responderemo lo antes posible. Por favor, NO RESPONDA a este correo.", []string{"lo antes posible", "no responda"}},
		{"portuguese", "Responderemos assim que possível. Por favor, não responda. Caro cliente!", []string{"assim que possível", "caro cliente", "não responda"}},
		{"dutch", "Wij antwoorden z.s.m. Geachte klant, bedankt voor uw geduld.", []string{"geachte klant", "voor uw geduld", "z.s.m"}},
		{"polish", "Odpowiemy jak najszybciej. Prosimy nie odpowiadać; Państwa opinia jest dla nas ważna.", []string{"jak najszybciej", "jest dla nas ważn", "prosimy nie odpowiadać"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Forbidden(tt.text)
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
