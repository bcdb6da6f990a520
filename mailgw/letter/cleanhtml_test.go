package letter

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"
)

// short forms of what stands at most elements.
var shortClean = strings.NewReplacer(` dir="auto"`, "", ` style="border-collapse:collapse" cellpadding="4"`, "", ` rel="noreferrer noopener"`, "")

func TestCleanHTML(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"paragraphs", "<p>one</p>\n<p>two\n words</p>", "<p>one</p><p>two words</p>"},
		{"emphasis", "a <b>b</b> <i>c</i><u>d</u> <del>e</del>", "a <b>b</b> <i>c</i><u>d</u> <s>e</s>"},
		{"list", "<ul><li>one</li><li>two<ol start=3><li>x</li></ol></li></ul>", `<ul><li>one</li><li>two<ol start="3"><li>x</li></ol></li></ul>`},
		{"table", "<table border=1><tr><th>A<th>N<tr><td>x<td align=right>3</table>", `<table border="1"><tbody><tr><th>A</th><th>N</th></tr><tr><td>x</td><td style="text-align:right">3</td></tr></tbody></table>`},
		{"a table's lines are drawn by its cells", `<table><tr><td style="border:solid windowtext 1.0pt">x</td></tr></table>`, `<table border="1"><tbody><tr><td>x</td></tr></tbody></table>`},
		{"a table of a layout has no lines", `<table border="0"><tr><td style="border:none">x</td></tr></table>`, `<table><tbody><tr><td>x</td></tr></tbody></table>`},
		{"cells over columns", "<table><tr><td colspan=2 rowspan=1>a<td colspan=9999>b</table>", `<table><tbody><tr><td colspan="2">a</td><td>b</td></tr></tbody></table>`},
		{"an empty cell stays at its place", "<table><tr><td></td><td>x</td><td></td></tr></table>", "<table><tbody><tr><td></td><td>x</td><td></td></tr></tbody></table>"},
		{"empty rows and elements", "<table><tr><td></td></tr></table><div><p></p><b></b></div>x", "x"},
		{"empty lines of Outlook", "<div>one</div><div><br></div><div>two</div>", "<div>one</div><br><div>two</div>"},
		{"empty lines of Outlook on the desktop", "<p class=MsoNormal>one</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>two</p>", "<div>one</div><br><div>two</div>"},
		{"paragraph without space around it", `<p style="margin:0cm 0cm 8pt">one</p><p style="margin-top:8px">two`, "<div>one</div><p>two</p>"},
		{"line breaks", "one<br>two<br><br>three<br>", "one<br>two<br><br>three"},
		{"line break at the end of a block", "<div>one<br></div>two", "<div>one</div>two"},
		{"preformatted", "<pre>\na\n  b\n\n</pre>", "<pre>a\n  b</pre>"},
		{"rule", "a<hr><hr>b", "a<hr>b"},
		{"direction", `<p dir=RTL>a<p dir=x>b<p lang="ar-EG" dir=auto>c<p lang='"><img>'>d`, `<p dir="rtl">a</p><p>b</p><p lang="ar-EG">c</p><p>d</p>`},
		{"direction from outside", `<div dir="rtl"><p>a</p></div>`, `<div dir="rtl"><p>a</p></div>`},
		{"span that says nothing", `<span style="color:red">a</span><span lang=de>b</span>`, `a<span lang="de">b</span>`},
		{"unclosed", "<table><tr><td><div><b>a", "<table><tbody><tr><td><div><b>a</b></div></td></tr></tbody></table>"},
		{"closed too often", "a</div></div></table></body></html></blockquote>b", "a<br>b"},
		{"row without a table", "<tr><td>a<td>b</tr>c", "a<br>b<br>c"},
		{"words between cells", "<table>a<tr>b<td>c</td>d</table>", "<table><tbody><tr><td>a</td></tr><tr><td>b</td><td>c</td><td>d</td></tr></tbody></table>"},
		{"item in a paragraph", "<p>a<li>b", "<p>a<br>b</p>"},
		{"heading in a heading", "<h1>a<h2>b</h2></h1>", `<h1>a<br>b</h1>`},
		{"link", `<a href="https://example.com/x?a=1&b=2" onclick=x target=_blank>this</a>`, `<a href="https://example.com/x?a=1&amp;b=2">this</a>`},
		{"space before a link", `see <a href="http://e.com"> this</a>.`, `see <a href="http://e.com">this</a>.`},
		{"comment", "a<!-- <img src=x> --><!-->b", "ab"},
		{"unclosed comment", "a<!-- b", "a"},
		{"picture that the mail brings", `a <img src="cid:p@q" alt="x">`, "a [image: plan.png]"},
		{"picture from elsewhere", `a <img src="https://x.example/p.gif" alt="our &lt;logo&gt;">`, "a our &lt;logo&gt;"},
		{"words of a style", "<style>p{}</style><p>a", "<p>a</p>"},
		{"preheader", `<div style="display:none">preview</div><p>a</p>`, "<p>a</p>"},
		{"preheader of size 0", `<span style="font-size:0">preview</span>a`, "a"},
		{"escapes", "&lt;script&gt;&amp;lt;b&gt; \" '", "&lt;script&gt;&amp;lt;b&gt; &#34; &#39;"},
		{"turned words", "a\u202egpj.exe\u2066", "agpj.exe"},
	} {
		got, ok := CleanHTML(c.in, map[string]string{"p@q": "plan.png"})
		if short := shortClean.Replace(got); short != c.want || !ok {
			t.Errorf("%s: %v\n got %s\nwant %s", c.name, ok, short, c.want)
		}
		checkClean(t, c.in, got)
	}
}

// What fetches, runs or hides has many forms; none is left.
func TestCleanHTMLHostile(t *testing.T) {
	for name, in := range map[string]string{
		"picture":               `<img src=http://t.example/p.gif><img src=//t.example/p><img src="data:image/png;base64,xx"><img srcset="http://t.example/p 2x">`,
		"picture in a picture":  `<picture><source srcset=http://t.example/p><img src=x></picture><input type=image src=http://t.example/p>`,
		"background":            `<table background=http://t.example/p><td background=http://t.example/p style="background:url(http://t.example/p)">a</table><body background=x>`,
		"style":                 `<p style="background-image:url('http://t.example/p')">a<p style="b:\75 rl(//t.example)">b<p style='list-style:url(x)'>c`,
		"style element":         `<style>@import url(http://t.example/c)</style><link rel=stylesheet href=http://t.example/c><b>a`,
		"style in svg":          `<svg><style>@import "http://t.example"</style><image href=http://t.example/p /><a xlink:href="javascript:x">a</a></svg>b`,
		"math":                  `<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>a`,
		"frames":                `<iframe src=http://t.example></iframe><object data=http://t.example>a</object><embed src=http://t.example><frameset><frame src=x></frameset>b`,
		"media":                 `<video src=http://t.example poster=http://t.example/p>a</video><audio src=http://t.example></audio><track src=x>b`,
		"form":                  `<form action=http://t.example><input name=a><button formaction=http://t.example>b</button><select><option>x</select><textarea>y</textarea></form>c`,
		"meta and base":         `<meta http-equiv=refresh content="0;url=http://t.example"><base href=http://t.example/ target=_blank><a href=x>a</a>b`,
		"script":                `<script>alert(1)</script><scr<script>ipt>alert(2)</script><img src=x onerror=alert(1)>a`,
		"events":                `<p onclick=alert(1) onmouseover=x>a<b onfocus=x autofocus tabindex=1>b`,
		"links":                 `<a href="javascript:alert(1)">a</a><a href=" jAvAsCrIpT:x">b</a><a href="java&#10;script:x">c</a><a href="data:text/html,x">d</a><a href="vbscript:x">e</a><a href=//t.example>f</a><a href="file:///etc/passwd">g</a><a href=x>h</a><a href="&#1;javascript:x">i</a>`,
		"ping and download":     `<a href=https://e.example ping=http://t.example download target=_top rel=opener>a</a>`,
		"cite":                  `<blockquote cite=http://t.example>a</blockquote><q cite=http://t.example>b</q><ins cite=http://t.example>c</ins>`,
		"template and noscript": `<template><img src=http://t.example></template><noscript><img src=http://t.example></noscript>a`,
		"conditions of Outlook": `<!--[if mso]><v:rect><v:fill src="http://t.example/p"/></v:rect><![endif]--><![if !mso]><img src=http://t.example><![endif]>a`,
		"tags that never end":   `a<img src="http://t.example/p`,
		"raw text":              `<xmp><img src=http://t.example></xmp><plaintext><img src=http://t.example>`,
		"title":                 `<title><img src=http://t.example></title>a`,
		"NUL and odd spaces":    "<im\x00g src=http://t.example><img\x0csrc=http://t.example/><a\x0bhref=javascript:x>a</a>",
		"many quotes":           `<p lang="de"" dir="rtl"><img src=http://t.example>">a`,
		"closes our container":  `</blockquote></div></td></tr></table></body></html><p>a`,
		"id and class":          `<p id=x class=y name=z slot=s is=w>a`,
		"a link's user":         `<a href="https://bank.example@t.example/">a</a>`,
	} {
		got, _ := CleanHTML(in, nil)
		checkClean(t, in, got)
		if strings.Contains(strings.ToLower(got), "<img") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A link that looks like another address says where it leads.
func TestCleanHTMLLinks(t *testing.T) {
	for _, c := range []struct{ name, href, words, want string }{
		{"says what it is", "https://example.com/a", "https://example.com/a", ""},
		{"without www", "https://www.example.com/a", "example.com", ""},
		{"only words", "https://example.com/a", "our shop", ""},
		{"a name of a file", "https://example.com/a", "report.pdf", " [example.com]"},
		{"an abbreviation", "https://example.com/a", "e.g. this 1.5", ""},
		{"another host", "https://evil.example/a", "www.bank.example", " [evil.example]"},
		{"another host in markup", "https://evil.example/a", "www.<b>bank</b>.example", " [evil.example]"},
		{"another host with a path", "https://evil.example/a", "https://bank.example/login", " [evil.example]"},
		{"a longer host", "https://bank.example.evil.example/a", "bank.example", " [bank.example.evil.example]"},
		{"both hosts", "https://evil.example/", "evil.example bank.example", " [evil.example]"},
		{"the user looks like a host", "https://bank.example@evil.example/", "bank.example", " [evil.example]"},
		{"letters of another script", "https://xn--e1awd7f.com/", "еріс.com", " [xn--e1awd7f.com]"},
		{"a full stop of another script", "https://evil.example/", "bank。example", " [evil.example]"},
		{"turned words", "https://evil.example/", "\u202ebank.example", " [evil.example]"},
		{"an address", "mailto:thief@evil.example", "ceo@bank.example", " [thief@evil.example]"},
		{"another person at the same host", "mailto:thief@bank.example", "ceo@bank.example", " [thief@bank.example]"},
		{"the same address", "mailto:ceo@bank.example", "ceo@bank.example", ""},
		{"a number", "tel:+419001234567", "+41 44 555 01 00", " [+419001234567]"},
		{"the same number", "tel:+41445550100", "044 555 01 00", ""},
	} {
		in := `<p><a href="` + c.href + `">` + c.words + `</a></p>`
		got, ok := CleanHTML(in, nil)
		if !ok {
			t.Errorf("%s: not clean", c.name)
		}
		if said := strings.HasSuffix(shortClean.Replace(got), c.want+"</a></p>"); !said || c.want == "" && strings.Contains(got, "[") {
			t.Errorf("%s: %s", c.name, got)
		}
		checkClean(t, in, got)
	}
	for name, href := range map[string]string{"a mail with words": "mailto:a@b.example?subject=x&body=y&bcc=z@e.example", "no address": "mailto:x", "no host": "https:///x", "a long one": "https://e.example/" + strings.Repeat("x", 3000), "spaces": "https://e.example/a b", "a code": "tel:*21*0900123456#"} {
		got, _ := CleanHTML(`<a href="`+href+`">words</a>`, nil)
		if strings.ContainsAny(got, "?") || name != "a mail with words" && name != "a code" && strings.Contains(got, "href") {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestCleanHTMLLimits(t *testing.T) {
	for name, in := range map[string]string{
		"nothing":    "",
		"no words":   "<p></p><img src=x>",
		"long":       strings.Repeat("<p>word</p>", maxCleanBytes/10),
		"too long":   strings.Repeat(" ", maxCleanSource+1) + "a",
		"tags":       strings.Repeat("<b></b>", maxCleanTags+1) + "a",
		"deep":       strings.Repeat("<div>", maxCleanDepth+1) + "a",
		"deep lists": strings.Repeat("<ul><li>a", maxCleanDepth),
	} {
		if got, ok := CleanHTML(in, nil); ok || got != "" {
			t.Errorf("%s: %.60q", name, got)
		}
	}
	deep := strings.Repeat("<div>", maxCleanDepth) + "a"
	if got, ok := CleanHTML(deep, nil); !ok {
		t.Errorf("%d elements are not too deep: %.60q", maxCleanDepth, got)
	}
	if got, ok := CleanHTML(strings.Repeat("<div><b><p></p>", 5000)+"a", nil); ok && got != "a" {
		t.Errorf("%.80q", got)
	}
}

// FuzzCleanHTML: whatever comes, checkClean holds.
func FuzzCleanHTML(f *testing.F) {
	for _, s := range []string{
		"<table><tr><td hidden>a<td>b<pre>c<blockquote><a href='http://x.y'>z.w", "<p>a<div><b>c</p>d</div>e</b>", "<table><a href=http://a.b>x<td><a href=http://c.d>y<p><li>z",
		"<ul><li><p>a<ul><li><h1>b<h2>c<hr>d", "<b><i><p>x</b>y<table>z<caption>q</caption><tr>w", "<pre>\n\n<b>\nx</pre><br><div><br></div>y", "<dl><dt>a<dd>b<p>c<dt>d</dl><center><tt>e",
		"<table><thead><tr><th><tfoot><td>a<tbody>b<table><li>c</table>d", "<a href=mailto:a@b.c><table><td><a href=tel:1234567>9876543</a>", "a<svg><p>b</svg><math><b>c", "<tr><td>x<tr>y<li>z<tbody>w", "<plaintext>a<b>", "&#0;&nbsp;<p dir=rtl lang=x>\u202e\u00ad\u200bא",
		"<h1><div><h2>a</h2></div>b<span dir=ltr><p>c", "<table><tr><td></td>a</tr><br><td>b<hr>c", "<form><button><b>x<button>y", "<a href=http://e.f><div><a href=http://g.h>e.f</a><li>k",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		got, ok := CleanHTML(in, map[string]string{"a": "b.png"})
		if ok != (got != "") {
			t.Errorf("%q: %v, %q", in, ok, got)
		}
		checkClean(t, in, got)
	})
}

// cleanForm is all that may stand in clean HTML: elements, and values of attributes.
var cleanForm = struct {
	tags  []string
	attrs map[string]*regexp.Regexp
}{
	strings.Fields("p br div blockquote ul ol li table thead tbody tr td th b strong i em u s code pre h1 h2 h3 h4 h5 h6 hr span a"),
	map[string]*regexp.Regexp{
		"dir": regexp.MustCompile(`^(ltr|rtl|auto)$`), "lang": regexp.MustCompile(`^[A-Za-z0-9-]+$`), "start": regexp.MustCompile(`^[0-9]+$`),
		"colspan": regexp.MustCompile(`^[0-9]{1,2}$`), "rowspan": regexp.MustCompile(`^[0-9]{1,2}$`), "border": regexp.MustCompile(`^1$`), "cellpadding": regexp.MustCompile(`^4$`),
		"style": regexp.MustCompile(`^(border-collapse:collapse|text-align:(left|right|center))$`), "rel": regexp.MustCompile(`^noreferrer noopener$`), "href": regexp.MustCompile(`^(https?://[^/@\s]+|mailto:|tel:)`),
	},
}

// checkClean parses what came of some HTML: nothing is in it but what may be, it is
// what a parser makes of it, it stays in its container, and cleaning it again
// changes nothing.
func checkClean(t interface {
	Helper()
	Errorf(string, ...any)
	Fatal(...any)
}, in, clean string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(`<!DOCTYPE html><html><head></head><body><div id="ours">` + clean + `</div><p id="after">end</p></body></html>`))
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := html.Render(&said, doc); err != nil {
		t.Fatal(err)
	}
	want := `<!DOCTYPE html><html><head></head><body><div id="ours">` + strings.NewReplacer("<br>", "<br/>", "<hr>", "<hr/>").Replace(clean) + `</div><p id="after">end</p></body></html>`
	if said.String() != want {
		t.Errorf("%q\n is cleaned to %s\n which is read as %s", in, want, said.String())
	}
	for n := range doc.Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("%q: a comment in %q", in, clean)
		}
		if n.Type != html.ElementNode || n.Namespace == "" && slices.Contains([]string{"html", "head", "body"}, n.Data) || len(n.Attr) == 1 && n.Attr[0].Key == "id" {
			continue
		}
		if !slices.Contains(cleanForm.tags, n.Data) || n.Namespace != "" {
			t.Errorf("%q: <%s> in %q", in, n.Data, clean)
		}
		for _, a := range n.Attr {
			if form := cleanForm.attrs[a.Key]; form == nil || !form.MatchString(a.Val) {
				t.Errorf("%q: %s=%q in %q", in, a.Key, a.Val, clean)
			}
			if u, err := url.Parse(a.Val); a.Key == "href" && (err != nil || u.User != nil || u.Scheme != "mailto" && u.Scheme != "tel" && u.Host == "") {
				t.Errorf("%q: leads to %q: %v", in, a.Val, err)
			}
		}
	}
	c := &cleanWriter{all: true}
	first := seenWalk(in, nil)
	if walkHTML(in, nil, htmlPass{hide: first.hide, show: first.show, clean: c}); !c.failed && cleanPolicy.Sanitize(c.out.String()) != c.out.String() {
		t.Errorf("%q: the policy has something to forbid in %q", in, c.out.String())
	}
	if clean == "" {
		return
	}
	if again, _ := CleanHTML(clean, nil); again != clean {
		t.Errorf("%q\n is cleaned to %s\n and that to     %s", in, clean, again)
	}
}

// Tags in any order, as no writer ever means them.
func TestCleanHTMLAnyTags(t *testing.T) {
	tags := strings.Fields("p br div blockquote ul ol li table thead tbody tfoot tr td th caption b em i u s code pre h1 h3 hr span a dl dt dd center font body html form button o:p svg math template select option object title nobr address img input col")
	piece := rapid.OneOf(
		rapid.Map(rapid.SampledFrom(tags), func(s string) string { return "<" + s + ">" }),
		rapid.Map(rapid.SampledFrom(tags), func(s string) string { return "</" + s + ">" }),
		rapid.SampledFrom([]string{"word", " ", "\n", "&nbsp;", "x y", `<a href="http://e.x">`, `<a href="mailto:a@b.c">`, `<span lang=de>`, `<div dir=rtl>`, `<h2 dir=ltr>`, `<td dir=rtl>`, `<span dir=auto>`, `<li dir=rtl>`, `<p class=Mso>`, `<td style="border:1px solid">`, `<div style="display:none">`, "bank.example"}),
	)
	rapid.Check(t, func(r *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 1, 25).Draw(r, "pieces"), "")
		got, _ := CleanHTML(in, nil)
		checkClean(r, in, got)
	})
}
