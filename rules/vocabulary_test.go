package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPlainWords compares the words of 64 bytes at once with those byte by byte.
func TestPlainWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(foldString(rapid.StringN(64, 200, -1).Draw(t, "text")))
		if rapid.Bool().Draw(t, "ascii") {
			for i := range text {
				text[i] = asciiFold[text[i]&0x7f]
			}
		}
		if len(text) < 64 {
			return
		}
		words, ok := plainWords(text)
		ascii := !slices.ContainsFunc(text[:64], func(c byte) bool { return c >= 0x80 })
		if ok != ascii {
			t.Fatalf("plainWords(%q) ok is %t", text[:64], ok)
		}
		for i, c := range text[:64] {
			if is := wordClass[c] == 'w'; ok && words>>i&1 == 1 != is {
				t.Fatalf("plainWords(%q): byte %d is %t", text[:64], i, !is)
			}
		}
	})
}

// TestLongTexts looks for phrases that stand across the places where texts are taken
// in parts, with words of every length.
func TestLongTexts(t *testing.T) {
	word := func(t *rapid.T) string {
		n := rapid.SampledFrom([]int{1, 1, 2, 3, 7, 8, 9, 16, 63, 64, 65, 130}).Draw(t, "length")
		return strings.Repeat(rapid.SampledFrom([]string{"a", "b", "ö", "本"}).Draw(t, "letter"), n)
	}
	rapid.Check(t, func(t *rapid.T) {
		var text, phrases []string
		for range rapid.IntRange(1, 30).Draw(t, "words") {
			text = append(text, word(t))
		}
		for range 4 {
			at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
			phrases = append(phrases, strings.Join(text[at:min(len(text), at+2)], " "), word(t)+" "+word(t))
		}
		joined := strings.Join(text, ", ")
		for i, got := range Contains(joined, phrases) {
			if want := naiveContains(joined, phrases[i]); got != want {
				t.Fatalf("%q in %q = %t, the naive way gives %t", phrases[i], joined, got, want)
			}
		}
	})
}

func TestVocabulary(t *testing.T) {
	v := vocabulary{ids: make(map[string]int32)}
	var words []string
	for i := range 2000 {
		words = append(words, fmt.Sprintf("w%d", i), strings.Repeat("x", i/16+1)+fmt.Sprint(i))
	}
	for i, word := range words {
		if got := v.add([]byte(word)); got != int32(i) {
			t.Fatalf("word %d has number %d", i, got)
		}
	}
	v.finish()
	for i, word := range words {
		for _, text := range []string{word, "..." + word, word + "......", "aaaaaaaa" + word + "bbbbbbbb"} {
			at := strings.Index(text, word)
			if got := v.find([]byte(text), at, at+len(word)); got != int32(i) {
				t.Fatalf("find %q in %q = %d, want %d", word, text, got, i)
			}
		}
		if got := v.find([]byte("not"+word), 0, 3+len(word)); got != -1 {
			t.Fatalf("find %q = %d", "not"+word, got)
		}
	}
}
