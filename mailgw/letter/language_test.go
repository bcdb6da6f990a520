package letter

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ declared, text, want string }{
		{"de-DE, en", "the and is you", "de"},
		{"", "Hello, we have not received the invoice, please send it to us.", "en"},
		{"", "my printer is on fire, can you help?", "en"},
		{"", "Guten Tag, wir haben die Rechnung nicht bekommen und bitten um eine Kopie.", "de"},
		{"", "Der Drucker brennt. Bitte rufen Sie mich an.", "de"},
		{"", "Bonjour, nous n'avons pas reçu la facture, merci de nous envoyer une copie.", "fr"},
		{"", "Hallo, wij hebben de factuur niet ontvangen, kunt u het aan ons sturen? Dat is voor ons van belang.", "nl"},
		{"", "Hola, no hemos recibido la factura, por favor envíe una copia a los clientes.", "es"},
		{"", "Olá, não recebemos a fatura. Pode enviar uma cópia para o nosso endereço? Obrigado", "pt"},
		{"", "Buongiorno, non abbiamo ricevuto la fattura di maggio. Grazie per una copia.", "it"},
		{"", "Hej, vi har inte fått fakturan för maj. Kan ni skicka en kopia till oss? Tack på förhand", "sv"},
		{"", "Hei, emme ole saaneet laskua, mutta se on meillä jo maksettu. Kiitos, voisitteko tarkistaa?", "fi"},
		{"", "Dzień dobry, nie otrzymaliśmy faktury. Proszę o przesłanie kopii, dziękuję.", "pl"},
		{"", "Dobrý den, nedostali jsme fakturu, prosím o zaslání kopie. Děkuji, s pozdravem", "cs"},
		{"", "Jó napot kívánok, nem kaptuk meg a számlát, kérem küldjék el. Köszönöm, üdvözlettel", "hu"},
		{"", "Bună ziua, nu am primit factura, vă rog să trimiteți o copie. Mulțumesc", "ro"},
		{"", "Merhaba, faturayı almadık, lütfen bir kopya gönderin. Teşekkür ederim", "tr"},
		{"", "Здравствуйте, мы не получили счёт за май. Пожалуйста, пришлите копию. Спасибо", "ru"},
		{"", "Добрий день, ми не отримали рахунок. Будь ласка, надішліть копію. Дякую", "uk"},
		{"", "Καλημέρα, δεν λάβαμε το τιμολόγιο", "el"},
		{"", "請求書を受け取っていません。コピーを送ってください。", "ja"},
		{"", "您好，我们没有收到发票，请发送副本。", "zh"},
		{"", "안녕하세요, 송장을 받지 못했습니다.", "ko"},
		{"", "שלום, לא קיבלנו את החשבונית", "he"},
		{"", "مرحبا، لم نستلم الفاتورة", "ar"},
		{"", "error 500 at http://example.org/index.html", ""},
		{"", "Lorem ipsum dolor sit amet", ""},
		{"", "ok", ""},
		{"", "", ""},
		{"nonsense", "", ""},
	} {
		if got := language(c.declared, c.text); got != c.want {
			t.Errorf("%q (%s): %q, want %q", c.text, c.declared, got, c.want)
		}
	}
}

// TestLanguageOfShortMails: of a sentence or two, the language is told for most and
// never wrongly; what is not told is answered in the desk's.
func TestLanguageOfShortMails(t *testing.T) {
	raw, err := os.ReadFile("testdata/language/short.txt")
	if err != nil {
		t.Fatal(err)
	}
	spoken := []string{"de", "en", "es", "fr", "it", "nl", "pl", "pt"}
	told, all := map[string]int{}, map[string]int{}
	for _, line := range strings.Split(strings.TrimSpace(string(raw)), "\n")[1:] {
		want, text, _ := strings.Cut(line, "|")
		got := language("", text)
		all[want]++
		switch {
		case got == want || want == "-" && !slices.Contains(spoken, got):
			told[want]++
		case got != "":
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
	for _, lang := range spoken {
		t.Logf("%s: %d of %d", lang, told[lang], all[lang])
		if told[lang]*100 < all[lang]*75 || all[lang] < 20 {
			t.Errorf("%s is told for %d of %d", lang, told[lang], all[lang])
		}
	}
	if all["-"] < 60 {
		t.Errorf("%d mails of other languages", all["-"])
	}
	for _, text := range []string{"J’ai oublié", "J'ai oublié"} {
		if got := language("", text); got != "fr" {
			t.Errorf("%q is %q", text, got)
		}
	}
	// What comes first does not decide, unless it is clear.
	if got := language("", strings.Repeat("bitte ", 5)+strings.Repeat("please ", 8)+strings.Repeat("bitte ", 40)); got != "de" {
		t.Errorf("much German around some English is %q", got)
	}
}
