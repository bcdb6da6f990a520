package rules

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// contains compiles the phrases and looks for them in one text.
func contains(t failer, text string, list ...string) bool {
	t.Helper()
	set, problems := Compile([]Rule{{Name: "x", If: &Condition{Words: &Match{Contains: list}}, Stop: true}})
	if len(problems) > 0 {
		t.Fatalf("compile %q: %v", list, problems)
	}
	return set.Eval(Facts{Words: text}).Trace[0].Matched
}

func TestContains(t *testing.T) {
	tests := []struct {
		name, phrase, text string
		want               bool
	}{
		{"phrase in capitals and with spaces", "production down", "Production  DOWN!", true},
		{"not inside of words", "production down", "reproduction downtown", false},
		{"over a line end", "production down", "our production\r\ndown since 9", true},
		{"over punctuation", "error code", "ERROR_CODE=7", true},
		{"not in the other order", "production down", "down: production", false},
		{"not with a word between", "production down", "production is down", false},
		{"a restart inside of a phrase", "down down up", "down down down up", true},
		{"accents in the text", "stoerung", "Störung", false},
		{"accents in both", "Störung", "STORUNG!", true},
		{"sharp s", "strasse", "Straße 5", true},
		{"a prefix is not enough", "out", "outage", false},
		{"digits are a word", "500", "HTTP 500.", true},
		{"digits inside of a number", "500", "15001", false},
		{"apostrophes of both kinds", "can't log in", "I can’t log in", true},
		{"Chinese inside of a text", "宕机", "服务器宕机了", true},
		{"Japanese inside of a text", "ダウン", "本番がダウンしました", true},
		{"Japanese voicing counts", "バス", "ハスの花", false},
		{"Japanese over a line end", "本番障害", "至急、本番\n障害です", true},
		{"Latin within Japanese", "down", "サーバーdownです", true},
		{"Korean with an ending", "서버", "서버가 다운됐어요", true},
		{"Korean half syllable", "서버", "서벅", false},
		{"Thai inside of a text", "ล่ม", "ระบบล่มแล้ว", true},
		{"Hindi whole words", "बंद", "सर्वर बंद है", true},
		{"Russian", "не работает", "Сервер НЕ РАБОТАЕТ!!", true},
		{"empty text", "outage", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := contains(t, tt.text, tt.phrase); got != tt.want {
				t.Errorf("contains %q in %q = %t, want %t", tt.phrase, tt.text, got, tt.want)
			}
		})
	}
}

// naiveWords splits a folded text into words joined by spaces.
func naiveWords(folded string) string {
	var b strings.Builder
	joined := false // the mark that comes belongs to a single character
	for _, r := range folded {
		isWord := unicode.In(r, unicode.L, unicode.N, unicode.M)
		switch {
		case isWord && joined && unicode.IsMark(r):
			b.WriteRune(r)
			continue
		case isWord && unspaced(r):
			b.WriteString(" " + string(r))
			joined = true
			continue
		case isWord && joined:
			b.WriteByte(' ')
			b.WriteRune(r)
		case isWord:
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
		joined = false
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func naiveContains(text, phrase string) bool {
	return strings.Contains(" "+naiveWords(naiveFold(text))+" ", " "+naiveWords(naiveFold(phrase))+" ")
}

func checkContains(t failer, text, phrase string) {
	t.Helper()
	text, phrase = strings.ToValidUTF8(text, "?"), strings.ToValidUTF8(phrase, "?")
	folded := []byte(foldString(phrase))
	if start, _ := nextWord(folded, 0); start == len(folded) || len(folded) > MaxPatternRunes {
		return
	}
	want := naiveContains(text, phrase)
	// A second phrase must not disturb the first.
	for _, list := range [][]string{{phrase}, {phrase, "zzz " + phrase}} {
		if got := contains(t, text, list...); got != want {
			t.Fatalf("contains %q in %q = %t, the naive way gives %t", list, text, got, want)
		}
	}
	if start, _ := findPhrase([]byte(foldString(text)), folded); (start >= 0) != want {
		t.Fatalf("findPhrase(%q, %q) starts at %d, the naive way gives %t", text, phrase, start, want)
	}
}

func TestContainsAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkContains(t, mailText().Draw(t, "text"), mailText().Draw(t, "phrase"))
	})
}

// TestManyPhrases looks for many overlapping phrases at once.
func TestManyPhrases(t *testing.T) {
	word := rapid.SampledFrom([]string{"a", "b", "c", "本"})
	words := func(n int) *rapid.Generator[string] {
		return rapid.Map(rapid.SliceOfN(word, 1, n), func(l []string) string { return strings.Join(l, " ") })
	}
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(words(5), 1, 12).Draw(t, "phrases")
		text := words(30).Draw(t, "text")
		var set []Rule
		for i, phrase := range list {
			set = append(set, Rule{Name: strings.Repeat("r", i+1), If: &Condition{Words: &Match{Contains: []string{phrase}}}, Then: Effects{Page: true}})
		}
		compiled, problems := Compile(set)
		if problems != nil {
			t.Fatalf("compile: %v", problems)
		}
		for i, trace := range compiled.Eval(Facts{Words: text}).Trace {
			if want := naiveContains(text, list[i]); trace.Matched != want {
				t.Fatalf("%q in %q = %t, the naive way gives %t", list[i], text, trace.Matched, want)
			}
		}
	})
}

func FuzzContains(f *testing.F) {
	f.Add("Production  DOWN!", "production down")
	f.Add("本番がダウン", "ダウン")
	f.Add("Sto\u0308rung\u00ad ß", "störung SS")
	f.Add("\u0e01\u0e33a\u093f", "\u093f")
	f.Fuzz(func(t *testing.T, text, phrase string) {
		checkFold(t, text)
		checkContains(t, text, phrase)
	})
}
