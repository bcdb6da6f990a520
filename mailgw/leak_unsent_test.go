package mailgw

import (
	"strings"
	"testing"

	"supportgw/threading"
)

// newHires is a word of an agent whose answers somebody else reads first.
const newHires = "zqnewhire"

// Nothing that an agent writes whose answers are read first reaches a customer before,
// by whatever way it is written, and whoever else than the reader is asked for a word.
func TestReviewIsNotAvoided(t *testing.T) {
	say := func(words string) func(*house, sentMail) {
		return func(h *house, n sentMail) { h.deliver(n.reply(anna, words)) }
	}
	act := func(p threading.Purpose) func(*house, sentMail) {
		return func(h *house, n sentMail) {
			h.deliver(n.reply(anna, "Say "+newHires+"."))
			for _, seq := range []uint32{1, 2, 3, 4} {
				h.deliver(mail{from: anna, rcpt: []string{"support+" + h.keys.Seal(threading.Ref{Purpose: p, Ticket: 1, Entry: seq, Person: h.keys.PersonTag("anna@example.com")}) + "@example.com"}, subject: newHires, body: newHires})
			}
		}
	}
	for name, try := range map[string]func(*house, sentMail){
		"only":                    say("#only\r\nSay " + newHires + "."),
		"close":                   say("#close\r\nSay " + newHires + "."),
		"solve":                   say("#solve\r\nSay " + newHires + "."),
		"update":                  say("#update\r\nSay " + newHires + "."),
		"update, on its line":     say("#update " + newHires),
		"workaround":              say("#workaround\r\nSay " + newHires + "."),
		"workaround, on its line": say("#workaround " + newHires),
		"solution":                say("#solution " + newHires + "\r\nSay " + newHires + "."),
		"promise":                 say("#promise tomorrow 15:00\r\nSay " + newHires + "."),
		"call":                    say("#call tomorrow 10:00\r\nSay " + newHires + "."),
		"call, on its line":       say("#call tomorrow 10:00 " + newHires),
		"called":                  say("#called " + newHires + "\r\nSay " + newHires + "."),
		"copies":                  say("#cc eve@evil.example\r\nSay " + newHires + "."),
		"to Ben":                  say("#assign ben\r\nSay " + newHires + "."),
		"to billing":              say("#desk billing\r\nSay " + newHires + "."),
		"wait":                    say("#wait 3d\r\nSay " + newHires + "."),
		"undo":                    say("#solve\r\n#undo\r\nSay " + newHires + "."),
		"twice": func(h *house, n sentMail) {
			h.deliver(n.reply(anna, "Say "+newHires+"."))
			h.deliver(n.reply(anna, "Say "+newHires+", again."))
		},
		"a question at its end": say("Say " + newHires + ". Does it work now?\r\n\r\n#solve"),
		"the reader's word without the reader": func(h *house, n sentMail) {
			h.deliver(n.reply(anna, "Say "+newHires+"."))
			for _, m := range to(h.flushDue(), "ben@example.com") {
				if len(m.read.ReplyTo) > 0 {
					h.deliver(m.reply(anna, "OK"))
					forged := m.reply(ben, "OK")
					forged.client = stranger
					h.deliver(forged)
				}
			}
		},
		"her own link":    act(threading.ActSend),
		"ask again":       act(threading.ActAsk),
		"solved":          act(threading.ActSolve),
		"call back":       act(threading.ActCall),
		"undo, by a link": act(threading.ActUndo),
		"the command line": func(h *house, _ sentMail) {
			_, _ = h.try("ticket.reply", ReplyArgs{Number: 1, As: "anna", Text: "Say " + newHires + "."})
		},
		"a restart": func(h *house, n sentMail) {
			h.deliver(n.reply(anna, "Say "+newHires+"."))
			h.reopen()
			_, _ = h.round(h.clock.Now())
		},
		"a merge": func(h *house, n sentMail) {
			h.deliver(n.reply(anna, "Say "+newHires+"."))
			h.deliver(mail{subject: "The portal, again"})
			_, _ = h.try("ticket.merge", MergeArgs{From: 1, To: 2})
		},
		"forwarded to the desk": func(h *house, n sentMail) {
			m := n.reply(anna, "Say "+newHires+".\r\n\r\n-------- Forwarded Message --------\r\nFrom: Mia Meier <mia@acme.example>\r\nSubject: Portal\r\n\r\nIt fails.")
			m.rcpt, m.subject, m.head = []string{"support@example.com"}, "Fwd: Portal", nil
			h.deliver(m)
		},
		"a new mail, with the customer in copy": func(h *house, _ sentMail) {
			h.deliver(mail{from: anna, rcpt: []string{"support@example.com"}, subject: "Your portal", head: []string{"Cc: mia@acme.example"}, body: "Say " + newHires + "."})
		},
		"#new for the customer": func(h *house, _ sentMail) {
			h.deliver(mail{from: anna, rcpt: []string{"support@example.com"}, subject: "Your portal", body: "#customer mia@acme.example\r\n\r\nSay " + newHires + "."})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _, notice := toBeAnswered(t, review)
			try(h, notice)
			h.flushDue()
			for _, m := range h.sent {
				if !strings.HasSuffix(m.To[0], "@example.com") && strings.Contains(readings(m.Bytes), newHires) {
					t.Errorf("%s gets\n%s", m.To, m.read.Text)
				}
			}
		})
	}
}

// Another customer's name and a note's words are stopped in whatever form they come:
// nobody types such, but pastes it.
func TestGuardSeesThroughForms(t *testing.T) {
	const html, note = "Content-Type: text/html; charset=utf-8", "Their lawyer has threatened us with a claim of forty thousand francs."
	for name, c := range map[string]struct{ kind, body string }{
		"a name":                       {"", "Hello Mia,\r\n\r\nthat is fixed, as for Globex Ltd."},
		"over two lines":               {"", "Hello Mia,\r\n\r\nthat is fixed, as for Globex\r\nLtd."},
		"with a soft hyphen":           {"", "Hello Mia,\r\n\r\nthat is fixed, as for Glo\u00adbex Ltd."},
		"with an invisible character":  {"", "Hello Mia,\r\n\r\nthat is fixed, as for Glo\u200bbex Ltd."},
		"with a no-break space":        {"", "Hello Mia,\r\n\r\nthat is fixed, as for Globex\u00a0Ltd."},
		"in capitals":                  {"", "Hello Mia,\r\n\r\nthat is fixed, as for GLOBEX LTD."},
		"in wide letters":              {"", "Hello Mia,\r\n\r\nthat is fixed, as for Ｇｌｏｂｅｘ Ltd."},
		"in HTML alone":                {html, "<p>Hello Mia,</p><p>that is fixed, as for Globex Ltd.</p>"},
		"in HTML, bold in the middle":  {html, "<p>Hello Mia,</p><p>that is fixed, as for Glo<b>bex</b> Ltd.</p>"},
		"in HTML, with a soft hyphen":  {html, "<p>Hello Mia,</p><p>that is fixed, as for Glo&shy;bex Ltd.</p>"},
		"in HTML, in a table":          {html, "<table><tr><td>Hello Mia</td></tr><tr><td>as for</td><td>Globex Ltd</td></tr></table>"},
		"in a link":                    {html, `<p>Hello Mia,</p><p>that is <a href="mailto:gus@globex.example">fixed</a>, as for gus@globex.example.</p>`},
		"an address":                   {"", "Hello Mia,\r\n\r\nplease ask gus@globex.example."},
		"an address in angle brackets": {"", "Hello Mia,\r\n\r\nplease ask Gus <gus@globex.example>."},
		"an address in capitals":       {"", "Hello Mia,\r\n\r\nplease ask GUS@GLOBEX.EXAMPLE."},
		"a note":                       {"", "Hello Mia,\r\n\r\n" + note},
		"a note, broken over lines":    {"", "Hello Mia,\r\n\r\n" + strings.ReplaceAll(note, " has", "\r\nhas")},
		"a note, in HTML":              {html, "<p>Hello Mia,</p><p>" + strings.ReplaceAll(note, "threatened", "<i>threat</i>ened") + "</p>"},
		"a note, quoted":               {"", "Hello Mia,\r\n\r\nBen says: „" + note + "“"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _, notice := toBeAnswered(t)
			h.deliver(mail{from: "Gus Gunn <gus@globex.example>", subject: "Invoices"})
			h.do("ticket.note", ReplyArgs{Number: 1, As: "ben", Text: note})
			h.flushDue()
			m := notice.reply(anna, c.body)
			if c.kind != "" {
				m.head, m.body = append(m.head, c.kind), c.body
			}
			h.deliver(m)
			for _, out := range customers(h.flushDue()) {
				t.Errorf("%s gets\n%s", out.To, out.read.Text)
			}
			if len(h.unsentItems()) != 1 {
				t.Errorf("%d answers wait", len(h.unsentItems()))
			}
		})
	}
}
