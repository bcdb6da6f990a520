package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supportgw/rules"
)

const exampleFile = "../../config.example.toml"

// settings compares what was configured, not what was compiled from it.
func settings() cmp.Options {
	return cmp.Options{
		cmpopts.IgnoreFields(Config{}, "Path", "Sum", "Words", "RuleSet", "Directory", "Hours"),
		cmpopts.IgnoreUnexported(rules.Match{}, rules.Range{}, Config{}, Desk{}),
		cmpopts.EquateEmpty(),
		cmpopts.EquateComparable(reflect.Zero(prefixType).Interface()),
	}
}

func readExample(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// commentedKey is a line of the example that shows a default.
var commentedKey = regexp.MustCompile(`(?m)^#([a-z_]+ = )`)

// commentedTable is a line of a table that the example shows, and that nobody has by
// default.
var commentedTable = regexp.MustCompile(`(?m)^#   (\[\[|[a-z_]+ = )`)

func TestExample(t *testing.T) {
	c, err := Load(exampleFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Path; got != exampleFile {
		t.Errorf("Path = %q, want %q", got, exampleFile)
	}
	d := c.DeskByAddress("Help@Example.com")
	if d == nil || d != c.Desk("support") {
		t.Fatalf("desk of the alias = %v, want support", d)
	}
	// A Friday afternoon: 90 minutes of work are left, the rest is on Monday.
	friday := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	due, ok := c.Hours[d.Calendar].Add(friday, c.Level(d.Level).FirstAnswer)
	if want := time.Date(2026, 11, 23, 14, 30, 0, 0, time.UTC); !ok || !due.Equal(want) {
		t.Errorf("eight working hours after %s = %s, want %s", friday, due, want)
	}
	if c.RuleSet == nil || c.Directory == nil {
		t.Error("rules or customers are not compiled")
	}
}

// TestExampleShowsDefaults takes the comment sign off every line that shows a
// default: nothing may change by that.
func TestExampleShowsDefaults(t *testing.T) {
	data := readExample(t)
	want, err := Parse("example", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(commentedKey.FindAll(data, -1)); n < 20 {
		t.Fatalf("the example shows %d defaults, want at least 20", n)
	}
	got, err := Parse("example", commentedKey.ReplaceAll(data, []byte("$1")), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, settings()); diff != "" {
		t.Errorf("a default in the example is not the built-in one (-built-in +shown):\n%s", diff)
	}
}

// saidDefault is what a comment of the example says about the key below it.
var saidDefault = regexp.MustCompile(`Default: (\[\]|"[^"]*"|none|nobody|nothing)`)

// TestExampleSaysDefaults compares what is said in words with docs/config.md,
// which another test holds to the code.
func TestExampleSaysDefaults(t *testing.T) {
	data, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	documented, table := map[string]string{}, ""
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(line, "|")
		switch {
		case strings.HasPrefix(line, "## `"):
			table = strings.Trim(line, "# `[]\n") + "."
		case len(cells) > 4 && strings.HasPrefix(cells[1], " `"):
			documented[table+strings.Trim(cells[1], " `")] = strings.Trim(cells[3], " `")
		}
	}
	said, checked := "", 0
	table = ""
	for line := range strings.Lines(string(readExample(t))) {
		key, _, isKey := strings.Cut(strings.TrimPrefix(line, "#"), " = ")
		switch found := saidDefault.FindStringSubmatch(line); {
		case strings.HasPrefix(line, "["):
			table, said = strings.Trim(line, "[]\n")+".", ""
		case found != nil:
			said = found[1]
		case said != "" && isKey && !strings.HasPrefix(key, " "):
			want := documented[table+key]
			if said != want && (want != "[]" || strings.HasPrefix(said, `"`)) {
				t.Errorf("the example says that the default of %s%s is %s; it is %s", table, key, said, want)
			}
			said, checked = "", checked+1
		}
	}
	if checked < 8 {
		t.Errorf("the example says %d defaults in words, want at least 8", checked)
	}
}

// TestExampleHasEveryKey holds the example to its word.
func TestExampleHasEveryKey(t *testing.T) {
	doc := map[string]any{}
	shown := commentedTable.ReplaceAll(commentedKey.ReplaceAll(readExample(t), []byte("$1")), []byte("$1"))
	if err := decodeTOML(string(shown), &doc); err != nil {
		t.Fatal(err)
	}
	var look func(path string, st reflect.Type, tables []map[string]any)
	look = func(path string, st reflect.Type, tables []map[string]any) {
		for _, f := range fieldsOf(st) {
			var inner []map[string]any
			found := false
			for _, table := range tables {
				v, ok := table[f.key]
				found = found || ok
				switch v := v.(type) {
				case map[string]any:
					inner = append(inner, v)
				case []map[string]any:
					inner = append(inner, v...)
				}
			}
			elem := f.typ
			if elem.Kind() == reflect.Slice {
				elem = elem.Elem()
			}
			switch {
			case !found:
				t.Errorf("%s is not in the example", member(path, f.key))
			case elem.Kind() == reflect.Struct && elem != prefixType && !slices.Contains([]string{"Effects", "TestMail", "Expect"}, elem.Name()): // those stand in the comments above the rule and the test
				look(member(path, f.key), elem, inner)
			}
		}
	}
	look("", reflect.TypeFor[Config](), []map[string]any{doc})
}

func TestDefault(t *testing.T) {
	c, err := Parse("m.toml", []byte(minimal), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Admin, want.Calendars, want.Desks, want.Agents = c.Admin, c.Calendars, c.Desks, c.Agents
	if diff := cmp.Diff(want, c, settings()); diff != "" {
		t.Errorf("the least configuration is not the default (-default +parsed):\n%s", diff)
	}
	if d := c.Desks[0]; d.Level != "standard" || d.Language != "en" || d.ReplyToken != "" || d.ReopenWithin != 720*time.Hour {
		t.Errorf("desk = %+v, want level standard, language en, no reply_token, reopen_within 30d", d)
	}
	for name, first := range map[string]time.Duration{"standard": 8 * time.Hour, "premium": 2 * time.Hour} {
		if l := c.Level(name); l == nil || l.FirstAnswer != first || l.UrgentAnswer != 30*time.Minute {
			t.Errorf("level %s = %+v, want %s and 30m", name, l, first)
		}
	}
	if Default().RuleSet == nil || Default().Directory == nil || Default().Hours == nil {
		t.Error("Default lacks what is compiled")
	}
}

// TestDefaultIsInRange looks at every default with the eyes of the decoder.
func TestDefaultIsInRange(t *testing.T) {
	var look func(path string, v reflect.Value)
	look = func(path string, v reflect.Value) {
		for _, f := range fieldsOf(v.Type()) {
			inner, path := v.FieldByIndex(f.index), member(path, f.key)
			low, high := f.intRange()
			switch {
			case f.typ == durationType:
				shortest, longest := f.durationRange()
				low, high = int64(shortest), int64(longest)
				fallthrough
			case inner.CanInt():
				if inner.Int() < low || inner.Int() > high || f.typ != durationType && f.max == "" {
					t.Errorf("%s = %v is not in its range %q to %q", path, inner, f.min, f.max)
				}
			case f.typ.Kind() == reflect.Struct:
				look(path, inner)
			}
		}
	}
	look("", reflect.ValueOf(Default()).Elem())
}

func TestDeskKeys(t *testing.T) {
	const long = "customer-support-for-all-products@example.com"
	c, err := Load(exampleFile, []string{
		`desk.support.address="` + long + `"`, `desk.support.reply_address="s@example.com"`, `desk.support.subject_tag="S1"`, `desk.billing.subject_tag="123456789ABC"`,
		`desk.support.reopen_within="0s"`, `desk.billing.reopen_within="14d"`, `desk.billing.join_same_subject=true`,
	})
	if err != nil {
		t.Fatal(err)
	}
	support, billing := c.Desk("support"), c.Desk("billing")
	if support.ReopenWithin != 0 || billing.ReopenWithin != 14*24*time.Hour {
		t.Errorf("reopen_within = %v and %v, want 0 and 14 days", support.ReopenWithin, billing.ReopenWithin)
	}
	if support.SubjectTag != "S1" || billing.SubjectTag != "123456789ABC" || support.JoinSameSubject || !billing.JoinSameSubject {
		t.Errorf("desks = %+v, %+v", support, billing)
	}
	if support.TokenBase() != "s@example.com" || billing.TokenBase() != "billing@example.com" {
		t.Errorf("tokens go into %s and %s", support.TokenBase(), billing.TokenBase())
	}
	if diff := cmp.Diff([]string{long, "help@example.com", "s@example.com"}, support.Addresses()); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	if c.DeskByAddress("S@example.com") != support || c.DeskByAddress("") != nil {
		t.Error("reply_address does not lead to its desk, or nothing leads to one")
	}
}

func TestTokenMode(t *testing.T) {
	for _, tt := range []struct {
		name    string
		set     []string
		mode    string
		byProof bool
	}{
		{"an MX listener alone", nil, TokenPlus, false},
		{"a server in front, by SMTP", []string{`sender.upstream_networks=["192.0.2.0/24"]`}, TokenPlus, true},
		{"a server in front, by LMTP", []string{`lmtp.listen="unix:/run/l.sock"`}, TokenPlus, true},
		{"no listener", []string{`smtp.listen=[]`}, TokenPlus, true},
		{"plus is said", []string{`desk.support.reply_token="plus"`, `lmtp.listen="unix:/run/l.sock"`}, TokenPlus, false},
		{"off is said", []string{`desk.support.reply_token="off"`}, TokenOff, false},
		{"empty is said", []string{`desk.support.reply_token=""`}, TokenPlus, false},
		{"subdomain is said", []string{`desk.support.reply_token="subdomain"`, `desk.support.reply_domain="r.example.com"`, `smtp.listen=[]`}, TokenSubdomain, false},
	} {
		c, err := Load(exampleFile, tt.set)
		if err != nil {
			t.Fatal(err)
		}
		if mode, byProof := c.Desk("support").TokenMode(); mode != tt.mode || byProof != tt.byProof {
			t.Errorf("%s: %s, by proof %t; want %s, %t", tt.name, mode, byProof, tt.mode, tt.byProof)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"0d": 0, "1d": day, "30d": 30 * day, "-2d": -2 * day, "720h": 30 * day, "1h30m": 90 * time.Minute, "106751d": 106751 * day, "99999999999d": 106751 * day,
		"9999999999999999999999d": 106751 * day,
	} {
		if got, err := (field{days: true}).parseDuration(s); got != want || err != nil {
			t.Errorf("%q = %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"d", "1.5d", "1d12h", "+d", "d1", " 1d", "1 d", "day"} {
		if got, err := (field{days: true}).parseDuration(s); err == nil {
			t.Errorf("%q = %v, want an error", s, got)
		}
	}
	if got, err := (field{}).parseDuration("1d"); err == nil {
		t.Errorf("a key without days reads 1d as %v", got)
	}
}

func TestLookups(t *testing.T) {
	c, err := Load(exampleFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		found bool
		want  bool
	}{
		{"desk", c.Desk("billing") != nil, true},
		{"desk in capitals", c.Desk("Billing") != nil, false},
		{"desk by address", c.DeskByAddress("BILLING@example.com") == c.Desk("billing"), true},
		{"desk by another address", c.DeskByAddress("anna@example.com") != nil, false},
		{"agent", c.Agent("Ben@Example.com") != nil, true},
		{"no agent", c.Agent("") != nil, false},
		{"agent on desk", c.Desk("billing").HasAgent("ANNA@example.com"), true},
		{"agent not on desk", c.Desk("billing").HasAgent("oncall@example.com"), false},
		{"level", c.Level("premium") != nil, true},
		{"no level", c.Level("gold") != nil, false},
		{"customer", c.Customer("Globex Ltd") != nil, true},
		{"no customer", c.Customer("Globex") != nil, false},
	}
	for _, tt := range tests {
		if tt.found != tt.want {
			t.Errorf("%s: %t, want %t", tt.name, tt.found, tt.want)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "no.toml"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	file := filepath.Join(t.TempDir(), "bad.toml")
	if err := os.WriteFile(file, []byte("\ufeffcolour = 1\n"+minimal), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(file, nil)
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].File != file || problems[0].Line != 1 || problems[0].Key != "colour" {
		t.Errorf("error = %v, want one problem with colour on line 1 of %s", err, file)
	}
}

func TestNearest(t *testing.T) {
	keys := []string{"listen", "max_errors", "max_commands", "tls_key"}
	for wrong, want := range map[string]string{
		"lisetn": "listen", "Listen": "listen", "max-errors": "max_errors", "tls_keys": "tls_key", "colour": "", "x": "", "max_command": "max_commands", "": "",
	} {
		if got := nearest(wrong, keys); got != want {
			t.Errorf("nearest(%q) = %q, want %q", wrong, got, want)
		}
	}
}

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", time.Second: "1s", 10 * time.Minute: "10m", 8 * time.Hour: "8h", 90 * time.Minute: "1h30m", 10*time.Hour + time.Second: "10h0m1s", 50 * time.Second: "50s",
	} {
		if got := short(d); got != want {
			t.Errorf("short(%v) = %q, want %q", d, got, want)
		}
	}
}
