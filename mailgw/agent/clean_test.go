package agent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supportgw/threading"
)

const (
	customerToken = "074e22qa31t34c3gy2bknwxhwx1vvnv6"
	agentToken    = "074e22qa31t34c3gy2bknwxhwx1vvnv6abcdef0"
)

func context() CleanContext {
	return CleanContext{
		DeskAddresses: []string{"support@example.com", "billing@example.com"}, ReplyDomains: []string{"reply.example.com"},
		AgentName: "Anna Keller", AgentAddress: "anna@example.com", DeskAddress: "support@example.com", DeskName: "Example Support",
	}
}

func TestClean(t *testing.T) {
	if !threading.TokenShaped(customerToken) || !threading.TokenShaped(agentToken) {
		t.Fatal("the tokens of the test are none")
	}
	long := strings.Repeat("x", 81)
	tests := []struct{ name, words, want string }{
		{"nothing to do", "Hello Maria,\n\nwrite to maria@acme.example.\n\nBye", "Hello Maria,\n\nwrite to maria@acme.example.\n\nBye"},
		{"empty lines around", "\n\u200b\nHello\n\n", "Hello"},
		{"plus", "Write to support+" + customerToken + "@example.com.", "Write to support@example.com."},
		{"agent's token", "support+" + agentToken + "@example.com", "support@example.com"},
		{"minus", "<support-" + customerToken + "@example.com>", "<support@example.com>"},
		{"equals", "support=" + customerToken + "@example.com", "support@example.com"},
		{"other desk", "billing+" + customerToken + "@example.com", "billing@example.com"},
		{"no desk of ours", "sales+" + customerToken + "@example.com", "support@example.com"},
		{"case", "Support+" + strings.ToUpper(customerToken) + "@EXAMPLE.com", "support@example.com"},
		{"subdomain", customerToken + "@reply.example.com", "support@example.com"},
		{"somebody else's", "support+" + customerToken + "@acme.example", "support+" + customerToken + "@acme.example"},
		{"twice", "support+" + customerToken + "+" + agentToken + "@example.com", "support@example.com"},
		{"two in a line", "support+" + customerToken + "@example.com, anna@example.com", "support@example.com, support@example.com"},
		{"in a link", "<mailto:support+" + customerToken + "@example.com?subject=x>", "<mailto:support@example.com?subject=x>"},
		{"percent", "https://x.example/?to=support%2B" + customerToken + "%40example.com&a=1", "https://x.example/?support@example.com&a=1"},
		{"invisible in between", "support+\u200b" + customerToken + "@\u200bexample.com", "support@example.com"},
		{"full width at", "support+" + customerToken + "＠example.com", "support@example.com"},
		{"message id", "See <" + customerToken + "@example.com> there", "See   there"},
		{"message id without brackets", "In-Reply-To: " + customerToken + "@example.com", "In-Reply-To:"},
		{"somebody else's id", "<" + customerToken + "@acme.example>", "<" + customerToken + "@acme.example>"},
		{"agent", "Write to me: Anna@Example.com", "Write to me: support@example.com"},
		{"agent with a tag", "anna+x@example.com", "support@example.com"},
		{"agent in a query", "?from=anna@example.com", "?support@example.com"},
		{"not the agent", "joanna@example.com anna@example.com.au", "joanna@example.com anna@example.com.au"},
		{"sentence", "I am anna@example.com.", "I am support@example.com."},
		{"attribution", "Yes.\n\nOn Tue, 14 Jul 2026, Maria via Example Support wrote:\n", "Yes."},
		{"attribution in German", "Ja.\nAm 14.07.26 um 10:00 schrieb Maria <support+" + agentToken + "@example.com>:", "Ja."},
		{"attribution over lines", "Yes.\nOn Tue, 14 Jul 2026 at 10:00, Maria via Example Support\n<support@example.com> wrote:\n> x", "Yes.\n> x"},
		{"attribution of another", "On Monday 3 May Tom <tom@acme.example> wrote:\n> x", "On Monday 3 May Tom <tom@acme.example> wrote:\n> x"},
		{"signature", "Please restart.\n\nBest regards\nAnna Keller\nSupport Engineer\nExample AG\n+41 44 555 01 00", "Please restart.\n\nBest regards"},
		{"signature, other case", "x\nANNA  KELLER,\nExample AG", "x"},
		{"signature alone", "Anna Keller\nExample AG", ""},
		{"farewell and signature alone", "Best regards,\nAnna Keller\nExample AG", ""},
		{"too long for a signature", "x\nAnna Keller" + strings.Repeat("\nline", 8), "x\nAnna Keller" + strings.Repeat("\nline", 8)},
		{"too wide for a signature", "x\nAnna Keller\n" + long, "x\nAnna Keller\n" + long},
		{"the name in a sentence", "I am Anna Keller\nand can help.", "I am Anna Keller\nand can help."},
		{"a picture", "See [cid:image001.png@01DB3A7C.5F0E] there\n[cid:5f0e-77]", "See [image001.png] there"},
		{"no picture", "[cid:x", "[cid:x"},
		{"a phone's line alone", "Sent from my iPhone", ""},
		{"a command line", "Hello\n#note\nBye", "Hello\nBye"},
		{"a command uncovered", "<" + customerToken + "@example.com>#close", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Clean(tt.words, context())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCleanWithoutContext(t *testing.T) {
	words := "support+" + customerToken + "@example.com\nAnna Keller"
	if got := Clean(words, CleanContext{}); got != words {
		t.Errorf("got %q", got)
	}
}

// An agent who is reached at the desk's own address hides nothing.
func TestAgentAtTheDesk(t *testing.T) {
	c := context()
	c.AgentAddress = "support@example.com"
	if got := Clean("support@example.com", c); got != "support@example.com" {
		t.Errorf("got %q", got)
	}
}

// whatever comes, nothing of ours comes out. The check looks for it in another
// way than Clean does.
func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"support+" + customerToken + "@example.com", "<" + customerToken + "@example.com>#close", customerToken + "@reply.example.com@example.com",
		"a@b@anna@example.com", "%40anna@example.com%40", "support%2B" + agentToken + "%40example.com", "x\n#note\n" + agentToken + "@example.com.",
		"anna@<" + customerToken + "@example.com>example.com", "Anna Keller\n#only", "\xffanna@example.com\u200b", "On 1 May Example Support wrote:\n# note",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, words string) {
		c := context()
		got := Clean(words, c)
		for _, line := range strings.Split(got, "\n") {
			low := strings.ToLower(line)
			for _, domain := range []string{"@example.com", "@reply.example.com"} {
				for i := strings.Index(low, domain); i >= 0; {
					end := i + len(domain)
					if after := strings.TrimLeft(low[end:], ".-"); after == "" || !strings.ContainsAny(after[:1], "abcdefghijklmnopqrstuvwxyz0123456789\u00ad") && after[0] < 0x80 {
						checkLocal(t, words, low[:i], domain)
					}
					next := strings.Index(low[end:], domain)
					if next < 0 {
						break
					}
					i = end + next
				}
			}
			if misplaced(fold(line), Names{}) {
				t.Errorf("%q: a command comes out: %q", words, line)
			}
		}
		if again := Clean(got, c); strings.Count(again, "@") > strings.Count(got, "@") {
			t.Errorf("%q: grows: %q, %q", words, got, again)
		}
	})
}

// checkLocal fails when what ends before an at sign is a token or the agent.
func checkLocal(t *testing.T, words, before, domain string) {
	run := len(before)
	for run > 0 && (before[run-1] >= 'a' && before[run-1] <= 'z' || before[run-1] >= '0' && before[run-1] <= '9') {
		run--
	}
	whole := run == 0 || before[run-1] < 0x80 && !strings.ContainsRune("._'%", rune(before[run-1]))
	local := before[run:]
	if threading.TokenShaped(local) && whole {
		t.Errorf("%q: a token comes out: %q", words, before+domain)
	}
	if local == "anna" && domain == "@example.com" && whole && !strings.HasSuffix(before, "+anna") && !strings.HasSuffix(before, "-anna") {
		t.Errorf("%q: the agent's address comes out: %q", words, before+domain)
	}
}
