package mailgw

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// What explain says about a mail is what Deliver then does with it at the same
// time, for the mails of the story and for a sample of real ones.
func TestExplainIsWhatDeliverDoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "acknowledge.budget.per_address=0", "acknowledge.budget.per_domain=0", "acknowledge.budget.per_network=0", "acknowledge.budget.total=0")
	first := h.deliver(mail{id: "first@acme.example"})
	for _, m := range []mail{
		{}, {client: stranger}, {from: "eve@elsewhere.example", client: stranger}, {subject: "outage"}, {id: "first@acme.example"},
		{rcpt: []string{letterAddr(first.ack.ReplyTo)}}, {from: "eve@elsewhere.example", head: []string{"In-Reply-To: <" + first.ack.MessageID + ">"}},
		{head: []string{"Auto-Submitted: auto-replied"}}, {from: "anna@example.com"}, {rcpt: []string{"postmaster@example.com"}},
		aBounce(first.ack.MessageID, "support@example.com"), {rcpt: []string{"billing@example.com"}, body: "Wir von Globex haben eine Frage zur Rechnung."},
	} {
		h.sameAsExplained(h.arrival(m))
	}
	mails := corpus(t, 200)
	for _, raw := range mails {
		a := h.arrival(mail{client: stranger, from: "someone@elsewhere.example"})
		a.Raw = append(bytes.Clone(a.Raw[:a.Body]), raw...)
		h.sameAsExplained(a)
	}
}

// sameAsExplained explains a mail, delivers it, and compares.
func (h *house) sameAsExplained(a *letter.Arrival) {
	h.t.Helper()
	v := h.explain(a)
	before := h.rows()
	if err := h.Deliver(context.Background(), a); err != nil {
		h.t.Fatal(err)
	}
	got := h.stored(a.ID, before)
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	said := fmt.Sprint(v.Outcome, text(v.Desk), text(v.Priority), text(v.Level), v.Acknowledge.Send, orNull("") == v.Customer)
	done := fmt.Sprint(got.Outcome, got.ticket.Desk, string(got.ticket.Priority), got.ticket.Level, got.ack != nil, got.ticket.Customer == "")
	if got.Outcome == ticket.OutcomeDuplicate {
		said, done = string(v.Outcome), string(got.Outcome)
	}
	if said != done {
		h.t.Errorf("explained %s, did %s\n%.300s", said, done, a.Raw)
	}
	if v.PromiseDueAt != nil && !v.PromiseDueAt.Equal(got.ticket.PromiseDue) {
		h.t.Errorf("explained due %s, did %s", v.PromiseDueAt, got.ticket.PromiseDue)
	}
	if v.Match.Ticket != nil && *v.Match.Ticket != got.Ticket && v.Outcome != ticket.OutcomeHeld {
		h.t.Errorf("explained ticket %d, did %d", *v.Match.Ticket, got.Ticket)
	}
	if got.ack == nil {
		return
	}
	mails, err := (&queue{h.Gateway}).Compose(got.ack)
	if err != nil {
		h.t.Fatal(err)
	}
	m := letter.Parse(mails[0].Bytes, "", letter.DefaultLimits())
	if *v.Acknowledge.Subject != m.Subject || flat(*v.Acknowledge.Text) != flat(m.Text) {
		h.t.Errorf("explained the answer %q\n%s\nsaid %q\n%s", *v.Acknowledge.Subject, *v.Acknowledge.Text, m.Subject, m.Text)
	}
}

// flat leaves the words of a text.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// corpus is a sample of real mails, each n-th of all.
func corpus(t *testing.T, want int) (mails [][]byte) {
	t.Helper()
	root := projectRoot(t) + "/../shared/corpora"
	var files []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".eml") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Logf("SKIPPED the real mails: %s is not there: only the story's mails were compared", root)
		return nil
	}
	sort.Strings(files)
	for i := 0; i < len(files); i += max(1, len(files)/want) {
		b, err := os.ReadFile(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if len(b) < 256<<10 {
			mails = append(mails, b)
		}
	}
	return mails
}

// projectRoot is the folder with go.mod.
func projectRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// Explaining changes nothing: not a byte of the data folder, not the budget.
func TestExplainChangesNothing(t *testing.T) {
	h := newHouse(t, "acknowledge.budget.per_address=1")
	first := h.deliver(mail{from: "gus@globex.example"})
	before := folderSum(t, h.c.Data)
	for range 20 {
		h.explain(h.arrival(mail{}))
		h.explain(h.arrival(mail{client: stranger, rcpt: []string{letterAddr(first.ack.ReplyTo)}}))
	}
	if after := folderSum(t, h.c.Data); after != before {
		t.Errorf("the data folder changed:\n%s\n%s", before, after)
	}
	if a := h.deliver(mail{}); a.ack == nil || a.Ticket != 2 {
		t.Errorf("the budget or a number was used up: ticket %d, ack %v", a.Ticket, a.ack)
	}
}

// folderSum names each file of a folder with its size and hash.
func folderSum(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		fmt.Fprintf(&out, "%s %d %x\n", path, len(b), sha256.Sum256(b))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// A file alone says enough: the defaults that the documentation names, without a data folder.
func TestExplainAFile(t *testing.T) {
	a, err := Explainer(houseConfig(t, filepath.Join(t.TempDir(), "none")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, file string
		args       ExplainArgs
		desk       string
		kind       letter.Kind
		auth       string
	}{
		{"first desk", "From: a@b.example\n\nHello\n", ExplainArgs{}, "support", letter.Person, "trusted"},
		{"named in Cc", "From: a@b.example\nTo: x@y.example\nCc: <billing@example.com>\n\nHello\n", ExplainArgs{}, "billing", letter.Person, "trusted"},
		{"Delivered-To", "From: a@b.example\nDelivered-To: billing@example.com\n\nHello\n", ExplainArgs{}, "billing", letter.Person, "trusted"},
		{"given", "From: a@b.example\n\nHello\n", ExplainArgs{EnvelopeTo: []string{"billing@example.com"}}, "billing", letter.Person, "trusted"},
		{"null Return-Path", "Return-Path: <>\nFrom: a@b.example\n\nHello\n", ExplainArgs{}, "support", letter.AutoReply, "trusted"},
		{"Return-Path without an address", "Return-Path: root\nFrom: a@b.example\n\nHello\n", ExplainArgs{}, "support", letter.Person, "trusted"},
		{"null sender given", "From: a@b.example\n\nHello\n", ExplainArgs{EnvelopeFrom: str("")}, "support", letter.AutoReply, "trusted"},
		{"a client", "From: a@b.example\n\nHello\n", ExplainArgs{ClientIP: stranger}, "support", letter.Person, "none"},
		{"nothing, not even an author", "", ExplainArgs{}, "support", letter.Person, "trusted"},
		{"an author without an address", "From: root\n\nHello\n", ExplainArgs{}, "support", letter.Person, "trusted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.args.File, c.args.Raw, c.args.At = "f.eml", []byte(c.file), monday
			var v ExplainView
			if err := a.local.explainMail(c.args, func(x any) error { v = x.(ExplainView); return nil }); err != nil {
				t.Fatal(err)
			}
			if v.Desk == nil || *v.Desk != c.desk || v.Kind != c.kind || v.SenderAuth != c.auth || v.File != "f.eml" {
				t.Errorf("desk %s, kind %s, auth %s", c.desk, v.Kind, v.SenderAuth)
			}
		})
	}
	if err := a.local.explainMail(ExplainArgs{ClientIP: "here"}, nil); err == nil || !strings.Contains(err.Error(), "--client-ip") {
		t.Errorf("a wrong address: %v", err)
	}
	if _, err := os.Stat(a.local.settings.Load().Data); !os.IsNotExist(err) {
		t.Errorf("a data folder was made: %v", err)
	}
	if err := a.local.store.Update(store.Intake, nil); err == nil {
		t.Error("an explainer can write")
	}
}

// TestExplainNamesNothing: what is missing is null, also the name of a file.
func TestExplainNamesNothing(t *testing.T) {
	h := newHouse(t)
	raw := "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment\r\n\r\nx\r\n--b--\r\n"
	out, err := ask(t, &Admin{local: h.Gateway}, "explain", ExplainArgs{File: "f", Raw: []byte(raw)})
	if err != nil {
		t.Fatal(err)
	}
	files, ok := out[0]["attachments"].([]any)
	if !ok || len(files) != 1 {
		t.Fatalf("attachments: %v", out[0]["attachments"])
	}
	if name, ok := files[0].(map[string]any)["name"]; !ok || name != nil {
		t.Errorf("the name of a file without one is %q", name)
	}
}
