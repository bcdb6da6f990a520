package threading

import (
	"strings"
	"testing"
)

const sesID = "0102018f3b2c7d1e-21e57d9a-1c2d-416c-bbe1-8ebaafe0a1b2-000000"

func TestLearnID(t *testing.T) {
	for _, c := range []struct{ name, reply, want string }{
		{"Amazon SES", "250 Ok " + sesID, sesID},
		{"Amazon SES, upper case", "250 OK " + strings.ToUpper(sesID), sesID},
		{"Exchange Online", "250 2.6.0 <AM0PR04MB1234@AM0PR04MB1234.eurprd04.prod.outlook.com> [InternalId=123, Hostname=x.prod.outlook.com] 8123 bytes in 0.2, 40 KB/sec Queued mail for delivery", "AM0PR04MB1234@AM0PR04MB1234.eurprd04.prod.outlook.com"},
		{"Postfix", "250 2.0.0 Ok: queued as 4Xyz1234567", ""},
		{"Postfix, the queue id like Amazon's", "250 2.0.0 Ok: queued as " + sesID, ""},
		{"Exim", "250 OK id=1abcDE-000123-Ab", ""},
		{"Gmail", "250 2.0.0 OK 1700000000 5b1f17b1804b1-40b3e7a0a1bsi123.45 - gsmtp", ""},
		{"SendGrid", "250 Ok: queued as zXcVbNmAsDf", ""},
		{"ours", "250 2.0.0 OK", ""},
		{"an id, and nobody known", "250 OK <a@b.example>", ""},
		{"Exchange without its mark", "250 2.6.0 <a@b.example> Queued mail for delivery", ""},
		{"Exchange, no id", "250 2.6.0 queued [InternalId=1]", ""},
		{"Exchange, a broken id", "250 2.6.0 <a@> [InternalId=1]", ""},
		{"Exchange, two ids", "250 2.6.0 <a@b><c@d> [InternalId=1]", ""},
		{"not taken", "451 Ok " + sesID, ""},
		{"more than an id", "250 Ok " + sesID + " x", ""},
		{"cut", "250 Ok " + sesID[:len(sesID)-1], ""},
		{"empty", "", ""},
		{"endless", "250 2.6.0 <" + strings.Repeat("a", 5000) + "@b> [InternalId=1]", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := LearnID(c.reply); got != c.want || ok != (c.want != "") {
				t.Errorf("LearnID(%q) = %q, %v", c.reply, got, ok)
			}
		})
	}
}

// What a relay said and what a client names afterwards are one clue.
func TestLearnedClue(t *testing.T) {
	want := LearnedClue(sesID)
	for _, id := range []string{sesID + "@eu-west-1.amazonses.com", sesID + "@email.amazonses.com", strings.ToUpper(sesID) + "@EU-WEST-1.AmazonSES.com"} {
		if LearnedClue(id) != want {
			t.Errorf("%s is not the mail", id)
		}
	}
	for _, id := range []string{sesID + "@evil.example", sesID + "@evilamazonses.com", sesID + "@amazonses.com.evil.example", "x" + sesID + "@email.amazonses.com", strings.Replace(sesID, "1", "2", 1)} {
		if LearnedClue(id) == want {
			t.Errorf("%s is taken for the mail", id)
		}
	}
	if want.Kind != ClueLearned || want.Key == ancestorClue(sesID).Key {
		t.Error("two kinds of clues are one")
	}
}

func FuzzLearnID(f *testing.F) {
	f.Add("250 Ok " + sesID)
	f.Add("250 2.6.0 <a@b> [InternalId=1]")
	f.Add("250 2.0.0 Ok: queued as 4Xyz")
	f.Fuzz(func(t *testing.T, reply string) {
		id, ok := LearnID(reply)
		if ok != (id != "") || len(id) > maxIDBytes || strings.ContainsAny(id, "<> \t\r\n") {
			t.Fatalf("LearnID(%q) = %q, %v", reply, id, ok)
		}
		if ok && LearnedClue(id) != LearnedClue(learnedKey(id)) {
			t.Fatalf("%q has two clues", id)
		}
	})
}
