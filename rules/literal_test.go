package rules

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLiterals(t *testing.T) {
	tests := []struct {
		regexp string
		want   []string
	}{
		{`outage`, []string{"outage"}},
		{`(?i)Störung`, []string{"storung"}},
		{`(?i)\binv-\d{6}\b`, []string{"inv-"}},
		{`\d+`, nil},
		{`.*`, nil},
		{`^$`, nil},
		{`a*b*`, nil},
		{`(a*)*b`, []string{"b"}},
		{`error (code|number) [12]`, []string{"error code 1", "error code 2", "error number 1", "error number 2"}},
		{`(server|database)s? (is )?down`, []string{"database down", "database is down", "databases down", "databases is down",
			"server down", "server is down", "servers down", "servers is down"}},
		{`error.*(down|gone)`, []string{"error"}},
		{`(down|\d)`, nil},
		{`x(down|up)+y`, []string{"down", "up"}},
		{`(?:abc){3}`, []string{"abcabcabc"}},
		{`(?:abc){2,}`, []string{"abc"}},
		{`(?s)a.{3}production`, []string{"production"}},
		{`  a  \t b  `, []string{"a b"}},
		{`\s+down`, []string{"down"}},
		{`(?i)kiss`, []string{"kiss"}},
		{`本番ダウン`, []string{"本番"}},
		{`ダウン`, nil},
		{`[^a]bc`, []string{"bc"}},
		{`(?i)straße`, []string{"strasse"}},
	}
	for _, tt := range tests {
		t.Run(tt.regexp, func(t *testing.T) {
			tree, err := syntax.Parse(tt.regexp, syntax.Perl)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, literals(tree)); diff != "" {
				t.Errorf("literals (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFoldAlone checks that what is said to fold alone does so between marks, letters
// and spaces of all kinds.
func TestFoldAlone(t *testing.T) {
	around := []string{"", "a", "É", "\u0301", "\u0323", "か", "\u3099", "가", "\u11a8", "ि", "本", "ſ", "ﬁ", "\u00ad", "\u200d", "7", "\u0483", "ّ", "\u05b7"}
	alone := 0
	for r := rune(0); r < 0x20000; r++ {
		folded, ok := foldAlone(r)
		if !ok || r >= 0xd800 && r < 0xe000 {
			continue
		}
		alone++
		if r >= 0x4e00 && r < 0x9fff && r%97 != 0 {
			continue // all alike
		}
		folded = strings.TrimSpace(folded)
		for _, before := range around {
			for _, behind := range around {
				if got := foldString(before + string(r) + behind); !strings.Contains(got, folded) {
					t.Fatalf("fold(%q) = %q, without %q", before+string(r)+behind, got, folded)
				}
			}
		}
	}
	if alone < 20000 {
		t.Errorf("only %d characters fold alone", alone)
	}
}

// anyRegexp draws regexps of all kinds of parts, over few letters so that they match.
func anyRegexp() *rapid.Generator[string] {
	leaf := rapid.SampledFrom([]string{
		"a", "b", "ab", "Ä", "ö", "ß", "k", "s", "σ", "Σ", "本", "か", "가", " ", "  ", `\t`, ".", `\d`, `\w`, `\s`, `\b`, "^", "$", "[ab]", "[^a]", "[a-f]", "(?i:a)", "(?i:K)", "(?i:ſ)",
		"(?i:ÅÉ)", "(?i:ß)", `\x{212a}`, "\u00ad", "x", "down", "(?i:down time)", "", "(?:)", `\pL`, "[kK]", "[\u212ax]", "İ", "(?i:i)",
	})
	return rapid.Custom(func(t *rapid.T) string {
		var draw func(depth int) string
		draw = func(depth int) string {
			kind := rapid.IntRange(0, 9).Draw(t, "kind")
			if depth == 0 || kind < 3 {
				return leaf.Draw(t, "leaf")
			}
			switch kind {
			case 3, 4, 5:
				return draw(depth-1) + draw(depth-1)
			case 6:
				return "(" + draw(depth-1) + "|" + draw(depth-1) + ")"
			case 7:
				return "(?:" + draw(depth-1) + ")" + rapid.SampledFrom([]string{"*", "+", "?", "{2}", "{1,3}", "{0,2}", "+?"}).Draw(t, "times")
			case 8:
				return "(?i)(" + draw(depth-1) + ")"
			}
			return draw(depth-1) + "|" + draw(depth-1) + draw(depth-1)
		}
		return draw(rapid.IntRange(0, 5).Draw(t, "depth"))
	})
}

func regexpText() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"a", "b", "A", "ab", "ä", "Ä", "o\u0308", "ö", "Ö", "ss", "ß", "ẞ", "k", "K", "\u212a", "s", "ſ", "S", "σ", "ς", "Σ", "本", "か", "\u3099", "が", "가", "\u11a8",
		" ", "  ", "\t", "\n", "7", "x", "down", "DOWN", "time", "\u00ad", "\u0301", "\u0323", "Å", "Å", "é", "\xff", "i", "I", "İ", "ı", "f"})
	return rapid.OneOf(rapid.Map(rapid.SliceOfN(piece, 0, 12), func(l []string) string { return strings.Join(l, "") }),
		rapid.StringN(0, 20, -1))
}

// checkLiterals asks: where the regexp finds something, is one of its literals seen?
func checkLiterals(t failer, source, text string) (matched, has bool) {
	t.Helper()
	re, err := regexp.Compile(source)
	if err != nil {
		return false, false
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		t.Fatalf("parse %q: %v", source, err)
	}
	need := literals(tree)
	if !re.MatchString(text) {
		return false, need != nil
	}
	folded := foldString(text)
	if need != nil && !slices.ContainsFunc(need, func(s string) bool { return strings.Contains(folded, s) }) {
		t.Fatalf("%q matches %q, but %q has none of %q", source, text, folded, need)
	}
	if slices.Contains(need, "") {
		t.Fatalf("%q has an empty literal among %q", source, need)
	}
	known := []truth{no}
	if need != nil {
		g := newGrams([]wanted{{0, need}})
		g.scan([]byte(folded), known, make([]bool, len(g.atoms)))
		if known[0] == no {
			t.Fatalf("%q matches %q, but nothing of %q is found", source, text, need)
		}
	}
	return true, need != nil
}

// TestLiteralsAgainstRegexps draws regexps and texts, and counts that both were there:
// regexps that match and have literals.
func TestLiteralsAgainstRegexps(t *testing.T) {
	both, neither := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		source := anyRegexp().Draw(t, "regexp")
		for range 20 {
			matched, has := checkLiterals(t, source, regexpText().Draw(t, "text"))
			if matched && has {
				both++
			}
			if !matched && !has {
				neither++
			}
		}
	})
	if both < 30 || neither < 5 {
		t.Errorf("only %d matches of regexps with literals, and %d of those without that do not", both, neither)
	}
}

func FuzzLiterals(f *testing.F) {
	f.Add(`(?i)\binv-\d{6}\b`, "about INV-123456.")
	f.Add(`(a|b)+K`, "ab\u212a")
	f.Add(`a {2}b`, "a  b")
	f.Fuzz(func(t *testing.T, source, text string) {
		if len(source) < 200 {
			checkLiterals(t, source, text)
		}
	})
}
