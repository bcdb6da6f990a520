package rules

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", ""},
		{"case", "Production DOWN", "production down"},
		{"white space", " \t a \r\n\r\n b\u00a0\u2003c\u2028d \n", "a b c d"},
		{"only white space", " \n\u3000\u0085 ", ""},
		{"control characters", "a\x00b\x7fc", "a b c"},
		{"punctuation stays", "a-b_c: (d)!", "a-b_c: (d)!"},
		{"composed accents", "Störung Ça ÉTÉ", "storung ca ete"},
		{"decomposed accents", "Sto\u0308rung C\u0327a E\u0301TE\u0301", "storung ca ete"},
		{"sharp s", "Straße GROẞ", "strasse gross"},
		{"letters with a stroke", "Øresund Łódź Đà", "oresund lodz da"},
		{"ligatures", "Æble œuvre ﬁle", "aeble oeuvre file"},
		{"final sigma", "ΟΔΟΣ οδός", "οδοσ οδοσ"},
		{"dotless i", "SISTEM İstanbul sıcak", "sistem istanbul sicak"},
		{"Cyrillic", "ЁЛКА ёлка", "елка елка"},
		{"spaces across eight bytes", "ABCDEFG  HIJKLMN \t OPQRSTU@[`{~\x7f/Z", "abcdefg hijklmn opqrstu@[`{~ /z"},
		{"full width", "ＡＢＣ１２３！", "abc123!"},
		{"half width kana", "ｶﾞﾗｽ", "ガラス"},
		{"kana keeps its voicing", "が か", "が か"},
		{"Korean stays composed", "서버 다운", "서버 다운"},
		{"Devanagari keeps its vowels", "हिन्दी", "हिन्दी"},
		{"Arabic loses its points", "مُحَمَّد", "محمد"},
		{"Hebrew loses its points", "שָׁלוֹם", "שלום"},
		{"invisible characters", "pro\u00adduc\u200btion\ufeff", "production"},
		{"invalid bytes", "a\xffb\xc3", "a\ufffdb\ufffd"},
		{"emoji", "🔥 Fire", "🔥 fire"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := foldString(tt.in); got != tt.want {
				t.Errorf("fold(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// TestTables compares the short ways with the long one.
func TestTables(t *testing.T) {
	if len(twoByteFold) != (0xdf-twoByteLead+1)*64*2 || len(asciiFold) != 256 || len(wordClass) != 256 {
		t.Fatalf("the tables have %d, %d and %d bytes", len(twoByteFold), len(asciiFold), len(wordClass))
	}
	short, plains := 0, 0
	for r := rune(0); r < 0x20000; r++ {
		if r >= 0xd800 && r < 0xe000 {
			continue
		}
		var f folder
		s := string(r)
		long := strings.TrimSpace(string(f.run(nil, s)))
		if got := foldString(s); got != long {
			t.Errorf("fold(%U) = %q, the long way gives %q", r, got, long)
		}
		if len(s) == 2 && twoByteAt(s[0], s[1]) >= 0 {
			short++
		}
		if plain(s) > 0 {
			plains++
		}
		if r < 0x80 && (wordClass[r] == 'w') != (wordRune(r) && r != unicode.ToUpper(r) || r >= '0' && r <= '9') {
			t.Errorf("wordClass of %q is %q", r, wordClass[r])
		}
		if got, want := wordRune(r), unicode.In(r, unicode.L, unicode.N, unicode.M); got != want {
			t.Errorf("wordRune(%U) = %t, want %t", r, got, want)
		}
	}
	if short < 1000 || plains < 30000 {
		t.Errorf("only %d and %d characters take the short ways", short, plains)
	}
}

// naiveFold folds the whole text at once, step by step, as the rule is said.
func naiveFold(s string) string {
	var out []byte
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, "\ufffd")) {
		if r < ' ' || r == 0x7f {
			r = ' '
		}
		if !dropped(r) {
			out = appendLower(out, r)
		}
	}
	clean := strings.Map(func(r rune) rune {
		if r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, norm.NFC.String(string(out)))
	return strings.Join(strings.Fields(clean), " ")
}

// mailText draws texts from pieces that meet the corners of folding.
func mailText() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"production", "down", "Production", "DOWN!", "ab", "a", "b", "aab", " ", "  ", "\r\n", ", ", "-", "ß", "ö", "o\u0308",
			"Eight by", "A long line of ASCII, ", "[Z{z@A`a~", "é", "\u0301", "本", "番", "ダ", "タ", "\u3099", "가", "\u11a8", "ㄳ", "’", "–", "й", "و", "ّ", "\u302a", "ﾀﾞ", "서", "버", "é\u0327\u0308", "Ж", "ς", "ि", "ก", "ำ", "\u00ad", "\xff", "ﬁ", "ﷺ", "７", "🔥",
		}),
		rapid.StringN(0, 4, -1),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 16), func(list []string) string { return strings.Join(list, "") })
}

func TestFoldAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkFold(t, mailText().Draw(t, "text")) })
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func checkFold(t failer, s string) {
	t.Helper()
	got := foldString(s)
	// Invalid bytes next to each other are one U+FFFD in ToValidUTF8.
	if want := naiveFold(s); got != want && utf8.ValidString(s) {
		t.Fatalf("fold(%q) = %q, the naive way gives %q", s, got, want)
	}
	if !utf8.ValidString(got) {
		t.Fatalf("fold(%q) = %q is not UTF-8", s, got)
	}
	if again := foldString(got); again != got {
		t.Fatalf("fold(%q) = %q, folded again %q", s, got, again)
	}
}

// TestDropped compares the short ways of dropped with what it means.
func TestDropped(t *testing.T) {
	for r := rune(0); r < 0x20000; r++ {
		mark := unicode.Is(unicode.Mn, r) && unicode.In(r, unicode.Inherited, unicode.Hebrew, unicode.Arabic) && r != 0x3099 && r != 0x309a
		if want := mark || unicode.Is(unicode.Cf, r); dropped(r) != want {
			t.Errorf("dropped(%U) is %t", r, !want)
		}
		lower := string(unicode.ToLower(unicode.ToUpper(r)))
		if got := string(appendLower(nil, r)); got != lower && !strings.ContainsRune("ßẞæÆœŒøØłŁđĐðÐ", r) && utf8.ValidRune(r) {
			t.Errorf("appendLower(%U) is %q, want %q", r, got, lower)
		}
	}
}

// TestFoldedLength: no text folds to much more than is looked at, in one run or in many.
func TestFoldedLength(t *testing.T) {
	for _, text := range []string{"ﷺ", "ﷺ ", "ﷺ\u0301", "か\u3099", "\u0301"} {
		long := strings.Repeat(text, MaxTextBytes/len(text))
		folded := foldString(long)
		if len(folded) > MaxTextBytes+20*runBytes {
			t.Errorf("%q folds to %d bytes", text, len(folded))
		}
		if !strings.HasPrefix(folded, strings.TrimSpace(foldString(strings.Repeat(text, 10)))) || strings.Contains(folded, "\u3099") {
			t.Errorf("%q folds to another text when it is long: %q", text, folded[:min(100, len(folded))])
		}
	}
}
