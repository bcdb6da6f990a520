package heard

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"supportgw/rules"
)

// impactLine is a line of testdata/impact.
type impactLine struct {
	line       int
	lang, text string
	want       Impact
}

func impactLines(t testing.TB, name string) (out []impactLine) {
	t.Helper()
	raw, err := os.ReadFile("testdata/impact/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.SplitN(line, "|", 4)
		if len(f) != 4 {
			t.Fatalf("%s:%d: %q", name, i+1, line)
		}
		l := impactLine{line: i + 1, lang: f[0], text: strings.ReplaceAll(f[3], `\n`, "\n")}
		if l.want.People, err = strconv.ParseInt(f[1], 10, 64); f[1] == "all" {
			l.want.People = rules.Everybody
		} else if err != nil {
			t.Fatalf("%s:%d: %v", name, i+1, err)
		}
		answer, ok := map[string]rules.Answer{"yes": rules.Yes, "no": rules.No, "-": rules.Unsaid}[f[2]]
		if !ok {
			t.Fatalf("%s:%d: %q", name, i+1, f[2])
		}
		l.want.Blocked = answer
		out = append(out, l)
	}
	return out
}

// What people answer to the two questions is what a person understands.
func TestImpactAnswers(t *testing.T) {
	count := map[string]int{}
	wrong, silent, all := 0, 0, 0
	for _, l := range append(append(impactLines(t, "answers.txt"), impactLines(t, "answers2.txt")...), impactLines(t, "links.txt")...) {
		all++
		count[l.lang]++
		for _, lang := range []string{l.lang, ""} {
			got := ReadImpactAnswer(l.text, lang)
			if got.People == l.want.People && got.Blocked == l.want.Blocked {
				continue
			}
			if lang != "" {
				if isSilent(got, l.want) {
					silent++
				} else {
					wrong++
				}
			}
			t.Errorf("answers.txt:%d: %q as %q: %d %d (%q), want %d %d", l.line, l.text, lang, got.People, got.Blocked, got.Why, l.want.People, l.want.Blocked)
		}
	}
	t.Logf("%d answers: %d wrong, %d silent", all, wrong, silent)
	for _, lang := range []string{"en", "de", "fr", "es", "it"} {
		if count[lang] < 24 {
			t.Errorf("%s: %d answers", lang, count[lang])
		}
	}
}

// A first mail says what it clearly says, and no more.
func TestImpactMails(t *testing.T) {
	wrong, silent, all := 0, 0, 0
	for _, l := range append(impactLines(t, "mails.txt"), append(impactLines(t, "mails2.txt"), impactLines(t, "mails3.txt")...)...) {
		all++
		got := ReadImpact(l.text, l.lang)
		if got.People == l.want.People && got.Blocked == l.want.Blocked {
			continue
		}
		if isSilent(got, l.want) {
			silent++
		} else {
			wrong++
		}
		t.Errorf("mails.txt:%d: %q: %d %d (%q), want %d %d", l.line, l.text, got.People, got.Blocked, got.Why, l.want.People, l.want.Blocked)
	}
	t.Logf("%d mails: %d wrong, %d silent", all, wrong, silent)
}

// isSilent tells that what differs was not read at all.
func isSilent(got, want Impact) bool {
	return (got.People == want.People || got.People == 0) && (got.Blocked == want.Blocked || got.Blocked == rules.Unsaid)
}

func TestImpactTables(t *testing.T) {
	if _, err := loadImpact(); err != nil {
		t.Fatal(err)
	}
}

// Of answers that somebody wrote who did not know the code none is read wrong, and few
// are not read in full.
func TestImpactAnswersOfAnotherHand(t *testing.T) {
	lines := impactLines(t, "answers3.txt")
	silent := 0
	for _, l := range lines {
		got := ReadImpactAnswer(l.text, l.lang)
		if got.People != 0 && got.People != l.want.People || got.Blocked != rules.Unsaid && got.Blocked != l.want.Blocked {
			t.Errorf("answers3.txt:%d: %q: people %d, blocked %d; want %d, %d", l.line, l.text, got.People, got.Blocked, l.want.People, l.want.Blocked)
		}
		if got.People != l.want.People || got.Blocked != l.want.Blocked {
			silent++
		}
	}
	t.Logf("%d answers: none wrong, %d not read in full", len(lines), silent)
	if len(lines) < 170 || silent > 25 {
		t.Errorf("%d of %d answers are not read in full", silent, len(lines))
	}
}
