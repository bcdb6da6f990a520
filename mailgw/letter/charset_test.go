package letter

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

// encoded returns s in another charset.
func encoded(t testing.TB, enc encoding.Encoding, s string) string {
	t.Helper()
	out, err := enc.NewEncoder().String(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return out
}

const (
	inRussian  = "Здравствуйте, принтер на втором этаже больше не печатает. Можете ли вы прислать мастера?"
	inJapanese = "お世話になっております。プリンターが動かなくなりました。確認をお願いします。"
	inKorean   = "안녕하세요. 프린터가 작동하지 않습니다. 확인 부탁드립니다."
	inChinese  = "您好，二楼的打印机不能打印了。请派人来检查一下，谢谢。"
	inTaiwan   = "您好，二樓的印表機無法列印了。請派人來檢查一下，謝謝您的幫忙。"
	inGerman   = "Guten Tag, der Drucker im zweiten Stock läuft nicht mehr. Können Sie jemanden schicken? Grüße aus Köln"
	inFrench   = "Bonjour, l’imprimante du deuxième étage ne marche plus. Merci d’envoyer quelqu’un dès que possible."
	aGreeting  = "Привет"
)

func TestDecodeText(t *testing.T) {
	le, be := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	for _, c := range []struct{ name, in, claim, hint, want, problem string }{
		{"ascii", "plain", "us-ascii", "", "plain", ""},
		{"mark of utf-8", "\ufeffplain", "utf-8", "", "plain", ""},
		{"a shouted, quoted label", "Gr\xfc\xdfe", "\"ISO-8859-1\\\"", "", "Grüße", ""},
		{"a label twice", "Grüße", "charset=charset=utf-8", "", "Grüße", ""},
		{"a label and more", "Gr\xfc\xdfe", "iso-8859-1; format=flowed", "", "Grüße", ""},
		{"a label with the language", "Gr\xfc\xdfe", "iso-8859-1*de", "", "Grüße", ""},
		{"windows label glued", "\xcf\xf0\xe8\xe2\xe5\xf2", "windows_1251", "", aGreeting, ""},
		{"windows label worded", "\xcf\xf0\xe8\xe2\xe5\xf2", "x-windows 1251", "", aGreeting, ""},
		{"iso label glued", "\xbf\xe0\xd8\xd2\xd5\xe2", "iso8859_5", "", aGreeting, ""},
		{"iso label worded", "\xbf\xe0\xd8\xd2\xd5\xe2", "iso_8859-5:1988", "", aGreeting, ""},
		{"utf-8 with something glued to it", "Grüße", "3dutf-8", "", "Grüße", ""},
		{"code page of DOS", "Gr\x81\xe1e", "cp850", "", "Grüße", ""},
		{"code page of DOS, by IBM", "Gr\x81\xe1e", "ibm-850", "", "Grüße", ""},
		{"windows' own Japanese", encoded(t, japanese.ShiftJIS, inJapanese), "cp932", "", inJapanese, ""},
		{"JIS", encoded(t, japanese.ISO2022JP, inJapanese), "iso-2022-jp", "", inJapanese, ""},
		{"JIS under a later label", encoded(t, japanese.ISO2022JP, inJapanese), "iso-2022-jp-3", "", inJapanese, ""},
		{"JIS without label", encoded(t, japanese.ISO2022JP, inJapanese), "", "", inJapanese, "without its charset"},
		{"JIS as ascii", encoded(t, japanese.ISO2022JP, inJapanese), "us-ascii", "", inJapanese, "the bytes are iso-2022-jp"},
		{"JIS as latin-1", encoded(t, japanese.ISO2022JP, inJapanese), "iso-8859-1", "", inJapanese, "the bytes are iso-2022-jp"},
		{"an escape that is none of JIS", "\x1b[1mbold", "", "", "\x1b[1mbold", ""},
		{"HZ", encoded(t, simplifiedchinese.HZGB2312, inChinese), "hz-gb-2312", "", inChinese, ""},
		{"Korean in 7 bits", "\x1b$)C\x0e" + sevenBits(encoded(t, korean.EUCKR, "한글")) + "\x0f text\n\x0e" + sevenBits(encoded(t, korean.EUCKR, "한글")) + "\nend", "iso-2022-kr", "", "한글 text\n한글\nend", ""},
		{"superset of gb2312", encoded(t, simplifiedchinese.GBK, "镕"), "gb2312", "", "镕", ""},
		{"superset of ks_c_5601", encoded(t, korean.EUCKR, inKorean), "ks_c_5601-1987", "", inKorean, ""},
		{"utf-16 with its mark", "\xff\xfe" + encoded(t, le, inFrench), "utf-16", "", inFrench, ""},
		{"utf-16 with its mark, unlabelled", "\xfe\xff" + encoded(t, be, inFrench), "", "", inFrench, "read as utf-16"},
		{"utf-16 without mark", encoded(t, le, inFrench), "utf-16", "", inFrench, ""},
		{"utf-16 without mark, the other order", encoded(t, be, inFrench), "utf-16", "", inFrench, ""},
		{"utf-16 that is none", "plain text!!", "utf-16", "", "plain text!!", "not readable as utf-16"},
		{"ucs-2 that is none", "plain text!!", "unicode", "", "plain text!!", "not readable as unicode"},
		{"utf-8 as gb2312", inChinese, "gb2312", "", inChinese, "the bytes are utf-8"},
		{"utf-8 as koi8-r", inRussian, "koi8-r", "", inRussian, "the bytes are utf-8"},
		{"latin-1 as euc-kr", encoded(t, charmap.Windows1252, "äöü ÄÖÜ ß ä ö ü é è ê"), "euc-kr", "", "äöü ÄÖÜ ß ä ö ü é è ê", "not readable as euc-kr"},
		{"utf-7 is refused", "+AGg-i", "utf-7", "", "+AGg-i", "unknown charset utf-7"},
		{"utf-7 by another name", "+AGg-i", "unicode-1-1-utf-7", "", "+AGg-i", "unknown charset"},
		{"unknown label, koi8-r hinted", encoded(t, charmap.KOI8R, aGreeting), "x-who-knows", "koi8-r", aGreeting, "unknown charset"},
		{"no label, koi8-r hinted", encoded(t, charmap.KOI8R, aGreeting), "", "koi8-r", aGreeting, "names elsewhere"},
		{"no label, a hint that cannot be", "Gr\xfc\xdfe", "", "utf-16", "Grüße", "windows-1252"},
		{"nothing", "", "utf-16", "", "", ""},
	} {
		got, problem := decodeText([]byte(c.in), c.claim, c.hint)
		if got != c.want || !strings.Contains(problem, c.problem) || (problem == "") != (c.problem == "") {
			t.Errorf("%s: %q (%s), want %q (%s)", c.name, got, problem, c.want, c.problem)
		}
	}
}

// sevenBits clears the high bits.
func sevenBits(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] &= 0x7f
	}
	return string(b)
}

// Texts of which nothing is said are read by how their bytes stand.
func TestDetect(t *testing.T) {
	for _, c := range []struct {
		name string
		enc  encoding.Encoding
		text string
	}{
		{"windows-1251", charmap.Windows1251, inRussian},
		{"koi8-r", charmap.KOI8R, inRussian},
		{"windows-1252", charmap.Windows1252, inGerman},
		{"windows-1252", charmap.Windows1252, inFrench},
		{"windows-1252", charmap.Windows1252, "“Größe” – für 5 €"},
		{"shift_jis", japanese.ShiftJIS, inJapanese},
		{"euc-jp", japanese.EUCJP, inJapanese},
		{"euc-kr", korean.EUCKR, inKorean},
		{"gbk", simplifiedchinese.GBK, inChinese},
		{"big5", traditionalchinese.Big5, inTaiwan},
	} {
		raw := encoded(t, c.enc, c.text)
		name, _ := detect([]byte(raw))
		if name != c.name {
			t.Errorf("%q in %s is read as %s", c.text, c.name, name)
		}
		for _, claim := range []string{"", "utf-8", "us-ascii", "x-unknown"} {
			if got, _ := decodeText([]byte(raw), claim, ""); got != c.text {
				t.Errorf("%s as %q: %q, want %q", c.name, claim, got, c.text)
			}
		}
	}
}

// A long text of shifts between charsets is a text, not a binary.
func TestKoreanMailInSevenBits(t *testing.T) {
	word := "\x0e" + sevenBits(encoded(t, korean.EUCKR, "한글")) + "\x0f "
	m := Parse([]byte("From: a@b.c\r\nContent-Type: text/plain; charset=iso-2022-kr\r\n\r\n\x1b$)C"+strings.Repeat(word, 40)+"\r\n"), "a@b.c", Limits{})
	if want := strings.Repeat("한글 ", 40); strings.TrimRight(m.Text, "\n") != want {
		t.Errorf("%q; %q", m.Text, m.Problems)
	}
}

// What HTML says of itself counts where the mail says nothing, or nothing true.
func TestHTMLCharset(t *testing.T) {
	page := func(label, text string) string {
		return "<html><head><meta http-equiv=Content-Type content=\"text/html; charset=" + label + "\"></head><body>" + text
	}
	koi := encoded(t, charmap.KOI8R, aGreeting)
	for _, c := range []struct{ name, fields, body, want string }{
		{"no label", "Content-Type: text/html", page("koi8-r", koi), aGreeting},
		{"an impossible label", "Content-Type: text/html; charset=us-ascii", page("koi8-r", koi), aGreeting},
		{"a wrong label", "Content-Type: text/html; charset=utf-8", page("koi8-r", koi), aGreeting},
		{"an unknown label", "Content-Type: text/html; charset=x-y", page("koi8-r", koi), aGreeting},
		{"a label that can be right", "Content-Type: text/html; charset=koi8-r", page("iso-8859-1", koi), aGreeting},
		{"the label of who does not know", "Content-Type: text/html; charset=iso-8859-1", page("koi8-r", koi), aGreeting},
		{"the same, and the page is wrong", "Content-Type: text/html; charset=iso-8859-1", page("koi8-r", "Gr\xfc\xdfe aus M\xfcnchen, sch\xf6n"), "Grüße aus München, schön"},
		{"the same, in French", "Content-Type: text/html; charset=windows-1252", page("windows-1251", "\xe9t\xe9 \xe0 la c\xf4te, cr\xe9\xe9, \xeatre"), "été à la côte, créé, être"},
		{"the mail is right", "Content-Type: text/html; charset=utf-8", page("iso-8859-1", aGreeting), aGreeting},
		{"recoded on the way", "Content-Type: text/html; charset=utf-8", page("utf-16", aGreeting), aGreeting},
		{"XML", "Content-Type: text/html", "<?xml version='1.0' encoding='koi8-r'?><p>" + koi, aGreeting},
		{"the page is short", "Content-Type: text/html; charset=us-ascii", "<p>Gr\xfc\xdfe", "Grüße"},
		{"words of the header", "Subject: =?koi8-r?B?" + base64.StdEncoding.EncodeToString([]byte(koi)) + "?=\r\nContent-Type: text/html", "<p>" + koi, aGreeting},
		{"words of the header, plain text", "Subject: =?utf-8?q?a?= =?koi8-r?B?" + base64.StdEncoding.EncodeToString([]byte(koi)) + "?=", koi, aGreeting},
	} {
		m := Parse([]byte("From: a@b.c\r\n"+c.fields+"\r\n\r\n"+c.body), "a@b.c", Limits{})
		if strings.TrimSpace(m.Text) != c.want {
			t.Errorf("%s: %q, want %q; %q", c.name, m.Text, c.want, m.Problems)
		}
	}
}

func FuzzDecodeText(f *testing.F) {
	f.Add([]byte("\x1b$)C\x0e\x30\x21"), "iso-2022-kr")
	f.Add([]byte("\xff\xfea"), "utf-16")
	f.Add([]byte("~{VPND~}"), "hz-gb-2312")
	f.Fuzz(func(t *testing.T, b []byte, label string) {
		s, _ := decodeText(b, label, "")
		if again, _ := decodeText(b, label, ""); s != strings.ToValidUTF8(s, "?") || s != again {
			t.Errorf("%q as %q: %q, then %q", b, label, s, again)
		}
	})
}
