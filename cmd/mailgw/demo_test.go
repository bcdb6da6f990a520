package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"supportgw/mailgw"
)

// TestDemo plays the whole story, keeps its folder, and looks into it afterwards.
func TestDemo(t *testing.T) {
	dir := filepath.Join(shortDir(t), "kept")
	got := call(t, "", "demo", "--fast", "--keep", dir)
	if got.status != exitDone || got.stderr != "" {
		t.Fatalf("status %d: %s\n%s", got.status, got.stderr, got.stdout)
	}
	for _, want := range []string{
		"Friday 16:00  A customer writes", "by 09:30 on Monday, 23 November (CET).", "From: Anna Keller <support@example.com>", "ok  it is held",
		"ok  the ledger says: kept, by the mail", "URGENT", "ok  verify: ", "All of it was true: ", "Ivy hears it from us", "is broken", "mailgw serve --config config.example.toml", "--config " + dir,
	} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("the story does not say %q:\n%s", want, got.stdout)
		}
	}
	if strings.ContainsRune(got.stdout, '\x1b') {
		t.Error("colours, and nobody at a terminal")
	}
	for line := range strings.Lines(got.stdout) {
		if n := columns(strings.TrimRight(line, "\n")); n > storyWidth+8 && !strings.Contains(line, dir) {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	inside := []string{"--config", filepath.Join(dir, mailgw.DemoConfigName)}
	if o := call(t, "", append([]string{"verify"}, inside...)...); o.status != exitDone || !strings.HasPrefix(o.stdout, "ok: ") {
		t.Errorf("verify of what was kept: %+v", o)
	}
	// Each mail that was shown is there.
	shown := regexp.MustCompile(`sent/(\S+\.eml)`).FindAllStringSubmatch(got.stdout, -1)
	if len(shown) < 10 {
		t.Errorf("%d mails were shown", len(shown))
	}
	for _, m := range shown {
		if _, err := os.Stat(filepath.Join(dir, "data", "sent", m[1])); err != nil {
			t.Errorf("%s was shown: %v", m[1], err)
		}
	}
	if again := call(t, "", "demo", "--keep", dir); again.status != exitFailed || !strings.Contains(again.stderr, "is not an empty folder") {
		t.Errorf("in a folder with something in it: %+v", again)
	}
}

// TestDemoJSON: each line is an object, and what happened is in them.
func TestDemoJSON(t *testing.T) {
	got := call(t, "", "demo", "--fast", "--json")
	if got.status != exitDone {
		t.Fatalf("%+v", got)
	}
	seen := map[string]int{}
	for line := range strings.Lines(got.stdout) {
		var l demoLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if l.At.IsZero() || l.Text == "" || (l.What == "left") != (l.Mail != nil) {
			t.Errorf("%+v", l)
		}
		seen[l.What]++
	}
	for _, what := range []string{"scene", "said", "wrote", "left", "checked", "time"} {
		if seen[what] == 0 {
			t.Errorf("nothing was %s: %v", what, seen)
		}
	}
}

// TestDemoFails: what is not as it is told ends the story, with what was expected.
func TestDemoFails(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*play)
		want  string
	}{
		"a mail that is refused": {func(p *play) {
			if err := p.demo.Close(); err != nil {
				t.Error(err)
			}
		}, "Paula writes: deliver: "},
		"a mail that was taken for another's": {func(p *play) {
			if err := p.writes(sheet{from: people().gus, to: "support@example.com", subject: "Hello", id: idFirst, words: "Hello."}); err != nil {
				t.Error(err)
			}
		}, "expected: one mail <" + idFirst + ">; got: 2"},
		"an answer that nobody can see": {func(p *play) { p.screen.err = errors.New("broken pipe") }, "broken pipe"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := mailgw.StartDemo(t.Context(), shortDir(t), storyBegins())
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			p := &play{ctx: t.Context(), demo: d, screen: &screen{to: &out}, fast: true, zone: d.Zone()}
			p.told = map[string]bool{}
			c.spoil(p)
			if err := p.perform(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	p := &play{screen: &screen{to: &strings.Builder{}}}
	if err := p.check(1 > 2, 3, "one above %d", 2); err == nil || err.Error() != "expected: one above 2; got: 3" || p.checks != 0 {
		t.Errorf("%v, %d checks", err, p.checks)
	}
}

func TestScreen(t *testing.T) {
	var out strings.Builder
	s := &screen{to: &out, colours: true, live: true}
	s.checked(storyBegins(), "it is so")
	s.clock(storyBegins(), "the desk is open")
	s.passed(storyBegins(), "a day")
	s.mail(demoLine{}, cyan, []string{"From: \x1b[2Jevil"}, "> "+strings.Repeat("word ", 30)+"\n\x1b]0;title\a", 2)
	got := out.String()
	for _, want := range []string{"\x1b[32mok  it is so\x1b[0m\n", "\r\x1b[K", "Friday 20 November 16:00: a day", "> word word", "| \x1b[0m> word"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %q", want, got)
		}
	}
	for _, never := range []string{"\x1b[2J", "\x1b]", "\a"} {
		if strings.Contains(got, never) {
			t.Errorf("%q of a stranger reaches the terminal", never)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"short":    {"a b", "a b"},
		"broken":   {"aaaa bbbb cccc", "aaaa bbbb\n- cccc"},
		"indented": {"  aaaa bbbb", "  aaaa\n- bbbb"},
		"long":     {"aaaaaaaaaaaaaaa b", "aaaaaaaaaaaaaaa\n- b"},
		"empty":    {"", ""},
	} {
		if got := wrap(c.text, 10, "- "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := strings.Join(cut([]string{"a", "", "c", "d"}, 3), "|"); got != "a|[… 3 lines more]" {
		t.Errorf("cut: %q", got)
	}
}

// shortDir is an empty folder whose name leaves room for a socket's.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "gw")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
