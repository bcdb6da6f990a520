package agent_test

import (
	"bytes"
	"html"
	"iter"
	"mime/quotedprintable"
	"regexp"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/wording"
)

// The words that an agent writes in each client, and what must come of them.
const (
	typed  = "#close\n\nHello Maria,\nplease switch it off & on.\nIt takes 10 seconds."
	answer = "Hello Maria,\nplease switch it off & on.\nIt takes 10 seconds."
	desk   = "support+074e22qa31t34c3gy2bknwxhwx1vvnv6abcdef0@example.com"
	from   = "Maria Rossi via Example Support"
)

// notice is one of ours, as a client received it.
type notice struct{ subject, text, html string }

// received composes a notice and reads it back, as a client would.
func received(t *testing.T, lang, wordsHTML string) notice {
	t.Helper()
	m, err := wording.Builtin().Notice(lang, wording.NoticeFacts{
		Ticket: 1042, Desk: "support", DeskName: "Example Support", From: "Maria Rossi <maria@acme.example>", Company: "Acme Instruments AG",
		Confidence: "domain", Level: "premium", Priority: "urgent", Status: "open", Due: "by 15:00 today", Subject: "Line 3 stands still",
		WordsHTML: wordsHTML,
		Words:     "Since 7:40 the controller shows E-217.\n\n> earlier words\n> of somebody\n\nOn Monday it worked.\n-- \nMaria Rossi",
		History:   []string{"2026-07-14 08:12 Maria Rossi: Line 3 stands still", "2026-07-14 08:40 Anna Keller: …"}, Attachments: []string{"controller.log (12 KB)"},
		Evidence: []string{"In-Reply-To"}, Tags: []string{"production"}, Event: wording.EventReply, CanReply: true,
		Matter:  []wording.MatterLine{{Is: wording.MatterAsked, Text: "Anna Keller: “Which firmware?” → “4.2”"}, {Is: wording.MatterTold, Text: "2026-07-14 09:00", State: "broken"}},
		Similar: []wording.NoticeSimilar{{Ticket: 977, Subject: "E-217", Solution: "Go back to 4.2."}},
		Goes:    wording.NoticeGoes{To: []string{"Maria Rossi <maria@acme.example>", "tom@acme.example"}, Not: []string{"ben@example.com"}, Only: "Maria Rossi <maria@acme.example>"},
		Links:   wording.NoticeLinks{Take: desk, Solve: desk, Wait: desk, Ask: desk, WrongCustomer: desk, NotForUs: desk, Call: desk, Private: desk},
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := letter.Compose(letter.Draft{
		From: from + " <support@example.com>", To: []string{"anna@example.com"}, ReplyTo: desk, Subject: m.Subject, MessageID: "n@example.com",
		Date: time.Date(2026, 7, 14, 10, 0, 0, 0, time.UTC), Text: m.Text, HTML: m.HTML,
	})
	if err != nil {
		t.Fatal(err)
	}
	read := letter.Parse(raw, "", letter.DefaultLimits())
	_, body, _ := strings.Cut(m.HTML, "<body")
	_, body, _ = strings.Cut(body, ">")
	body, _, _ = strings.Cut(body, "</body>")
	return notice{subject: read.Subject, text: read.Text, html: body}
}

// shownWords yields each language twice: with the customer's plain words, and with
// their HTML.
func shownWords(t *testing.T) iter.Seq2[string, string] {
	rich, ok := letter.CleanHTML(`<p>Since 7:40 the controller shows <b>E-217</b>.</p><table border=1><tr><th>Line<th>Error<tr><td>3<td>E-217<tr><td><td>From: x</table>
		<ul><li>restarted<li>- changed the fuse</ul><blockquote>earlier words<br>of somebody</blockquote><p dir=rtl>مرحبا</p><p>On Monday it worked.</p><p>-- <br>Maria Rossi</p>`, nil)
	if !ok {
		t.Fatal("the customer's HTML is not clean")
	}
	return func(yield func(string, string) bool) {
		for _, lang := range wording.Languages() {
			if !yield(lang, "") || !yield(lang, rich) {
				return
			}
		}
	}
}

func richMark(wordsHTML string) string {
	if wordsHTML == "" {
		return ""
	}
	return ", the customer's HTML"
}

// quoted puts a mark before each line; each mark of a quotation within is kept.
func (n notice) quoted() string {
	return "> " + strings.ReplaceAll(n.text, "\n", "\n> ") + "\n"
}

// squeezed quotes as clients do that write no space on empty and quoted lines.
func (n notice) squeezed() string {
	return regexp.MustCompile(`(?m)^> ?(>|$)`).ReplaceAllString(n.quoted(), ">$1")
}

// flowed wraps long quoted lines, with the mark on each.
func (n notice) flowed() string {
	var b strings.Builder
	for line := range strings.SplitSeq(n.text, "\n") {
		column := 0
		b.WriteString(">")
		for word := range strings.SplitSeq(line, " ") {
			if column+len(word) > 70 {
				b.WriteString("\n>")
				column = 0
			}
			b.WriteString(" " + word)
			column += len(word) + 1
		}
		b.WriteString("\n")
	}
	return b.String()
}

// divs writes words as HTML, a block for each line.
func divs(words, open, shut string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(words, "\n") {
		if line = html.EscapeString(line); line == "" {
			line = "<br>"
		}
		b.WriteString(open + line + shut + "\r\n")
	}
	return b.String()
}

// outlookHeader is what Outlook writes above a mail, as text.
func (n notice) outlookHeader(author, sent, to, subject string) string {
	return author + ": " + from + " <" + desk + ">\n" + sent + ": Tuesday, July 14, 2026 10:00 AM\n" + to + ": Anna Keller <anna@example.com>\n" + subject + ": " + n.subject + "\n\n"
}

// outlookHTML is the same as HTML.
func (n notice) outlookHTML(author, sent, to, subject string) string {
	return "<b>" + author + ":</b> " + from + " &lt;" + desk + "&gt;<br>\r\n<b>" + sent + ":</b> Dienstag, 14. Juli 2026 10:00<br>\r\n<b>" +
		to + ":</b> Anna Keller &lt;anna@example.com&gt;<br>\r\n<b>" + subject + ":</b> " + html.EscapeString(n.subject)
}

// replies are the bodies that clients make of the words and the notice.
func replies(n notice, written string) map[string]struct{ text, html string } {
	type body = struct{ text, html string }
	thunderbirdLine := "On 14/07/2026 10:00, " + from + " wrote:"
	thunderbirdHTML := `<div class="moz-cite-prefix">On 14/07/2026 10:00, ` + from + ` wrote:<br></div><blockquote type="cite" cite="mid:n@example.com">` + n.html + `</blockquote>`
	gmailLine := "On Tue, Jul 14, 2026 at 10:00\u202fAM " + from + " <\n" + desk + "> wrote:\n\n"
	gmailHTML := `<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Tue, Jul 14, 2026 at 10:00&#8239;AM ` + from + ` &lt;<a href="mailto:` + desk + `">` + desk +
		`</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">` + n.html + `</blockquote></div>`
	appleLine := "> On 14 Jul 2026, at 10:00, " + from + " <" + desk + "> wrote:\n> \n"
	appleHTML := `<br id="lineBreakAtBeginningOfMessage"><div><br><blockquote type="cite"><div>On 14 Jul 2026, at 10:00, ` + from + ` &lt;` + desk + `&gt; wrote:</div><br class="Apple-interchange-newline"><div>` + n.html + `</div></blockquote></div>`
	outlook := divs(written, "<p class=MsoNormal>", "<o:p></o:p></p>")
	outlookTop := `<div class=WordSection1>` + outlook
	outlookBlock := `<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>`
	owa := func(words string) string {
		return divs(words, `<div class="elementToProof" style="font-size: 12pt">`, `</div>`) + `<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" style="font-size:11pt" color="#000000">` +
			n.outlookHTML("From", "Sent", "To", "Subject") + `</font><div>&nbsp;</div></div>` + n.html
	}
	return map[string]body{
		"Thunderbird, below":            {thunderbirdLine + "\n" + n.squeezed() + "\n" + written + "\n", ""},
		"Thunderbird, above":            {written + "\n\n" + thunderbirdLine + "\n" + n.squeezed(), ""},
		"Thunderbird, above, wrapped":   {written + "\n\n" + thunderbirdLine + "\n" + n.flowed(), ""},
		"Thunderbird, signature":        {thunderbirdLine + "\n" + n.squeezed() + "\n" + written + "\n\n-- \nAnna Keller\nExample AG\n", ""},
		"Thunderbird, HTML only, below": {"", thunderbirdHTML + divs(written, "<p>", "</p>")},
		"Thunderbird, HTML only, above": {"", divs(written, "<p>", "</p>") + thunderbirdHTML},
		"Thunderbird, HTML, signature":  {"", thunderbirdHTML + divs(written, "<p>", "</p>") + `<pre class="moz-signature" cols="72">-- ` + "\nAnna Keller\nExample AG</pre>"},
		"Thunderbird, German":           {written + "\n\nAm 14.07.26 um 10:00 schrieb " + from + ":\n" + n.squeezed(), ""},
		"Thunderbird, French":           {written + "\n\nLe 14/07/2026 à 10:00, " + from + " a écrit :\n" + n.squeezed(), ""},
		"Outlook, text":                 {written + "\n\n" + n.outlookHeader("From", "Sent", "To", "Subject") + n.text, ""},
		"Outlook, old text":             {written + "\n\n-----Original Message-----\n" + n.outlookHeader("From", "Sent", "To", "Subject") + n.text, ""},
		"Outlook, text, German":         {written + "\n\n" + n.outlookHeader("Von", "Gesendet", "An", "Betreff") + n.text, ""},
		"Outlook, text, French":         {written + "\n\n" + n.outlookHeader("De", "Envoyé", "À", "Objet") + n.text, ""},
		"Outlook, HTML only":            {"", outlookTop + outlookBlock + n.outlookHTML("From", "Sent", "To", "Subject") + `<o:p></o:p></p></div></div>` + n.html + `</div>`},
		"Outlook, HTML only, German":    {"", outlookTop + outlookBlock + n.outlookHTML("Von", "Gesendet", "An", "Betreff") + `<o:p></o:p></p></div></div>` + n.html + `</div>`},
		"Outlook, HTML only, French":    {"", outlookTop + outlookBlock + n.outlookHTML("De&nbsp;", "Envoyé&nbsp;", "À&nbsp;", "Objet&nbsp;") + `<o:p></o:p></p></div></div>` + n.html + `</div>`},
		"Outlook on the web, HTML only": {"", owa(written)},
		"Outlook on a phone, text":      {written + "\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n" + n.outlookHeader("From", "Sent", "To", "Subject") + n.text, ""},
		"Outlook on a phone, HTML only": {"", owa(written + "\n\nGet Outlook for iOS")},
		"Gmail, above":                  {written + "\n\n" + gmailLine + n.quoted(), "<div dir=\"ltr\">" + divs(written, "<div>", "</div>") + "</div><br>" + gmailHTML},
		"Gmail, below":                  {gmailLine + n.quoted() + "\n" + written + "\n", ""},
		"Gmail, HTML only":              {"", "<div dir=\"ltr\">" + divs(written, "<div>", "</div>") + "</div><br>" + gmailHTML},
		"Gmail, HTML only, below":       {"", gmailHTML + "<div dir=\"ltr\">" + divs(written, "<div>", "</div>") + "</div>"},
		"Gmail, German":                 {written + "\n\nAm Di., 14. Juli 2026 um 10:00 Uhr schrieb " + from + " <\n" + desk + ">:\n\n" + n.quoted(), ""},
		"Gmail, French":                 {written + "\n\nLe mar. 14 juil. 2026 à 10:00, " + from + " <\n" + desk + "> a écrit :\n\n" + n.quoted(), ""},
		"Apple Mail, above":             {written + "\n\n" + appleLine + n.quoted(), ""},
		"Apple Mail, below":             {appleLine + n.quoted() + "\n" + written, ""},
		"Apple Mail, HTML only":         {"", divs(written, "<div>", "</div>") + appleHTML},
		"Apple Mail, German":            {written + "\n\n> Am 14.07.2026 um 10:00 schrieb " + from + " <" + desk + ">:\n> \n" + n.quoted(), ""},
		"iPhone, text":                  {written + "\n\nSent from my iPhone\n\n" + appleLine + n.quoted(), ""},
		"iPhone, HTML only":             {"", `<div dir="ltr">` + divs(written, "<div>", "</div>") + `<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">On 14 Jul 2026, at 10:00, ` + from + ` &lt;` + desk + `&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">` + n.html + `</div></blockquote></div>`},
		"mutt, below":                   {"On Tue, Jul 14, 2026 at 10:00:00AM +0000, " + from + " wrote:\n" + n.quoted() + "\n" + written + "\n\n-- \nAnna Keller\n", ""},
		"mutt, above":                   {written + "\n\nOn Tue, Jul 14, 2026 at 10:00:00AM +0000, " + from + " wrote:\n" + n.quoted(), ""},
	}
}

// reply writes the mail.
func reply(text, htmlBody string) []byte {
	var b bytes.Buffer
	b.WriteString("From: Anna Keller <anna@example.com>\r\nTo: <" + desk + ">\r\nSubject: Re: Line 3\r\nMessage-ID: <r@example.com>\r\nIn-Reply-To: <n@example.com>\r\nMIME-Version: 1.0\r\n")
	part := func(media, body string) {
		b.WriteString("Content-Type: " + media + "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
		w := quotedprintable.NewWriter(&b)
		_, _ = w.Write([]byte(strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n")))
		_ = w.Close()
		b.WriteString("\r\n")
	}
	page := "<html><head><style>p{margin:0}</style></head><body>" + htmlBody + "</body></html>"
	switch {
	case htmlBody == "":
		part("text/plain", text)
	case text == "":
		part("text/html", page)
	default:
		b.WriteString("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n")
		part("text/plain", text)
		b.WriteString("--b\r\n")
		part("text/html", page)
		b.WriteString("--b--\r\n")
	}
	return b.Bytes()
}

// A reply to our notice, in whatever client it was written, leaves the agent's
// words and nothing of the notice.
func TestRepliesOfClients(t *testing.T) {
	context := agent.CleanContext{
		DeskAddresses: []string{"support@example.com"}, AgentName: "Anna Keller", AgentAddress: "anna@example.com",
		DeskAddress: "support@example.com", DeskName: "Example Support",
	}
	empty := regexp.MustCompile(`\n\s*\n+`)
	for lang, wordsHTML := range shownWords(t) {
		n := received(t, lang, wordsHTML)
		for client, body := range replies(n, typed) {
			t.Run(lang+"/"+client+richMark(wordsHTML), func(t *testing.T) {
				m := letter.Parse(reply(body.text, body.html), "anna@example.com", letter.DefaultLimits())
				if m.OldOnly || m.Kind != letter.Person {
					t.Errorf("old only: %v, kind %s", m.OldOnly, m.Kind)
				}
				if got := empty.ReplaceAllString(m.NewText, "\n"); got != strings.ReplaceAll(typed, "\n\n", "\n") {
					t.Errorf("new text is %q", got)
				}
				r := agent.Read(m.NewText, agent.Names{})
				if len(r.Commands) != 1 || r.Commands[0].Name != agent.Close || r.Doubtful() || len(r.Unknown) > 0 {
					t.Errorf("commands %+v, unknown %+v, misplaced %q", r.Commands, r.Unknown, r.Misplaced)
				}
				if got := empty.ReplaceAllString(agent.Clean(r.Words, context), "\n"); got != answer {
					t.Errorf("the customer gets %q", got)
				}
			})
		}
	}
}

// A reply without words says so: nothing of the notice may go to the customer.
func TestRepliesWithoutWords(t *testing.T) {
	for lang, wordsHTML := range shownWords(t) {
		n := received(t, lang, wordsHTML)
		for client, body := range replies(n, "") {
			t.Run(lang+"/"+client+richMark(wordsHTML), func(t *testing.T) {
				if m := letter.Parse(reply(body.text, body.html), "anna@example.com", letter.DefaultLimits()); !m.OldOnly {
					t.Errorf("new text is %q", m.NewText)
				}
			})
		}
	}
}

// Where a quotation cannot be told from the words, nothing may go out.
func TestRepliesThatCannotBeRead(t *testing.T) {
	for _, lang := range wording.Languages() {
		n := received(t, lang, "")
		for client, text := range map[string]string{
			"Outlook, below":                n.outlookHeader("From", "Sent", "To", "Subject") + n.text + "\n\n" + typed,
			"no mark at all":                answer + "\n\n" + n.text,
			"no mark, commands at the end":  answer + "\n\n" + n.text + "\n\n#solve\n#assign ben",
			"no mark, note at the end":      answer + "\n\n" + n.text + "\n\n#only",
			"initials before the quotation": answer + "\n\nMR> " + strings.ReplaceAll(n.text, "\n", "\nMR> "),
			"a bar before the quotation":    answer + "\n\n| " + strings.ReplaceAll(n.text, "\n", "\n| "),
			"announced in another language": answer + "\n\nAr ddydd Mawrth ysgrifennodd y ddesg:\n\n" + n.text,
		} {
			t.Run(lang+"/"+client, func(t *testing.T) {
				m := letter.Parse(reply(text, ""), "anna@example.com", letter.DefaultLimits())
				if r := agent.Read(m.NewText, agent.Names{}); !m.OldOnly && !r.Doubtful() {
					t.Errorf("the customer would get %q", r.Words)
				}
			})
		}
	}
}
