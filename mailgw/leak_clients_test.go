package mailgw

import (
	"encoding/base64"
	"fmt"
	"html"
	"strings"
)

// replyAs writes a reply to a mail of ours as a client does: its fields, and its body
// with the mail quoted in the client's way.
type replyAs func(words string, of *sentMail) (head []string, body string)

// leakClients are the forms in which replies come.
var leakClients = map[string]replyAs{
	"plain, quoted below": func(words string, of *sentMail) ([]string, string) { return nil, quotedBelow(words, of) },
	"plain, no quotation": func(words string, _ *sentMail) ([]string, string) { return nil, words },
	"Outlook, plain": func(words string, of *sentMail) ([]string, string) {
		return nil, words + "\n\n-----Original Message-----\nFrom: " + of.read.From[0].String() + "\nSent: Monday, July 13, 2026 10:00 AM\nTo: " + of.To[0] +
			"\nSubject: " + of.read.Subject + "\n\n" + of.read.Text
	},
	"Outlook": func(words string, of *sentMail) ([]string, string) {
		return []string{"Content-Type: text/html; charset=utf-8"}, `<html><body><div class="WordSection1">` + lined(words, `<p class="MsoNormal">`, "<o:p></o:p></p>") +
			`<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>From:</b> ` + html.EscapeString(of.read.From[0].String()) +
			`<br><b>Sent:</b> Monday, July 13, 2026 10:00 AM<br><b>To:</b> ` + of.To[0] + `<br><b>Subject:</b> ` + html.EscapeString(of.read.Subject) + `</p></div>` + lined(of.read.Text, "<p>", "</p>") + `</div></body></html>`
	},
	"Outlook on the web": func(words string, of *sentMail) ([]string, string) {
		return []string{"Content-Type: text/html; charset=utf-8"}, `<html><body><div class="elementToProof">` + lined(words, "<div>", "</div>") + `</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><b>From:</b> ` +
			html.EscapeString(of.read.From[0].String()) + `<br><b>Sent:</b> Monday, July 13, 2026 10:00 AM<br><b>To:</b> ` + of.To[0] + `<br><b>Subject:</b> ` + html.EscapeString(of.read.Subject) + `</div>` + lined(of.read.Text, "<div>", "</div>") + `</body></html>`
	},
	"Gmail": func(words string, of *sentMail) ([]string, string) {
		return bothForms(words, of, `<div dir="ltr">`+lined(words, "<div>", "</div>")+`</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, 13 Jul 2026 at 10:00, `+
			html.EscapeString(of.read.From[0].String())+` wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">`+lined(of.read.Text, "<div>", "</div>")+`</blockquote></div>`)
	},
	"Apple Mail": func(words string, of *sentMail) ([]string, string) {
		return bothForms(words, of, `<html><body>`+lined(words, "<div>", "</div>")+`<br><div><blockquote type="cite"><div>On 13 Jul 2026, at 10:00, `+html.EscapeString(of.read.From[0].String())+` wrote:</div>`+lined(of.read.Text, "<div>", "</div>")+`</blockquote></div></body></html>`)
	},
	"Thunderbird": func(words string, of *sentMail) ([]string, string) {
		return []string{"Content-Type: text/html; charset=utf-8"}, `<html><body><p>` + strings.ReplaceAll(html.EscapeString(words), "\n", "<br>") + `</p><div class="moz-cite-prefix">On 13.07.26 10:00, ` +
			html.EscapeString(of.read.From[0].Name) + ` wrote:<br></div><blockquote type="cite" cite="mid:` + of.read.MessageID + `">` + lined(of.read.Text, "", "<br>") + `</blockquote></body></html>`
	},
	"mutt, the signature first": func(words string, of *sentMail) ([]string, string) {
		return nil, words + "\n\nOn Mon, Jul 13, 2026 at 10:00:00AM +0200, " + of.read.From[0].Name + " wrote:\n> " + strings.ReplaceAll(of.read.Text, "\n", "\n> ") + "\n"
	},
	"base64": func(words string, of *sentMail) ([]string, string) {
		return []string{"Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64"},
			base64.StdEncoding.EncodeToString([]byte(words + "\n\nAm 13.07.2026 um 10:00 schrieb " + of.read.From[0].String() + ":\n> " + strings.ReplaceAll(of.read.Text, "\n", "\n> ")))
	},
}

// quotedBelow is a reply in plain text, as most clients write it.
func quotedBelow(words string, of *sentMail) string {
	return words + "\n\nOn Mon, 13 Jul 2026 at 10:00, " + of.read.From[0].Name + " wrote:\n> " + strings.ReplaceAll(of.read.Text, "\n", "\n> ")
}

// lined writes each line of a text as HTML between two tags.
func lined(text, open, shut string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		if line = html.EscapeString(line); line == "" {
			line = "<br>"
		}
		b.WriteString(open + line + shut)
	}
	return b.String()
}

// bothForms is a reply in plain text and in HTML.
func bothForms(words string, of *sentMail, rich string) ([]string, string) {
	return []string{"Content-Type: multipart/alternative; boundary=alt"},
		"--alt\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + quotedBelow(words, of) + "\r\n--alt\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + rich + "\r\n--alt--"
}

// withFiles puts files behind the text of a mail.
func withFiles(m mail, files ...attachedFile) mail {
	kind, enc := "text/plain; charset=utf-8", "8bit"
	var head []string
	for _, f := range m.head {
		switch name, value, _ := strings.Cut(f, ": "); name {
		case "Content-Type":
			kind = value
		case "Content-Transfer-Encoding":
			enc = value
		default:
			head = append(head, f)
		}
	}
	m.head = append(head, "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=files")
	m.body = "--files\r\nContent-Type: " + kind + "\r\nContent-Transfer-Encoding: " + enc + "\r\n\r\n" + m.body
	for _, f := range files {
		m.body += fmt.Sprintf("\r\n--files\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename=%q\r\n\r\n%s", f.kind, f.name, f.text)
	}
	m.body += "\r\n--files--"
	return m
}

// attachedFile is a file of a mail.
type attachedFile struct{ kind, name, text string }
