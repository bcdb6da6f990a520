package letter

import "testing"

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
