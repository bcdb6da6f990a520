package mailgw

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// htmlOf is the HTML part of a mail of ours.
func htmlOf(t *testing.T, raw []byte) string {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatalf("no HTML: %v", err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			b, err := io.ReadAll(quotedprintable.NewReader(p))
			if err != nil {
				t.Fatal(err)
			}
			return strings.ReplaceAll(string(b), "\r\n", "\n")
		}
	}
}

// shownHTML is what the notice shows as the customer's words, and what it shows
// around them. All of ours stands side by side with them, none of it within.
func shownHTML(t *testing.T, notice string) (words, around string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(notice))
	if err != nil {
		t.Fatal(err)
	}
	const bar = "border-left:4px solid #2f7de1"
	var box *html.Node
	for n := range doc.Descendants() {
		if n.Data == "blockquote" && n.Type == html.ElementNode && len(n.Attr) == 2 && strings.Contains(n.Attr[1].Val, bar) {
			if box != nil {
				t.Error("two places for the customer's words")
			}
			box = n
		}
	}
	if box == nil {
		t.Fatalf("no place for the customer's words in\n%s", notice)
	}
	var b strings.Builder
	for n := range box.ChildNodes() {
		if err := html.Render(&b, n); err != nil {
			t.Fatal(err)
		}
	}
	last := box.Parent.LastChild
	for last.Type == html.TextNode {
		last = last.PrevSibling
	}
	if body := box.Parent.Parent; body.Data != "body" || last.Data != "p" || last.Attr[0].Key != "style" {
		t.Errorf("what comes after the customer's words stands in <%s> of <%s>", last.Data, body.Data)
	}
	box.Parent.RemoveChild(box)
	var rest strings.Builder
	if err := html.Render(&rest, doc); err != nil {
		t.Fatal(err)
	}
	return b.String(), rest.String()
}

const table = `<table border=1><tr><th>Line</th><th>Error</th></tr><tr><td>3</td><td>E-217</td></tr></table>`

// alternative is a body that says the same as text and as HTML.
func alternative(text, page string) written {
	return written{"multipart/alternative; boundary=b", "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page + "\r\n--b--\r\n"}
}

// written is a body and its type.
type written struct{ media, body string }

func page(s string) written { return written{"text/html; charset=utf-8", s} }

// What an agent sees of a customer's HTML: the new words of it, and no less than
// the plain words.
func TestNoticeShowsHTML(t *testing.T) {
	const (
		quotedMail = `<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 13 Jul 2026 at 09:00, Support &lt;support@example.com&gt; wrote:<br></div><blockquote class="gmail_quote"><p>our <b>old</b> words</p></blockquote></div>`
		quotedText = "\r\n\r\nOn Mon, 13 Jul 2026 at 09:00, Support <support@example.com> wrote:\r\n> our *old* words\r\n"
	)
	for name, c := range map[string]struct {
		written
		html bool     // the notice shows HTML of the customer's
		has  []string // what stands in the customer's place
		not  []string
	}{
		"a table":                  {page("<p>It stands still:</p>" + table), true, []string{"<table", "<th>Line</th>", "<td>E-217</td>"}, nil},
		"text and HTML":            {alternative("It *stands* still:\r\n\r\nLine\tError\r\n3\tE-217\r\n", "<p>It <b>stands</b> still:</p>"+table), true, []string{"<b>stands</b>", "<td>E-217</td>"}, nil},
		"text says something else": {alternative("Please call me.", "<p>Please <b>pay</b> me.</p>"), false, []string{"Please call me."}, []string{"pay"}},
		"HTML says more":           {alternative("Please call me.", "<p>Please <b>call</b> me.</p><p>And pay.</p>"), false, []string{"Please call me."}, []string{"pay"}},
		"nothing but paragraphs":   {alternative("one\r\n\r\ntwo", "<p>one</p><p>two</p>"), false, []string{"one<br/>\n<br/>\ntwo"}, []string{"<p"}},
		"plain":                    {written{"text/plain", "a <b>b</b>"}, false, []string{"a &lt;b&gt;b&lt;/b&gt;"}, nil},
		"with a quotation":         {page("<div>It is <i>still</i> so.</div>" + quotedMail), true, []string{"<i>still</i>"}, []string{"our", "old", "wrote"}},
		"with a quotation, twice":  {alternative("It is *still* so."+quotedText, "<div>It is <i>still</i> so.</div>"+quotedMail), true, []string{"<i>still</i>"}, []string{"our", "old", "wrote"}},
		"answers in between":       {page("<blockquote><p>first <b>question</b><br>it goes on</p></blockquote><p><b>one</b></p><blockquote><p>second question<br>it goes on</p></blockquote><ul><li>two</li></ul>"), true, []string{"<b>one</b>", "<li>two</li>"}, []string{"question", "goes on"}},
		"signature":                {page("<p>It is <b>so</b>.</p><div>-- <br>Mia Meier, <b>Acme</b></div>"), true, []string{"<b>so</b>"}, []string{"Acme"}},
		"only a quotation":         {page(quotedMail), true, []string{"<b>old</b>"}, nil},
		"a forwarded mail":         {page("<p>What is <b>that</b>?</p><div>---------- Forwarded message ---------<br>From: Bob &lt;bob@acme.example&gt;<br>Date: Mon, 13 Jul 2026 09:00<br>Subject: x<br>To: mia@acme.example<br></div><p>their <i>words</i></p>"), true, []string{"<b>that</b>", "<i>words</i>"}, nil},
		"hostile":                  {page(`</blockquote></div></body></html><p>a <b>b</b><img src="http://t.example/p.gif"><style>*{display:none}</style><script>x</script><a href="https://evil.example">bank.example</a><table><tr><td><!-- `), true, []string{"<b>b</b>", "bank.example [evil.example]"}, []string{"<img", "style>", "t.example", "script"}},
		"hidden words":             {page(`<div style="display:none">ignore this</div><span style="color:#fff">and this</span><p>It is <b>so</b>.</p>`), true, []string{"<b>so</b>"}, []string{"ignore", "and this"}},
		"another direction":        {page(`<p>مرحبا <b>hello</b></p>`), true, []string{`<p dir="auto">مرحبا <b>`}, nil},
		"too long for HTML":        {page("<p><b>b</b></p>" + strings.Repeat("<p>many words</p>", 6000)), false, []string{"many words"}, []string{"<p"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{body: c.body, head: []string{"MIME-Version: 1.0", "Content-Type: " + c.media}})
			sent := h.flush()
			words, around := shownHTML(t, htmlOf(t, to(sent, "ben@example.com")[0].Bytes))
			words = strings.NewReplacer(`<td dir="auto">`, "<td>", `<th dir="auto">`, "<th>").Replace(words)
			if rich := strings.Contains(words, "<b>") || strings.Contains(words, "<i>") || strings.Contains(words, "<table"); rich != c.html {
				t.Errorf("the words are HTML: %v\n%s", rich, words)
			}
			for _, s := range c.has {
				if !strings.Contains(words, s) {
					t.Errorf("%q is not in\n%s", s, words)
				}
			}
			for _, s := range c.not {
				if strings.Contains(words, s) {
					t.Errorf("%q is in\n%s", s, words)
				}
			}
			plain := strings.TrimSpace(to(sent, "ben@example.com")[0].read.Text)
			if strings.Contains(plain, "<b>b") != (name == "plain") {
				t.Errorf("the text part shows HTML:\n%s", plain)
			}
			if !strings.Contains(around, "Printer portal") || !strings.Contains(around, "opacity:.7") {
				t.Errorf("what is ours is not around it:\n%s", around)
			}
			// Nothing of a customer's HTML goes to customers.
			if page := htmlOf(t, to(sent, "mia@acme.example")[0].Bytes); strings.Contains(page, "<th>") || strings.Contains(page, "<i>") || strings.Contains(page, "<b>") {
				t.Errorf("the acknowledgement shows HTML of theirs:\n%s", page)
			}
		})
	}
}
