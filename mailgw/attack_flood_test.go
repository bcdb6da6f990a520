package mailgw

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"testing"

	"supportgw/mailgw/letter"
)

// attacks is how many mails of forged senders a flood has: MAILGW_ATTACKS, or few.
func attacks(t *testing.T) int {
	t.Helper()
	s := os.Getenv("MAILGW_ATTACKS")
	if s == "" {
		return 300
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("MAILGW_ATTACKS: %q", s)
	}
	return n
}

// Floods of forged senders within one hour: all mails are taken, and the automatic
// mails that they cause are bounded by a budget, at most one for each.
func TestAttackFlood(t *testing.T) {
	n := attacks(t)
	// The budgets of config.example.toml are for floods of 10,000; smaller ones
	// are tried with smaller budgets.
	scale := func(budget int) int { return max(1, min(budget, budget*n/10000)) }
	address, domain, net, total := 3, scale(200), scale(600), scale(5000)
	set := []string{fmt.Sprintf("acknowledge.budget={per_address=%d,per_domain=%d,per_network=%d,total=%d}", address, domain, net, total), `smtp.trusted_networks=[]`}
	many := func(i int) netip.Addr {
		return netip.AddrFrom4([4]byte{203, byte(i >> 8), byte(i), 7})
	}
	one := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{203, 0, 113, byte(i)}) }
	for _, c := range []struct {
		name   string
		sender func(i int) string
		client func(i int) netip.Addr
		most   int
	}{
		{"one address", func(int) string { return "joe@people.example" }, many, address},
		{"one mailbox in many spellings", func(i int) string { return fmt.Sprintf("j.oe+%d@people.example", i) }, many, address},
		{"one domain", func(i int) string { return fmt.Sprintf("joe%d@people.example", i) }, many, domain},
		{"one network, a domain each", func(i int) string { return fmt.Sprintf("joe@people%d.example", i) }, one, net},
		{"a network and a domain each", func(i int) string { return fmt.Sprintf("joe@people%d.example", i) }, many, total},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, set...)
			sent := 0
			for i := range n {
				from := c.sender(i)
				h.n++
				raw := fmt.Sprintf("Received: from x by mx; Mon, 13 Jul 2026 08:00:00 +0000\r\nFrom: <%s>\r\nTo: support@example.com\r\nSubject: Matter %d\r\nMessage-ID: <f%d@x.example>\r\n\r\nWords of number %d.\r\n", from, i, i, i)
				a := &letter.Arrival{ID: h.ids.Next(), Source: "mx", ReversePath: from, Recipients: []string{"support@example.com"}, ClientIP: c.client(i), At: h.clock.Now(), Raw: []byte(raw)}
				if err := h.Deliver(context.Background(), a); err != nil {
					t.Fatal(err)
				}
			}
			per := map[string]int{}
			for _, row := range h.rows() {
				if row.Kind == "acknowledgement" {
					per[row.EnvelopeTo[0]]++
					sent++
				}
			}
			if sent > c.most || sent == 0 {
				t.Errorf("%d automatic mails, want at most %d", sent, c.most)
			}
			for addr, got := range per {
				if got > address {
					t.Errorf("%d mails to %s", got, addr)
				}
			}
			t.Logf("%d forged mails, %d automatic mails to %d addresses", n, sent, len(per))
		})
	}
}
