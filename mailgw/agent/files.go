package agent

import (
	"bytes"
	"strings"

	"supportgw/mailgw/letter"
)

// Files returns those files of an agent's mail that go to the customer with the
// answer, and whether one of them is an answer by itself: pictures inside of the
// text are not, since most are logos of a client's signature.
//
// Left out are mails that hold a token, an id or an agent's address of ours (a
// client may attach the notice that it answers), and what clients add by themselves.
func Files(files []letter.File, c CleanContext) (kept []letter.File, alone bool) {
	o := newOurs(c)
	for _, f := range files {
		media, _, _ := strings.Cut(f.Type, ";")
		name := strings.ToLower(f.Name)
		switch {
		case ofClient(media, name):
			continue
		case (strings.HasPrefix(media, "message/") || strings.HasSuffix(name, ".eml") || strings.HasSuffix(name, ".msg")) && o.within(f.Bytes):
			continue
		}
		kept = append(kept, f)
		alone = alone || !(f.Inline && strings.HasPrefix(media, "image/"))
	}
	return kept, alone
}

// ofClient tells what clients add without being asked: visiting cards, signatures
// (whose certificate names the agent) and keys, Outlook's own form of the mail;
// and what is encrypted to the desk, which no customer can read.
func ofClient(media, name string) bool {
	switch media {
	case "text/vcard", "text/x-vcard", "text/directory", "application/pgp-signature", "application/pgp-keys", "application/pgp-encrypted",
		"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pkcs7-mime", "application/x-pkcs7-mime", "application/ms-tnef", "application/vnd.ms-tnef":
		return true
	}
	return strings.HasSuffix(name, ".vcf") || name == "winmail.dat" || name == "encrypted.asc" || name == "smime.p7s" || name == "smime.p7m"
}

// within tells whether a file names something of ours. UTF-16, which Outlook's
// own format has, is read by leaving out its zeros.
func (o ours) within(b []byte) bool {
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, nil)
	}
	for line := range bytes.Lines(b) {
		s := string(line)
		for at, end := nextAt(s, 0); at >= 0; at, end = nextAt(s, end) {
			if _, mine := o.instead(addressAt(s, at, end)); mine {
				return true
			}
		}
	}
	return false
}
