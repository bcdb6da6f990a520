package wording_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supportgw/mailgw/wording"
)

var update = flag.Bool("update", false, "write the golden files anew")

// said holds, per language, what other packages hand over said already.
var said = map[string]struct{ by, nextDay, emergency, signature, subject, excerpt string }{
	"en": {
		by: "by 15:00 today, Tuesday 14 July (CEST)", nextDay: "by 10:30 on Monday 20 July (CEST)",
		emergency: "Call +41 44 555 01 00, at any hour; somebody picks up.",
		signature: "Your team at Example Support",
		subject:   "Line 3 stands still since this morning",
		excerpt:   "Since 7:40 the controller of line 3 shows E-217 & restarts every <5 minutes>.\nWe have already changed the fuse. 40 people are waiting.",
	},
	"de": {
		by: "bis 15:00 Uhr heute, Dienstag, 14. Juli (MESZ)", nextDay: "bis 10:30 Uhr am Montag, 20. Juli (MESZ)",
		emergency: "Rufen Sie +41 44 555 01 00 an, zu jeder Stunde; es nimmt jemand ab.",
		signature: "Ihr Team von Example Support",
		subject:   "AW: Linie 3 steht seit heute früh",
		excerpt:   "Seit 7:40 Uhr zeigt die Steuerung von Linie 3 E-217 & startet alle <5 Minuten> neu.\nDie Sicherung haben wir schon getauscht. 40 Leute warten.",
	},
	"fr": {
		by: "avant 15 h 00 aujourd’hui, mardi 14 juillet (CEST)", nextDay: "avant 10 h 30 le lundi 20 juillet (CEST)",
		emergency: "Appelez le +41 44 555 01 00, à toute heure ; quelqu’un décroche.",
		signature: "Votre équipe Example Support",
		subject:   "La ligne 3 est arrêtée depuis ce matin",
		excerpt:   "Depuis 7 h 40, l’automate de la ligne 3 affiche E-217 & redémarre toutes les <5 minutes>.\nNous avons déjà changé le fusible. 40 personnes attendent.",
	},
	"it": {
		by: "entro le ore 15:00 di oggi, martedì 14 luglio (CEST)", nextDay: "entro le ore 10:30 di lunedì 20 luglio (CEST)",
		emergency: "Chiami il +41 44 555 01 00, a qualsiasi ora; qualcuno risponde.",
		signature: "Il Suo team di Example Support",
		subject:   "La linea 3 è ferma da stamattina",
		excerpt:   "Dalle 7:40 il controllore della linea 3 mostra E-217 & si riavvia ogni <5 minuti>.\nAbbiamo già cambiato il fusibile. 40 persone aspettano.",
	},
	"es": {
		by: "a más tardar hoy, martes 14 de julio, a las 15:00 (CEST)", nextDay: "a más tardar el lunes 20 de julio a las 10:30 (CEST)",
		emergency: "Llame al +41 44 555 01 00, a cualquier hora; alguien contesta.",
		signature: "Su equipo de Example Support",
		subject:   "La línea 3 está parada desde esta mañana",
		excerpt:   "Desde las 7:40 el controlador de la línea 3 muestra E-217 & se reinicia cada <5 minutos>.\nYa hemos cambiado el fusible. 40 personas esperan.",
	},
	"pt": {
		by: "até às 15:00 de hoje, terça-feira, 14 de julho (CEST)", nextDay: "até às 10:30 de segunda-feira, 20 de julho (CEST)",
		emergency: "Ligue para +41 44 555 01 00, a qualquer hora; alguém atende.",
		signature: "A equipa de Example Support",
		subject:   "A linha 3 está parada desde esta manhã",
		excerpt:   "Desde as 7:40 o controlador da linha 3 mostra E-217 & reinicia a cada <5 minutos>.\nJá trocámos o fusível. 40 pessoas esperam.",
	},
	"nl": {
		by: "uiterlijk vandaag, dinsdag 14 juli, om 15:00 uur (CEST)", nextDay: "uiterlijk maandag 20 juli om 10:30 uur (CEST)",
		emergency: "Bel +41 44 555 01 00, op elk uur; er neemt iemand op.",
		signature: "Uw team van Example Support",
		subject:   "Lijn 3 staat stil sinds vanochtend",
		excerpt:   "Sinds 7:40 toont de besturing van lijn 3 E-217 & start ze elke <5 minuten> opnieuw.\nDe zekering hebben we al vervangen. 40 mensen wachten.",
	},
	"pl": {
		by: "do godziny 15:00 dziś, we wtorek 14 lipca (CEST)", nextDay: "do godziny 10:30 w poniedziałek 20 lipca (CEST)",
		emergency: "Prosimy dzwonić pod +41 44 555 01 00, o każdej porze; ktoś odbierze.",
		signature: "Zespół Example Support",
		subject:   "Linia 3 stoi od dzisiejszego rana",
		excerpt:   "Od 7:40 sterownik linii 3 pokazuje E-217 & uruchamia się ponownie co <5 minut>.\nBezpiecznik już wymieniliśmy. 40 osób czeka.",
	},
}

func ackFacts(lang, style string) wording.AckFacts {
	s := said[lang]
	return wording.AckFacts{
		Style: style, DeskName: "Example Support", DeskAddress: "support@example.com",
		CustomerName: "Maria Rossi", Company: "Acme Instruments AG", Subject: s.subject, Excerpt: s.excerpt,
		Ticket: 1042, By: s.by, Emergency: s.emergency, Signature: s.signature,
	}
}

func noticeFacts(lang string) wording.NoticeFacts {
	s := said[lang]
	return wording.NoticeFacts{
		Ticket: 1042, Desk: "support", DeskName: "Example Support", From: "Maria Rossi <maria@acme.example>",
		Company: "Acme Instruments AG", Confidence: "domain", Level: "premium", Priority: "urgent", Status: "new",
		Due: s.by, Subject: s.subject, Words: s.excerpt + "\n\nMaria Rossi", Attachments: []string{"controller.log (12 KB)", "panel.jpg (640 KB)"},
		Evidence: []string{"In-Reply-To"}, Tags: []string{"production", "line-3"}, Event: wording.EventNew,
		Phones:   []string{"+41446681800", "+41791234567"},
		LevelWhy: `premium by the agreement Gold 2026 (until 31 Dec 2026): the mail names the product "Spectra 3000"; not Billing: for desk billing`,
		Ending:   []string{"Silver ended on 12 Nov 2026"},
		Before:   wording.BeforeFacts{WaitedOn: 917, WaitedHours: 5*24 - 1, Unkept: 2, Reopened: 1, Mails: 4},
	}
}

// aToken is an agent's in the links of a notice.
const aToken = "074e22qa31t34c3gy2bknwxhwx1vvnv6abcdef0"

// noticeAnswerable makes of a notice one that its reader can answer, with all that helps.
func noticeAnswerable(f *wording.NoticeFacts) {
	to := "support+" + aToken + "@example.com"
	f.CanReply = true
	f.Goes = wording.NoticeGoes{To: []string{"Maria Rossi <maria@acme.example>", "tom@acme.example"}, Not: []string{"ben@example.com"}, Only: "Maria Rossi <maria@acme.example>"}
	f.Links = wording.NoticeLinks{Take: to, Solve: to, Wait: to, Ask: to, WrongCustomer: to, NotForUs: to, Call: to, Private: to}
	f.Matter = []wording.MatterLine{
		{Is: wording.MatterFirst, Text: "2026-07-14 Maria Rossi: " + f.Subject},
		{Is: wording.MatterAsked, Text: "Anna Keller: “Which firmware?” → “4.2, since May”"},
		{Is: wording.MatterOpen, Text: "Anna Keller: “Does the fan turn?”"},
		{Is: wording.MatterDone, Text: "“We have already changed the fuse.”"},
		{Is: wording.MatterSent, Text: "panel.jpg"},
		{Is: wording.MatterTold, Text: "2026-07-14 09:00", State: "broken"},
		{Is: wording.MatterHad, Text: "anna@example.com, ben@example.com"},
	}
	f.Similar = []wording.NoticeSimilar{{Ticket: 977, Subject: "E-217 after the update", Solution: "Firmware 4.3 is bad; go back to 4.2 and load the parameters of line 2."}}
}

// goldens are the messages that are kept in testdata, by file name without end.
func goldens(lang string) map[string]func() (wording.Message, error) {
	ack := func(f wording.AckFacts) func() (wording.Message, error) {
		return func() (wording.Message, error) { return wording.Builtin().Acknowledgement(lang, f) }
	}
	nextDay := ackFacts(lang, wording.StyleListened)
	nextDay.By, nextDay.NextDay, nextDay.Company, nextDay.AskCompany = said[lang].nextDay, true, "", true
	urgent := ackFacts(lang, wording.StyleListened)
	urgent.Urgent = true
	bare := wording.AckFacts{Style: wording.StyleFull, By: said[lang].by}
	reply := noticeFacts(lang)
	reply.Event, reply.Priority, reply.Confidence, reply.Status = wording.EventReply, "normal", "claimed", "open"
	reply.History = []string{"2026-07-14 08:12 Maria Rossi: " + said[lang].subject, "2026-07-14 08:40 Anna Keller: …"}
	noticeAnswerable(&reply)
	note := noticeFacts(lang)
	note.Event, note.CanReply, note.Phones, note.LevelWhy, note.Ending, note.Before = wording.EventNote, true, nil, "", nil, wording.BeforeFacts{}
	held := noticeFacts(lang)
	held.Asks, held.HeldID, held.Priority, held.Evidence = 1007, "1m813gqzv0000", "normal", []string{"neither a token nor an authenticated sender who belongs to the ticket"}
	page := wording.PageFacts{
		Ticket: 1042, From: "Maria Rossi <maria@acme.example>", Company: "Acme Instruments AG", Subject: said[lang].subject,
		Words: said[lang].excerpt, Due: said[lang].by, Rule: "production-down", Desk: "support",
	}
	all := map[string]func() (wording.Message, error){
		"acknowledgement-listened": ack(ackFacts(lang, wording.StyleListened)),
		"acknowledgement-full":     ack(ackFacts(lang, wording.StyleFull)),
		"acknowledgement-neutral":  ack(ackFacts(lang, wording.StyleNeutral)),
		"acknowledgement-next-day": ack(nextDay),
		"acknowledgement-urgent":   ack(urgent),
		"acknowledgement-bare":     ack(bare),
		"notice-new":               func() (wording.Message, error) { return wording.Builtin().Notice(lang, noticeFacts(lang)) },
		"notice-reply":             func() (wording.Message, error) { return wording.Builtin().Notice(lang, reply) },
		"notice-note":              func() (wording.Message, error) { return wording.Builtin().Notice(lang, note) },
		"notice-held":              func() (wording.Message, error) { return wording.Builtin().Notice(lang, held) },
		"notice-bare":              func() (wording.Message, error) { return wording.Builtin().Notice(lang, wording.NoticeFacts{}) },
		"page":                     func() (wording.Message, error) { return wording.Builtin().Page(lang, page) },
	}
	maps.Copy(all, agentGoldens(lang))
	maps.Copy(all, lateGoldens(lang))
	maps.Copy(all, solvedGoldens(lang))
	maps.Copy(all, clockGoldens(lang))
	maps.Copy(all, byMailGoldens(lang))
	maps.Copy(all, impactGoldens(lang))
	maps.Copy(all, unsentGoldens(lang))
	maps.Copy(all, deedGoldens(lang))
	return all
}

func TestGolden(t *testing.T) {
	for _, lang := range wording.Languages() {
		for name, write := range goldens(lang) {
			t.Run(lang+"/"+name, func(t *testing.T) {
				m, err := write()
				if err != nil {
					t.Fatal(err)
				}
				golden(t, lang+"-"+name+".txt", "Subject: "+m.Subject+"\n\n"+m.Text)
				golden(t, lang+"-"+name+".html", m.HTML)
				if found := wording.Forbidden(m.Subject + "\n" + m.Text); found != nil {
					t.Errorf("says %q", found)
				}
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got), -update writes it anew:\n%s", file, diff)
	}
}

func BenchmarkRender(b *testing.B) {
	notice := noticeFacts("en")
	for len(notice.Words) < 4000 {
		notice.Words += "\nThe controller restarts, and then it waits for the operator's <OK>."
	}
	for name, c := range map[string]struct {
		template string
		facts    any
	}{
		"acknowledgement": {wording.TemplateAcknowledgement, ackFacts("de", wording.StyleListened)},
		"neutral":         {wording.TemplateAcknowledgement, ackFacts("de", wording.StyleNeutral)},
		"notice":          {wording.TemplateNotice, noticeFacts("de")},
		"notice-4-KB":     {wording.TemplateNotice, notice},
	} {
		facts, err := json.Marshal(c.facts)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := wording.Builtin().Render(c.template, "de-CH", facts); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
