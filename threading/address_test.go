package threading

import (
	"strings"
	"testing"
)

func TestMessageID(t *testing.T) {
	k := testKeyring(t, testKey(1, 1))
	ref := Ref{Purpose: MessageID, Ticket: 42, Entry: 7}
	id := k.MessageID(ref, "gw.example")
	for _, s := range []string{id, strings.ToUpper(id)} {
		if got, ok := k.OpenMessageID(s, "other.example", "gw.example"); !ok || got != ref {
			t.Errorf("OpenMessageID(%q) = %+v, %v", s, got, ok)
		}
	}
	token, _, _ := cutLast(id, '@')
	for name, s := range map[string]string{
		"another domain":     token + "@evil.example",
		"no domain":          token,
		"a reply token":      k.Seal(Ref{Purpose: Reply, Ticket: 42, Entry: 7}) + "@gw.example",
		"a bounce token":     k.Seal(Ref{Purpose: Bounce, Ticket: 42, Entry: 7}) + "@gw.example",
		"other text":         "42.7@gw.example",
		"the shape, no seal": strings.Repeat("0", 32) + "@gw.example",
		"empty":              "",
	} {
		if got, ok := k.OpenMessageID(s, "gw.example"); ok {
			t.Errorf("%s: opens as %+v", name, got)
		}
	}
	if _, ok := k.OpenMessageID(id); ok {
		t.Error("opens without any domain of ours")
	}
}

func TestReplyAddress(t *testing.T) {
	if got := ReplyAddress("support@example.com", "tok"); got != "support+tok@example.com" {
		t.Error(got)
	}
	if got := ReplyAddress("nonsense", "tok"); got != "nonsense" {
		t.Error(got)
	}
}

func TestParseReply(t *testing.T) {
	token := testKeyring(t, testKey(1, 1)).Seal(Ref{Purpose: Reply, Ticket: 42})
	for _, c := range []struct {
		name, local, desk, token string
		ok                       bool
	}{
		{"plus", "support+" + token, "support", token, true},
		{"upper case", "SUPPORT+" + strings.ToUpper(token), "support", strings.ToUpper(token), true},
		{"quoted", `"support+` + token + `"`, "support", token, true},
		{"minus", "support-" + token, "support", token, true},
		{"equals", "support=" + token, "support", token, true},
		{"plus, no token", "support+abc", "support", "abc", true},
		{"plus, nothing", "support+", "support", "", true},
		{"plus, a plus in it", "support+a+b", "support", "a+b", true},
		{"desk with a minus", "help-eu-" + token, "help-eu", token, true},
		{"the desk itself", "support", "support", "", false},
		{"minus, no token", "support-team", "support", "", false},
		{"equals, no token", "support=abc", "support", "", false},
		{"another desk", "billing+" + token, "support", "", false},
		{"a longer name", "supporters+" + token, "support", "", false},
		{"a shorter name", "sup+" + token, "support", "", false},
		{"empty", "", "support", "", false},
		{"no desk", "+" + token, "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ParseReply(c.local, c.desk)
			if got != c.token || ok != c.ok {
				t.Errorf("ParseReply(%q, %q) = %q, %v, want %q, %v", c.local, c.desk, got, ok, c.token, c.ok)
			}
		})
	}
}

func TestSplitReply(t *testing.T) {
	token := testKeyring(t, testKey(1, 1)).Seal(Ref{Purpose: Reply, Ticket: 42})
	for _, c := range []struct {
		local, base, token string
		sep                byte
	}{
		{"support+" + token, "support", token, '+'},
		{"support+any+thing", "support", "any+thing", '+'},
		{"support-eu-" + token, "support-eu", token, '-'},
		{"support=" + token, "support", token, '='},
		{"support-team", "support-team", "", 0},
		{"support", "support", "", 0},
		{"", "", "", 0},
	} {
		base, got, sep := SplitReply(c.local)
		if base != c.base || got != c.token || sep != c.sep {
			t.Errorf("SplitReply(%q) = %q, %q, %q", c.local, base, got, sep)
		}
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add("support+abc", "support")
	f.Add("support-0123456789abcdefghjkmnpqrstvwxyz", "support")
	f.Add(`"support=x"`, "support")
	f.Add("\u212Aa+x", "ka")
	f.Fuzz(func(t *testing.T, local, desk string) {
		token, ok := ParseReply(local, desk)
		if !ok && token != "" || ok && !strings.HasSuffix(unquote(local), token) {
			t.Fatalf("ParseReply(%q, %q) = %q, %v", local, desk, token, ok)
		}
		base, rest, sep := SplitReply(local)
		if sep == 0 && base != unquote(local) || sep != 0 && base+string(sep)+rest != unquote(local) {
			t.Fatalf("SplitReply(%q) = %q, %q, %q", local, base, rest, sep)
		}
		if ok && desk == base && sep != 0 && rest != token {
			t.Fatalf("%q: ParseReply reads %q, SplitReply %q", local, token, rest)
		}
	})
}
