package mailgw

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
)

// composed is what all waiting rows say, by name.
func (h *house) composed() map[string][]byte {
	h.t.Helper()
	out := map[string][]byte{}
	q := &queue{h.Gateway}
	for _, row := range h.rows() {
		mails, err := q.Compose(&row)
		if err != nil {
			h.t.Errorf("compose %s: %v", row.Kind, err)
		}
		for _, m := range mails {
			out[m.Name] = m.Bytes
		}
	}
	return out
}

// A row says the same bytes each time: again, after a restart, and when another
// process opens the same data.
func TestComposeIsTheSameEachTime(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{subject: "outage", from: "Zoë <mia@acme.example>"})
	h.deliver(mail{rcpt: []string{"billing@example.com"}, body: "Grüezi, die Rechnung stimmt nicht mit der Bestellung überein."})
	first := h.composed()
	if len(first) != 7 { // two acknowledgements, two notices for two agents, a page
		t.Fatalf("%d mails", len(first))
	}
	again := func(when string) {
		for name, b := range h.composed() {
			if !bytes.Equal(b, first[name]) {
				t.Errorf("%s: %s differs:\n%s\n%s", when, name, first[name], b)
			}
		}
	}
	again("again")
	h.reopen()
	again("after a restart")
	h.c = houseConfig(t, h.c.Data, `desk.support.from_name="Another Name"`, `desk.support.signature="Another"`)
	h.reopen()
	again("with another configuration")
	for _, m := range h.flush() {
		if !bytes.Equal(m.Bytes, first[m.Name]) {
			t.Errorf("%s left with other bytes", m.Name)
		}
	}
}

// Each person of the house gets one mail of his own, alone in To, with its own id: who is paged, the page.
func TestOneNoticeForEachAgent(t *testing.T) {
	h := newHouse(t, `desk.support.on_call=["anna@example.com"]`)
	h.deliver(mail{subject: "outage", body: "Everything stands still."})
	sent := h.flush()
	ids, reports := map[string]bool{}, map[string]string{}
	for _, m := range sent {
		if ids[m.read.MessageID] || len(m.To) != 1 || len(m.read.To) != 1 || m.read.To[0].Addr != m.To[0] {
			t.Errorf("Message-ID %s, To %v, envelope %v", m.read.MessageID, m.read.To, m.To)
		}
		ids[m.read.MessageID] = true
		if whose, ok := reports[m.From]; ok && m.From != "" && whose != m.To[0] {
			t.Errorf("reports about mails to %s and %s come to %s", whose, m.To[0], m.From)
		}
		reports[m.From] = m.To[0]
		if ref, ok := h.keys.OpenMessageID(m.read.MessageID, "example.com"); !ok || ref.Ticket != 1 {
			t.Errorf("Message-ID %s: %+v", m.read.MessageID, ref)
		}
		if m.To[0] != "mia@acme.example" && (m.read.Header.Get("Auto-Submitted") != "auto-generated" || m.From == "" || !strings.Contains(m.read.Subject, "outage")) {
			t.Errorf("to %s: %s", m.To, m.Bytes)
		}
	}
	if len(sent) != 3 || len(to(sent, "anna@example.com")) != 1 || len(to(sent, "ben@example.com")) != 1 {
		t.Errorf("%d mails left", len(sent))
	}
	if notice := to(sent, "ben@example.com")[0]; !strings.Contains(notice.read.Text, "Everything stands still.") || !strings.Contains(notice.read.Text, "12:") && !strings.Contains(notice.read.Text, "10:30") {
		t.Errorf("the notice: %s", notice.read.Text)
	}
}

// What strangers write into names, subjects and ids breaks no mail of ours and
// adds no line to a header.
func TestHostileWordsBreakNoMail(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	for name, m := range map[string]mail{
		"encoded line breaks":    {subject: "=?utf-8?q?a=0D=0ABcc:_victim@elsewhere.example?=", from: "=?utf-8?q?M=0D=0ABcc:_v@elsewhere.example?= <mia@acme.example>"},
		"bidi and controls":      {subject: "\u202egnp.exe\u2066\x00\x01\x1b[31m", from: "\"\u202eevil\x07\" <mia@acme.example>"},
		"very long":              {subject: long, from: long + " <mia@acme.example>"},
		"very long, encoded":     {subject: "=?utf-8?b?" + strings.Repeat("w6TDpMOk", 900) + "?=", from: "=?utf-8?b?" + strings.Repeat("w6TDpMOk", 900) + "?= <mia@acme.example>"},
		"not UTF-8":              {subject: "\xff\xfe\x80", from: "\xff <mia@acme.example>", body: "\xff\xfe"},
		"quotes and brackets":    {subject: `"<>\`, from: `"a \"b\" <c@d.example>, e" <mia@acme.example>`},
		"quoted local part":      {from: `"mia meier"@acme.example`},
		"local part with comma":  {from: `"mia,meier"@acme.example`},
		"address in UTF-8":       {from: "Möhre <möhre@acmé.example>"},
		"no domain":              {from: "Mia <mia>"},
		"Message-ID with blanks": {id: "a b\tc@d.example"},
		"Message-ID in UTF-8":    {id: "ü@d.example"},
		"very long Message-ID":   {id: long + "@d.example"},
		"Message-ID of nothing":  {id: "@"},
		"many References":        {head: []string{"References: <" + strings.Repeat("r@x.example>\r\n <", 500) + "z@x.example>"}},
		"hostile References":     {head: []string{"References: <a\x00b@x> <ü> << <<a@b>> <" + strings.Repeat("y", 990) + ">"}},
		"templates":              {subject: "{{.By}} {{template \"x\"}}", body: "{{.By}} <script>alert(1)</script>"},
		"Reply-To of garbage":    {head: []string{"Reply-To: =?utf-8?q?a=0Ab?= <a\x01b@acme.example>"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			m.subject += "outage"
			h.deliver(m)
			for _, s := range h.flush() {
				checkSent(t, s)
			}
		})
	}
}

// checkSent checks that a mail of ours is one that every relay takes.
func checkSent(t *testing.T, s sentMail) {
	t.Helper()
	head, body, ok := bytes.Cut(s.Bytes, []byte("\r\n\r\n"))
	if !ok || len(body) == 0 {
		t.Errorf("no body: %q", s.Bytes)
	}
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00\x1b\x01\x07") {
			t.Errorf("a line of the header: %q", line[:min(len(line), 200)])
		}
		if bytes.HasPrefix(line, []byte("Bcc")) {
			t.Errorf("an added field: %q", line)
		}
	}
	if bytes.Contains(bytes.ReplaceAll(s.Bytes, []byte("\r\n"), nil), []byte("\n")) {
		t.Error("a line end that is not CRLF")
	}
	if strings.Contains(s.read.Subject, "\u202e") || len(s.read.Problems) > 0 {
		t.Errorf("subject %q, problems %q", s.read.Subject, s.read.Problems)
	}
	if strings.Contains(string(body), "<script>") && strings.Contains(string(body), "text/html") && strings.Contains(string(body), "<p><script>") {
		t.Error("their HTML stands in ours")
	}
}

// An entry that left is shown with the bytes that left.
func TestSentMailIsShownAsItLeft(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	sent := to(h.flush(), "mia@acme.example")[0]
	var v TicketView
	if err := h.showTicket(NumberArgs{1}, func(x any) error { v = x.(TicketView); return nil }); err != nil {
		t.Fatal(err)
	}
	e := v.Entries[1]
	var raw RawView
	if err := h.rawMail(IDArgs{e.ID.String()}, func(x any) error { raw = x.(RawView); return nil }); err != nil {
		t.Fatal(err)
	}
	if b, err := base64.StdEncoding.DecodeString(raw.Raw); err != nil || !bytes.Equal(b, sent.Bytes) || e.SentAt == nil || !e.SentAt.Equal(monday) {
		t.Errorf("%v: sent at %v\n%s", err, e.SentAt, b)
	}
	if m := letter.Parse(sent.Bytes, "", letter.DefaultLimits()); e.Text != m.Text || fmt.Sprint(e.To) != "[Mia Meier <mia@acme.example>]" {
		t.Errorf("text %q, to %q", e.Text, e.To)
	}
}
