package heard

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/quick"
	"unicode/utf8"

	"supportgw/rules"
)

// Whatever the words are: nothing panics, and what is read lies in its bounds and has its reason.
func FuzzImpact(f *testing.F) {
	for _, s := range []string{
		"nobody can log in", "1) about twenty 2) yes", "5", "1 : 11\n2 : non", "10-15 users can't work", "\xff 5 \xc3 people", "2) 2) 1) 2.", "> quoted\n5", "--\n5", "(((1) a) b)",
		"99999999999999999999 people", "1'000'000 users are affected", "vingt et un", "treinta y", "fünfundzwanzig, ja", "si si si", "and and 5 and I", "'’´", "12", "-5", "5-", "a.", "?", "How many people are affected? 5?",
	} {
		f.Add(s, uint8(0))
		f.Add(s, uint8(9))
	}
	tags := []string{"", "en", "de", "fr", "es", "it", "de-CH", "xx"}
	f.Fuzz(func(t *testing.T, text string, lang uint8) {
		tag := tags[int(lang)%len(tags)]
		for _, got := range []Impact{ReadImpact(text, tag), ReadImpactAnswer(text, tag)} {
			if got.People < 0 || got.People > rules.Everybody || got.Blocked > rules.No {
				t.Errorf("%q: %+v", text, got)
			}
			if said := got.People != 0 || got.Blocked != rules.Unsaid; said != (got.Why != "") {
				t.Errorf("%q: %+v", text, got)
			}
			if !utf8.ValidString(got.Why) || len(got.Why) > 3*maxImpactShown+20 {
				t.Errorf("%q: Why is %q", text, got.Why)
			}
		}
	})
}

// Numbers that count no people say nothing, whatever the number is.
func TestImpactOtherNumbers(t *testing.T) {
	form := []string{
		"I sent # invoices", "error #", "it is # pm", "since # days", "version #", "ticket #", "it takes # minutes", "$#", "# EUR", "€ #", "#%", "call 044 # 45 67", "v#",
		"seit # Tagen", "um # Uhr", "# Rechnungen", "depuis # jours", "à #h", "# facturas", "hace # días", "da # giorni", "# fatture", "#:30", "#/03",
	}
	check := func(n uint16) bool {
		for _, s := range form {
			text := strings.ReplaceAll(s, "#", strconv.Itoa(int(n)))
			for _, got := range []Impact{ReadImpact("Problem\n"+text+".", ""), ReadImpactAnswer(text, "")} {
				if got.People != 0 {
					t.Errorf("%q: %d", text, got.People)
				}
			}
		}
		return !t.Failed()
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
}

// Each word is looked at a bounded number of times, and what lies beyond the limit not at all.
func TestImpactBounded(t *testing.T) {
	for _, piece := range []string{"nobody ", "and ", "1) ", "we can't ", "5 ", "twenty ", "half of ", "é", "> ", ", ", "can you "} {
		text := strings.Repeat(piece, (1<<20)/len(piece))
		for _, answer := range []bool{false, true} {
			x := readImpactText(text, "en", maxImpactBytes, answer)
			if len(x.text) > maxImpactBytes || len(x.hits) > len(x.tokens) || len(x.tokens) > len(x.text) {
				t.Errorf("%q: %d bytes, %d tokens, %d hits", piece, len(x.text), len(x.tokens), len(x.hits))
			}
		}
	}
	long := strings.Repeat("Hello there. ", maxImpactBytes/13+1) + "Nobody can log in."
	if got := ReadImpact(long, "en"); got != (Impact{}) {
		t.Errorf("beyond the limit: %+v", got)
	}
}

// One mail of 4 KiB.
func BenchmarkImpact(b *testing.B) {
	raw, err := os.ReadFile("testdata/impact/mails.txt")
	if err != nil {
		b.Fatal(err)
	}
	text := string(raw[:4<<10])
	for _, tag := range []string{"en", "de", ""} {
		b.Run("language="+tag, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				ReadImpact(text, tag)
			}
		})
	}
}
