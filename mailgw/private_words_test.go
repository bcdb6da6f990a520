package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/ticket"
)

// sloppy is what an agent's client makes of a note for the house.
type sloppy struct {
	kind string // Content-Type with its parameters; "" is plain text
	enc  string // Content-Transfer-Encoding
	body string
}

// However a note for the house is written, encoded or misspelt: not a word of it
// reaches the customer, and it is either a note on the ticket or its writer hears
// that nothing was sent.
func TestPrivateWords(t *testing.T) {
	const html = "text/html; charset=utf-8"
	const key = "zebra"
	for name, c := range map[string]sloppy{
		"html, bold":                  {html, "", "<b>#note</b> zebra is angry"},
		"html, bold sign":             {html, "", "<p><b>#</b>note zebra is angry</p>"},
		"html, letters apart":         {html, "", "<p>#<span>no</span><span>te</span> zebra is angry</p>"},
		"html, a table":               {html, "", "<table><tr><td>#note</td><td>zebra is angry</td></tr></table>"},
		"html, a table below a logo":  {html, "", "<table><tr><td><img src='cid:x' alt='Example'></td></tr><tr><td>#note zebra is angry</td></tr></table>"},
		"html, a cell behind another": {html, "", "<table><tr><td>Ben</td><td>#note zebra is angry</td></tr></table>"},
		"html, no-break space":        {html, "", "<div>&nbsp;&nbsp;#note&nbsp;zebra is angry</div>"},
		"html, entity":                {html, "", "<div>&#35;note zebra is angry</div>"},
		"html, named entity":          {html, "", "<div>&num;note zebra is angry</div>"},
		"html, right to left":         {html, "", "<div dir=rtl>&rlm;#note zebra is angry</div>"},
		"html, a list":                {html, "", "<ul><li>#note</li><li>zebra is angry</li></ul>"},
		"html, a numbered list":       {html, "", "<ol><li>#note</li><li>zebra is angry</li></ol>"},
		"html, a heading":             {html, "", "<h1>#note</h1><p>zebra is angry</p>"},
		"html, a link":                {html, "", "<a href='https://tags.example/note'>#note</a> zebra is angry"},
		"html, behind a greeting":     {html, "", "<span>Hello Ben,</span> <span>#note zebra is angry</span>"},
		"html, hidden words first":    {html, "", "<div style='display:none'>Preview</div><div>#note zebra is angry</div>"},
		"html, struck out":            {html, "", "<p><s>Hello</s></p><p>#note zebra is angry</p>"},
		"html, a quotation":           {html, "", "<blockquote>#note zebra is angry</blockquote>"},
		"html, preformatted":          {html, "", "<pre>\n   #note zebra is angry</pre>"},
		"full width":                  {"", "", "＃note zebra is angry"},
		"full width, all of it":       {"", "", "＃ｎｏｔｅ zebra is angry"},
		"small form":                  {"", "", "﹟note zebra is angry"},
		"right-to-left mark":          {"", "", "\u200f#note zebra is angry"},
		"mark behind the sign":        {"", "", "#\u200enote zebra is angry"},
		"mark inside":                 {"", "", "#no\u200bte zebra is angry"},
		"isolates":                    {"", "", "\u2066#note\u2069 zebra is angry"},
		"a byte order mark":           {"", "", "\ufeff#note zebra is angry"},
		"the keycap":                  {"", "", "#\ufe0f\u20e3note zebra is angry"},
		"the keycap and a space":      {"", "", "#\ufe0f\u20e3 note zebra is angry"},
		"the musical sharp":           {"", "", "♯note zebra is angry"},
		"a space behind the sign":     {"", "", "# note zebra is angry"},
		"a no-break space behind it":  {"", "", "#\u00a0note zebra is angry"},
		"a space, and a line":         {"", "", "# note\r\nzebra is angry"},
		"a line behind the sign":      {"", "", "#\r\nnote zebra is angry"},
		"two signs":                   {"", "", "##note zebra is angry"},
		"a slip":                      {"", "", "#ntoe zebra is angry"},
		"capitals":                    {"", "", "#NOTE: zebra is angry"},
		"a hyphen":                    {"", "", "#-note zebra is angry"},
		"glued":                       {"", "", "#notezebra is angry"},
		"a colon first":               {"", "", ":#note zebra is angry"},
		"in brackets":                 {"", "", "[#note] zebra is angry"},
		"in parentheses":              {"", "", "(#note) zebra is angry"},
		"in quotation marks":          {"", "", "\"#note\" zebra is angry"},
		"in low quotation marks":      {"", "", "„#note“ zebra is angry"},
		"in angle brackets":           {"", "", "<#note> zebra is angry"},
		"behind a name":               {"", "", "@ben #note zebra is angry"},
		"behind a greeting":           {"", "", "Hello Ben, #note zebra is angry"},
		"at the end":                  {"", "", "zebra is angry #note"},
		"at the end, alone":           {"", "", "zebra is angry\r\n\r\n#note"},
		"below a signature":           {"", "", "Anna Keller\r\nExample AG\r\n\r\n#note zebra is angry"},
		"below the mark of one":       {"", "", "-- \r\nAnna Keller\r\n\r\n#note zebra is angry"},
		"below a phone's line":        {"", "", "Sent from my iPhone\r\n\r\n#note zebra is angry"},
		"flowed, stuffed":             {"text/plain; charset=utf-8; format=flowed", "", " #note zebra is angry"},
		"flowed, broken":              {"text/plain; charset=utf-8; format=flowed; delsp=yes", "", "#no \r\nte zebra is angry"},
		"quoted-printable":            {"text/plain; charset=utf-8", "quoted-printable", "=23note zebra is angry"},
		"a soft break inside":         {"text/plain; charset=utf-8", "quoted-printable", "#no=\r\nte zebra is=\r\n angry"},
		"base64":                      {"text/plain; charset=utf-8", "base64", "I25vdGUgemVicmEgaXMgYW5ncnkK"},
		"another language":            {"", "", "#notiz zebra is angry"},
		"Greek omicron":               {"", "", "#nοte zebra is angry"},
		"Cyrillic":                    {"", "", "#nоtе zebra is angry"},
		"private":                     {"", "", "#private zebra is angry"},
		"two texts":                   {"multipart/mixed; boundary=b", "", "--b\r\nContent-Type: text/plain\r\n\r\n#note\r\n--b\r\nContent-Type: image/png; name=a.png\r\nContent-Disposition: inline; filename=a.png\r\n\r\nzebra\r\n--b\r\nContent-Type: text/plain\r\n\r\nzebra is angry\r\n--b--"},
		"the command in html only":    {"multipart/alternative; boundary=b", "", "--b\r\nContent-Type: text/plain\r\n\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>#note zebra is angry</p>\r\n--b--"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.deliver(mail{})
			notice := h.noticeTo("anna@example.com")
			m := notice.reply(anna, c.body)
			if c.kind != "" {
				m.head, m.body = append(m.head, "MIME-Version: 1.0", "Content-Type: "+c.kind), c.body
			}
			if c.enc != "" {
				m.head = append(m.head, "Content-Transfer-Encoding: "+c.enc)
			}
			a := h.want(h.deliver(m), ticket.OutcomeAppended)
			sent := h.flush()
			for _, m := range customers(sent) {
				t.Errorf("%s gets\n%s", m.To, m.read.Text)
			}
			told := false
			for _, m := range to(sent, "anna@example.com") {
				told = told || strings.Contains(strings.ToLower(m.read.Subject), "not sent")
			}
			if isNote := a.entry.Kind == ticket.Note && strings.Contains(a.entry.Text, key); isNote == told {
				t.Errorf("a note: %v (%q), the agent is told: %v", isNote, a.entry.Text, told)
			}
		})
	}
}
