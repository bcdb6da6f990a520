package mailgw

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// ask runs a command as the command line does and returns its objects.
func ask(t *testing.T, a *Admin, command string, args any) (out []map[string]any, err error) {
	t.Helper()
	err = a.Do(context.Background(), command, args, func(line json.RawMessage) error {
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Errorf("%s: %v", command, err)
		}
		out = append(out, v)
		return nil
	})
	return out, err
}

func keys(v any) (out []string) {
	m, _ := v.(map[string]any)
	for k := range m {
		out = append(out, k)
	}
	return out
}

// The names of the outside contract, which people script against.
func TestJSONKeys(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{subject: "outage", head: []string{`MIME-Version: 1.0`, `Content-Type: multipart/mixed; boundary=b`},
		body: "--b\r\n\r\nHello\r\n--b\r\nContent-Type: image/png; name=a.png\r\nContent-Disposition: attachment; filename=a.png\r\n\r\nx\r\n--b--"})
	a := &Admin{local: h.Gateway}
	ticketKeys := "number desk status priority subject customer customer_confidence requester assignee tags level created_at promise_due_at promise_state linked"
	for _, c := range []struct {
		command string
		args    any
		has     string
		part    func(map[string]any) any
	}{
		{"ticket.list", ListArgs{}, ticketKeys, nil},
		{"ticket.show", NumberArgs{1}, ticketKeys + " entries", nil},
		{"ticket.set", SetArgs{Number: 1, Priority: "high"}, ticketKeys, nil},
		{"ticket.show", NumberArgs{1}, "id kind from to cc at message_id text outcome evidence sender_auth attachments raw", func(v map[string]any) any { return v["entries"].([]any)[0] }},
		{"ticket.show", NumberArgs{1}, "name type size", func(v map[string]any) any { return v["entries"].([]any)[0].(map[string]any)["attachments"].([]any)[0] }},
		{"ticket.find", FindArgs{[]string{first.ID.String()}}, "message_id id outcome ticket", nil},
		{"ticket.search", SearchArgs{Words: "example"}, "ticket subject desk status customer score excerpt", nil},
		{"ticket.log", NumberArgs{1}, "at who what why", nil},
		{"outbox.list", NoArgs{}, "id ticket kind to attempts next_at last_reply", nil},
		{"promise.list", NoArgs{}, "id ticket customer agent kind told state due_at made_at made_by by kept_at kept_by cause announced_at words", nil},
		{"verify", NoArgs{}, "problems", nil},
		{"explain", ExplainArgs{File: "f", Raw: []byte("From: a@b.example\n\nHi\n")}, "file outcome kind reasons from subject text split new_text quoted_text signature forwarded attachments bounce language sender_auth match admit customer customer_confidence rules priority level desk target promise_due_at acknowledge", nil},
		{"explain", ExplainArgs{File: "f"}, "ticket evidence", func(v map[string]any) any { return v["match"] }},
		{"explain", ExplainArgs{File: "f"}, "name matched", func(v map[string]any) any { return v["rules"].([]any)[0] }},
		{"explain", ExplainArgs{File: "f"}, "send why subject text", func(v map[string]any) any { return v["acknowledge"] }},
	} {
		out, err := ask(t, a, c.command, c.args)
		if err != nil || len(out) == 0 {
			t.Errorf("%s: %v, %d objects", c.command, err, len(out))
			continue
		}
		var v any = out[0]
		if c.part != nil {
			v = c.part(out[0])
		}
		for k := range strings.FieldsSeq(c.has) {
			if !slices.Contains(keys(v), k) {
				t.Errorf("%s: no key %q in %v", c.command, k, v)
			}
		}
		if list := out[0]; c.command == "ticket.list" && (list["entries"] != nil || list["assignee"] != nil || list["from"] != nil) {
			t.Errorf("ticket.list: %v", list)
		}
	}
	h.flush()
}

func TestListFindLog(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@x.example"})
	h.deliver(mail{id: "one@x.example"})
	h.deliver(mail{rcpt: []string{"billing@example.com"}})
	h.set(SetArgs{Number: 2, Status: "pending"})
	a := &Admin{local: h.Gateway}
	for _, c := range []struct {
		args ListArgs
		want []float64
	}{
		{ListArgs{}, []float64{2, 1}}, {ListArgs{Desk: "support"}, []float64{1}}, {ListArgs{Status: "pending"}, []float64{2}},
		{ListArgs{Limit: 1}, []float64{2}}, {ListArgs{Desk: "support", Status: "closed"}, nil},
	} {
		out, err := ask(t, a, "ticket.list", c.args)
		var got []float64
		for _, v := range out {
			got = append(got, v["number"].(float64))
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, %v", c.args, got, err)
		}
	}
	out, err := ask(t, a, "ticket.find", FindArgs{[]string{"<one@x.example>"}})
	if err != nil || len(out) != 2 || out[0]["outcome"] != "new" || out[1]["outcome"] != "duplicate" || out[1]["ticket"] != 1.0 {
		t.Errorf("find: %v, %v", out, err)
	}
	if out, err = ask(t, a, "ticket.find", FindArgs{[]string{"one@x.example", "none@x.example"}}); err == nil || !strings.Contains(err.Error(), "none@x.example") || len(out) != 2 {
		t.Errorf("find what is not there: %v, %v", out, err)
	}
}

func TestSetTicket(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	h.at(monday.Add(time.Minute))
	for _, c := range []struct {
		args   SetArgs
		events []string
	}{
		{SetArgs{Priority: "high", Who: "anna@example.com"}, []string{"anna@example.com: priority normal to high"}},
		{SetArgs{Priority: "high"}, nil},
		{SetArgs{Assignee: "ben@example.com"}, []string{"admin: assigned to ben@example.com"}},
		{SetArgs{Assignee: "-"}, []string{"admin: no longer assigned to ben@example.com"}},
		{SetArgs{Assignee: "-"}, nil},
		{SetArgs{Desk: "billing"}, []string{"admin: desk support to billing"}},
		{SetArgs{Status: "closed"}, []string{"admin: status new to closed", "admin: promise withdrawn"}},
		{SetArgs{Status: "open", Priority: "low"}, []string{"admin: priority high to low", "admin: status closed to open"}},
	} {
		before := len(h.events(1))
		c.args.Number = 1
		v := h.set(c.args)
		if got := h.events(1)[before:]; !slices.Equal(got, c.events) {
			t.Errorf("%+v: events %q, want %q", c.args, got, c.events)
		}
		if c.args.Status == "closed" && v.PromiseState != "none" {
			t.Errorf("promise_state %s", v.PromiseState)
		}
	}
	if p, tk := h.promiseOf(1); p.Cause != "set to closed by admin" || tk.Desk != "billing" || !tk.ClosedAt.IsZero() {
		t.Errorf("promise %+v, ticket %+v", p, tk)
	}
}

func TestCommandErrors(t *testing.T) {
	h := newHouse(t)
	dup := h.deliver(mail{id: "one@x.example"})
	dup = h.deliver(mail{id: "one@x.example"})
	a := &Admin{local: h.Gateway}
	for _, c := range []struct {
		command string
		args    any
		usage   bool
		text    string
	}{
		{"ticket.list", ListArgs{Status: "lost"}, true, `"lost" is not a status`},
		{"ticket.show", NumberArgs{7}, false, "there is no ticket 7"},
		{"ticket.log", NumberArgs{7}, false, "there is no ticket 7"},
		{"ticket.raw", IDArgs{"x"}, true, `"x" is not an id`},
		{"ticket.raw", IDArgs{ticket.ID(7).String()}, false, "there is no mail"},
		{"ticket.raw", IDArgs{dup.ID.String()}, false, "a duplicate keeps no bytes"},
		{"ticket.find", FindArgs{[]string{"x"}}, false, "no mail was accepted"},
		{"ticket.set", SetArgs{Number: 1}, true, "nothing to set"},
		{"ticket.set", SetArgs{Number: 7, Status: "open"}, false, "there is no ticket 7"},
		{"ticket.set", SetArgs{Number: 1, Status: "x"}, true, "is not a status"},
		{"ticket.set", SetArgs{Number: 1, Priority: "x"}, true, "is not a priority"},
		{"ticket.set", SetArgs{Number: 1, Desk: "x"}, true, "there is no desk"},
		{"ticket.set", SetArgs{Number: 1, Assignee: "x"}, true, "there is no agent"},
		{"nothing", NoArgs{}, true, "does not know the command"},
	} {
		_, err := ask(t, a, c.command, c.args)
		var ce *CommandError
		if !errors.As(err, &ce) || ce.Usage != c.usage || !strings.Contains(ce.Text, c.text) {
			t.Errorf("%s %+v: %v", c.command, c.args, err)
		}
	}
	if _, err := ask(t, a, "ticket.show", []int{1}); err == nil {
		t.Error("arguments of a wrong shape were taken")
	}
}

// Damage is reported, and is a failure.
func TestVerifyReportsDamage(t *testing.T) {
	h := &house{t: t, c: houseConfig(t, t.TempDir())}
	h.open(monday)
	a := h.deliver(mail{})
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		tk := a.ticket
		tk.Entries = 9
		return tx.PutTicket(&tk)
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := ask(t, &Admin{local: h.Gateway}, "verify", NoArgs{})
	if err == nil || !strings.Contains(err.Error(), "damaged") || len(out) != 1 || len(out[0]["problems"].([]any)) == 0 {
		t.Errorf("%v, %v", out, err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}
