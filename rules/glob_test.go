package rules

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		name, pattern, text string
		want                bool
	}{
		{"domain", "*@acme.example", "Bob@ACME.example", true},
		{"domain, not what follows", "*@acme.example", "bob@acme.example.evil.example", false},
		{"subdomains", "*@*.acme.example", "bob@eu.acme.example", true},
		{"whole text", "outage", "the outage", false},
		{"star may be nothing", "*outage*", "outage", true},
		{"star goes over lines", "*disk*full*", "the disk\r\nis now\nfull!", true},
		{"order counts", "*full*disk*", "the disk is full", false},
		{"parts do not overlap", "aba*ba", "aba", false},
		{"last part at the end", "a*bc", "abcbc", true},
		{"one character", "p?", "P1", true},
		{"one character, not none", "p?", "p", false},
		{"one character, not two", "p?", "p12", false},
		{"one character of several bytes", "?本", "日本", true},
		{"question marks between stars", "*a?c*", "xxabbabc", true},
		{"question marks only", "*???", "ab", false},
		{"folded", "störung*", "STÖRUNG im Netz", true},
		{"two stars are one", "a**b", "ab", true},
		{"star only", "*", "", true},
		{"brackets are themselves", "[urgent]*", "[URGENT] help", true},
		{"wide part", "*" + strings.Repeat("?", 70) + "x" + strings.Repeat("?", 70) + "*", strings.Repeat("a", 75) + "x" + strings.Repeat("b", 70), true},
		{"wide part too long", "*" + strings.Repeat("?", 70) + "x" + strings.Repeat("?", 71) + "*", strings.Repeat("a", 75) + "x" + strings.Repeat("b", 70), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := globMatch(tt.pattern, tt.text); got != tt.want {
				t.Errorf("glob %q on %q = %t, want %t", tt.pattern, tt.text, got, tt.want)
			}
		})
	}
}

func globMatch(pattern, text string) bool {
	return newGlob(foldString(pattern)).match([]byte(foldString(text)))
}

// naiveGlob fills the table of all prefixes.
func naiveGlob(pattern, text []rune) bool {
	row := make([]bool, len(text)+1)
	row[0] = true
	for _, p := range pattern {
		next := make([]bool, len(text)+1)
		next[0] = row[0] && p == '*'
		for j, r := range text {
			if p == '*' {
				next[j+1] = next[j] || row[j+1]
			} else {
				next[j+1] = row[j] && (p == '?' || p == r)
			}
		}
		row = next
	}
	return row[len(text)]
}

func checkGlob(t failer, text, pattern string) {
	t.Helper()
	pattern, text = foldString(pattern), foldString(text)
	if len(pattern) > MaxPatternRunes {
		return
	}
	want := naiveGlob([]rune(pattern), []rune(text))
	if got := newGlob(pattern).match([]byte(text)); got != want {
		t.Fatalf("glob %q on %q = %t, the naive way gives %t", pattern, text, got, want)
	}
}

func TestGlobAgainstNaive(t *testing.T) {
	pattern := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"*", "?", "a", "b", "ab", "本", "*"}), 0, 12),
		func(l []string) string { return strings.Join(l, "") })
	text := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "ab", "本"}), 0, 16),
		func(l []string) string { return strings.Join(l, "") })
	rapid.Check(t, func(t *rapid.T) {
		checkGlob(t, text.Draw(t, "text"), pattern.Draw(t, "pattern"))
		checkGlob(t, mailText().Draw(t, "mail"), "*"+mailText().Draw(t, "part")+"*")
	})
}

func FuzzGlob(f *testing.F) {
	f.Add("bob@acme.example", "*@acme.?xample")
	f.Add("aaaaaaaaab", "*a?a*b")
	f.Add("日本", "?本")
	f.Fuzz(func(t *testing.T, text, pattern string) { checkGlob(t, text, pattern) })
}
