package rules

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestContainsInTexts(t *testing.T) {
	for _, tc := range []struct {
		name, text, phrase string
		want               bool
	}{
		{"case", "our SPECTRA 3000 is down", "Spectra 3000", true},
		{"accents", "die Störung der Drucker", "storung", true},
		{"line ends between words", "the Spectra\r\n3000", "spectra 3000", true},
		{"punctuation between words", "the Spectra-3000!", "spectra 3000", true},
		{"a part of a word", "Spectra 30000", "Spectra 3000", false},
		{"another order", "3000 Spectra", "Spectra 3000", false},
		{"a word between", "Spectra model 3000", "Spectra 3000", false},
		{"Japanese, inside", "御社の分光計三千が動きません", "分光計三千", true},
		{"Japanese, another", "御社の分光計四千が動きません", "分光計三千", false},
		{"full width", "ＳＰＥＣＴＲＡ ３０００", "Spectra 3000", true},
		{"Korean with an ending", "스펙트라가 안 됩니다", "스펙트라", true},
		{"no word in the phrase", "++ and --", "++", false},
		{"an empty phrase", "words", "", false},
		{"an empty text", "", "words", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Contains(tc.text, []string{"other", tc.phrase}); got[0] || got[1] != tc.want {
				t.Errorf("Contains(%q, %q) = %v, want %v", tc.text, tc.phrase, got[1], tc.want)
			}
		})
	}
}

// TestContainsAsRules: what is found is what a rule with the same phrase finds.
func TestContainsAsRules(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "B", "ä", "x1", "三", "千", "-", "ss", "ß", "\n", "é", "'"})
	rapid.Check(t, func(t *rapid.T) {
		sep := rapid.SampledFrom([]string{" ", "", "-"})
		text := strings.Join(rapid.SliceOfN(word, 0, 12).Draw(t, "text"), sep.Draw(t, "between"))
		phrases := []string{}
		for range rapid.IntRange(1, 4).Draw(t, "phrases") {
			if p := strings.Join(rapid.SliceOfN(word, 1, 3).Draw(t, "phrase"), sep.Draw(t, "within")); HasWord(p) {
				phrases = append(phrases, p)
			}
		}
		var want []bool
		for _, p := range phrases {
			set, problems := Compile([]Rule{{Name: "r", If: &Condition{Words: &Match{Contains: []string{p}}}, Stop: true}})
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			want = append(want, set.Eval(Facts{Words: text}).Trace[0].Matched)
		}
		if got := Contains(text, phrases); !slices.Equal(got, want) {
			t.Errorf("Contains(%q, %q) = %v, rules say %v", text, phrases, got, want)
		}
	})
}

func BenchmarkContains(b *testing.B) {
	text := strings.Repeat("The export button gives a timeout in the customer portal since this morning. ", 54)
	phrases := []string{"Spectra 3000", "Spectra 3000 Pro", "分光計", "portal server"}
	b.ReportAllocs()
	for b.Loop() {
		Contains(text, phrases)
	}
}
