package letter

import (
	"strings"
	"testing"
)

// disclaimers are as companies write them, in each language.
var disclaimers = map[string]string{
	"en":       "This email and any files transmitted with it are confidential and intended solely for the use of the individual or entity to whom they are addressed. If you have received this email in error please notify the system manager. If you are not the named addressee you should not disseminate, distribute or copy this e-mail.",
	"en, head": "CONFIDENTIALITY NOTICE: The contents of this email message and any attachments are intended solely for the addressee(s) and may contain confidential information. If you are not the intended recipient, please alert the sender by reply email and then delete this message.",
	"en, we":   "The information in this e-mail may be privileged. We accept no liability for viruses; any views or opinions expressed are those of the author. Our terms are at https://acme.example/terms?lang=en and apply. Unauthorised use is prohibited.",
	"en, law":  "IMPORTANT NOTICE\nPlease note that e-mail transmission cannot be guaranteed to be secure or error-free. The sender therefore does not accept liability for any errors or omissions in the contents of this message, which arise as a result of e-mail transmission or of a virus.",
	"de":       "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige Adressat sind oder diese E-Mail irrtümlich erhalten haben, informieren Sie bitte sofort den Absender und vernichten Sie diese Mail. Das unerlaubte Kopieren sowie die unbefugte Weitergabe dieser Mail ist nicht gestattet.",
	"fr":       "Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de ses destinataires. Si vous avez reçu ce message par erreur, merci d'en avertir immédiatement l'expéditeur et de détruire ce message. Toute utilisation ou diffusion non autorisée est interdite.",
	"es":       "Este mensaje y sus archivos adjuntos van dirigidos exclusivamente a su destinatario, pudiendo contener información confidencial sometida a secreto profesional. Si usted no es el destinatario y lo ha recibido por error, le rogamos que lo elimine y lo notifique al remitente. Queda prohibida su divulgación.",
	"it":       "Le informazioni contenute nella presente comunicazione e i relativi allegati possono essere riservate e sono destinate esclusivamente ai destinatari indicati. La diffusione da parte di altri è vietata. Se avete ricevuto questo messaggio per errore, vi preghiamo di distruggerlo e di avvisare il mittente.",
	"pt":       "Esta mensagem pode conter informação confidencial ou privilegiada, sendo seu sigilo protegido por lei. Se você não for o destinatário, não pode usar ou divulgar as informações nela contidas. Se recebeu esta mensagem por engano, avise imediatamente o remitente e em seguida apague-a. É proibida a sua cópia.",
	"nl":       "Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Indien u dit bericht ten onrechte ontvangt, wordt u verzocht de inhoud niet te gebruiken, de afzender te informeren en het bericht te verwijderen. Openbaarmaking en verspreiding is niet toegestaan.",
	"sv":       "Detta meddelande är avsett endast för mottagaren och kan innehålla konfidentiell information. Om du har fått detta meddelande av misstag, vänligen meddela avsändaren och radera meddelandet med bilagor. Det är inte tillåtet att sprida det.",
	"da":       "Denne e-mail kan indeholde fortrolig information og er kun beregnet til modtageren. Hvis du ved en fejl har modtaget denne e-mail, bedes du straks underrette afsenderen og slette e-mailen uden at kopiere indholdet. Videregivelse er ikke tilladt.",
	"nb":       "Denne e-posten kan inneholde konfidensiell informasjon og er kun beregnet for mottakeren. Dersom du har mottatt den ved en feil, ber vi deg varsle avsender og slette e-posten med vedlegg. Det er ikke tillatt å videreformidle innholdet.",
	"fi":       "Tämä viesti liitteineen on luottamuksellinen ja tarkoitettu vain vastaanottajalle. Jos olet saanut viestin erehdyksessä, ilmoita siitä lähettäjälle ja tuhoa viesti. Viestin luvaton käyttö ja levittäminen on kielletty.",
	"pl":       "Niniejsza wiadomość jest poufna i przeznaczona wyłącznie dla adresata. Jeśli nie jest Pan/Pani adresatem, a otrzymał ją omyłkowo, prosimy o powiadomienie nadawcy i jej usunięcie wraz z załącznikami. Rozpowszechnianie i kopiowanie jest zabronione.",
	"cs":       "Tento e-mail a jeho přílohy jsou důvěrné a určené výhradně adresátovi. Pokud jste jej obdrželi omylem, informujte prosím odesílatele a e-mail vymažte ze svého systému. Neoprávněné šíření nebo kopírování je zakázáno.",
	"hu":       "Ez az üzenet bizalmas információkat tartalmazhat, és kizárólag a címzett részére szól. Amennyiben tévedésből kapta meg, kérjük, értesítse a feladót, és törölje az üzenetet a mellékletekkel együtt. Jogosulatlan felhasználása tilos.",
	"ro":       "Acest mesaj este confidențial și se adresează exclusiv destinatarului. Dacă ați primit acest mesaj din greșeală, vă rugăm să anunțați expeditorul și să îl ștergeți împreună cu fișierele. Utilizarea sau copierea este interzisă.",
	"ru":       "Это электронное сообщение и любые вложения являются конфиденциальными и предназначены исключительно для адресата. Если вы получили его по ошибке, просим уведомить отправителя и удалить сообщение. Копирование и распространение запрещены.",
	"uk":       "Це повідомлення є конфіденційним і призначене виключно для адресата. Якщо ви отримали його помилково, просимо повідомити відправника та видалити його разом із вкладеннями. Поширення заборонене.",
	"tr":       "Bu e-posta ve ekleri gizli bilgi içerebilir ve yalnızca alıcısına yöneliktir. Bu mesajı yanlışlıkla aldıysanız lütfen göndereni bilgilendiriniz ve mesajı siliniz. İzinsiz kopyalanması ve dağıtılması yasaktır.",
	"ja":       "このメールには機密情報が含まれている場合があり、意図された受信者のみを対象としています。誤って受信された場合は、送信者にご連絡の上、直ちに削除してください。無断での複製、転送、開示は固く禁じられています。",
	"zh":       "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的收件人。禁止任何其他人以任何形式使用本邮件中的信息，包括但不限于披露、复制或散发。如果您错收（误收）了本邮件，请您立即通知发件人并删除本邮件。",
	"ko":       "본 메일은 기밀 정보를 포함할 수 있으며 지정된 수신인만을 위한 것입니다. 잘못 수신하신 경우 발신자에게 알려 주시고 즉시 삭제하여 주시기 바랍니다. 무단 복제와 공개는 금지되어 있습니다.",
}

// brokenLines breaks a text into lines of about 70 bytes, as old programs do.
func brokenLines(text string) string {
	var b strings.Builder
	length := 0
	for word := range strings.FieldsSeq(text) {
		if length > 60 {
			b.WriteByte('\n')
			length = 0
		} else if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(word)
		length += len(word) + 1
	}
	return b.String()
}

// TestDisclaimersInEachLanguage: wherever companies put them, they are told apart
// from the words and the signature, and nothing else is.
func TestDisclaimersInEachLanguage(t *testing.T) {
	for lang, d := range disclaimers {
		for _, d := range []string{d, brokenLines(d), strings.ToUpper(d)} {
			if lang == "tr" && d == strings.ToUpper(d) { // whose capitals are others
				continue
			}
			for name, c := range map[string]struct{ text, fresh, signature string }{
				"below the words":         {"The words.\n\n" + d + "\n", "The words.", ""},
				"below a rule":            {"The words.\nMia\n________\n" + d, "The words.\nMia", ""},
				"below a signature":       {"The words.\n\n-- \nMia Meier\nAcme\n\n" + d + "\n", "The words.", "Mia Meier\nAcme"},
				"the whole signature":     {"The words.\n-- \n" + d + "\n", "The words.", ""},
				"below a phone's line":    {"The words.\n\nSent from my iPhone\n\n" + d, "The words.", "Sent from my iPhone"},
				"above a phone's line":    {"The words.\n\n" + d + "\n\nSent from my iPhone", "The words.", "Sent from my iPhone"},
				"above a quotation":       {"The words.\n\n" + d + "\n\nOn 1 Jan 2024, Bob wrote:\n> old\n> older", "The words.", ""},
				"below a quotation":       {"The words.\n\nOn 1 Jan 2024, Bob wrote:\n> old\n> older\n\n" + d, "The words.", ""},
				"twice":                   {"The words.\n\n" + d + "\n\n" + disclaimers["de"], "The words.", ""},
				"below a heading":         {"The words.\n\nDISCLAIMER\n\n" + d, "The words.", ""},
				"with a wish for trees":   {"The words.\n\n" + d + "\n\n🌳 Please consider the environment before printing this e-mail.", "The words.", ""},
				"no virus":                {"The words.\n\n" + d + "\n\nVirus-free. www.avast.com", "The words.", ""},
				"above its own signature": {"The words.\n\n" + d + "\n-- \nMia", "The words.\n\n" + d, "Mia"},
				"all there is":            {d, d, ""},
			} {
				spans := split(c.text, passesNone).spans
				checkPartition(t, c.text, spans)
				if fresh, signed := joined(c.text, spans, SpanNew), joined(c.text, spans, SpanSignature); fresh != c.fresh || signed != c.signature {
					t.Errorf("%s, %s: new %q, signature %q", lang, name, fresh, signed)
				}
			}
			// Without an empty line only those begin that begin as disclaimers do.
			if text := "The words.\nMia\n" + d; lang != "en, we" {
				if fresh := joined(text, split(text, passesNone).spans, SpanNew); fresh != "The words.\nMia" {
					t.Errorf("%s, directly below: new %q", lang, fresh)
				}
			}
		}
	}
}

// TestOwnWordsAreNoDisclaimer: people write of confidential files, errors and
// viruses, too, and at the end of their mails.
func TestOwnWordsAreNoDisclaimer(t *testing.T) {
	for _, words := range []string{
		"I received this email in error. It says that it is confidential and privileged, and I am not the intended recipient. Please delete my address, or notify the sender.",
		"This message is confidential: the attachments were sent in error to an unauthorised person. Can you delete all copies, and does that count as disclosure?",
		"Confidential files were destroyed by a virus, and the sender of the attachments is unknown. It was prohibited to open them, but that is what my colleague did.",
		"Your virus scanner deletes attachments of our customers. The sender is not told, and neither is the recipient.",
		"Diese E-Mail ist vertraulich. Der Empfänger hat sie irrtümlich an einen Unbefugten weitergeleitet, und der Absender weiß nichts davon. Bitte löschen Sie meine Daten aus den Anlagen.",
		"Ce message est confidentiel. Le destinataire l'a reçu par erreur, et j'ai demandé à l'expéditeur de supprimer les pièces jointes. Est-ce que cela suffit ?",
		"Este mensaje es confidencial. Se envió por error a otro destinatario con mis adjuntos, y el remitente no puede eliminarlo.",
		"Dit bericht is vertrouwelijk. Het is per abuis naar een andere geadresseerde gestuurd, en ik wil dat de afzender de bijlage verwijdert.",
		"Это сообщение конфиденциально. Оно по ошибке ушло другому адресату, и я прошу удалить мои вложения.",
		"Disclaimer: I am no lawyer. But as the intended recipient of a confidential report that was sent in error, what must happen?",
		"Caution: the pump is hot. Do not open the lid while it runs, and let it cool down for an hour before the filter is changed, as the manual says on page nine.",
		"Scanned by our new machine, all pages are black. The old one had no such trouble with the same paper.",
		"Geschäftsführer ist jetzt Frau Kern, Sitz der Gesellschaft ist Köln, HRB 12345 beim Amtsgericht Köln. So muss es auf der Rechnung stehen, damit wir sie bezahlen können.",
		"The content is confidential.",
	} {
		for _, w := range []string{words, brokenLines(words)} {
			for _, text := range []string{"Hello,\n\n" + w, "Hello,\n\n" + w + "\n\nOn 1 Jan 2024, Bob wrote:\n> old\n> older\n", "Hello,\n\n" + w + "\n-- \nMia\n\n" + disclaimers["en"], "Hello,\n____\n" + w + "\n\n" + disclaimers["de"]} {
				spans := split(text, passesNone).spans
				if fresh := joined(text, spans, SpanNew); !strings.HasSuffix(fresh, w) || !strings.HasPrefix(fresh, "Hello,") {
					t.Errorf("new %q of %q", fresh, text)
				}
			}
		}
	}
}
