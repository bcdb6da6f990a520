package threadgen

import (
	"fmt"
	"strings"
)

// The addresses that threadgen's mails are written to, and the server in front.
const (
	Desk     = "support@desk.example" // the desk
	Desk2    = "billing@desk.example" // the other desk
	Agent    = "alex@desk.example"    // the agent who answers
	Upstream = "mx.desk.example"      // the server's name, and the id of its results

	subjectTag  = "SUP" // of the desk's subjects: [SUP-17]
	houseDomain = "desk.example"
)

// companies are those whose people write; each has fifty numbered domains.
var companies = [...]string{"acme", "globex", "initech", "umbrella", "hooli", "vandelay", "stark", "wayne", "wonka", "tyrell", "soylent", "cyberdyne"}

// Settings are the changes ("key=TOML value") that make config.example.toml the
// configuration of a house for these addresses: two desks with two agents, every
// second company a registered customer, no budgets, and an upstream in that
// network whose word is believed. Tokens is how replies show their ticket.
func Settings(network, tokens string) []string {
	var customers []string
	for _, name := range companies {
		for i := 0; i < 50; i += 2 {
			customers = append(customers, fmt.Sprintf(`{name="%s %d", domains=["%s%d.example"]}`, name, i, name, i))
		}
	}
	agents := fmt.Sprintf("[%q, %q]", Agent, "blake@"+houseDomain)
	return []string{
		fmt.Sprintf("desk.support.address=%q", Desk), "desk.support.aliases=[]", "desk.support.on_call=[]", "desk.support.agents=" + agents,
		fmt.Sprintf("desk.support.subject_tag=%q", subjectTag),
		fmt.Sprintf("desk.billing.address=%q", Desk2), "desk.billing.agents=" + agents,
		fmt.Sprintf("agent[0]={name=\"Alex Agent\", address=%q, notices_at=\"always\"}", Agent), fmt.Sprintf("agent[1]={name=\"Blake Bell\", address=%q, notices_at=\"always\"}", "blake@"+houseDomain),
		fmt.Sprintf("desk.support.reply_token=%q", tokens), fmt.Sprintf("desk.billing.reply_token=%q", tokens),
		fmt.Sprintf("admin.address=%q", "admin@"+houseDomain), "smtp.trusted_networks=[]",
		fmt.Sprintf("sender.upstream_networks=[%q]", network), fmt.Sprintf("sender.trusted_authserv_ids=[%q]", Upstream),
		"acknowledge.budget.per_address=0", "acknowledge.budget.per_domain=0", "acknowledge.budget.per_network=0", "acknowledge.budget.total=0",
		"customer=[" + strings.Join(customers, ",") + "]",
	}
}
