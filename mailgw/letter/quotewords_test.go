package letter

import (
	"strings"
	"testing"
)

// TestQuoteFiles: each language says what the header of an earlier mail is called,
// and no file is forgotten.
func TestQuoteFiles(t *testing.T) {
	entries, err := quoteFiles.ReadDir("quotes")
	if err != nil || len(entries) < 25 {
		t.Fatalf("%d languages: %v", len(entries), err)
	}
	for _, e := range entries {
		text, err := quoteFiles.ReadFile("quotes/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() == "any.txt" {
			continue
		}
		for _, key := range []string{"from", "sent", "to", "subject", "wrote", "original", "forwarded"} {
			if !strings.Contains(string(text), "\n"+key+": ") {
				t.Errorf("%s: no %q", e.Name(), key)
			}
		}
	}
}

func TestReadQuotesErrors(t *testing.T) {
	for in, want := range map[string]string{
		"from von":                 "quotes/xx.txt: line 1: must be",
		"# ok\n\nfrom: Von":        "line 3: \"Von\" must be in small letters",
		"from: an\nto: x, an":      "line 2: \"an\" is the name of two fields",
		"months: a / b":            "line 1: must be twelve months",
		"wrote: schrieb, av":       "line 1: \"av\" is too short",
		"form: von":                "line 1: \"form\" is no key",
		"from: von\nsubject: von ": "line 2: \"von\" is the name of two fields",
	} {
		if _, err := readQuotes(map[string]string{"xx": in}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}

// TestQuotesInEachLanguage builds the earlier mail's header and the announcement
// from the files' own words: every language is cut where it should be.
func TestQuotesInEachLanguage(t *testing.T) {
	entries, _ := quoteFiles.ReadDir("quotes")
	for _, e := range entries {
		raw, _ := quoteFiles.ReadFile("quotes/" + e.Name())
		first := map[string]string{}
		for line := range strings.Lines(string(raw)) {
			if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
				value, _, _ = strings.Cut(value, ",")
				first[key] = value
			}
		}
		if first["from"] == "" {
			continue
		}
		head := first["from"] + ": Jo <jo@example.org>\n" + first["sent"] + ": 2025-01-06 10:00\n" + first["to"] + ": mia@example.com\n" + first["subject"] + ": x\n\nold\n"
		for name, old := range map[string]string{
			"header":       head,
			"original":     "-----" + first["original"] + "-----\nold\n",
			"announcement": "2025-01-06 10:00 Jo <jo@example.org> " + first["wrote"] + ":\n> old\n",
		} {
			if fresh, quoted, _, _ := splitText("new\n\n"+old, passesNone); fresh != "new" || !strings.HasSuffix(quoted, "old") {
				t.Errorf("%s, %s: new %q, quoted %q", e.Name(), name, fresh, quoted)
			}
		}
		f := Parse(mailWith("a", "fyi\n\n---------- "+first["forwarded"]+" ---------\n"+head), "mia@example.com", DefaultLimits()).Forwarded
		if f == nil || f.From.Addr != "jo@example.org" || f.Subject != "x" || f.Text != "old" || f.Date.IsZero() || f.Confidence != sureMarked {
			t.Errorf("%s: forwarded: %+v", e.Name(), f)
		}
	}
}
