package wording_test

import (
	"fmt"
	"strings"
	"testing"

	"supportgw/mailgw/wording"
)

// A template's words stand over those of their language; what it does not say, and
// languages that it does not have, are as without it.
func TestTemplates(t *testing.T) {
	c := load(t, map[string][]byte{
		"en.toml":        []byte("[phrase]\n\"ack.closing\" = \"Yours truly\"\n\"ack.subject\" = \"Your mail\"\n"),
		"outage.en.toml": []byte("[phrase]\n\"ack.subject\" = \"We know of the outage\"\n"),
		"a.b.de.toml":    []byte("# nothing yet\n"),
	})
	if got := fmt.Sprint(c.Templates()); got != "[a.b outage]" {
		t.Errorf("templates %s", got)
	}
	for _, x := range []struct{ lang, template, subject string }{
		{"en", "outage", "We know of the outage"}, {"en", "", "Your mail"}, {"en", "gone", "Your mail"}, {"en-GB", "outage", "We know of the outage"},
		{"fr", "outage", mustAck(t, "fr", ackFacts("fr", wording.StyleNeutral)).Subject},
	} {
		f := ackFacts(x.lang, wording.StyleNeutral)
		f.Template = x.template
		m, err := c.Acknowledgement(x.lang, f)
		if err != nil || m.Subject != x.subject {
			t.Errorf("%s %q: subject %q, want %q (%v)", x.lang, x.template, m.Subject, x.subject, err)
		}
		if strings.HasPrefix(x.lang, "en") && !strings.Contains(m.Text, "Yours truly") {
			t.Errorf("%q: the language's own words are gone:\n%s", x.template, m.Text)
		}
	}
}

func TestTemplatesThatAreWrong(t *testing.T) {
	_, problems := wording.Load(map[string][]byte{
		"outage.xx.toml": []byte("# nothing\n"),
		"outage.en.toml": []byte("[phrase]\n\"ack.closingg\" = \"Yours\"\n"),
	})
	if len(problems) != 2 || problems[0].File != "outage.en.toml" || problems[0].Wrong != "ack.closingg" || !strings.Contains(problems[1].Text, "no language that mailgw speaks") {
		t.Errorf("problems %+v", problems)
	}
}
