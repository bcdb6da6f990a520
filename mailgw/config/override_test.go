package config

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// minimal is the least that Parse accepts.
const minimal = `
[admin]
address = "admin@example.com"

[[calendar]]
name = "zurich"
zone = "Europe/Zurich"
week = { mon-fri = ["09:00-17:30"] }

[[desk]]
name = "support"
address = "support@example.com"
calendar = "zurich"
agents = ["anna@example.com"]

[[agent]]
name = "Anna Keller"
address = "anna@example.com"
`

func TestOverrides(t *testing.T) {
	tests := []struct {
		name string
		set  []string
		got  func(*Config) any
		want any
	}{
		{"top level", []string{`data="/tmp/x"`}, func(c *Config) any { return c.Data }, "/tmp/x"},
		{"table that is not in the file", []string{"smtp.max_errors=7"}, func(c *Config) any { return c.SMTP.MaxErrors }, 7},
		{"table in a table", []string{"acknowledge.budget.total=0"}, func(c *Config) any { return c.Acknowledge.Budget.Total }, 0},
		{"spaces", []string{` smtp.max_errors = 7 `}, func(c *Config) any { return c.SMTP.MaxErrors }, 7},
		{"list", []string{`smtp.listen=["127.0.0.1:0", ":25"]`}, func(c *Config) any { return c.SMTP.Listen }, []string{"127.0.0.1:0", ":25"}},
		{"one for a list", []string{`smtp.listen="127.0.0.1:0"`}, func(c *Config) any { return c.SMTP.Listen }, []string{"127.0.0.1:0"}},
		{"nothing for a list", []string{`smtp.listen=""`}, func(c *Config) any { return len(c.SMTP.Listen) }, 0},
		{"one network for a list", []string{`smtp.trusted_networks="10.0.0.0/8"`}, func(c *Config) any { return c.SMTP.TrustedNetworks[0].String() }, "10.0.0.0/8"},
		{"by index", []string{`desk[0].from_name="Help"`}, func(c *Config) any { return c.Desks[0].FromName }, "Help"},
		{"by name", []string{`desk.support.from_name="Help"`}, func(c *Config) any { return c.Desks[0].FromName }, "Help"},
		{"by quoted name", []string{`agent."Anna Keller".address="a@example.com"`, `desk.support.agents=["a@example.com"]`}, func(c *Config) any { return c.Agent("A@example.com").Name }, "Anna Keller"},
		{"equals sign in a name", []string{`customer[0].name="a=b"`, `customer."a=b".level="premium"`}, func(c *Config) any { return c.Customer("a=b").Level }, "premium"},
		{"member of a list", []string{`desk[0].agents[0]="ANNA@example.com"`}, func(c *Config) any { return c.Desks[0].Agents }, []string{"ANNA@example.com"}},
		{"one more of a list", []string{`desk[0].aliases[0]="a@example.com"`, `desk[0].aliases[1]="b@example.com"`}, func(c *Config) any { return c.Desks[0].Aliases }, []string{"a@example.com", "b@example.com"}},
		{"one more table", []string{`level[2].name="gold"`, `level.gold.first_answer="1h"`}, func(c *Config) any { return c.Level("gold").FirstAnswer }, time.Hour},
		{"built-in level", []string{`level.premium.first_answer="90m"`}, func(c *Config) any { return c.Level("premium").FirstAnswer }, 90 * time.Minute},
		{"whole list of tables", []string{`level=[{name="standard",first_answer="4h"}]`}, func(c *Config) any { return len(c.Levels) }, 1},
		{"inside of what was set before", []string{`level=[{name="standard",first_answer="4h"}]`, `level[0].urgent_answer="0s"`}, func(c *Config) any { return c.Levels[0].UrgentAnswer }, time.Duration(0)},
		{"last one wins", []string{"smtp.max_errors=7", "smtp.max_errors=8"}, func(c *Config) any { return c.SMTP.MaxErrors }, 8},
		{"comment", []string{"smtp.max_errors=7 # seven"}, func(c *Config) any { return c.SMTP.MaxErrors }, 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("m.toml", []byte(minimal), tt.set)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, tt.got(c)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOverrideProblems(t *testing.T) {
	tests := []struct {
		name, set, want string
	}{
		{"no equals sign", "data", `--set must be key.path=VALUE (got "data"); write --set 'data="/var/lib/mailgw"'`},
		{"no key", "=5", `--set must be key.path=VALUE (got "=5"); write --set 'data="/var/lib/mailgw"'`},
		{"quotes eaten by the shell", "data=/tmp/x", `--set data: the value is not TOML (got "/tmp/x"); write --set 'data="/tmp/x"'`},
		{"quotes of a list eaten by the shell", "smtp.listen=[127.0.0.1:25, ':26']", `--set smtp.listen: the value is not TOML (got "[127.0.0.1:25, ':26']"); write --set 'smtp.listen=["127.0.0.1:25", ":26"]'`},
		{"quotes of a word processor", "data=“x”", `--set data: the value is not TOML (got "“x”"); write --set 'data="x"'`},
		{"huge number", "smtp.max_errors=99999999999999999999", `--set smtp.max_errors: is beyond all numbers (got 99999999999999999999); write one nearer to 0`},
		{"duration without unit", "outbox.yield=10", `--set outbox.yield: must say its unit, as a string (got 10); write "10s" for seconds or "10m" for minutes`},
		{"line end in a path", "a\nb=1", `--set "a\nb": is not the path of a key; write one like smtp.listen, desk[0].address or desk.support.address`},
		{"text for a table of a list", `agent[0]="anna"`, `--set agent[0]: must be a table (got "anna"); write [[agent]] and its keys below`},
		{"unknown key deep inside", `rule[0]={name="a",if={any=[{wrds="x"}]},then={priority="high"}}`, `--set rule[0].if.any[0].wrds: there is no such key; write words`},
		{"no agents", `desk.support.agents=""`, `--set desk.support.agents: must not be empty (got ""); write agents = ["anna@example.com"]`},
		{"certificate alone", `smtp.tls_certificate="c.pem"`, `--set smtp.tls_key: is missing, and there is a tls_certificate; write the file of its private key`},
		{"no value", "data=", `--set data: the value is not TOML (got ""); write --set 'data=""'`},
		{"two values", "data='a'\nhostname='b'", `--set data: the value is not TOML (got "'a'\nhostname='b'"); write --set 'data="a'\nhostname='b"'`},
		{"path with holes", "smtp..listen=1", `--set smtp..listen: is not the path of a key; write one like smtp.listen, desk[0].address or desk.support.address`},
		{"path with a bad index", "desk[x].name=1", `--set desk[x].name: is not the path of a key; write one like smtp.listen, desk[0].address or desk.support.address`},
		{"unknown key", "smtp.lsiten=1", `--set smtp.lsiten: there is no such key; write listen`},
		{"unknown table", "smtpd.listen=1", `--set smtpd: there is no such key; write smtp`},
		{"unknown name", "desk.sales.level='standard'", `--set desk.sales.level: nothing in desk has the name "sales"; write "support"`},
		{"index behind the end", "desk[5].level='standard'", `--set desk[5].level: desk has 1 members, counted from 0 (got index 5); write desk[1]`},
		{"wrong type, by name", "desk.support.address=5", `--set desk.support.address: must be a string (got 5); write "support@example.com"`},
		{"wrong value inside", "desk.support={name='support',address='s@example.com',calendar='bern',agents=['anna@example.com']}", `--set desk.support.calendar: there is no [[calendar]] of that name (got "bern"); write "zurich"`},
		{"new table that lacks keys", "agent[1].name='Ben'", `--set agent[1].address: is missing; write address = "anna@example.com"`},
		{"key in a text", "data.x=1", ""},
		{"key in a key", "admin.address.x=1", `--set admin.address.x: admin.address is neither a table nor a list (got "admin@example.com"); write --set 'admin.address=VALUE'`},
		{"index of a table", "admin[0]=1", `--set admin[0]: admin is a table, not a list; write admin.KEY`},
		{"duplicate", `desk[0].aliases=["support@example.com"]`, `--set desk[0].aliases[0]: is already desk[0].address, line 12 (got "support@example.com"); write another one`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("m.toml", []byte(minimal), []string{tt.set})
			if tt.want == "" { // not in the file, so the table is made and then refused as a text
				tt.want = `--set data: must be a string (got a table); write "/var/lib/mailgw"`
			}
			if err == nil || err.Error() != tt.want {
				t.Errorf("error\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}

func TestOverrideProblemsComeLast(t *testing.T) {
	_, err := Parse("m.toml", []byte("colour = 1\n"+minimal+"size = 2\n"), []string{"smtp.max_errors=0"})
	want := []string{
		"m.toml:1: colour: there is no such key; write one of hostname, data, erased_log, free_mail_domains, company_domains, include, admin, smtp, lmtp, submission, imap, http, acme, sender, dns, relay, oauth, milter, clamd, outbox, alarm, dkim, store, promise, acknowledge, wording, calendar, level, desk, agent, customer, rule, test",
		"m.toml:20: agent[0].size: there is no such key; write one of name, address, password, scram, calendar, skills, languages, stand_in, review_by, notices, digest_every, notices_at, quiet, only_mine, notices_from",
		"--set smtp.max_errors: must be from 1 to 1000000 (got 0); write 1",
	}
	problems, _ := err.(Problems)
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
	}
}
