package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// reply is a mail that asks for the ticket of outage, from somebody who has
// nothing to do with it. Each n is another.
func reply(n int) string {
	return fmt.Sprintf("From: Joe <joe@elsewhere.example>\nTo: support@example.com\nSubject: Re: Production down in hall 3\n"+
		"Date: Fri, 20 Nov 2026 15:02:00 +0100\nMessage-ID: <reply%d@elsewhere.example>\nIn-Reply-To: <outage@acme.example>\n\nWith us, too. %d\n", n, n)
}

// signUp is a mail of a third service, which is quarantined.
const signUp = `From: Shop <no-reply@shop.example>
To: support@example.com
Subject: Your verification code
Date: Fri, 20 Nov 2026 15:03:00 +0100
Message-ID: <code@shop.example>

Your verification code is 493021.
It expires in 10 minutes.
`

// TestDrawers lists, admits, rejects and releases, in the daemon and on the closed store.
func TestDrawers(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("rosa@acme.example", outage)
	for n := 1; n <= 4; n++ {
		g.send("joe@elsewhere.example", reply(n))
	}
	g.send("bounce@shop.example", signUp)
	ids := []string{""}
	for n := 1; n <= 4; n++ {
		ids = append(ids, g.idOf(fmt.Sprintf("reply%d@elsewhere.example", n)))
	}
	code := g.idOf("code@shop.example")
	contract := []answered{
		{[]string{"held", "list"}, map[string]string{"": "id from subject ticket why due_at"}},
		{[]string{"junk", "list"}, map[string]string{"": "id from subject why since"}},
	}
	for _, c := range contract {
		checkKeys(t, "daemon", g.must(append(c.args, "--json")...), c.keys)
	}
	if out := g.must("held", "list"); strings.Count(out, "\n") != 1+2*4 || !strings.Contains(out, ids[1]) || !strings.Contains(out, "why: ") || !strings.Contains(out, "Joe <joe@elsewhere") {
		t.Errorf("held list printed\n%s", out)
	}
	if out := g.must("junk", "list"); !strings.Contains(out, code) || !strings.Contains(out, "Your verification code") {
		t.Errorf("junk list printed\n%s", out)
	}
	if got, want := g.must("held", "admit", ids[1]), "mail "+ids[1]+" is on ticket 1 now; ticket 2 is closed\n"; got != want {
		t.Errorf("admit printed %q, want %q", got, want)
	}
	if got, want := g.must("held", "reject", ids[2]), "mail "+ids[2]+" is rejected; ticket 3 is closed\n"; got != want {
		t.Errorf("reject printed %q, want %q", got, want)
	}
	g.stop()
	for _, c := range contract {
		checkKeys(t, "closed store", g.must(append(c.args, "--json")...), c.keys)
	}
	checkKeys(t, "admit", g.must("held", "admit", ids[3], "--json"), map[string]string{"": "id ticket own_ticket agent"})
	checkKeys(t, "reject", g.must("held", "reject", ids[4], "--json"), map[string]string{"": "id ticket own_ticket agent"})
	if got, want := g.must("junk", "release", code), "mail "+code+" is on ticket 6 now; its writer is told nothing: no-reply@shop.example is not read by a person\n"; got != want {
		t.Errorf("release printed %q, want %q", got, want)
	}
	if out := g.must("held", "list", "--json") + g.must("junk", "list", "--json"); out != "" {
		t.Errorf("still in a drawer: %s", out)
	}
	var found struct {
		Outcome string
		Ticket  int
	}
	if err := json.Unmarshal([]byte(g.must("ticket", "find", ids[3], "--json")), &found); err != nil || found.Outcome != "held" || found.Ticket != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	if out := g.must("verify"); strings.Contains(out, "problem:") {
		t.Error(out)
	}
}

// TestHeldAgentIsToldApart says that nobody got the words of a mail in an agent's name.
func TestHeldAgentIsToldApart(t *testing.T) {
	g := newSite(t)
	g.serve("--set", "smtp.trusted_networks=[]") // so nothing proves who wrote
	g.send("rosa@acme.example", outage)
	g.send("anna@example.com", strings.Replace(reply(1), "Joe <joe@elsewhere.example>", "Anna Keller <anna@example.com>", 1))
	out := g.must("held", "admit", g.idOf("reply1@elsewhere.example"))
	if !strings.Contains(out, "in the name of anna@example.com: it was not sent to the customer; to answer, write: mailgw ticket reply 1 --as anna@example.com --text -") {
		t.Errorf("admit printed %q", out)
	}
}

// TestDrawerUsage costs one clear line each.
func TestDrawerUsage(t *testing.T) {
	g := newSite(t)
	g.serve()
	g.send("rosa@acme.example", outage)
	id := g.idOf("outage@acme.example")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"held", "admit"}, exitUsage, "the id of a held mail"},
		{[]string{"held", "admit", "nonsense!"}, exitUsage, "mailgw held list shows them"},
		{[]string{"held", "reject", id}, exitFailed, "mail " + id + " is not in the drawer held (any more): it is on ticket 1"},
		{[]string{"held", "admt", id}, exitUsage, "admit"},
		{[]string{"junk", "release", "0000000000001"}, exitFailed, "no mail was accepted with the id 0000000000001; mailgw junk list shows what waits"},
		{[]string{"junk", "list", "now"}, exitUsage, "now"},
	} {
		o := g.call(c.args...)
		if o.status != c.status || !strings.Contains(o.stderr, c.want) || strings.Count(o.stderr, "\n") != 1 || o.stdout != "" {
			t.Errorf("mailgw %v: status %d, stdout %q, stderr %q, want %q", c.args, o.status, o.stdout, o.stderr, c.want)
		}
	}
}
