package wording

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLine(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "Line 3 stands still", "Line 3 stands still"},
		{"header injection", "Hello\r\nBcc: all@example.com", "Hello Bcc: all@example.com"},
		{"bare CR, NEL, line separator", "a\rb\u0085c\u2028d", "a b c d"},
		{"spaces", "  a \t b \u00a0", "a b"},
		{"no-break spaces stay", "avant 15\u00a0h\u202f00", "avant 15\u00a0h\u202f00"},
		{"controls", "a\x00b\x1b[31mc\x7f", "ab[31mc"},
		{"direction override", "invoice\u202efdp.exe\u202c \u2066x\u2069", "invoicefdp.exe x"},
		{"zero width", "pay\u200bpal \ufeffx", "paypal x"},
		{"language tags", "a\U000e0041b", "ab"},
		{"joiners stay", "\U0001f469\u200d\U0001f527 نمی\u200cخواهم", "\U0001f469\u200d\U0001f527 نمی\u200cخواهم"},
		{"broken UTF-8", "a\xff\xfeb", "ab"},
		{"private use", "a\ue000b", "ab"},
		{"nothing", " \n ", ""},
		{"cut at a word", strings.Repeat("word ", 20), strings.Repeat("word ", 7) + "word…"},
		{"cut inside a word", strings.Repeat("words ", 20), strings.Repeat("words ", 5) + "words…"},
		{"cut without words", strings.Repeat("ü", 100), strings.Repeat("ü", 39) + "…"},
		{"fits", strings.Repeat("ü", 40), strings.Repeat("ü", 40)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := line(tt.in, 40); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBlock(t *testing.T) {
	if got, want := block("\r\n a\r\n\r\n\r\n\r\nb\u202e \x07\r\n"), "a\n\nb"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExcerpt(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"short", "Help!\n\nIt burns.", "Help!\nIt burns."},
		{"lines", "1\n2\n3\n4\n5\n6.\n7", "1\n2\n3\n4\n5\n6 …"},
		{"long", strings.Repeat("0123456789 ", 50), strings.TrimSpace(strings.Repeat("0123456789 ", 36)) + "…"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := excerpt(tt.in); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestWordsAreBounded(t *testing.T) {
	got := words(strings.Repeat("日本語", 100_000))
	if len(got) > maxWordsBytes+len(" …") || !strings.HasSuffix(got, " …") || !utf8.ValidString(got) {
		t.Errorf("%d bytes, ends %q", len(got), got[len(got)-10:])
	}
}

func TestLinesSayHowManyMore(t *testing.T) {
	got := items([]string{"a", " \n", "b\nb", "c", "d"}, 2)
	if want := "– a\n– b b\n– … +2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := items([]string{"", " "}, 2); got != "" {
		t.Errorf("of nothing: %q", got)
	}
}

func TestReplySubject(t *testing.T) {
	long := strings.Repeat("x", maxSubject)
	tests := []struct{ subject, reply, bare string }{
		{"", "", ""},
		{"Printer", "Re: Printer", "Printer"},
		{"Re: Printer", "Re: Printer", "Printer"},
		{"RE: AW: Re[2]: Printer", "RE: AW: Re[2]: Printer", "Printer"},
		{"AW : Drucker", "AW : Drucker", "Drucker"},
		{"SV: Skrivare", "SV: Skrivare", "Skrivare"},
		{"回复：打印机", "回复：打印机", "打印机"},
		{"Fwd: Printer", "Re: Fwd: Printer", "Fwd: Printer"},
		{"Release: 2.0", "Re: Release: 2.0", "Release: 2.0"},
		{"Re", "Re: Re", "Re"},
		{"Re:", "Re:", ""},
		{": odd", "Re: : odd", ": odd"},
		{long, "Re: " + long[:maxSubject-5] + "…", long},
	}
	for _, tt := range tests {
		t.Run(tt.subject, func(t *testing.T) {
			if got := replySubject(tt.subject); got != tt.reply {
				t.Errorf("reply %q, want %q", got, tt.reply)
			}
			if got := bareSubject(tt.subject); got != tt.bare {
				t.Errorf("bare %q, want %q", got, tt.bare)
			}
		})
	}
}

func TestPerson(t *testing.T) {
	tests := []struct{ in, want string }{
		{"Maria Rossi", "Maria Rossi"},
		{`"Rossi, Maria"`, "Maria Rossi"},
		{"Smith, Jr.", "Smith, Jr."},
		{"Smith, PhD", "Smith, PhD"},
		{"J. R. R. Tolkien", "J. R. R. Tolkien"},
		{"O'Brien", "O'Brien"},
		{"Zoë Müller-Lüdenscheidt", "Zoë Müller-Lüdenscheidt"},
		{"田中", "田中"},
		{"maria@acme.example", ""},
		{"Visit www.evil.example now", ""},
		{"https://evil.example", ""},
		{"You won! Claim it", ""},
		{"<b>Maria</b>", ""},
		{strings.Repeat("very ", 20) + "long", ""},
		{"\u202e\x00", ""},
	}
	for _, tt := range tests {
		if got := person(tt.in); got != tt.want {
			t.Errorf("person(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
