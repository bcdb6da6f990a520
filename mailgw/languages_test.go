package mailgw

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/wording"
)

// spokenWith are customers of each language: what they write, what our sentence
// about the answer begins with, and the times in it, as in spokenAt.
var spokenWith = map[string]struct {
	subject, words, sentence string
	times                    [4]string
}{
	"en": {"Line 3 stands still", "Hello, the controller of line 3 has not started since this morning. Can you help us? Thanks", "One of us will answer you",
		[4]string{"by 12:00 today, Monday 13 July (CEST)", "by 10:00 tomorrow, Tuesday 14 July (CEST)", "by 10:00 on Monday, 20 July (CEST)", "by 03:00 on Monday, 20 July (UTC-5)"}},
	"de": {"Linie 3 steht still", "Guten Tag, die Steuerung der Linie 3 startet seit heute früh nicht mehr. Können Sie uns helfen? Danke", "Jemand von uns antwortet Ihnen persönlich",
		[4]string{"bis heute, Montag, 13. Juli, 12:00 Uhr (CEST)", "bis morgen, Dienstag, 14. Juli, 10:00 Uhr (CEST)", "bis Montag, 20. Juli, 10:00 Uhr (CEST)", "bis Montag, 20. Juli, 03:00 Uhr (UTC-5)"}},
	"fr": {"La ligne 3 est arrêtée", "Bonjour, l’automate de la ligne 3 ne démarre plus depuis ce matin. Pouvez-vous nous aider ? Merci", "Une personne de notre équipe vous répondra",
		[4]string{"au plus tard aujourd’hui, lundi 13 juillet, à 12:00 (CEST)", "au plus tard demain, mardi 14 juillet, à 10:00 (CEST)", "au plus tard lundi 20 juillet à 10:00 (CEST)", "au plus tard lundi 20 juillet à 03:00 (UTC-5)"}},
	"it": {"La linea 3 è ferma", "Buongiorno, il controllore della linea 3 non parte più da stamattina. Potete aiutarci? Grazie", "Una persona del nostro team Le risponderà",
		[4]string{"entro le ore 12:00 di oggi, lunedì 13 luglio (CEST)", "entro le ore 10:00 di domani, martedì 14 luglio (CEST)", "entro le ore 10:00 di lunedì 20 luglio (CEST)", "entro le ore 03:00 di lunedì 20 luglio (UTC-5)"}},
	"es": {"La línea 3 está parada", "Hola, el controlador de la línea 3 no arranca desde esta mañana. ¿Nos pueden ayudar? Gracias", "Una persona de nuestro equipo le responderá",
		[4]string{"a más tardar hoy, lunes 13 de julio, a las 12:00 (CEST)", "a más tardar mañana, martes 14 de julio, a las 10:00 (CEST)", "a más tardar el lunes 20 de julio a las 10:00 (CEST)", "a más tardar el lunes 20 de julio a las 03:00 (UTC-5)"}},
	"pt": {"A linha 3 está parada", "Olá, o controlador da linha 3 não arranca desde esta manhã. Podem ajudar-nos? Obrigado", "Uma pessoa do nosso atendimento responderá à sua mensagem",
		[4]string{"até às 12:00 de hoje, segunda-feira, 13 de julho (CEST)", "até às 10:00 de amanhã, terça-feira, 14 de julho (CEST)", "até às 10:00 de segunda-feira, 20 de julho (CEST)", "até às 03:00 de segunda-feira, 20 de julho (UTC-5)"}},
	"nl": {"Lijn 3 staat stil", "Hallo, de besturing van lijn 3 start sinds vanochtend niet meer. Kunt u ons helpen? Bedankt", "Iemand van ons antwoordt u persoonlijk",
		[4]string{"uiterlijk vandaag, maandag 13 juli, om 12:00 uur (CEST)", "uiterlijk morgen, dinsdag 14 juli, om 10:00 uur (CEST)", "uiterlijk maandag 20 juli om 10:00 uur (CEST)", "uiterlijk maandag 20 juli om 03:00 uur (UTC-5)"}},
	"pl": {"Linia 3 stoi", "Dzień dobry, sterownik linii 3 od rana się nie uruchamia. Czy mogą nam Państwo pomóc? Dziękuję", "Ktoś z nas odpowie Państwu osobiście",
		[4]string{"do godziny 12:00 dziś, w poniedziałek 13 lipca (CEST)", "do godziny 10:00 jutro, we wtorek 14 lipca (CEST)", "do godziny 10:00 w poniedziałek 20 lipca (CEST)", "do godziny 03:00 w poniedziałek 20 lipca (UTC-5)"}},
}

// spokenAt are when their mails come in, and what the Date header says of the zone.
var spokenAt = [4]struct {
	at   time.Time
	zone string
}{
	{monday, "+0200"},
	{monday.Add(6*time.Hour + 30*time.Minute), "+0200"},                  // an hour before the desk goes home
	{monday.Add(4*24*time.Hour + 6*time.Hour + 30*time.Minute), "+0200"}, // on Friday
	{monday.Add(4*24*time.Hour + 6*time.Hour + 30*time.Minute), "-0500"},
}

// Who writes in a language that we speak is acknowledged in it, with the right time,
// as their clock shows it.
func TestAcknowledgedInTheirLanguage(t *testing.T) {
	h := newHouse(t)
	for i, when := range spokenAt {
		h.at(when.at)
		for lang, c := range spokenWith {
			from := lang + string(rune('0'+i)) + "@acme.example"
			a := h.arrival(mail{from: from, subject: c.subject, body: c.words})
			a.Raw = bytes.Replace(a.Raw, []byte("10:00:00 +0200"), []byte("10:00:00 "+when.zone), 1)
			if err := h.Deliver(t.Context(), a); err != nil {
				t.Fatal(err)
			}
		}
		sent := h.flush()
		for lang, c := range spokenWith {
			acks := to(sent, lang+string(rune('0'+i))+"@acme.example")
			if len(acks) != 1 {
				t.Fatalf("%s: %d acknowledgements", lang, len(acks))
			}
			if text := acks[0].read.Text; !strings.Contains(strings.Join(strings.Fields(text), " "), c.sentence+" "+c.times[i]+". ") {
				t.Errorf("%s: does not say %q at %q:\n%s", lang, c.sentence, c.times[i], text)
			}
			if raw := string(acks[0].Bytes); !strings.Contains(raw, `<html lang=3D"`+lang) && !strings.Contains(raw, `<html lang="`+lang) {
				t.Errorf("%s: the HTML is of another language", lang)
			}
		}
	}
}

// What we say and the times in it are of the same languages.
func TestLanguagesOfWordsAndTimes(t *testing.T) {
	words := wording.Languages()
	slices.Sort(words)
	if times := promise.Languages(); !slices.Equal(words, times) {
		t.Errorf("words in %q, times in %q", words, times)
	}
	if len(spokenWith) != len(words) {
		t.Errorf("%d languages are tried of %q", len(spokenWith), words)
	}
}
