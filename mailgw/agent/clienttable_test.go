package agent_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supportgw/mailgw/agent"
	"supportgw/mailgw/letter"
)

// The words that an agent writes: with letters that charsets and HTML have their own
// way with, a sign at the begin of a line that mailers stuff, and a long line.
const said = "Hello Maria,\n\nplease switch it off & on <for> 10 s, as José did.\nFrom what I see it is \"fine\".\n\n" +
	"Then wait until the green light has come back, which takes about a minute or two, and write to us.\n- step 1\n- step 2"

// inClients are the replies that are written in each client, and what comes of them.
var inClients = []struct {
	name, typed string
	commands    string // names and arguments
	words       string // for the customer, or for the note
	asks        bool
}{
	{"first lines", "#close\n#assign ben\n\n" + said, "close; assign ben", said, false},
	{"first line, right above", "#close #tag a, b -c\n" + said, "close; tag a, b -c", said, false},
	{"last lines", said + "\n\n#close\n#assign ben", "close; assign ben", said, false},
	{"last line, right below", said + "\n#wait 3d", "wait 3d", said, false},
	{"first and last", "#priority urgent\n" + said + "\n\n#solve", "priority urgent; solve", said, false},
	{"alone", "#take", "take", "", false},
	{"note", "#note He is angry & tired.\nCall him, #friday.", "note He is angry & tired.", "Call him, #friday.", false},
	{"note below", said + "\n\n#note", "note", said, false},
	{"question mark", "?", "", "", true},
	{"no commands", said, "", said, false},
}

// inked are the lines that are not empty.
func inked(s string) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func briefly(commands []agent.Command) string {
	var out []string
	for _, c := range commands {
		out = append(out, strings.TrimSpace(c.Name+" "+c.Arg))
	}
	return strings.Join(out, "; ")
}

// What an agent writes in any of the clients is read as it was written: the commands
// on its first and last lines, the words to the byte, and nothing else.
func TestClients(t *testing.T) {
	context := agent.CleanContext{
		DeskAddresses: []string{"support@example.com"}, AgentName: "Anna Keller", AgentAddress: "anna@example.com",
		DeskAddress: "support@example.com", DeskName: "Example Support",
	}
	notices := []notice{received(t, "en", ""), received(t, "de", "<p>Since 7:40 the controller shows <b>E-217</b>.</p><p>- x<br>#close</p>")}
	for _, c := range slices.Concat(clients(t), htmlAlone(clients(t))) {
		for _, w := range inClients {
			for i, n := range notices {
				t.Run(c.file+"/"+w.name+[]string{"", ", HTML"}[i], func(t *testing.T) {
					m := letter.Parse(c.reply(t, n, w.typed), "anna@example.com", letter.DefaultLimits())
					if m.OldOnly || m.Kind != letter.Person {
						t.Errorf("old only: %v, kind %s", m.OldOnly, m.Kind)
					}
					r := agent.Read(m.NewText, agent.Names{Agent: "Anna Keller"})
					if got := briefly(r.Commands); got != w.commands || len(r.Unknown) > 0 || r.Doubtful() || r.Asks != w.asks {
						t.Errorf("commands %q, unknown %q, misplaced %q, asks %v", got, briefly(r.Unknown), r.Misplaced, r.Asks)
					}
					want := w.words
					if c.wrap > 0 {
						want = wrapped(want, c.wrap)
					}
					if c.below != "" && want != "" {
						want += "\n" + c.below
					}
					if diff := cmp.Diff(inked(want), inked(agent.Clean(r.Words, context))); diff != "" {
						t.Error(diff)
					}
				})
			}
		}
	}
}
