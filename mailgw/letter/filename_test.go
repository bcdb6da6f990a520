package letter

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCleanFileName(t *testing.T) {
	long := strings.Repeat("ü", 300)
	for _, c := range []struct{ name, in, want string }{
		{"plain", "Offer 2026 (final).pdf", "Offer 2026 (final).pdf"},
		{"other scripts", "見積書 №7 – смета.xlsx", "見積書 №7 – смета.xlsx"},
		{"nothing", "", ""},
		{"Unix path", "../../etc/passwd", "passwd"},
		{"Windows path", `C:\Users\rosa\Desktop\offer.doc`, "offer.doc"},
		{"share", `\\server\share\offer.doc`, "offer.doc"},
		{"drive without path", "C:offer.doc", "offer.doc"},
		{"drives", "C:d:offer.doc", "offer.doc"},
		{"time is no drive", "10:30.txt", "10:30.txt"},
		{"folder", "folder/", "folder"},
		{"dots and slashes", "./.././", ""},
		{"hidden", ".htaccess", "htaccess"},
		{"hidden in a path", "a/...b.sh", "b.sh"},
		{"drive behind dots", "..C:x.txt", "x.txt"},
		{"dots and spaces at the end", "offer.pdf. . .", "offer.pdf"},
		{"only dots", "...", ""},
		{"only spaces", " \t\u00a0\u3000 ", ""},
		{"only what is not seen", "\u200b\u200d\u2060\ufeff", ""},
		{"line ends", "a\r\nX-Evil: 1\n.pdf", "a X-Evil: 1 .pdf"},
		{"NUL and escapes", "a\x00b\x1b[2Jc\x7f\u009bd.txt", "ab[2Jcd.txt"},
		{"turned", "exe\u202efdp.scr", "exefdp.scr"},
		{"isolated", "a\u2066b\u2069c\u200fd\u061c.txt", "abcd.txt"},
		{"zero width", "in\u200bvoi\u200cce\u00ad.p\ufeffdf", "invoice.pdf"},
		{"fillers", "a\u3164b\u115f\u034fc.txt", "abc.txt"},
		{"picture with its variant", "\u2764\ufe0f.png", "\u2764.png"},
		{"not UTF-8", "a\xffb.txt", "a\ufffdb.txt"},
		{"device", "CON", "_CON"},
		{"device with type", "nul.txt", "_nul.txt"},
		{"device with two types", "Com1.tar.gz", "_Com1.tar.gz"},
		{"device and spaces", "lpt9 .doc", "_lpt9 .doc"},
		{"device with a small digit", "COM².log", "_COM².log"},
		{"device in a path", `x\aux.c`, "_aux.c"},
		{"no device", "console.log", "console.log"},
		{"no device either", "com.txt", "com.txt"},
		{"long", long + ".pdf", strings.Repeat("ü", 98) + ".pdf"},
		{"long without type", long, strings.Repeat("ü", 100)},
		{"long type", "a." + long, "a." + strings.Repeat("ü", 99)},
		{"long with spaces", strings.Repeat("x ", 100) + "x.txt", strings.TrimSpace(strings.Repeat("x ", 98)) + ".txt"},
	} {
		got := cleanFileName(c.in)
		if got != c.want {
			t.Errorf("%s: %q becomes %q, must be %q", c.name, c.in, got, c.want)
		}
		checkFileName(t, got)
	}
}

// Of whatever a name is made: what is dangerous in it is gone, and cleaning again
// changes nothing.
func TestNastyFileNames(t *testing.T) {
	pieces := []string{"/", `\`, "..", ".", " ", "\t", "\r\n", "\x00", "\x1b]0;x\a", "\x7f", "\u0085", "\u009b", "\u00a0", "\u00ad", "\u061c", "\u115f", "\u180e", "\u200b", "\u200d", "\u200e",
		"\u200f", "\u2028", "\u202a", "\u202e", "\u2060", "\u2066", "\u2069", "\u2800", "\u3000", "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\ufffe", "\U000e0041", "\U000e0100", "C:", "z:", ":", "CON", "nul", "COM1", "LPT³",
		"conin$", "name", "ü", "漢字", "😀", ".exe", ".pdf", ".tar.gz", "\xff", "\xc3", strings.Repeat("long ", 45), strings.Repeat("é", 150), "=?utf-8?q?=2F?=", "%2e%2e%2f", "<b>", `"`, "'"}
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String()), 0, 12).Draw(t, "pieces"), "")
		got := cleanFileName(in)
		checkFileName(t, got)
		if again := cleanFileName(got); again != got {
			t.Errorf("%q is cleaned to %q, and that to %q", in, got, again)
		}
	})
}

// FuzzFileName: whatever stands there, what is left is harmless.
func FuzzFileName(f *testing.F) {
	for _, s := range []string{"offer.pdf", `C:\..\con.txt`, "../.\u202e\u200b.sh ", strings.Repeat("ü. ", 99) + ".tar.gz", "\xff\x00:\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name := cleanFileName(s)
		checkFileName(t, name)
		if again := cleanFileName(name); again != name {
			t.Errorf("%q is cleaned to %q, and that to %q", s, name, again)
		}
	})
}

// device is a name that Windows takes for a device, with or without a type.
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)`)

// checkFileName sees that nothing is left in a name that is not to be in it. It
// knows nothing of how names are cleaned.
func checkFileName(t interface{ Errorf(string, ...any) }, name string) {
	bad := func(what string) { t.Errorf("%q still %s", name, what) }
	if !utf8.ValidString(name) {
		bad("is not UTF-8")
	}
	if strings.ContainsAny(name, `/\`) {
		bad("has a path")
	}
	if regexp.MustCompile(`^[A-Za-z]:`).MatchString(name) {
		bad("has a drive")
	}
	if strings.HasPrefix(name, ".") || strings.TrimSpace(name) != name {
		bad("is hidden, or has spaces around it")
	}
	if strings.HasSuffix(name, ".") {
		bad("ends with a dot")
	}
	if device.MatchString(name) {
		bad("is a device")
	}
	if len(name) > 200 {
		bad("is too long")
	}
	for _, r := range name {
		zero := r >= 0x200b && r <= 0x200f || r >= 0x2060 && r <= 0x206f || r >= 0xfe00 && r <= 0xfe0f || r >= 0xe0000 && r <= 0xe0fff || strings.ContainsRune("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u3164\ufeff\uffa0", r)
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029 || zero {
			bad("has the character " + string(rune('U')) + strings.ToUpper(string(r)))
		}
	}
}

// TestNamesEverywhere: a sender's name is cleaned wherever it comes from, and an
// attachment stays one when nothing is left of its name.
func TestNamesEverywhere(t *testing.T) {
	const evil = `..\..\C:\.evil` + "\u202e" + `.pdf `
	for _, c := range []struct {
		name string
		mail []byte
		want string
	}{
		{"filename", crlf("Content-Type: a/b", `Content-Disposition: attachment; filename="../../.bashrc"`, "", "x"), "bashrc"},
		{"name", crlf(`Content-Type: a/b; name="C:\\a\\b.txt"`, "", "x"), "b.txt"},
		{"encoded word", crlf(`Content-Type: a/b; name="=?utf-8?q?..=2F..=2Fb=E2=80=AEtxt?="`, "", "x"), "btxt"},
		{"RFC 2231", crlf(`Content-Disposition: attachment; filename*=utf-8''..%2F..%2F.b%1B%5B2J.txt`, "", "x"), "b[2J.txt"},
		{"no name left", crlf(`Content-Type: a/b; name="../.."`, "", "x"), ""},
		{"text without a name left", crlf("Content-Type: multipart/mixed; boundary=b", "", "--b", "", "words", "--b", `Content-Type: text/plain; name="..."`, "", "x", "--b--"), ""},
		{"uuencoded", []byte("From: a@b.c\r\n\r\n" + uuOf("/etc/"+evil, []byte("x"), "`")), "evil.pdf"},
		{"winmail.dat", outlookMail("", tnefOf(attributeOf(tnefFileBegins, ""), attributeOf(tnefFileTitle, "..\\../.x\x1b.doc\x00"), attributeOf(tnefFileBytes, "x"))), "x.doc"},
	} {
		m := Parse(c.mail, "", Limits{})
		files := Files(c.mail, Limits{})
		if len(m.Attachments) != 1 || m.Attachments[0].Name != c.want || len(files) != 1 && c.name != "text without a name left" || len(files) > 0 && files[0].Name != c.want {
			t.Errorf("%s: %+v %+v, must be %q", c.name, m.Attachments, files, c.want)
		}
	}
}
