package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestUsageErrors: a command that was typed wrong ends with status 2, prints
// nothing, and says in one line what was meant.
func TestUsageErrors(t *testing.T) {
	config := " --config " + example
	for args, want := range map[string]string{
		"":                            `a command is missing after "mailgw"; write one of agent, alarm, check, completion, customer, demo, dkim, explain, held, junk, load, oauth, outbox, passwd, promise, rehearse, serve, ticket, verify, version`,
		"agent":                       `a command is missing after "mailgw agent"; write one of setup`,
		"passwd":                      `passwd needs an agent: an address or a name; write: mailgw passwd AGENT`,
		"agent setup":                 `agent setup needs an agent: an address or a name; write: mailgw agent setup AGENT`,
		"serv":                        `there is no command "serv"; did you mean "serve"?`,
		"xyzzy":                       `there is no command "xyzzy"; write one of agent, alarm, check, completion, customer, demo, dkim, explain, held, junk, load, oauth, outbox, passwd, promise, rehearse, serve, ticket, verify, version`,
		"ticket":                      `a command is missing after "mailgw ticket"; write one of files, find, list, log, merge, note, raw, reply, search, set, show, split`,
		"ticket lst":                  `there is no command "ticket lst"; did you mean "ticket list"?`,
		"oauth":                       `a command is missing after "mailgw oauth"; write one of list, login, refresh`,
		"oauth login":                 `oauth login needs the name of an [[oauth]]; write: mailgw oauth login NAME`,
		"oauth refresh a b":           `oauth refresh has no use for "b"; write: mailgw oauth refresh NAME`,
		"oauth login x" + config:      `there is no [[oauth]] in the configuration; docs/oauth.md shows one`,
		"outbox":                      `a command is missing after "mailgw outbox"; write one of drop, list, reach, release, retry, unreachable`,
		"outbox drop":                 `outbox drop needs the id of a waiting mail; write: mailgw outbox drop ID...`,
		"queue retry":                 `outbox retry needs the id of a waiting mail; write: mailgw outbox retry ID... | --all`,
		"outbox retry --all x":        `outbox retry has no use for "x"; write: mailgw outbox retry ID... | --all`,
		"outbox drop --all":           `there is no flag --all of outbox drop; --help shows those that there are`,
		"queue lsit":                  `there is no command "outbox lsit"; did you mean "outbox list"?`,
		"help tickt":                  `there is no command "tickt"; did you mean "ticket"?`,
		"check --jsn":                 `there is no flag --jsn of check; did you mean --json?`,
		"check --bogus":               `there is no flag --bogus of check; --help shows those that there are`,
		"--bogus":                     `there is no flag --bogus; --help shows those that there are`,
		"check -x":                    `there is no flag -x of check; --help shows those that there are`,
		"check --config":              `--config needs a value`,
		"check --json=maybe":          `--json: "maybe" is not true or false`,
		"check now":                   `check has no use for "now"; write: mailgw check`,
		"serve --clock noon" + config: `--clock: "noon" is not a time; write "2026-11-20T16:00:00+01:00 x600"`,
		"ticket show":                 `ticket show needs the number of a ticket; write: mailgw ticket show NUMBER`,
		"ticket show 1 2":             `ticket show has no use for "2"; write: mailgw ticket show NUMBER`,
		"ticket show zero":            `"zero" is not the number of a ticket; write one like 12`,
		"ticket files":                `ticket files needs the number of a ticket; write: mailgw ticket files NUMBER`,
		"ticket files 1 --save=":      `--save: where to? name a folder, which is made when it is not there`,
		"ticket log 0":                `"0" is not the number of a ticket; write one like 12`,
		"ticket find":                 `ticket find needs a Message-ID, or the id of a 250 reply; write: mailgw ticket find ID...`,
		"ticket search":               `ticket search needs words; write: mailgw ticket search WORDS...`,
		"ticket search a --limit -1":  `--limit: -1 is less than nothing; write 20, or 0 for 20`,
		"ticket list --limit few":     `--limit: "few" is not a whole number; write one like 20`,
		"ticket list --limit -1":      `--limit: -1 is less than nothing; write 20, or 0 for all`,
		"customer":                    `a command is missing after "mailgw customer"; write one of alias, erase, export, import, list, merge, rename, show, undo`,
		"customer show":               `customer show needs a customer: a name, a number, an address or a domain; write: mailgw customer show CUSTOMER`,
		"customer rename Acme":        `customer rename needs the new name; write: mailgw customer rename CUSTOMER NAME`,
		"customer merge A B C":        `customer merge has no use for "C"; write: mailgw customer merge FROM INTO`,
		"customer list a b":           `customer list has no use for "b"; write: mailgw customer list [PART]`,
		"explain":                     `explain needs a file with a mail; write: mailgw explain FILE...`,
		"explain x.eml --at noon":     `--at: "noon" is not a time; write one like 2026-11-20T16:00:00+01:00`,
		"rehearse now" + config:       `rehearse has no use for "now"; write: mailgw rehearse`,
		"rehearse --since x" + config: `--since: "x" is not a time; write 90d, 12h or 2026-09-01`,
		"rehearse --since 1d --until 2w" + config:             `--until: 2w is not after --since 1d`,
		"rehearse --limit -1" + config:                        `--limit: -1 is less than nothing; write 1000, or 0 for all`,
		"rehearse" + config:                                   `what is ` + example + ` to be compared with? write --against with the configuration of now (there is no mailgw.toml)`,
		"rehearse --desk sales --against " + example + config: `there is no desk "sales"; write the name of a [[desk]]`,
		"load --addr 2525":                                    `--addr is not host:port (got "2525"); write 127.0.0.1:2525`,
		"load --rate many":                                    `--rate: "many" is not a number; write one like 2.5`,
		"load --timeout 5":                                    `--timeout: "5" is not a duration; write one like "30s"`,
		"load --thread 101":                                   `--thread is a percentage from 0 to 100 (got 101)`,
		"load --to support":                                   `--to is not an address (got "support"); write support@example.com`,
		"load --from <a@b>":                                   `--from is not an address (got "<a@b>"); write customer%d@example.net`,
		"load --run a.b":                                      `--run may have letters, digits, - and _ (got "a.b")`,
		"load --messages=-1":                                  `--messages must not be negative (got -1)`,
		"load --size 99999999999":                             `--size must be from 0 to 1073741824 bytes (got 99999999999)`,
		"load --rate=-1 --messages=10":                        `--rate must not be negative (got -1); write 0 for no limit`,
	} {
		t.Run(args, func(t *testing.T) {
			got := call(t, "", strings.Fields(args)...)
			if want := (outcome{exitUsage, "", "mailgw: " + want + "\n"}); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestRefusedByGateway: what only the gateway can know is wrong use, too.
func TestRefusedByGateway(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.stop()
	for args, want := range map[string]string{
		"ticket set 1":                      "nothing to set; write --status, --priority, --assignee, --desk or --customer",
		"ticket set 1 --learn":              "--learn: whose is the address? add --customer NAME",
		"ticket set 1 --status gone":        `"gone" is not a status; write open, pending, solved or closed`,
		"ticket set 1 --status new":         "a ticket is new only until somebody has worked on it; write open, pending, solved or closed",
		"ticket reply 1 --text x":           "who writes? add --as with the address of an agent",
		"ticket note 1 --as anna":           "what is to be written? add --text TEXT, or --text - to read it from standard input",
		"ticket set 1 --priority top":       `"top" is not a priority; write low, normal, high or urgent`,
		"ticket set 1 --desk sales":         `there is no desk "sales"; write the name of a [[desk]]`,
		"ticket set 1 --assignee x@y":       `there is no agent "x@y"; write the address of an [[agent]], or - for nobody`,
		"ticket search a --status lost":     `"lost" is not a status; write new, open, pending, solved or closed`,
		"ticket search ..":                  "what is looked for? write a word or a number, like: ticket search invoice",
		"ticket search a --desk sales":      `there is no desk "sales"; write the name of a [[desk]]`,
		"ticket list --status lost":         `"lost" is not a status; write new, open, pending, solved or closed`,
		"customer list --level gold":        `there is no level "gold"; write standard or premium`,
		"customer undo x":                   `"x" is not an id (13 letters and digits, as in the 250 reply); mailgw customer show NAME --log names the events`,
		"ticket raw 12":                     `"12" is not an id (13 letters and digits, as in the 250 reply)`,
		"explain run_test.go --client-ip a": `--client-ip: "a" is not an address; write 192.0.2.1`,
	} {
		t.Run(args, func(t *testing.T) {
			got := g.call(strings.Fields(args)...)
			if want := (outcome{exitUsage, "", "mailgw: " + want + "\n"}); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestNoStore: looking at what is not there says so, and makes nothing.
func TestNoStore(t *testing.T) {
	g := newSite(t)
	for _, args := range []string{"ticket list", "ticket show 1", "ticket search a", "outbox list", "promise list", "verify", "ticket set 1 --status open"} {
		got := g.call(strings.Fields(args)...)
		if got.status != exitFailed || got.stdout != "" || !strings.HasPrefix(got.stderr, "mailgw: there is no store in "+g.data+"; start the gateway once") {
			t.Errorf("%s: %+v", args, got)
		}
	}
	if _, err := os.Stat(g.data); !os.IsNotExist(err) {
		t.Errorf("a data folder was made: %v", err)
	}
}

// TestFailures: what cannot be done ends with status 1 and one line.
func TestFailures(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.stop()
	for args, want := range map[string]string{
		"ticket show 7":                                 "there is no ticket 7",
		"ticket log 7":                                  "there is no ticket 7",
		"ticket files 7":                                "there is no ticket 7",
		"ticket set 7 --status open":                    "there is no ticket 7",
		"customer show nobody":                          `there is no customer "nobody"; mailgw customer list names them`,
		"customer show acm":                             `there is no customer "acm"; did you mean "Acme Instruments AG"?`,
		"customer show Globx":                           `there is no customer "Globx"; did you mean "Globex Ltd"?`,
		"customer show 77":                              "there is no customer 77; mailgw customer list names them",
		"customer merge 1 acme.example":                 "customer 1 cannot be merged with itself",
		"customer alias 1 x --remove":                   `"Acme Instruments AG" has no alias "x"; it has "Acme"`,
		"customer undo 1m80pvjw20000":                   "there is no event 1m80pvjw20000 of a customer; mailgw customer show NAME --log names them",
		"ticket find <a@b> 1m80pvjw20000":               "no mail was accepted with <a@b>, 1m80pvjw20000",
		"ticket raw 1m80pvjw20000":                      "there is no mail 1m80pvjw20000 (a duplicate keeps no bytes of its own)",
		"explain nowhere.eml":                           "cannot read nowhere.eml: no such file or directory",
		"explain nowhere.eml also-not.eml":              "cannot read nowhere.eml: no such file or directory, also-not.eml: no such file or directory",
		"load --addr 127.0.0.1:1 --corpus nowhere":      "read corpus: lstat nowhere: no such file or directory",
		"load --addr 127.0.0.1:1 --corpus . --record .": "--record: open .: is a directory",
	} {
		t.Run(args, func(t *testing.T) {
			got := g.call(strings.Fields(args)...)
			if want := (outcome{exitFailed, "", "mailgw: " + want + "\n"}); got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestClosest(t *testing.T) {
	all := []string{"list", "show", "set", "find"}
	for typed, want := range map[string]string{
		"list": "list", "lits": "list", "l": "list", "sho": "show", "sett": "set", "fnd": "find",
		"": "", "xyzzy": "", "s": "show", "zz": "",
	} {
		if got := closest(typed, all); got != want {
			t.Errorf("closest(%q) = %q, want %q", typed, got, want)
		}
	}
}

// TestHelp: every command says how it is typed and what it does.
func TestHelp(t *testing.T) {
	var walk func(path []string)
	seen := 0
	walk = func(path []string) {
		seen++
		help := call(t, "", append([]string{"help"}, path...)...)
		flag := call(t, "", append(slices.Clone(path), "--help")...)
		if help.status != exitDone || help.stderr != "" || help != flag {
			t.Errorf("help %v: %+v; with --help: %+v", path, help, flag)
		}
		for _, flag := range []string{"--config", "--set", "--json"} {
			if !strings.Contains(help.stdout, flag) {
				t.Errorf("help %v does not name %s", path, flag)
			}
		}
	}
	a := &app{}
	walk(nil)
	for _, c := range a.root().Commands() {
		if c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		walk([]string{c.Name()})
		for _, sub := range c.Commands() {
			walk([]string{c.Name(), sub.Name()})
		}
	}
	if seen < 17 {
		t.Errorf("there are %d commands only", seen)
	}
}
