package wording_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"supportgw/mailgw/heard"
	"supportgw/mailgw/wording"
)

func ownFacts(lang, reason string) wording.OwnNameFacts {
	return wording.OwnNameFacts{
		DeskName: "Example Support", DeskAddress: "support@example.com", Signature: said[lang].signature, Reason: reason,
		New: "Spectra Lab", Old: "Acme Instruments AG", Who: "maria@acme.example", ReplyTo: "support+token@example.com",
	}
}

func statusFacts(lang string) wording.StatusFacts {
	s := said[lang]
	return wording.StatusFacts{
		DeskName: "Example Support", DeskAddress: "support@example.com", CustomerName: "Maria Rossi", Subject: "Status", Signature: s.signature,
		Items: []wording.StatusItem{
			{Ticket: 1007, Subject: s.subject, State: wording.StatusLate, By: s.by}, {Ticket: 1042, State: wording.StatusPromised, By: s.nextDay},
			{Ticket: 1043, Subject: "E-217 & <5>", State: wording.StatusYours}, {Ticket: 1044, Subject: "…", State: wording.StatusWorking},
		},
	}
}

// byMailGoldens are the messages about who customers are, kept in testdata.
func byMailGoldens(lang string) map[string]func() (wording.Message, error) {
	all := map[string]func() (wording.Message, error){}
	for _, reason := range []string{wording.OwnDone, wording.OwnAsked, wording.OwnConfirm, wording.OwnUndone, wording.OwnStays} {
		all["own-name-"+reason] = func() (wording.Message, error) { return wording.Builtin().OwnName(lang, ownFacts(lang, reason)) }
	}
	refused := ownFacts(lang, wording.OwnRefused)
	refused.Why = wording.OwnWhyLong
	all["own-name-refused"] = func() (wording.Message, error) { return wording.Builtin().OwnName(lang, refused) }
	all["own-name-bare"] = func() (wording.Message, error) { return wording.Builtin().OwnName(lang, wording.OwnNameFacts{}) }
	all["status"] = func() (wording.Message, error) { return wording.Builtin().Status(lang, statusFacts(lang)) }
	all["status-bare"] = func() (wording.Message, error) { return wording.Builtin().Status(lang, wording.StatusFacts{}) }
	ack := ackFacts(lang, wording.StyleListened)
	ack.NameTo, ack.AskCompany, ack.ReplyTo = "support+name@example.com", true, "support+token@example.com"
	all["acknowledgement-links"] = func() (wording.Message, error) { return wording.Builtin().Acknowledgement(lang, ack) }
	all["answer-name"] = func() (wording.Message, error) {
		return wording.Builtin().Answer(lang, wording.AnswerFacts{Text: said[lang].excerpt, Signature: said[lang].signature, NameTo: "support+name@example.com"})
	}
	notice := noticeFacts(lang)
	notice.Company, notice.Confidence, notice.Candidates, notice.CandidatesWhy = "", "unknown", []string{"Acme Instruments AG", "Acme Industries Ltd"}, "the mail names more than one customer"
	notice.Left, notice.LeftUnproven = "Maria Rossi <maria@acme.example>", true
	all["notice-customer"] = func() (wording.Message, error) { return wording.Builtin().Notice(lang, notice) }
	return all
}

// What the links write is read again in each language.
func TestLinksAreRead(t *testing.T) {
	links := regexp.MustCompile(`mailto:\S+`)
	for _, lang := range wording.Languages() {
		ack, err := byMailGoldens(lang)["acknowledgement-links"]()
		if err != nil {
			t.Fatal(err)
		}
		found := links.FindAllString(ack.Text, -1)
		if len(found) != 2 {
			t.Fatalf("%s: %d links\n%s", lang, len(found), ack.Text)
		}
		if got := heard.Company(bodyOf(t, found[0]) + "Acme Instruments"); len(got) == 0 || !strings.HasSuffix(got[0], "Acme Instruments") || strings.Contains(got[0], bodyOf(t, found[0])) {
			t.Errorf("%s: %q is read as %q", lang, bodyOf(t, found[0]), got)
		}
		if name, ok := heard.CallUs(bodyOf(t, found[1]) + "Spectra Lab"); !ok || name != "Spectra Lab" {
			t.Errorf("%s: %q is read as %q, %t", lang, bodyOf(t, found[1]), name, ok)
		}
		confirm, err := wording.Builtin().OwnName(lang, ownFacts(lang, wording.OwnConfirm))
		if err != nil {
			t.Fatal(err)
		}
		found = links.FindAllString(confirm.Text, -1)
		if yes, no := heard.Agrees(bodyOf(t, found[0])), heard.Agrees(bodyOf(t, found[1])); yes != heard.Yes || no != heard.No {
			t.Errorf("%s: yes is %q, no is %q", lang, yes, no)
		}
	}
}

// A mail to a stranger offers nothing by which a customer could be named or found.
func TestNeutralOffersNoLinks(t *testing.T) {
	f := ackFacts("en", wording.StyleNeutral)
	f.NameTo, f.ReplyTo, f.AskCompany = "support+name@example.com", "support+token@example.com", true
	m, err := wording.Builtin().Acknowledgement("en", f)
	if err != nil || strings.Contains(m.Text+m.HTML, "mailto:") {
		t.Errorf("%v\n%s", err, m.Text)
	}
}

// bodyOf is what a link writes.
func bodyOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query().Get("body")
}
