package wording_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/wording"
)

// impactGoldens are the mails that ask how much it hurts, and say what was understood.
func impactGoldens(lang string) map[string]func() (wording.Message, error) {
	ack := func(style string, f wording.ImpactFacts) func() (wording.Message, error) {
		a := ackFacts(lang, style)
		a.ReplyTo, a.Impact = "support+k7q2d5@example.com", f
		if f.Understood {
			a.Excerpt = ""
		}
		return func() (wording.Message, error) { return wording.Builtin().Acknowledgement(lang, a) }
	}
	notice := func(f wording.NoticeImpact) func() (wording.Message, error) {
		n := noticeFacts(lang)
		n.Impact = f
		return func() (wording.Message, error) { return wording.Builtin().Notice(lang, n) }
	}
	return map[string]func() (wording.Message, error){
		"impact-asked":          ack(wording.StyleListened, wording.ImpactFacts{AskAffected: true, AskBlocked: true}),
		"impact-asked-neutral":  ack(wording.StyleNeutral, wording.ImpactFacts{AskAffected: true}),
		"impact-asked-work":     ack(wording.StyleFull, wording.ImpactFacts{AskBlocked: true}),
		"impact-sooner":         ack(wording.StyleListened, wording.ImpactFacts{Understood: true, Affected: wording.AffectedEverybody, Blocked: wording.BlockedYes, Sooner: true}),
		"impact-stays":          ack(wording.StyleListened, wording.ImpactFacts{Understood: true, Affected: wording.AffectedOne, Blocked: wording.BlockedNo, Stays: true}),
		"impact-several":        ack(wording.StyleNeutral, wording.ImpactFacts{Understood: true, Affected: wording.AffectedSeveral}),
		"impact-number":         ack(wording.StyleListened, wording.ImpactFacts{Understood: true, Affected: "20", Stays: true}),
		"notice-impact":         notice(wording.NoticeImpact{Affected: "20", Blocked: wording.BlockedYes, Why: "about 20, and we cannot work", AskedBlocked: true}),
		"notice-impact-asked":   notice(wording.NoticeImpact{AskedAffected: true, AskedBlocked: true}),
		"notice-impact-blocked": notice(wording.NoticeImpact{Blocked: wording.BlockedNo}),
	}
}

// What the links write is what is read, in each language; no line of one language is
// another's with another meaning.
func TestImpactLines(t *testing.T) {
	lines := wording.Builtin().ImpactLines()
	if len(lines) != 5*len(wording.Languages()) {
		t.Errorf("%d lines, some languages say the same", len(lines))
	}
	kinds := []string{wording.ImpactMe, wording.ImpactSeveral, wording.ImpactAll, wording.ImpactCannot, wording.ImpactCan}
	for _, lang := range wording.Languages() {
		m, err := impactGoldens(lang)["impact-asked"]()
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, part := range strings.Split(m.HTML, `href="mailto:`)[1:] {
			link, _, _ := strings.Cut(part, `"`)
			_, body, ok := strings.Cut(strings.ReplaceAll(link, "&amp;", "&"), "body=")
			text, err := url.QueryUnescape(body)
			if !ok || err != nil {
				t.Fatalf("%s: no body in %s", lang, link)
			}
			both := strings.Split(text, "\r\n")
			if len(both) != 2 {
				t.Fatalf("%s: %q answers not both", lang, text)
			}
			for _, line := range both {
				if !slices.Contains(kinds, lines[line]) {
					t.Errorf("%s: %q is not read", lang, line)
				}
			}
			seen[lines[both[0]]+" "+lines[both[1]]] = true
		}
		if len(seen) != 6 {
			t.Errorf("%s: %q", lang, slices.Sorted(maps.Keys(seen)))
		}
	}
}

// Without an address the questions stay, and no link leads nowhere.
func TestImpactWithoutLinks(t *testing.T) {
	f := ackFacts("en", wording.StyleListened)
	f.Impact = wording.ImpactFacts{AskAffected: true, AskBlocked: true}
	m, err := wording.Builtin().Acknowledgement("en", f)
	if err != nil || !strings.Contains(m.HTML, "does it stop your work?") || strings.Contains(m.HTML, "mailto:") || strings.Contains(m.HTML, "only me") {
		t.Errorf("%v\n%s", err, m.HTML)
	}
	if !strings.Contains(m.Text, "Just answer this mail in your own words") {
		t.Errorf("the text:\n%s", m.Text)
	}
}
