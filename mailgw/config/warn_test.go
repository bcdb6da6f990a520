package config

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// warningsOf is the warnings about a configuration, one a line.
func warningsOf(t *testing.T, text string, set ...string) string {
	t.Helper()
	c, err := Parse("w.toml", []byte(text), set)
	if err != nil {
		t.Fatal(err)
	}
	all := c.Warnings()
	for _, p := range all {
		checkForm(t, p)
	}
	if len(all) == 0 {
		return ""
	}
	return Problems(all).Error()
}

// A hash of "demo", and its keys.
const (
	demoHash = "$argon2id$v=19$m=19456,t=2,p=1$/1iqN4siztDwoMIxA09o4g$U9YnvpKezUkki1yTEZGBQ7gKybyMbgCu8nmZaFMqN1A"
	demoKeys = "SCRAM-SHA-256$32768:/1iqN4siztDwoMIxA09o4g==$DuOVbM933uhnjuq0kAezHeZ6Jq2+5YW2+8DFh4PCMSY=:EQXJGFFlcfejfO7Op+okraZ/p8OLGFrlYl+z/0Duxpo="
)

func TestWarnings(t *testing.T) {
	const listening = minimal + "[smtp]\nlisten = '127.0.0.1:2525'\n"
	const second = "[[desk]]\nname='sales'\naddress='sales@example.com'\ncalendar='zurich'\nagents='anna@example.com'\n"
	tests := []struct {
		name, text string
		set        []string
		want       []string
	}{
		{"nothing", listening, nil, nil},
		{"no listener", minimal, nil, []string{
			`w.toml:1: smtp.listen: there is no listener, so no mail comes in; write listen = ["127.0.0.1:2525"] or, for the world, ["0.0.0.0:25"]`}},
		{"LMTP alone", minimal + "[lmtp]\nlisten='unix:/x'\n", nil, nil},
		{"figures alone", minimal, []string{`http.listen="127.0.0.1:2580"`}, []string{
			`w.toml:1: smtp.listen: there is no listener, so no mail comes in; write listen = ["127.0.0.1:2525"] or, for the world, ["0.0.0.0:25"]`}},
		{"LMTP for strangers", minimal, []string{`lmtp.listen=["192.168.0.1:24", "127.0.0.1:24", "mail:24", ":2524", "unix:/x"]`}, []string{
			`--set lmtp.listen[3]: strangers can reach it, and LMTP is for a mail server of your own (got ":2524"); write unix: and the path of a socket, or an address of your own network`}},
		{"figures for strangers", listening + "[http]\nlisten = [\n'10.0.0.1:80',\n'203.0.113.1:80',\n'[::]:81']\n", nil, []string{
			`w.toml:24: http.listen[1]: strangers can read the figures there (got "203.0.113.1:80"); write an address that only your monitoring reaches, like "127.0.0.1:2580"`,
			`w.toml:25: http.listen[2]: strangers can read the figures there (got "[::]:81"); write an address that only your monitoring reaches, like "127.0.0.1:2580"`}},
		{"mail programs without a password", listening, []string{`imap.listen="127.0.0.1:0"`}, []string{
			`w.toml:16: agent[0].password: there is none, so anna@example.com can log in with passwords of single devices only; write what "mailgw passwd anna@example.com" prints`}},
		{"mail programs with a password", listening, []string{`submission.listen="127.0.0.1:0"`, `agent[0].password="` + demoHash + `"`}, nil},
		{"SCRAM alone", listening, []string{`agent[0].scram="` + demoKeys + `"`}, []string{
			`--set agent[0].scram: only clients that know SCRAM-SHA-256 can log in, since there is no password; write what "mailgw passwd anna@example.com" prints`}},
		{"own networks", listening, []string{`smtp.trusted_networks=["127.0.0.0/8", "::1/128", "10.0.0.0/8", "192.168.7.0/24", "fd00::/8", "172.16.0.0/12"]`}, nil},
		{"upstreams without names", listening, []string{`sender.upstream_networks=["10.0.0.1/32"]`}, []string{
			"--set sender.upstream_networks: nothing that these servers say is believed, since sender.trusted_authserv_ids is empty; write the first word of their Authentication-Results there"}},
		{"names without upstreams", listening, []string{`sender.trusted_authserv_ids=["mx.example.com"]`}, []string{
			"--set sender.trusted_authserv_ids: nobody is believed under these names, since sender.upstream_networks is empty; write the addresses of your mail servers there"}},
		{"upstreams with names", listening, []string{`sender.upstream_networks=["10.0.0.1/32"]`, `sender.trusted_authserv_ids=["mx.example.com"]`}, nil},
		{"networks of others", listening, []string{`smtp.trusted_networks=["127.0.0.0/8", "0.0.0.0/1", "198.51.100.0/24", "10.0.0.0/7"]`}, []string{
			`--set smtp.trusted_networks[1]: is neither loopback nor private, and whoever connects from there can write as anybody (got "0.0.0.0/1"); remove it, unless all of it is yours`,
			`--set smtp.trusted_networks[2]: is neither loopback nor private, and whoever connects from there can write as anybody (got "198.51.100.0/24"); remove it, unless all of it is yours`,
			`--set smtp.trusted_networks[3]: is neither loopback nor private, and whoever connects from there can write as anybody (got "10.0.0.0/7"); remove it, unless all of it is yours`}},
		{"idle agent", listening + "[[agent]]\nname='Ben'\naddress='ben@example.com'\n", nil, []string{
			`w.toml:23: agent[1].address: is on no desk, so this agent gets no mail (got "ben@example.com"); write it in the agents of a desk`}},
		{"page to nobody", listening + "[[rule]]\nname='a'\nthen.page = true\n", nil, []string{
			`w.toml:23: rule[0].then.page: nobody is on call at "support", so the page is one more mail to the desk's agents (got true); write on_call in [[desk]]`}},
		{"page to somebody", listening + "[[rule]]\nname='a'\nthen.page = true\n", []string{`desk.support.on_call="night@example.com"`}, nil},
		{"page from the one desk without", listening + second + "[[rule]]\nname='a'\nif.desk='sales'\nthen.page = true\n", []string{`desk.support.on_call="night@example.com"`}, []string{
			`w.toml:29: rule[0].then.page: nobody is on call at "sales", so the page is one more mail to the desk's agents (got true); write on_call in [[desk]]`}},
		{"page to the one desk without", listening + second + "[[rule]]\nname='a'\nthen.desk = 'sales'\nthen.page = true\n", []string{`desk.support.on_call="night@example.com"`}, []string{
			`w.toml:29: rule[0].then.page: nobody is on call at "sales", so the page is one more mail to the desk's agents (got true); write on_call in [[desk]]`}},
		{"page from all desks, one with", listening + second + "[[rule]]\nname='a'\nthen.page = true\n", []string{`desk.support.on_call="night@example.com"`}, nil},
		{"home folder", listening, []string{`data="~/mailgw"`}, []string{
			`--set data: ~ is no home folder here, but a folder of that name (got "~/mailgw"); write the whole path`}},
		{"rules behind the end", listening + "[[rule]]\nname='a'\nstop=true\n[[rule]]\nname='b'\nstop=true\n[[rule]]\nname='c'\nstop=true\n", nil, []string{
			"w.toml:24: rule[1]: no mail comes to this rule: rule[0] has stop = true and no condition; write it further up"}},
		{"regexps that spell nothing out", listening + "[[rule]]\nname='a'\nif.words='x'\nstop=true\n" + longRegexps(""), nil, []string{
			"w.toml:25: rule[1]: the regexps that spell nothing out would take too long together: in a long mail each sees only its first 8576 bytes; " +
				"write into the pattern a word that has to be there, or use contains"}},
		{"regexps that spell something out", listening + longRegexps("down"), nil, nil},
		{"rule at the end", listening + "[[rule]]\nname='a'\nif.words='x'\nstop=true\n[[rule]]\nname='b'\nstop=true\n", nil, nil},
		{"names that are there", listening + "[[customer]]\nname='Acme AG'\n[[rule]]\nname='a'\nif.desk='Support'\nif.level={glob='prem*'}\nif.customer=['nobody', 'acme']\nstop=true\n" +
			"[[rule]]\nname='b'\nif.customer.is=''\nstop=true\n", nil, nil},
		{"names of nobody", listening + "[[customer]]\nname='Acme AG'\n[[rule]]\nname='a'\nif.any=[\n{desk='sales'},\n{not={level.is='gold'}},\n{all=[{customer={regexp='^ACME'}}]}]\nstop=true\n", nil, []string{
			`w.toml:26: rule[0].if.any[0].desk: no desk is called that, so it never holds; write "support"`,
			`w.toml:27: rule[0].if.any[1].not.level: no level is called that, so it never holds; write "standard" or "premium"`,
			`w.toml:28: rule[0].if.any[2].all[0].customer: no customer is called that, so it never holds; write "Acme AG"`}},
		{"a customer where there are none", listening + "[[rule]]\nname='a'\nif.customer='Acme'\nstop=true\n", nil, []string{
			"w.toml:23: rule[0].if.customer: no customer is called that, so it never holds; write the name of one that is there"}},
		{"effects that follow-ups do not have", listening + "[[rule]]\nname='a'\nif.status='solved'\nthen={desk='support', tags='x', page=true}\n" +
			"[[rule]]\nname='b'\nif.any=[{follow_up=true},{status={is=''}}]\nthen.note='x'\n[[rule]]\nname='c'\nif.all=[{follow_up=true}]\nthen={priority='high', page=true}\n",
			[]string{`desk.support.on_call="night@example.com"`}, []string{
				"w.toml:24: rule[0].then: desk, page: only for mails that open a ticket, and the condition is for those that go onto one; write follow_up = { … } for what happens then"}},
		{"follow-up effects of new tickets", listening + "[[rule]]\nname='a'\nif.follow_up=false\nthen.tags='x'\nfollow_up.tags='y'\n", nil, []string{
			"w.toml:25: rule[0].follow_up: it is for mails that go onto a ticket, and the condition for those that open one; write it in then"}},
		{"status of a mail that has none", listening + "[[rule]]\nname='a'\nthen.tags='x'\nif={follow_up=false, status='open'}\n", nil, []string{
			"w.toml:24: rule[0].if: a mail that opens a ticket has no status, and this is asked of such a mail, so it never holds; write follow_up = true, or leave it out"}},
		{"agreements that help nobody", listening + "[[customer]]\nname='Acme'\ndomains=['acme.example']\nlevel='premium'\n[[customer.agreement]]\nlevel='standard'\n" +
			"[[customer.agreement]]\nlevel='premium'\npeople=['jo@acme.example', 'max@home.example']\n", nil, []string{
			`w.toml:26: customer[0].agreement[0].level: "standard" is slower than the customer's own level "premium", so the agreement changes nothing; write a better level for it, or level = "" for the customer`,
			`w.toml:29: customer[0].agreement[1].people[1]: "max@home.example" is no address of "Acme", nor in one of its domains, so the agreement is for somebody who is not taken for one of them; write it in addresses or a person's too`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(strings.Join(tt.want, "\n"), warningsOf(t, tt.text, tt.set...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestExampleHasNoWarnings: what one begins with is as it should be.
func TestExampleHasNoWarnings(t *testing.T) {
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	if got := warningsOf(t, string(data)); got != "" {
		t.Error(got)
	}
	if got := len(Default().Warnings()); got != 1 {
		t.Errorf("the built-in configuration has %d warnings, want one about its listeners", got)
	}
}

// longRegexps is a rule with several, each with an end.
func longRegexps(end string) string {
	text := "[[rule]]\nname='b'\nstop=true\n[rule.if]\nany=[\n"
	for i := range 6 {
		text += fmt.Sprintf("{words={regexp='(\\w{1,9}\\s){3%d}%s'}},\n", i, end)
	}
	return text + "]\n"
}
