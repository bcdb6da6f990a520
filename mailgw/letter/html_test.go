package letter

import (
	"strings"
	"testing"
)

func TestHTMLText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"paragraphs", "<p>one</p><p>two\n words</p>", "one\n\ntwo words"},
		{"line breaks", "one<br>two<br><br>three", "one\ntwo\n\nthree"},
		{"outlook's divs", "<div>one</div><div>two</div>", "one\ntwo"},
		{"table cells", "<table><tr><td>Article</td><td>Count</td></tr><tr><td>Toner</td><td>3</td></tr></table>", "Article  Count\nToner  3"},
		{"list", "<ul><li>one</li><li>two</li></ul>after", "- one\n- two\n\nafter"},
		{"link", `see <a href="https://example.com/x">this page</a>.`, "see this page <https://example.com/x>."},
		{"link that says where", `<a href="https://example.com/">example.com</a>`, "example.com"},
		{"link to mail", `<a href="mailto:a@b.c">write</a>`, "write <a@b.c>"},
		{"link of another kind", `<a href="javascript:alert(1)">x</a>`, "x"},
		{"script and style", "<head><title>t</title><style>p{}</style></head><script>x</script>text", "text"},
		{"preheader", `<div style="DISPLAY : none">preview</div><p>text</p>`, "text"},
		{"preheader in a preheader", `<div style="display:none">a<div>b</div>c</div>text`, "text"},
		{"hidden by size", `<span style="font-size:0px">x</span>text`, "text"},
		{"not hidden by size", `<span style="font-size:0.9em">x</span>text`, "xtext"},
		{"everything hidden", `<div style="display:none">only this</div>`, "only this"},
		{"hidden void element", `<img hidden src=x>text`, "text"},
		{"entities", "a &amp; b&nbsp;c &euro;", "a & b c €"},
		{"pre", "<pre>a\n  b</pre>", "a\n  b"},
		{"quote", "new<blockquote>old<br>old2</blockquote>below", "new\n\n> old\n> old2\n\nbelow"},
		{"picture", `<img src="x" alt="Logo">`, "Logo"},
		{"unclosed", "<div><b>text", "text"},
		{"comment", "a<!-- no -->b", "ab"},
		{"invisible fillers", "a\u200b\u00adb", "ab"},
		{"no markup", "just text", "just text"},
		{"empty", "", ""},
	} {
		if got := htmlText(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("<table><tr><td hidden>a<td>b<pre>c<blockquote><a href='http://x'>d")
	f.Fuzz(func(t *testing.T, s string) {
		if got := htmlText(s); strings.Contains(got, "\x00") || got != strings.TrimSpace(got) {
			t.Errorf("%q gives %q", s, got)
		}
	})
}

func TestExcerpt(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"one two", 20, "one two"},
		{" one\n\n two ", 20, "one two"},
		{"one two three", 10, "one two…"},
		{"one two three", 13, "one two three"},
		{"one two three", 12, "one two…"},
		{"aaaaaaaaaa", 6, "aaa…"},
		{"üüüüüü", 6, "ü…"},
		{"text", 2, ""},
		{"", 10, ""},
	} {
		if got := Excerpt(c.in, c.limit); got != c.want || len(got) > c.limit {
			t.Errorf("%q in %d: %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestLanguage(t *testing.T) {
	for _, c := range []struct{ declared, text, want string }{
		{"de-DE, en", "the and is you", "de"},
		{"", "Hello, we have not received the invoice, please send it to us.", "en"},
		{"", "Guten Tag, wir haben die Rechnung nicht bekommen und bitten um eine Kopie.", "de"},
		{"", "Bonjour, nous n'avons pas reçu la facture, merci de nous envoyer une copie.", "fr"},
		{"", "Hallo, wij hebben de factuur niet ontvangen, kunt u het aan ons sturen? Dat is voor ons van belang.", ""},
		{"", "Hola, no hemos recibido la factura, por favor envíe una copia a los clientes.", ""},
		{"", "ok", ""},
		{"nonsense", "", ""},
	} {
		if got := language(c.declared, c.text); got != c.want {
			t.Errorf("%q (%s): %q, want %q", c.text, c.declared, got, c.want)
		}
	}
}
