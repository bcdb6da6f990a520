package letter

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// reply is a person's mail with these new words, from Mia Lopez to Anna Keller.
func reply(text string) *Mail {
	return &Mail{
		Kind: Person, Subject: "Re: Printer", NewText: text, From: []Address{{Name: "Mia Lopez", Addr: "mia.lopez@acme.example"}},
		To: []Address{{Name: "Anna Keller", Addr: "support+x@example.com"}},
	}
}

// onlyThanks are mails that say thank you; notThanks are near misses of them.
var onlyThanks = map[string][]string{
	"en": {
		"Thank you!", "Thanks", "thanks.", "THANK YOU", "Thank you, that solved it", "Works now, many thanks!", "Hi Anna,\n\nthanks, it works now.\n\nBest regards,\nMia Lopez",
		"Thank you very much for your quick and friendly help!", "Thanks Anna!", "Great, thanks. Everything is working again.\n\nMia", "Hello Ben,\nmany thanks for your support.\nKind regards\nM. Lopez",
		"Dear Mr. Smith,\nthank you for your prompt reply.\nSincerely\nMia", "Thanks 👍", "Ok thanks :-)", "Perfect, thank you so much!!! 😊🙏🏽", "It's fixed. Thanks a lot, have a nice day", "Awesome – that did the trick… thx",
		"The problem is solved now, thank you.", "Thanks for fixing it so quickly!", "*Thank you* for everything", "Got it, thanks", "Thank you for\nyour help", "Thanks,\nML", "That’s fixed, thank you",
		"All good now. Thanks again!", "Much appreciated!", "Works. Thanks", "Dear Dr. Keller, thanks", "Hi all, thank you all!",
	},
	"de": {
		"Danke!", "Vielen Dank", "Danke, passt jetzt", "Hallo Frau Keller,\n\nvielen Dank für Ihre schnelle Hilfe, jetzt funktioniert alles wieder.\n\nMit freundlichen Grüßen\nMia Lopez", "Super, danke dir!",
		"Besten Dank und freundliche Grüsse", "Perfekt, hat geklappt. Danke", "Läuft wieder, danke! LG Mia", "Das Problem ist gelöst. Herzlichen Dank!", "Alles klar, danke schön", "Danke euch allen", "Jetzt geht's wieder, merci vielmals",
		"VIELEN DANK!!!", "Vielen Dank für alles", "Guten Tag Herr Dr. Keller, besten Dank. Schönes Wochenende!", "Thanks, passt!",
	},
	"fr": {
		"Merci !", "Merci, c'est réglé", "Bonjour Anna,\n\nMerci beaucoup pour votre aide, tout fonctionne.\n\nCordialement,\nMia Lopez", "C’est bon, merci", "Parfait, merci à vous. Bonne journée", "Un grand merci pour votre réactivité !",
		"Ca marche, merci", "Je vous remercie pour votre réponse rapide.", "Bonjour Madame Keller, merci encore", "Problème résolu, merci bien",
	},
	"it": {
		"Grazie!", "Grazie mille, ora funziona", "Buongiorno Anna,\ngrazie per la vostra risposta. Tutto a posto.\nCordiali saluti\nMia Lopez", "Perfetto, grazie", "Risolto, molte grazie!", "La ringrazio per l'aiuto", "Problema risolto. Grazie ancora",
	},
	"es": {
		"¡Gracias!", "Muchas gracias, ya funciona", "Hola Anna:\nmuchas gracias por su ayuda, ya está resuelto.\nUn saludo,\nMia", "Perfecto, gracias", "Problema solucionado, mil gracias", "Gracias por todo. Saludos cordiales",
	},
	"pt": {
		"Obrigado!", "Muito obrigada, já está resolvido", "Olá Anna,\nmuito obrigado pela ajuda, agora funciona.\nCumprimentos,\nMia", "Perfeito, obrigado", "Problema resolvido. Obrigada pela atenção",
	},
	"nl": {
		"Bedankt!", "Dank je wel, het werkt nu", "Beste Anna,\nhartelijk dank voor de snelle reactie. Het is opgelost.\nMet vriendelijke groet,\nMia Lopez", "Top, dank u wel", "Super bedankt!", "Alles werkt weer, bedankt. Fijne dag",
	},
	"pl": {
		"Dziękuję!", "Dziękuję bardzo, już działa", "Dzień dobry,\nbardzo dziękuję za szybką pomoc. Wszystko działa.\nPozdrawiam\nMia Lopez", "Super, dzięki", "Dziekuje bardzo", "Problem rozwiązany, dziękujemy",
	},
	"sv": {
		"Tack!", "Tack så mycket, nu fungerar det", "Hej Anna,\ntack för snabb hjälp! Allt fungerar nu.\nMed vänliga hälsningar\nMia Lopez", "Toppen, tack", "Tusen tack för hjälpen! Mvh Mia",
	},
	"da": {
		"Tak!", "Mange tak, det virker nu", "Hej Anna,\ntusind tak for den hurtige hjælp. Nu virker det.\nMed venlig hilsen\nMia", "Super, tak", "Tak for hjælpen. Mvh Mia",
	},
	"nb": {
		"Takk!", "Tusen takk, nå fungerer det", "Hei Anna,\ntakk for hjelpen! Alt fungerer nå.\nMed vennlig hilsen\nMia Lopez", "Supert, takk",
	},
	"fi": {"Kiitos!", "Kiitos paljon, nyt toimii", "Hei Anna,\nkiitos nopeasta avusta, kaikki toimii nyt.\nYstävällisin terveisin\nMia Lopez", "Hienoa, kiitos"},
	"cs": {"Děkuji!", "Díky moc, už to funguje", "Dobrý den,\nmockrát děkuji za rychlou pomoc, vše funguje.\nS pozdravem\nMia Lopez", "Super, díky", "Dekuji, problem je vyresen"},
	"hu": {"Köszönöm!", "Köszönöm szépen, most már működik", "Jó napot!\nNagyon köszönöm a gyors segítséget. Minden rendben.\nÜdvözlettel\nMia Lopez"},
	"ro": {"Mulțumesc!", "Bună ziua,\nvă mulțumesc pentru ajutor. Acum funcționează.\nCu stimă,\nMia Lopez"},
	"tr": {"Teşekkürler!", "Merhaba,\nyardımınız için çok teşekkür ederim. Sorun çözüldü.\nSaygılarımla\nMia Lopez"},
	"ru": {"Спасибо!", "Добрый день!\nБольшое спасибо за помощь, всё работает.\nС уважением,\nMia Lopez", "Спасибо большое, вопрос решен"},
	"ja": {"ありがとうございます。", "ご対応ありがとうございました。\n無事解決しました。"},
	"zh": {"谢谢！", "您好，\n问题已解决，非常感谢。"},
}

// notThanks are mails in which somebody must read something.
var notThanks = map[string][]string{
	"en": {
		"", "  \n", "Thanks, but it still fails", "thanks. When will it ship?", "Thanks for nothing", "Thank you for your quick help in advance", "Thanks! One more thing", "👍", "🙏", "Ok", "It works.", "Works fine now", "All good", "Yes", "Great!", "Hello", "Best regards\nMia",
		"Thanks, it works?", "Thanks, it works？", "Thanks; it works", "Thanks 👎", "Thanks :-(", "Thanks :(", "Thank you 2", "Thanks, invoice ４２", "Thanks https://x.example", "Thanks x@y.example", "Thanks www.example.com", "No, thanks", "No thanks",
		"Thanks, it does not work", "Thanks. Not solved", "It works not, thanks", "Thanks, please call me", "Thanks, works again but slower", "Thank you for looking into it. Any news", "Thanks. Still.", "Thanks! Another", "Thanks, again broken", "Thanks Server Down",
		"Hi Server Down\nThanks", "Hi HELP,\nthanks", "Hi Still,\nthanks", "Thanks\nCarol", "Thanks\nHelp", "Thanks. Help.", "Hi it broke, thanks", "Thanks, I will try it tomorrow", "Thanks for the update, waiting for the fix", "Thanks, close the ticket and refund us",
		"Thank you in advance", "Thanks anyway", "Thanks, see attached", "We have moved.\nThanks", "Yes, thanks", "Thanks, (it broke)", "Thanks /s", "Thanks & bye", "Thanks. Fix it now", "Thank you for fixing it now please", "Problem", "The problem", "works not now",
		"Hi Anna my printer, thanks", "Hi. Anna, thanks and help", strings.Repeat("thank you ", 90), strings.Repeat("a ", 390),
	},
	"de": {
		"Danke, geht aber nicht", "Danke, funktioniert leider nicht", "Nein danke", "Danke, wann kommt die Lieferung?", "Danke im Voraus", "Vielen Dank für Ihre Mühe im Voraus", "Danke, noch eine Frage", "Danke, noch etwas", "Ja, danke", "Danke für nichts",
		"Danke, bitte stornieren", "Danke. Fehler kommt wieder", "Danke, es geht um die Rechnung", "Danke, geht wieder nicht", "Passt nicht, danke", "Danke, gerne", "Danke, aber", "Hallo Noch,\ndanke", "Vielen Dank für die Info, ich melde mich", "Danke. Hilfe!", "Grüße",
	},
	"fr": {
		"Merci, mais ça ne marche pas", "Merci d'avance", "Non merci", "Merci, quand sera-t-il livré ?", "Merci encore une question", "Oui merci", "Merci de me rappeler", "Merci de votre retour rapide sur ce point", "Merci, toujours rien", "Merci pour rien", "Merci de régler le problème", "Cordialement",
	},
	"it": {"Grazie, ma non funziona", "No grazie", "Grazie in anticipo", "Grazie, quando arriva?", "Grazie, ancora un problema", "Sì grazie", "Grazie di nulla", "Funziona ancora male, grazie"},
	"es": {"Gracias, pero no funciona", "No gracias", "Gracias de antemano", "Gracias, ¿cuándo llega?", "Gracias, otra cosa", "Sí, gracias", "Gracias por nada", "Gracias, sigue igual", "Gracias ya no funciona"},
	"pt": {"Obrigado, mas não funciona", "Não, obrigado", "Obrigado desde já", "Obrigado, quando chega?", "Obrigada, mais uma coisa", "Sim, obrigado", "Obrigado por nada", "Obrigado, ainda falha"},
	"nl": {"Bedankt, maar het werkt niet", "Nee, bedankt", "Alvast bedankt", "Bedankt, wanneer komt het?", "Bedankt, nog een vraag", "Ja graag, dank je", "Bedankt voor niets", "Bedankt, het werkt nog steeds niet"},
	"pl": {"Dziękuję, ale nie działa", "Nie, dziękuję", "Z góry dziękuję", "Dziękuję, kiedy dotrze?", "Dzięki, jeszcze jedno", "Tak, dziękuję", "Dzięki za nic", "Dziękuję, nadal nie działa"},
	"sv": {"Tack, men det fungerar inte", "Nej tack", "Tack på förhand", "Tack, när kommer det?", "Tack, en sak till", "Ja tack", "Tack för ingenting", "Det fungerar inte, tack"},
	"da": {"Tak, men det virker ikke", "Nej tak", "På forhånd tak", "Tak, hvornår kommer den?", "Tak, en ting mere", "Ja tak", "Tak for ingenting", "Det virker ikke nu, tak"},
	"nb": {"Takk, men det virker ikke", "Nei takk", "På forhånd takk", "Takk, når kommer den?", "Takk, en ting til", "Ja takk", "Takk for ingenting"},
	"fi": {"Kiitos, mutta ei toimi", "Ei kiitos", "Kiitos etukäteen", "Kiitos, milloin se tulee?", "Kyllä kiitos", "Kiitos, vielä yksi asia", "Kiitos ei mistään"},
	"cs": {"Děkuji, ale nefunguje to", "Ne, děkuji", "Předem děkuji", "Děkuji, kdy to dorazí?", "Díky, ještě něco", "Ano, děkuji", "Díky za nic"},
	"hu": {"Köszönöm, de nem működik", "Nem, köszönöm", "Előre is köszönöm", "Köszönöm, mikor érkezik?", "Igen, köszönöm"},
	"ro": {"Mulțumesc, dar nu funcționează", "Nu, mulțumesc", "Mulțumesc anticipat", "Da, mulțumesc", "Mulțumesc, când ajunge?"},
	"tr": {"Teşekkürler, ama çalışmıyor", "Hayır, teşekkürler", "Şimdiden teşekkürler", "Evet, teşekkürler", "Teşekkürler, ne zaman gelir?"},
	"ru": {"Спасибо, но не работает", "Нет, спасибо", "Заранее спасибо", "Спасибо, когда придёт?", "Да, спасибо", "Спасибо, ещё вопрос"},
	"ja": {"ありがとうございます。まだ動きません。", "いつ届きますか。ありがとうございます。", "ありがとうございます。よろしくお願いします。"},
	"zh": {"谢谢，但是还不行", "不用了，谢谢", "谢谢，什么时候到？", "先谢谢了"},
	"el": {"Ευχαριστώ", "Thanks, works\u037e"},
	"ar": {"شكرا، متى؟", "Thanks, works؟"},
}

func TestOnlyThanks(t *testing.T) {
	for lang, texts := range onlyThanks {
		for _, text := range texts {
			if !reply(text).OnlyThanks() {
				t.Errorf("%s: %q says more than thank you", lang, text)
			}
		}
	}
	for lang, texts := range notThanks {
		for _, text := range texts {
			if reply(text).OnlyThanks() {
				t.Errorf("%s: %q says only thank you", lang, text)
			}
		}
	}
}

// Whatever stands beside the words counts, too.
func TestOnlyThanksBeside(t *testing.T) {
	file := func(media string) func(*Mail) {
		return func(m *Mail) { m.Attachments = []ticket.Attachment{{Name: "x", Type: media, Size: 10}} }
	}
	for name, c := range map[string]struct {
		change   func(*Mail)
		subjects []string
		want     bool
	}{
		"as it is":               {func(*Mail) {}, nil, true},
		"a known subject":        {func(*Mail) {}, []string{"Invoice", "printer"}, true},
		"another subject":        {func(*Mail) {}, []string{"Invoice"}, false},
		"no reply":               {func(m *Mail) { m.Subject = "Printer broken" }, nil, false},
		"no reply, but known":    {func(m *Mail) { m.Subject = "Printer  broken" }, []string{"AW: printer broken"}, true},
		"no subject":             {func(m *Mail) { m.Subject = "" }, []string{"Invoice"}, true},
		"thanks as subject":      {func(m *Mail) { m.Subject = "Thank you!" }, []string{"Invoice"}, true},
		"question as subject":    {func(m *Mail) { m.Subject = "Thank you?" }, []string{"Invoice"}, false},
		"an attachment":          {file("application/pdf"), nil, false},
		"a picture":              {file("image/png"), nil, false},
		"a mail":                 {file("message/rfc822"), nil, false},
		"winmail.dat":            {file("application/ms-tnef"), nil, false},
		"an S/MIME signature":    {file("application/pkcs7-signature"), nil, true},
		"a PGP signature":        {file("application/pgp-signature"), nil, true},
		"an auto-reply":          {func(m *Mail) { m.Kind = AutoReply }, nil, false},
		"a list":                 {func(m *Mail) { m.Kind = List }, nil, false},
		"nothing new":            {func(m *Mail) { m.OldOnly = true }, nil, false},
		"a forwarded mail":       {func(m *Mail) { m.Forwarded = &Forwarded{} }, nil, false},
		"something left out":     {func(m *Mail) { m.Problems = []string{"too many parts"} }, nil, false},
		"signed by nobody":       {func(m *Mail) { m.From = nil; m.NewText = "Thanks\nMia" }, nil, false},
		"signed in the address":  {func(m *Mail) { m.From[0].Name = ""; m.NewText = "Thanks\nMia" }, nil, true},
		"a name that is a word":  {func(m *Mail) { m.From[0].Name = "Mia Still"; m.NewText = "Thanks\nStill" }, nil, false},
		"a name of four words":   {func(m *Mail) { m.From[0].Name = "Pat van der Berg"; m.NewText = "Thanks\nPat van der Berg" }, nil, true},
		"a name with a particle": {func(m *Mail) { m.From[0].Name = "Wei de Souza"; m.NewText = "Thanks\nWei de Souza" }, nil, true},
		"in Cc":                  {func(m *Mail) { m.Cc = []Address{{Name: "Carol"}}; m.NewText = "Thanks Carol" }, nil, true},
		"many in Cc":             {func(m *Mail) { m.Cc = make([]Address, 500); m.NewText = "Thanks Anna Keller" }, nil, true},
	} {
		m := reply("Thank you!")
		c.change(m)
		if got := m.OnlyThanks(c.subjects...); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

// A whole mail: what is quoted and signed does not count; a picture in the HTML,
// which has no name, does.
func TestOnlyThanksParsed(t *testing.T) {
	const head = "From: Mia Lopez <mia@acme.example>\r\nTo: support@example.com\r\nSubject: AW: Printer\r\nDate: Mon, 2 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@acme.example>\r\nMIME-Version: 1.0\r\n"
	const html = "Content-Type: text/html; charset=utf-8\r\n\r\n<p>Vielen Dank, funktioniert!</p><p>Gru&szlig;<br>Mia</p>"
	quoted := head + "Content-Type: text/plain; charset=utf-8\r\n\r\nDanke, passt jetzt!\r\n\r\nAm 01.11.2026 um 10:00 schrieb Support:\r\n> Geht es jetzt? Ticket 12\r\n-- \r\nMia Lopez, Tel. 123\r\n"
	for name, c := range map[string]struct {
		raw  string
		want bool
	}{
		"quoted and signed": {quoted, true},
		"words below":       {strings.Replace(quoted, "-- \r\n", "Nein, gar nicht.\r\n-- \r\n", 1), false},
		"html":              {head + html, true},
		"a pasted picture":  {head + "Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n" + html + "\r\n--b\r\nContent-Type: image/png\r\nContent-ID: <1>\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n", false},
		"from a phone":      {head + "\r\nDanke!\r\n\r\nVon meinem iPhone gesendet\r\n", true},
	} {
		m := Parse([]byte(c.raw), "mia@acme.example", DefaultLimits())
		if got := m.OnlyThanks(); got != c.want {
			t.Errorf("%s: %t, want %t (%q, %q)", name, got, c.want, m.NewText, m.Problems)
		}
	}
}

// Each word that is no name makes thanks of any language more than that.
func TestThanksNever(t *testing.T) {
	if len(neverNames) < 300 {
		t.Fatalf("%d words are no names", len(neverNames))
	}
	for w := range neverNames {
		if len(w) > 1 && (reply("Thank you. "+w).OnlyThanks() || reply("Hi "+strings.ToUpper(w[:1])+w[1:]+", thanks").OnlyThanks()) && !explained[w] {
			t.Errorf("%q is passed over", w)
		}
	}
}

// explained are words that one language fears and another one thanks with.
var explained = makeSet("again en et si")

func TestThanksFiles(t *testing.T) {
	if len(thanksTables) < 15 {
		t.Errorf("%d languages", len(thanksTables))
	}
	for _, table := range thanksTables {
		if len(onlyThanks[table.lang]) == 0 || len(notThanks[table.lang]) == 0 {
			t.Errorf("nothing shows that %s works", table.lang)
		}
	}
	for text, want := range map[string]string{
		"thanks": "line 1", "# x\n\nthanxs: a": "thanxs", "thanks: {a}": "line 1: {a}: there is no list", "a = {b}\nb = {a}": "no list", "thanks: a?": "no word at all", "thanks: a,,b": "no word at all",
		"thanks: 123": "is no word", "a = b?\nthanks: c": "no word at all", "thanks: {a": "no list",
	} {
		if _, _, _, err := readThanks(map[string]string{"xx": text}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "thanks/xx.txt: line ") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// TestCorporaThanks shows the mails of the corpora that say only thank you.
func TestCorporaThanks(t *testing.T) {
	dir, mails, found := corpora(t), 0, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".eml") && !strings.HasSuffix(path, ".txt") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		m := Parse(raw, "somebody@example.org", DefaultLimits())
		mails++
		if m.OnlyThanks(m.Subject) {
			found++
			rel, _ := filepath.Rel(dir, path)
			t.Logf("%s: %q", rel, m.NewText)
		}
		return nil
	})
	if err != nil || mails < 1000 {
		t.Fatalf("%d mails: %v", mails, err)
	}
	fmt.Printf("letter: %d of %d mails of the corpora say only thank you\n", found, mails)
}

// FuzzThanks: no text is too much, and what says only thank you goes on to when
// white space, case and marks of emphasis change.
func FuzzThanks(f *testing.F) {
	for _, texts := range []map[string][]string{onlyThanks, notThanks} {
		for _, list := range texts {
			for _, text := range list {
				f.Add(text)
			}
		}
	}
	f.Add(strings.Repeat("thank you very much ", 200))
	f.Add(strings.Repeat("ﷺ", 200))
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "")
		if !reply(text).OnlyThanks() {
			return
		}
		if strings.ContainsAny(text, "0123456789?@/#") {
			t.Errorf("%q says only thank you", text)
		}
		if len(text) < maxThanksBytes-10 && !reply("\n *"+text+"* \n").OnlyThanks() {
			t.Errorf("%q says more when it is bold", text)
		}
		for _, more := range []string{" not", "\nwhy", " 1", "?", "\nzzyzx"} {
			if reply(text + more).OnlyThanks() {
				t.Errorf("%q says only thank you with %q", text, more)
			}
		}
	})
}

func BenchmarkOnlyThanks(b *testing.B) {
	for name, text := range map[string]string{"thanks": "Hi Anna,\n\nthanks, it works now.\n\nBest regards,\nMia Lopez", "long": strings.Repeat("thanks very much for your quick help ", 8), "other": strings.Repeat("the printer is on fire ", 30)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			m := reply(text)
			for b.Loop() {
				m.OnlyThanks()
			}
		})
	}
}
