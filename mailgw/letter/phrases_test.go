package letter

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func phrasesOf(list ...string) *phrases {
	p := &phrases{}
	for _, s := range list {
		p.add(s)
	}
	return p
}

func TestPhrases(t *testing.T) {
	p := phrasesOf("abcd", "abc", "bcd", "xyz ", "休暇", "abc")
	for in, want := range map[string]string{
		"": "", "a": "", "ab": "", "abc": "abc", "abcd": "abcd", "bcd abc abcd": "abcd", "bcd": "bcd", "zabxyz": "", "xyz": "", "xyz .": "xyz ",
		"本日休暇": "休暇", "休": "", "aabc": "abc", "ababcd": "abcd", "bcd abc": "abc",
	} {
		if got := p.in(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if len(p.list) != 5 {
		t.Errorf("%q: each stands once", p.list)
	}
	if (&phrases{}).in("abc") != "" || !p.begin("ABCx") || p.begin("xabc") {
		t.Error("no phrase is found; one begins without regard to case")
	}
}

// TestPhrasesOpen: one begins a line, or is all of it, whatever their case.
func TestPhrasesOpen(t *testing.T) {
	p := phrasesOf("début", "forwarded by", "転送", "abc")
	for in, want := range map[string]struct{ open, are bool }{
		"": {}, "a": {}, "ab": {}, "転": {}, "xabc": {}, "de": {}, "forwarded\u00a0b": {}, "\xffbc": {},
		"ABC": {true, true}, "abcd": {true, false}, "Abc \xff": {true, false},
		"DÉBUT": {true, true}, "Début du message": {true, false}, "転送": {true, true}, "転送された": {true, false},
		"FORWARDED\u00a0By": {true, true},
	} {
		if p.open(in) != want.open || p.are(in) != want.are || want.open && !p.mayOpen(in) {
			t.Errorf("%q: open %v, are %v", in, p.open(in), p.are(in))
		}
	}
	if (&phrases{}).open("abc") || (&phrases{}).are("abc") {
		t.Error("no phrase opens nothing")
	}
}

// TestPhrasesModel compares with one search for each phrase.
func TestPhrasesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abé]{3,6}`)
		list := rapid.SliceOfN(word, 1, 40).Draw(t, "list")
		low := rapid.StringMatching(`[abé ]{0,60}`).Draw(t, "text")
		want := ""
		if i := slices.IndexFunc(list, func(w string) bool { return strings.Contains(low, w) }); i >= 0 {
			want = list[i]
		}
		p := phrasesOf(list...)
		if got := p.in(low); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		opens := slices.ContainsFunc(list, func(w string) bool { return strings.HasPrefix(low, w) })
		if up := strings.ToUpper(low); p.open(up) != opens || p.are(up) != slices.Contains(list, low) {
			t.Errorf("%q: open %v, are %v", up, p.open(up), p.are(up))
		}
	})
}
