//go:build linux

package main_test

import "testing"

// On a desk where nothing else happens an agent hears at once what a link has done, and
// can take it back.
func TestDoneIsToldAtOnce(t *testing.T) {
	a := newAgentDesk(t)
	press := func(id, addr string) {
		c, err := dial(a.smtp)
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		m := draft{id: id, from: "anna@example.com", name: "Anna Keller", subject: "Take it", body: "Press send.\r\n"}
		if r, err := c.send(m.from, []string{addr}, m.bytes()); err != nil || r.id() == "" {
			t.Fatal(r, err)
		}
	}
	press("take@client.example", a.step("Take it"))
	waitFor(t, "what was done", func() bool { return a.to("anna@example.com", "It is yours") != nil })
	a.wantAssigned("anna@example.com")
	a.notice = a.to("anna@example.com", "It is yours")
	press("undo@client.example", a.step("Take it back"))
	waitFor(t, "what was taken back", func() bool { return a.to("anna@example.com", "Taken back: whose it is") != nil })
}
