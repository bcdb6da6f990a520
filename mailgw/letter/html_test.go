package letter

import (
	"strings"
	"testing"
	"unicode/utf8"
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
		{"tags in capitals, and cut by any white space", "<P\tclass=x>one</P\n><BR/><DIV>two</dIV>", "one\n\ntwo"},
		{"tags with signs that no tag has", "<p\x00>one</p\x00><o:p>two</o:p><É>three", "onetwo<É>three"},
		{"line ends and NUL in words", "one\rtwo\r\nthree\x00 \u00a0four\u00c2", "one two three four\u00c2"},
		{"entities", "a &amp; b&nbsp;c &euro;", "a & b c €"},
		{"pre", "<pre>a\n  b</pre>", "a\n  b"},
		{"quote", "new<blockquote>old<br>old2</blockquote>below", "new\n\n> old\n> old2\n\nbelow"},
		{"picture", `<img src="x" alt="Logo">`, "Logo"},
		{"picture of the mail", `a <img src="cid:p@q" alt="x"> b`, "a [image: plan.png] b"},
		{"picture that the mail does not bring", `<img src="cid:r@q">b`, "b"},
		{"unclosed", "<div><b>text", "text"},
		{"head without its end", "<html><head><title>t</title><body>text", "text"},
		{"title without its end", "<title>text<p>more", "text<p>more"},
		{"preheader without its end", "<div style='display:none'>preview<p>text", "preview\n\ntext"},
		{"hidden paragraph ends at the next", "<p hidden>preview<p>text", "text"},
		{"hidden cell ends at the next", "<table><tr><td style='display:none'>x<td>text", "text"},
		{"hidden row ends at the next", "<table><tr style='display:none'><td>x<tr><td>text</table>", "text"},
		{"hidden paragraph in a box", "<div><p hidden>preview</div>text", "text"},
		{"layout of size 0", "<td style='font-size:0px'><div style='font-size:13px;line-height:1'>text</div></td>", "text"},
		{"layout of size 0, and more", "<p>one</p><div style='font-size:0px'><div style='font-size:13px'>text</div></div>", "one\n\ntext"},
		{"end tag of another table", "<table><tr><td style='display:none'>x<table></td>y</table></td></tr></table>text", "text"},
		{"preheader of size 1", "<span style='font-size:1px;color:#fff'>preview</span>text", "text"},
		{"seen in the unseen", "<div style='visibility:hidden'>x<b style='visibility:visible'>text</b></div>", "text"},
		{"no height", "<div style='height:0;overflow:hidden'>x</div>text", "text"},
		{"transparent", "<div style='opacity:0'>x</div>text", "text"},
		{"white on white", "<span style='color:#FFFFFF'>x</span>text", "text"},
		{"white on white by attributes", "<body bgcolor=white><font color='#fefefe'>x</font>text", "text"},
		{"grey on the same grey", "<td style='background:rgb(238, 238, 238) none'><i style='color:#eee !important'>x</i>text</td>", "text"},
		{"transparent words", "<span style='color: rgba(0,0,0,0)'>x</span>text", "text"},
		{"white on a button", "<td bgcolor='#0a6'><a style='color:#fff'>text</a></td>", "text"},
		{"white on a picture", "<table background=x.png><td style='color:white'>text</table>", "text"},
		{"white on what nobody knows", "<td style='background:linear-gradient(red,blue)'><b style='color:white'>text</b>", "text"},
		{"white on what a style sheet says", "<style>.dark{background:#000}</style><td class=dark><b style='color:white'>text</b>", "text"},
		{"hidden by its class", "<style>@import 'x';\np, .a,\n.pre { color: red; DISPLAY: none !important }</style><p class='b pre'>x</p>text", "text"},
		{"hidden by its class, of this element alone", "<style>div.pre{display:none}</style><p class=pre>one</p><div class=pre>x</div>text", "one\n\ntext"},
		{"hidden below another", "<style>.a .pre,.pre:hover,#pre,.pre>p{display:none}</style><p class=pre>text</p>", "text"},
		{"hidden on phones", "<style>@media (max-width:600px){.a{color:red}.wide{display:none}}@media print{.wide{display:none}}</style><p class=wide>text</p>", "text"},
		{"hidden on paper", "<style media=print>.wide{display:none}</style><p class=wide>text</p>", "text"},
		{"shown on phones", "<style>.narrow{display:none}@media (max-width:600px){.narrow{display:block}}</style><p class=narrow>text</p>more", "text\n\nmore"},
		{"hidden, and shown by its own style", "<style>.a{display:none}</style><p class=a style='display:block'>text</p>more", "text\n\nmore"},
		{"hidden, and shown below", "<style>.a{display:none}.a{display:block}</style><p class=a>text</p>more", "text\n\nmore"},
		{"hidden in a comment", "<style>/* .a{display:none} */.b{}/* .a{display:none}</style><p class=a>text</p>more", "text\n\nmore"},
		{"everything hidden by its class", "<style>.a{display:none}</style><p class=a>text", "text"},
		{"black in white", "<div style='color:white'>x<b style='color:black'>text</b></div>", "text"},
		{"only white", "<div style='color:white'>text</div>", "text"},
		{"moved out of the page", "<div style='position:absolute;left:-9999px'>x</div><p style='text-indent:-9999px'>y</p>text", "text"},
		{"hidden from Outlook alone", "<a style='mso-hide:all'>text</a>", "text"},
		{"numbered list", "<ol><li>one<li>two<ul><li>a</li></ul></li><li><p>three</p></li></ol>end", "1. one\n2. two\n  - a\n3. three\n\nend"},
		{"cells of paragraphs", "<table><tr><td><p>Article</p></td><td><p>Count</p></td></tr><tr><td><p>Toner</p></td><td><div>3</div></td></tr></table>end", "Article  Count\nToner  3\n\nend"},
		{"columns of a layout", "<table><tr><td>Logo</td><td><p>one</p><p>two</p></td></tr></table>", "Logo\n\none\n\ntwo"},
		{"empty cells", "<table><tr><td></td><td>a</td><td></td></tr><tr><td></td></tr><tr><td>b</td></tr></table>", "a\nb"},
		{"table in a table", "<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td><td>c</td></tr></table>", "a  b  c"},
		{"end tag outside of its cell", "<div><table><tr><td>a</div>b</td></tr></table></div>c", "ab\n\nc"},
		{"outlook's paragraphs", "<p class=MsoNormal>one</p><p class=MsoNormal>two</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>three</p>", "one\ntwo\n\nthree"},
		{"outlook's conditions", "<!--[if mso]><p>no</p><![endif]--><![if !mso]>text<![endif]>", "text"},
		{"non-joiner in Persian", "می\u200cخواهم", "می\u200cخواهم"},
		{"non-joiner as filler", "a&zwnj;&nbsp;&zwnj;b", "a b"},
		{"link in a link", `<a href="http://x.y">a<a href="http://z.y">b</a>`, "a <http://x.y>b <http://z.y>"},
		{"break as an end", "a</br>b", "a\nb"},
		{"comment", "a<!-- no -->b", "ab"},
		{"invisible fillers", "a\u200b\u00adb", "ab"},
		{"no markup", "just text", "just text"},
		{"empty", "", ""},
	} {
		if got := htmlText(c.in, map[string]string{"p@q": "plan.png"}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("<table><tr><td hidden>a<td>b<pre>c<blockquote><a href='http://x'>d")
	f.Fuzz(func(t *testing.T, s string) {
		got := htmlText(s, nil)
		if got != strings.TrimSpace(got) || utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("%q gives %q", s, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\f' || r == 0x7f }); i >= 0 {
			t.Errorf("%q gives %q: a control character", s, got)
		}
		if steps := walkHTML(s, nil, htmlPass{hide: true}).steps; len(got) > 50*len(s)+100 || steps > 5*len(s)+10 {
			t.Errorf("%q: %d bytes, %d steps", s, len(got), steps)
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
