package erasure

import (
	"encoding/base64"
	"encoding/json"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

func TestReplace(t *testing.T) {
	f := NewFinder([]string{"mia@acme.example", "Mia Meier <mia@acme.example>", "id.1@x.example"})
	for in, want := range map[string]string{
		"":                                      "",
		"mia@acme.example":                      "[erased]",
		"MIA@Acme.Example wrote":                "[erased] wrote",
		"<mia@acme.example>, mia@acme.example.": "<[erased]>, [erased].",
		"Mia Meier <mia@acme.example> joined":   "[erased] joined",
		"joanna-mia@acme.example":               "joanna-mia@acme.example",
		"x.mia@acme.example":                    "x.mia@acme.example",
		"ümia@acme.example":                     "ümia@acme.example",
		"mia@acme.example.org":                  "mia@acme.example.org",
		"mia@acme.example2":                     "mia@acme.example2",
		"(id.1@x.example)":                      "([erased])",
		"grid.1@x.example":                      "grid.1@x.example",
		"mailto:mia@acme.example?subject=x":     "mailto:[erased]?subject=x",
	} {
		if got := f.Replace(in, Gone); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// The finder finds what a plain search finds.
func TestFinderIsSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[abAB@. ]{0,60}`).Draw(t, "text")
		needle := rapid.StringMatching(`[abAB@.]{4,6}`).Draw(t, "needle")
		start, end, ok := find(NewFinder([]string{needle, "bbbbbbbbbbbb"}), text, 0)
		at := strings.Index(strings.ToLower(text), strings.ToLower(needle))
		if ok && strings.EqualFold(text[start:end], "bbbbbbbbbbbb") {
			return
		}
		if ok != (at >= 0) || ok && (start != at || end != at+len(needle)) {
			t.Fatalf("%q in %q: %d to %d, %v; want %d", needle, text, start, end, ok, at)
		}
	})
}

// An id of somebody's mail that is another one's address takes nothing from that one.
func TestRewrite(t *testing.T) {
	f := NewRedactor([]string{"mia@acme.example"}, []string{"max@acme.example", "mid-1@client.example"})
	e := ticket.Entry{
		ID: 7, Ticket: 1, Kind: ticket.MailOut, From: "Max <max@acme.example>", To: []string{"Max <max@acme.example>", "Mia <Mia@acme.example>"}, Cc: []string{"mia@acme.example"},
		Evidence: []string{"In-Reply-To names <mid-1@client.example>"}, Subject: "About mia@acme.example",
		Outgoing: &ticket.Outgoing{ID: 7, InReplyTo: "mid-1@client.example", References: []string{"a@b.example", "mid-1@client.example"}, Facts: json.RawMessage(`{"n":12345678901234567890,"who":"mia@acme.example"}`)},
	}
	changed, err := Rewrite(&e, f)
	if !changed || err != nil {
		t.Fatal(changed, err)
	}
	o := e.Outgoing
	if e.From != "Max <max@acme.example>" || !slices.Equal(e.To, []string{"Max <max@acme.example>"}) || len(e.Cc) != 0 || e.Evidence[0] != "In-Reply-To names <[erased]>" || e.Subject != "About [erased]" {
		t.Errorf("%+v", e)
	}
	if o.InReplyTo != "" || !slices.Equal(o.References, []string{"a@b.example"}) || string(o.Facts) != `{"n":12345678901234567890,"who":"[erased]"}` {
		t.Errorf("%+v %s", o, o.Facts)
	}
	if changed, err := Rewrite(&e, f); changed || err != nil {
		t.Errorf("again: %v, %v", changed, err)
	}
}

func TestEvents(t *testing.T) {
	isAgent := func(a string) bool { return a == "anna@example.com" }
	for what, want := range map[string]string{
		"status open to pending":                        "status open to pending",
		"assigned to anna@example.com":                  "assigned to anna@example.com",
		"mia@acme.example, c@d.example joined the talk": "[erased] [erased] joined the talk",
		"not delivered to mia@acme.example":             "not delivered to [erased]",
		"noted as promised: 2026-01-01 for mia":         "noted as promised",
		"customer Acme AG":                              "customer",
		`asked "what of it"`:                            "asked",
	} {
		got := Events([]ticket.Event{{Who: "mia@acme.example", What: what, Why: "she said so"}, {Who: "anna@example.com", What: "note"}}, isAgent)
		if got[0].What != want || got[0].Who != "customer" || got[0].Why != "" || got[1].Who != "anna@example.com" {
			t.Errorf("%q: %+v", what, got)
		}
	}
}

// What stays of records is counted field by field: a new field of theirs is either
// named here, or does not stay.
func TestWhatStays(t *testing.T) {
	at := time.Date(2026, 7, 13, 8, 0, 0, 0, time.UTC)
	secret := "mia@acme.example"
	entry := Entry(&ticket.Entry{
		ID: 1, Ticket: 2, Seq: 3, Kind: ticket.MailOut, From: secret, To: []string{secret}, Cc: []string{secret}, At: at, Subject: secret, MessageID: secret, Excerpt: secret, Text: secret,
		Outcome: ticket.OutcomeNew, Evidence: []string{secret}, SenderAuth: "pass", SenderWhy: []string{secret}, Attachments: []ticket.Attachment{{Name: secret}}, Problems: []string{secret},
		Outgoing: &ticket.Outgoing{ID: 1, EnvelopeTo: []string{secret}, Subject: secret, Facts: json.RawMessage(`{"a":"` + secret + `"}`), MessageID: secret, InReplyTo: secret, References: []string{secret}, LastReply: secret, Files: []ticket.SentFile{{Name: secret}}},
		Reply:    secret,
	}, at)
	whole := Ticket(&ticket.Ticket{
		Number: 2, Desk: "support", Status: ticket.Open, Subject: secret, Requester: secret, Address: secret, People: []string{secret}, Customer: secret, CustomerID: 5, LevelWhy: secret,
		Closing: &ticket.Closing{Subjects: []string{secret}}, Merged: &ticket.Merged{People: []string{secret}}, LastIn: secret,
	}, at, true)
	row := Promise(&promise.Promise{ID: 3, Ticket: 2, State: promise.Open, Customer: secret, Mail: secret, Words: secret, KeptBy: []string{secret}, Cause: secret, Why: secret, OwedTo: secret, DueAt: at, AlarmAt: at}, true)
	j, err := json.Marshal([]any{entry, whole, row})
	if err != nil || strings.Contains(string(j), secret) {
		t.Errorf("%s, %v", j, err)
	}
	if whole.Status != ticket.Closed || !whole.ClosedAt.Equal(at) || row.State != promise.Withdrawn || !row.AlarmAt.IsZero() || !row.DueAt.Equal(at) || row.Cause != Cause || entry.Seq != 3 || entry.Outgoing == nil {
		t.Errorf("%+v %+v %+v", whole, row, entry)
	}
	kept := Promise(&promise.Promise{State: promise.Kept, KeptAt: at, Customer: "Acme"}, false)
	if kept.State != promise.Kept || !kept.KeptAt.Equal(at) || kept.Customer != "Acme" {
		t.Errorf("%+v", kept)
	}
}

// Each form in which a text can stand in a file is looked for, and a chunk's end hides none.
func TestSearch(t *testing.T) {
	dir := t.TempDir()
	text := "the scales of Zürich = 7"
	var qp strings.Builder
	w := quotedprintable.NewWriter(&qp)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	first := searchChunk + len(NewFinder(Forms([]string{text})).needles[0]) // bytes that are read at once
	files := map[string]string{
		"plain": "x" + text, "upper": "x" + strings.ReplaceAll(text, "scales", "SCALES"), "qp": qp.String(),
		"edge": strings.Repeat("x", first-7) + text + "y", "edge2": strings.Repeat("x", 2*searchChunk) + text,
		"b0": base64.StdEncoding.EncodeToString([]byte(text + "!")), "b1": base64.StdEncoding.EncodeToString([]byte("1" + text)), "b2": base64.StdEncoding.EncodeToString([]byte("22" + text + "22")),
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "none"), []byte("the scales of Zurich"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Search(dir, NewFinder(Forms([]string{text})))
	if err != nil {
		t.Fatal(err)
	}
	in := map[string]int{}
	for _, h := range got.Hits {
		in[h.File]++
		if h.File == "edge" && h.Offset != int64(first-7) {
			t.Errorf("found at %d", h.Offset)
		}
	}
	for name := range files {
		if in[name] != 1 {
			t.Errorf("%s: %d times", name, in[name])
		}
	}
	if in["none"] != 0 || got.Files != len(files)+1 {
		t.Errorf("%+v", in)
	}
}

func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "erased.log")
	l, err := OpenLog(path)
	if err != nil || len(l.Lines) != 0 {
		t.Fatal(l, err)
	}
	if err := l.Begin(); err != nil {
		t.Fatal(err)
	}
	hash := l.Hash("Mia@acme.example")
	for _, id := range []ticket.ID{1, 2, 1} {
		if err := l.Add(Line{ID: id, Kind: "person", Addresses: []string{hash}}); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(raw), "mia") {
		t.Fatal(string(raw), err)
	}
	// A power cut in the middle of a line: its erasure had not begun.
	if err := os.WriteFile(path, append(raw, `{"id":"000000000`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err = OpenLog(path); err != nil || len(l.Lines) != 2 || l.Hash("mia@acme.example") != hash || !l.Has(2) || l.Has(3) {
		t.Fatalf("%+v, %v", l, err)
	}
	if err := l.Add(Line{ID: 3}); err != nil {
		t.Fatal(err)
	}
	if l, err = OpenLog(path); err != nil || len(l.Lines) != 3 {
		t.Errorf("after a line that was cut off: %+v, %v", l, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	for name, text := range map[string]string{"no key": "{}\n", "garbage": string(raw) + "garbage\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenLog(path); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	other, err := OpenLog(filepath.Join(t.TempDir(), "erased.log"))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Begin(); err != nil || other.Hash("mia@acme.example") == hash {
		t.Errorf("two logs have one key, %v", err)
	}
}

func FuzzOpenLog(f *testing.F) {
	f.Add("{}\n")
	f.Add(`{"key":"00"}` + "\n")
	f.Add(`{"key":"` + strings.Repeat("00", 32) + `"}` + "\n{}\n{\"id\":\"x\"}\n")
	f.Fuzz(func(t *testing.T, text string) {
		l := &Log{}
		if err := l.read(strings.NewReader(text)); err == nil && len(l.Lines) > 0 && len(l.key) == 0 {
			t.Fatal("lines without a key")
		}
	})
}
