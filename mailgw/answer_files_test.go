package mailgw

import (
	"bytes"
	"strings"
	"testing"
)

// What a client adds to an agent's mail without being asked holds the agent's
// address, or what nobody else can open: it stays in the house, and is no answer.
func TestAnswerWithoutClientsParts(t *testing.T) {
	for name, c := range map[string]struct{ whole, part string }{
		"an S/MIME signature":       {"multipart/signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256", "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Disposition: attachment; filename=smime.p7s"},
		"an old S/MIME signature":   {"multipart/signed; protocol=\"application/x-pkcs7-signature\"", "Content-Type: application/x-pkcs7-signature; name=smime.p7s\r\nContent-Disposition: attachment; filename=smime.p7s"},
		"an OpenPGP signature":      {"multipart/signed; protocol=\"application/pgp-signature\"", "Content-Type: application/pgp-signature; name=signature.asc\r\nContent-Disposition: attachment; filename=signature.asc"},
		"an OpenPGP key":            {"multipart/mixed", "Content-Type: application/pgp-keys; name=OpenPGP_0x1.asc\r\nContent-Disposition: attachment; filename=OpenPGP_0x1.asc"},
		"Outlook's own form":        {"multipart/mixed", "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Disposition: attachment; filename=winmail.dat"},
		"the same without its type": {"multipart/mixed", "Content-Type: application/octet-stream; name=winmail.dat\r\nContent-Disposition: attachment; filename=winmail.dat"},
		"an OpenPGP encrypted mail": {"multipart/encrypted; protocol=\"application/pgp-encrypted\"", "Content-Type: application/octet-stream; name=encrypted.asc\r\nContent-Disposition: inline; filename=encrypted.asc"},
		"an S/MIME encrypted mail":  {"multipart/mixed", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\nContent-Disposition: attachment; filename=smime.p7m"},
	} {
		for _, words := range []string{"", "Please try again."} {
			t.Run(name+", "+words, func(t *testing.T) {
				h := newHouse(t)
				h.deliver(mail{})
				notice := h.noticeTo("anna@example.com")
				m := notice.reply(anna, "")
				first := "Content-Type: text/plain\r\n\r\n" + words
				if strings.Contains(c.whole, "encrypted") {
					first = "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1"
				}
				m.head = append(m.head, "MIME-Version: 1.0", "Content-Type: "+c.whole+"; boundary=b")
				m.body = "--b\r\n" + first + "\r\n--b\r\n" + c.part + "\r\n\r\nAnna anna@example.com\r\n--b--"
				h.deliver(m)
				sent := h.flush()
				out := customers(sent)
				for _, m := range out {
					if words == "" || len(m.read.Attachments) > 0 || bytes.Contains(m.Bytes, []byte("anna@example.com")) {
						t.Errorf("the customer gets %v:\n%s", m.read.Attachments, m.Bytes)
					}
				}
				told := to(sent, "anna@example.com")
				if len(out)+len(told) != 1 {
					t.Errorf("%d answers, the agent is told %d times", len(out), len(told))
				}
			})
		}
	}
}

// A mail that an agent passes on to the desk's token is no answer, and none of its
// files is: they may be another customer's.
func TestForwardedIsNoAnswer(t *testing.T) {
	for name, c := range map[string]struct{ head, body string }{
		"inline": {"Content-Type: multipart/mixed; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\n---------- Forwarded message ---------\r\nFrom: Gus <gus@globex.example>\r\nDate: Mon, 13 Jul 2026\r\nSubject: contract\r\nTo: <support@example.com>\r\n\r\nzebra\r\n" +
			"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=contract.pdf\r\n\r\nzebra\r\n--b--"},
		"inline, with words": {"Content-Type: multipart/mixed; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nIs this you?\r\n\r\n---------- Forwarded message ---------\r\nFrom: Gus <gus@globex.example>\r\nDate: Mon, 13 Jul 2026\r\nSubject: contract\r\nTo: <support@example.com>\r\n\r\nzebra\r\n" +
			"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=contract.pdf\r\n\r\nzebra\r\n--b--"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			m := notice.reply(anna, "")
			m.subject, m.head, m.body = "Fwd: contract", append(m.head, "MIME-Version: 1.0", c.head), c.body
			h.deliver(m)
			sent := h.flush()
			for _, m := range customers(sent) {
				t.Errorf("%s gets %v\n%s", m.To, m.read.Attachments, m.read.Text)
			}
			if told := to(sent, "anna@example.com"); len(told) != 1 {
				t.Errorf("the agent is told %d times", len(told))
			}
		})
	}
}
