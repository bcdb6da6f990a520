package wording_test

import (
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/wording"
)

// fetches are how a text or HTML makes a scanner of links, or a client that shows it, ask
// the network for something.
var fetches = []string{
	"http:", "https:", "ftp:", "//www.", " src=", "srcset=", " background=", " action=", "formaction=", "poster=", " ping=", "<form", "<input", "<button", "<iframe", "<object",
	"<embed", "<script", "<link", "<base", "<img", "<video", "<audio", "<svg", "http-equiv", "url(", "@import",
}

// ownLinks stand in the words of the examples' customers and agents, which are theirs.
var ownLinks = strings.NewReplacer("https://example.com/e-217", "", "https://example.com/netz_(neu)", "")

// fetching is what of a mail asks the network for something.
func fetching(text string) (found []string) {
	text = strings.ToLower(ownLinks.Replace(text))
	for _, f := range fetches {
		if strings.Contains(text, f) {
			found = append(found, f)
		}
	}
	for i, link := range strings.Split(text, "href=") {
		if i > 0 && !strings.HasPrefix(link, `"mailto:`) && !strings.HasPrefix(link, `"tel:`) && !strings.HasPrefix(link, `""`) && !strings.HasPrefix(link, `"?a=`) {
			found = append(found, "href="+link[:min(len(link), 40)])
		}
	}
	return found
}

// A scanner that opens every link in our mails does nothing by it: in no language has a
// mail of ours one that can be opened. What is to be done is done by a mail that a person
// sends.
func TestNothingToFetch(t *testing.T) {
	mails, mailtos := 0, 0
	for _, lang := range wording.Languages() {
		for name, write := range goldens(lang) {
			m, err := write()
			if err != nil {
				t.Fatal(err)
			}
			mails++
			for _, text := range []string{m.Subject, m.Text, m.HTML} {
				if found := fetching(text); len(found) > 0 {
					t.Errorf("%s %s: %q", lang, name, found)
				}
				mailtos += strings.Count(text, "mailto:")
			}
		}
	}
	if mails < 100 || mailtos == 0 {
		t.Errorf("looked at %d mails with %d mailto links: at too little", mails, mailtos)
	}
	for _, bad := range []string{`<a href="https://example.com/take?token=x">`, `<a href='mailto:x'>`, `<IMG src=x>`, "Take it: http://example.com/take", `<a href="//example.com/">`} {
		if len(fetching(bad)) == 0 {
			t.Errorf("finds nothing in %s", bad)
		}
	}
	if found := fetching(`<a href="mailto:support%2Bx@example.com">`); len(found) > 0 || slices.Contains(fetches, "mailto:") {
		t.Errorf("finds %q in a link that a person has to send", found)
	}
}
