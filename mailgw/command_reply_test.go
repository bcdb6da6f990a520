package mailgw

import (
	"fmt"
	"strings"
	"testing"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// An answer typed at the command line is one like an agent's mail; a note stays
// in the house.
func TestReplyByCommand(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{subject: "Export", head: []string{"Cc: tom@acme.example"}})
	h.flush()
	a := &Admin{local: h.Gateway}

	notes, err := ask(t, a, "ticket.note", ReplyArgs{Number: 1, As: "Ben", Text: "She is angry.\n"})
	if err != nil || notes[0]["kind"] != "note" || notes[0]["text"] != "She is angry." {
		t.Errorf("%v: %v", err, notes)
	}
	if sent := h.flush(); len(sent) != 0 {
		t.Errorf("a note made %d mails", len(sent))
	}

	out, err := ask(t, a, "ticket.reply", ReplyArgs{Number: 1, As: "anna@example.com", Text: "Please clear the cache."})
	if err != nil || out[0]["kind"] != "mail_out" || out[0]["text"] != "Please clear the cache." || fmt.Sprint(out[0]["to"]) != "[Mia Meier <mia@acme.example>]" {
		t.Fatalf("%v: %v", err, out)
	}
	sent := h.flush()
	if len(sent) != 1 || strings.Join(sent[0].To, " ") != "mia@acme.example tom@acme.example" || sent[0].read.From[0].String() != "Anna Keller <support@example.com>" || sent[0].read.InReplyTo[0] != first.MessageID {
		t.Fatalf("%+v", sent)
	}
	if p := h.promise(first.ticket.PromiseID); p.State != promise.Kept || p.KeptBy[0] != sent[0].read.MessageID {
		t.Errorf("the promise is %+v", p)
	}
	if got := h.ticket(1); got.Status != ticket.Pending || got.Assignee != "anna@example.com" || got.Entries != 4 {
		t.Errorf("the ticket is %+v", got)
	}
	raw, err := ask(t, a, "ticket.raw", IDArgs{out[0]["id"].(string)})
	if err != nil || len(raw) != 1 {
		t.Errorf("the answer's bytes: %v", err)
	}

	for _, c := range []struct {
		args ReplyArgs
		want string
	}{
		{ReplyArgs{Number: 7, As: "anna@example.com", Text: "x"}, "there is no ticket 7"},
		{ReplyArgs{Number: 1, As: "zoe", Text: "x"}, `"zoe" is not one agent on desk "support"; write --as with one of: anna@example.com, ben@example.com`},
		{ReplyArgs{Number: 1, As: "example.com", Text: "x"}, "is not one agent"},
		{ReplyArgs{Number: 1, As: "ben", Text: " \n"}, "there are no words"},
		{ReplyArgs{Number: 1, As: "ben", Text: "#note\nx"}, "customers never get such lines"},
		{ReplyArgs{Number: 1, As: "ben", Text: "x\n#close"}, "customers never get such lines"},
	} {
		before := h.dump(1)
		if _, err := ask(t, a, "ticket.reply", c.args); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.args, err)
		}
		if h.dump(1) != before {
			t.Errorf("%+v changed the ticket", c.args)
		}
	}
	if _, err := ask(t, a, "ticket.note", ReplyArgs{Number: 1, As: "ben"}); err == nil {
		t.Error("an empty note was written")
	}
}

// A ticket that comes to a desk or to a person is put in front of them.
func TestSetTells(t *testing.T) {
	h := newHouse(t, `desk.billing.agents=["ben@example.com"]`)
	h.deliver(mail{subject: "Invoice", body: "Where is it?"})
	h.flush()
	a := &Admin{local: h.Gateway}
	for _, c := range []struct {
		set  SetArgs
		want string
	}{
		{SetArgs{Number: 1, Assignee: "ben@example.com"}, "ben@example.com"},
		{SetArgs{Number: 1, Assignee: "ben@example.com", Priority: "high"}, ""},
		{SetArgs{Number: 1, Desk: "billing", Assignee: "anna@example.com"}, "ben@example.com anna@example.com"},
		{SetArgs{Number: 1, Status: "pending"}, ""},
	} {
		if _, err := ask(t, a, "ticket.set", c.set); err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, m := range h.flush() {
			told = append(told, m.To...)
			if !strings.Contains(m.read.Text, "Where is it?") {
				t.Errorf("%+v: the notice says\n%s", c.set, m.read.Text)
			}
		}
		if got := strings.Join(told, " "); got != c.want {
			t.Errorf("%+v told %q, want %q", c.set, got, c.want)
		}
	}
}

// The life of a ticket allows what it allows.
func TestSetFollowsTheLife(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	a := &Admin{local: h.Gateway}
	for _, c := range []struct{ to, want string }{
		{"new", "a ticket is new only until"},
		{"solved", ""},
		{"pending", "ticket 1 is solved and cannot be made pending; make it open first"},
		{"closed", ""},
		{"solved", "ticket 1 is closed and cannot be made solved; make it open first"},
		{"open", ""},
		{"pending", ""},
	} {
		_, err := ask(t, a, "ticket.set", SetArgs{Number: 1, Status: c.to})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", c.to, err)
		}
	}
	if got := h.ticket(1); got.Status != ticket.Pending || !got.ClosedAt.IsZero() {
		t.Errorf("%+v", got)
	}
}
