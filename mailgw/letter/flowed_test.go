package letter

import (
	"strings"
	"testing"
)

func TestFlowedText(t *testing.T) {
	for _, c := range []struct {
		name, in string
		delsp    bool
		want     string
	}{
		{"paragraph", "one \ntwo \nthree\nfour\n", false, "one two three\nfour\n"},
		{"without the spaces", "日本 \n語です。\n次\n", true, "日本語です。\n次\n"},
		{"quotes", "> one \n> two\n>> deeper \n> less\nmine\n", false, "> one two\n>> deeper \n> less\nmine\n"},
		{"stuffed", " From here\n > no quote\n  two\n", false, "From here\n> no quote\n two\n"},
		{"signature", "words \n-- \nJane \nSupport\n", false, "words \n-- \nJane Support\n"},
		{"quoted signature", "> words\n> -- \n> Jane\n", false, "> words\n> -- \n> Jane\n"},
		{"empty lines", "one\n\n>\n> x \n\n", false, "one\n\n>\n> x \n\n"},
		{"ends flowing", "one ", false, "one "},
		{"nothing to do", "one\n>x\n", false, "one\n>x\n"},
		{"empty", "", true, ""},
	} {
		if got := flowedText(c.in, c.delsp); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEnrichedText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"commands", "<bold>Now</bold> is the time", "Now is the time"},
		{"parameters", "<color><param>red</param>Blood</color> is red", "Blood is red"},
		{"lines", "one\ntwo\n\nthree\n\n\nfour", "one two\nthree\n\nfour"},
		{"as they are", "<nofill>one\ntwo</nofill>\nthree", "one\ntwo three"},
		{"a bracket", "a << b, a < b", "a < b, a < b"},
		{"richtext", "<comment>no</comment>a<lt>b<nl>c", "a<b\nc"},
		{"broken off", "a<bo", "a<bo"},
		{"empty", "", ""},
	} {
		if got := enrichedText(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Texts in other forms than plain and HTML.
func TestOtherTexts(t *testing.T) {
	part := func(media, body string) string { return "--b\r\nContent-Type: " + media + "\r\n\r\n" + body + "\r\n" }
	mail := func(parts ...string) string {
		return "From: a@b.c\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" + strings.Join(parts, "") + "--b--\r\n"
	}
	for _, c := range []struct{ name, raw, want string }{
		{"flowed", "From: a@b.c\r\nContent-Type: text/plain; format=Flowed\r\n\r\none \r\ntwo\r\n", "one two"},
		{"flowed, without the spaces", "From: a@b.c\r\nContent-Type: text/plain; charset=utf-8; format=flowed; delsp=YES\r\n\r\n日 \r\n本\r\n", "日本"},
		{"not flowed", "From: a@b.c\r\nContent-Type: text/plain\r\n\r\none \r\ntwo\r\n", "one \ntwo"},
		{"enriched", "From: a@b.c\r\nContent-Type: text/enriched\r\n\r\n<bold>one</bold>\r\n\r\ntwo\r\n", "one\ntwo"},
		{"RTF", "From: a@b.c\r\nContent-Type: text/rtf\r\n\r\n{\\rtf1 one\\par two}\r\n", "one\ntwo"},
		{"mail for a wrist", mail(part("text/watch-html", "<b>x</b>"), part("text/html", "<p>one")), "one"},
		{"mail that moves", mail(part("text/plain", "one"), part("text/x-amp-html", "<html amp4email>"), part("text/html", "<p>one")), "one"},
		{"visiting card", mail(part("text/plain", "one"), part("text/x-vcard", "BEGIN:VCARD")), "one"},
	} {
		if m := Parse([]byte(c.raw), "a@b.c", Limits{}); strings.TrimSpace(m.Text) != c.want {
			t.Errorf("%s: %q, want %q", c.name, m.Text, c.want)
		}
	}
}

func FuzzFlowed(f *testing.F) {
	f.Add("> a \n> b\n-- \n x \n", true)
	f.Add("<nofill>\n<param><<", false)
	f.Fuzz(func(t *testing.T, s string, delsp bool) {
		if got := flowedText(s, delsp); len(got) > 2*len(s) || strings.Count(got, "\n") > strings.Count(s, "\n")+1 {
			t.Errorf("%q becomes %q", s, got)
		}
		if got := enrichedText(s); len(got) > len(s) {
			t.Errorf("%q becomes %q", s, got)
		}
	})
}
