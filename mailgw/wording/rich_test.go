package wording

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

func TestRichHTML(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"paragraphs", "a\nb\n\nc", "<p>a<br>b</p><p>c</p>"},
		{"escaped", `<b a="1">&`, "<p>&lt;b a=&#34;1&#34;&gt;&amp;</p>"},
		{"list", "a\n- b\n- c\n\nd", "<p>a</p><ul><li>b</li><li>c</li></ul><p>d</p>"},
		{"list with a longer item", "- b\n  more\n- c", `<ul><li>b</li><li style="list-style:none">more</li><li>c</li></ul>`},
		{"numbers", "1. a\n2) b", "<ol><li>a</li><li>b</li></ol>"},
		{"numbers that go on", "3. a", `<ol start="3"><li>a</li></ol>`},
		{"a year is no number", "2026. x\n1.5 l", "<p>2026. x<br>1.5 l</p>"},
		{"a dash is no list", "-b\n-- c", "<p>-b<br>-- c</p>"},
		{"quotation", "> a\n> b\nc", "<blockquote>a<br>b</blockquote><p>c</p>"},
		{"indentation", "a\n  b\n\tc", "<p>a<br>&nbsp;&nbsp;b<br>&nbsp;&nbsp;&nbsp;&nbsp;c</p>"},
		{"link", "see https://e.x/a?b=1&c=2.", `<p>see <a href="https://e.x/a?b=1&amp;c=2">https://e.x/a?b=1&amp;c=2</a>.</p>`},
		{"link in brackets", "(http://e.x/a)", `<p>(<a href="http://e.x/a">http://e.x/a</a>)</p>`},
		{"link with brackets", "http://e.x/a_(b)", `<p><a href="http://e.x/a_(b)">http://e.x/a_(b)</a></p>`},
		{"link in angles", "<https://e.x>", `<p>&lt;<a href="https://e.x">https://e.x</a>&gt;</p>`},
		{"link that breaks out", `https://e.x/"onclick=x`, `<p><a href="https://e.x/">https://e.x/</a>&#34;onclick=x</p>`},
		{"no link", "https:// http: javascript:alert(1)", "<p>https:// http: javascript:alert(1)</p>"},
	}
	style := regexp.MustCompile(` (?:dir="auto" )?style="(?:margin|padding)[^"]*"`)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := strings.ReplaceAll(style.ReplaceAllString(richHTML(tt.text), ""), "\n", "")
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// Whatever is written, the words stay, and no markup comes of them but ours.
func FuzzRichHTML(f *testing.F) {
	for _, s := range []string{"a\n- b\n  c\n1. d\n> e\n\n  f", `https://e.x/'"><script>`, "http://\u00a0https://e.x/(a", "\t- x\n- ", "99. x\n)", "\xff<&>"} {
		f.Add(s)
	}
	ours := regexp.MustCompile(`</?(?:p|ul|ol|li|blockquote|br|a)(?: (?:dir="auto"|start="\d\d?"|style="[a-z0-9:; #-]*"|href="https?://[^"<>]*"))*>\n?`)
	f.Fuzz(func(t *testing.T, text string) {
		got := richHTML(text)
		rest := ours.ReplaceAllString(got, "")
		if strings.ContainsAny(rest, "<>\"") {
			t.Errorf("%q: foreign markup in %q", text, got)
		}
		letters := func(s string) string { return regexp.MustCompile(`[^\pL]+`).ReplaceAllString(s, "") }
		if want, said := letters(text), letters(html.UnescapeString(rest)); want != said {
			t.Errorf("%q: the words became %q", text, said)
		}
	})
}
