package letter

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVerification(t *testing.T) {
	const code, noReply = "Your verification code:\n\n482913\n\nIt is good for 10 minutes.", "From: Shop <no-reply@shop.example>"
	link := "Please confirm your e-mail address:\nhttps://shop.example/account/confirm?t=a1b2c3\n"
	for _, c := range []struct {
		name string
		mail []string
		want Kind
	}{
		{"code", []string{noReply, "", code}, Verification},
		{"code in the subject", []string{noReply, "Subject: 482913 is your verification code", "", "Hello"}, Verification},
		{"code behind a colon", []string{noReply, "", "Hello,\nyour confirmation code: 4829."}, Verification},
		{"code behind is", []string{noReply, "", "Your security code is 482 913"}, Verification},
		{"code with a letter", []string{noReply, "", "Verification code\n\nG-482913\n"}, Verification},
		{"digits apart", []string{noReply, "", "One-time code\n\n4 8 2 9 1 3\n"}, Verification},
		{"link", []string{noReply, "Subject: Welcome", "", link}, Verification},
		{"link in HTML", []string{noReply, "Content-Type: text/html", "", `<p>Activate your account: <a href="https://shop.example/activate/77">here</a>`}, Verification},
		{"automatic by its own word", []string{noReply, "Auto-Submitted: auto-generated", "", code}, Verification},
		{"our own address is named", []string{noReply, "To: support@desk.example", "", "For support@desk.example\n" + code}, Verification},
		{"answers to the same", []string{noReply, "Reply-To: donotreply@mail.shop.example", "", code}, Verification},
		{"German", []string{"From: nicht-antworten@laden.example", "Content-Type: text/plain; charset=utf-8", "", "Ihr Bestätigungscode lautet 482913"}, Verification},
		{"German link", []string{"From: noreply@laden.example", "Content-Type: text/plain; charset=utf-8", "", "Bitte bestätigen Sie Ihre E-Mail-Adresse:\nhttps://laden.example/konto/bestaetigen/1"}, Verification},
		{"French", []string{"From: ne-pas-repondre@magasin.example", "Content-Type: text/plain; charset=utf-8", "", "Votre code de vérification :\n482913"}, Verification},
		{"Spanish", []string{"From: noresponder@tienda.example", "Content-Type: text/plain; charset=utf-8", "", "Tu código de verificación es 482913"}, Verification},
		{"Italian", []string{"From: noreply@negozio.example", "Content-Type: text/plain; charset=utf-8", "", "Codice di verifica: 482913"}, Verification},
		{"Dutch", []string{"From: noreply@winkel.example", "", "Je verificatiecode:\n482913"}, Verification},
		{"Portuguese", []string{"From: nao-responda@loja.example", "Content-Type: text/plain; charset=utf-8", "", "Código de verificação: 482913"}, Verification},
		{"Polish", []string{"From: no-reply@sklep.example", "", "Kod weryfikacyjny: 482913"}, Verification},
		{"Swedish", []string{"From: noreply@butik.example", "", "Verifieringskod: 482913"}, Verification},
		{"Chinese", []string{"From: noreply@dian.example", "Content-Type: text/plain; charset=utf-8", "", "您的验证码是：482913"}, Verification},
		{"Japanese", []string{"From: no-reply@mise.example", "Content-Type: text/plain; charset=utf-8", "", "確認コード：482913"}, Verification},

		{"a person with a code", []string{"From: Maria <maria@acme.example>", "", code}, Person},
		{"a person passes one on", []string{"From: Maria <maria@acme.example>", "Subject: Fwd: your code", "", "I got this, what is it?\n\n" + code}, Person},
		{"a person about codes", []string{"From: maria@acme.example", "", "I do not get the verification code.\n1234\nhttps://shop.example/verify"}, Person},
		{"an answer in a thread", []string{noReply, "In-Reply-To: <1@desk.example>", "", code}, Person},
		{"a form with Reply-To", []string{noReply, "Reply-To: maria@acme.example", "", "I never get the verification code.\n1234\n"}, Person},
		{"a form with an address in it", []string{noReply, "", "From: Maria <maria@acme.example>\nI never get the verification code:\n1234\n"}, Person},
		{"a form with labels", []string{noReply, "", "Name: Maria\nMessage: the verification code is\n1234\n"}, Person},
		{"a form, German", []string{noReply, "", "Name : Maria\nNachricht : der Bestätigungscode ist\n1234\n"}, Person},
		{"a number in a sentence", []string{noReply, "", "The customer 4829 says that the security code does not come, since 2026 began."}, Person},
		{"a year alone", []string{noReply, "", "Your access code program\n2026\n"}, Person},
		{"a link without words", []string{noReply, "", "See https://shop.example/confirm/1"}, Person},
		{"words without code or link", []string{noReply, "", "Please verify your account in our shop."}, Person},
		{"an order", []string{noReply, "Subject: Your order", "", "Order\n482913\nhttps://shop.example/orders/1"}, Person},
		{"with a file", []string{noReply, "Content-Type: multipart/mixed; boundary=b", "", "--b", "", code, "--b", "Content-Type: application/pdf; name=a.pdf", "", "x", "--b--"}, Person},
		{"very long", []string{noReply, "", code + strings.Repeat("\nwords of somebody", 500)}, Person},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Parse([]byte(strings.Join(c.mail, "\r\n")), "bounce@shop.example", DefaultLimits())
			if m.Kind != c.want {
				t.Errorf("kind %s (%q), want %s", m.Kind, m.Reasons, c.want)
			}
		})
	}
}

// No mail of the public collections is taken for one: there is none among them,
// neither as they are nor if their words came through a web form.
func TestVerificationInCorpora(t *testing.T) {
	dir := corpora(t)
	seen, senders := 0, 0
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		seen++
		m := Parse(raw, "somebody@example.org", DefaultLimits())
		if takesNoAnswers(m.Author().Addr) {
			senders++
		}
		if m.Kind == Verification {
			t.Errorf("%s: %q from %s: %q", file, m.Subject, m.Author(), m.Reasons)
		}
		// The same words from the sender of a web form.
		m.From, m.ReplyTo, m.InReplyTo, m.References = []Address{{"", "no-reply@form.example"}}, nil, nil, nil
		if c := (classifier{mail: m, header: m.Header}); c.verification() {
			t.Errorf("%s, sent by a web form: %q: %q", file, m.Subject, m.Reasons)
		}
		return nil
	})
	if err != nil || seen < 1000 {
		t.Fatalf("%d files, %v", seen, err)
	}
	t.Logf("%d files, %d of senders that take no answers, no one-time code", seen, senders)
}

func TestHasConfirmLink(t *testing.T) {
	for text, want := range map[string]bool{
		"":                                   false,
		"http":                               false,
		"see https://example.com/verify?t=1": true,
		"see https://verify.example.com/":    false,
		"http://a.example/x http://b.example/verify":    true,
		"httphttp://a.example/verify":                   true,
		"http://a.example/u?to=http://b.example/verify": true,
		"http://a.example\nverify":                      false,
	} {
		if got := hasConfirmLink(text); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
