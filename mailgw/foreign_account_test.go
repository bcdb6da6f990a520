package mailgw

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
)

// TestForeignAccount: an agent's phone picks the wrong account for the answer to a mail that a
// folder shows. From her registered address it comes home, and goes out as the desk; from any other
// it is held, and she hears of it. Nothing of that account reaches the customer either way.
func TestForeignAccount(t *testing.T) {
	t.Parallel()
	const private = "anna.k@mobile.example"
	for name, c := range map[string]struct {
		from, client string
		desk         bool // the answer goes to the desk's address: the client has lost ours
		home         bool
	}{
		"her registered address":                       {from: anna, home: true},
		"a private address":                            {from: "Anna K <" + private + ">"},
		"a private address that nothing proves":        {from: "Anna K <" + private + ">", client: stranger},
		"a private address with a registered name":     {from: `"anna@example.com" <` + private + ">"},
		"a private address, to the desk":               {from: "Anna K <" + private + ">", desk: true},
		"a private address, to the desk, not proven":   {from: "Anna K <" + private + ">", desk: true, client: stranger},
		"her registered address by a strange provider": {from: anna, client: stranger},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			first := h.deliver(mail{id: "first@acme.example", from: "Mia Meier <" + miaAt + ">", body: "The printer is silent."})
			h.flush()
			shown := letter.Parse([]byte(h.mailsIn(annasAddr, "Unassigned")["1.1"]), "", letter.DefaultLimits())
			if len(shown.ReplyTo) != 1 || !strings.Contains(shown.ReplyTo[0].Addr, "+") {
				t.Fatalf("the mail as it is shown has Reply-To %v", shown.ReplyTo)
			}
			to := shown.ReplyTo[0].Addr
			if c.desk {
				to = "support@example.com"
			}
			got := h.deliver(mail{
				id: "phone@mobile.example", from: c.from, client: c.client, rcpt: []string{to}, subject: "Re: " + shown.Subject,
				head: []string{"In-Reply-To: <" + shown.MessageID + ">", "X-Raw: yes"},
				body: "Please press it twice.\n\n-- \nSent from Anna's phone, " + private + "\n\n> The printer is silent.",
			})
			answers, told := 0, false
			for _, m := range h.flush() {
				if !slices.Contains(m.To, miaAt) {
					told = told || slices.Contains(m.To, annasAddr)
					continue
				}
				if strings.Contains(m.read.NewText, "press it twice") {
					answers++
				}
				for _, raw := range []string{private, annasAddr, "Anna's phone", "X-Raw"} {
					if bytes.Contains(m.Bytes, []byte(raw)) {
						t.Errorf("%q reached the customer:\n%s", raw, m.Bytes)
					}
				}
			}
			switch {
			case c.home && (got.Ticket != first.Ticket || got.entry.ByAgent != annasAddr || answers != 1):
				t.Errorf("it is on ticket %d by %q, and the customer got %d answers", got.Ticket, got.entry.ByAgent, answers)
			case !c.home && answers > 0:
				t.Error("somebody else's words went to the customer as the desk's")
			case !c.home && !c.desk && (got.Outcome != ticket.OutcomeHeld || !told):
				t.Errorf("it is %s, and Anna was told: %v", got.Outcome, told)
			}
		})
	}
}
