package letter

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"
)

// TestArmour: of a mail that PGP signed in its text, only the words are new.
func TestArmour(t *testing.T) {
	const end = "-----BEGIN PGP SIGNATURE-----\n\niQEz\n=abcd\n-----END PGP SIGNATURE-----\n"
	for _, c := range []struct{ name, in, want, signature string }{
		{"signed", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nIt is broken\n" + end, "It is broken", ""},
		{"its signature", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\nHash: SHA1\n\nIt is broken\n- -- \nCarl\n" + end, "It is broken", "Carl"},
		{"words below", "-----BEGIN PGP SIGNED MESSAGE-----\n\nIt is broken\n- --\nCarl\n" + end + "and hot", "It is broken\nand hot", "Carl"},
		{"no field, no line", "-----BEGIN PGP SIGNED MESSAGE-----\nIt is broken\n" + end, "It is broken", ""},
		{"without end", "-----BEGIN PGP SIGNED MESSAGE-----\n\nIt is broken\n-----BEGIN PGP SIGNATURE-----\nwords", "It is broken\n-----BEGIN PGP SIGNATURE-----\nwords", ""},
		{"a signature alone", "What is this?\n" + end, "What is this?\n" + strings.TrimSpace(end), ""},
		{"a dash, nothing signed", "a\n- --\nb", "a\n- --\nb", ""},
		{"quoted", "No.\n\n> -----BEGIN PGP SIGNED MESSAGE-----\n> Hash: SHA256\n> \n> old\n", "No.", ""},
	} {
		m := Parse(crlf("From: a@b.c", "Subject: x", "", c.in), "a@b.c", Limits{})
		if m.NewText != c.want || m.Signature != c.signature || !strings.Contains(m.Text, strings.TrimSpace(c.in)) {
			t.Errorf("%s: new is %q, must be %q; the signature %q, must be %q", c.name, m.NewText, c.want, m.Signature, c.signature)
		}
		if len(m.Problems) > 0 {
			t.Errorf("%s: %q", c.name, m.Problems)
		}
	}
}

// TestEncrypted: what is encrypted is said to be, and kept.
func TestEncrypted(t *testing.T) {
	cms := func(oid string) string {
		return base64.StdEncoding.EncodeToString([]byte("\x30\x82\x01\x1e" + oid + "\xa0\x82\x01\x0f"))
	}
	smime := func(body string) []string {
		return []string{"Content-Type: application/pkcs7-mime; name=smime.p7m", "Content-Transfer-Encoding: base64", "", body}
	}
	for _, c := range []struct {
		name  string
		mail  []string
		how   string
		files int
	}{
		{"PGP/MIME", []string{"Content-Type: multipart/encrypted; boundary=b", "", "--b", "Content-Type: application/pgp-encrypted", "", "Version: 1", "--b", "Content-Type: application/octet-stream; name=encrypted.asc", "", armourMessage, "--b--"}, "PGP", 1},
		{"PGP in the text", []string{"", armourMessage, "", "hQEM"}, "PGP", 0},
		{"PGP below words", []string{"", "Hi,", armourMessage, "", "hQEM"}, "PGP", 0},
		{"S/MIME", smime(cms("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03")), "S/MIME", 1},
		{"S/MIME, authenticated", smime(cms("\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17")), "S/MIME", 1},
		{"S/MIME, signed", smime(cms("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")), "", 1},
		{"PGP quoted", []string{"", "What is this?", "> " + armourMessage}, "", 0},
	} {
		m := Parse(crlf(append([]string{"From: a@b.c", "Subject: x"}, c.mail...)...), "a@b.c", Limits{})
		said := slices.ContainsFunc(m.Problems, func(p string) bool { return strings.HasPrefix(p, "encrypted ("+c.how+")") })
		if said != (c.how != "") || len(m.Attachments) != c.files || m.Kind != Person {
			t.Errorf("%s: problems %q, %d files, %s", c.name, m.Problems, len(m.Attachments), m.Kind)
		}
	}
}
