package mailgw

import (
	"net/netip"
	"strings"
	"sync"
	"time"

	"supportgw/mailgw/config"
)

// budget bounds the automatic answers of an hour, so that nobody can use us to
// flood somebody: per address, domain and outside network, and in all. It counts
// in memory: after a restart an hour begins anew.
type budget struct {
	mu   sync.Mutex
	hour time.Time // start of the hour that now counts
	now  map[string]int
	last map[string]int // the hour before
}

// spend is one answer that wants to leave.
type spend struct {
	address       string
	client        netip.Addr // who handed the mail in from outside, see mailauth.Verdict.Client
	insider       bool       // the client is ours: its network says nothing about the sender
	authenticated bool
}

// authenticatedFactor is how much more a proven sender may cause.
const authenticatedFactor = 10

// take books one answer, or says which budget is used up.
func (b *budget) take(limits config.Budget, now time.Time, s spend) (bool, string) {
	return b.ask(limits, now, s, 1)
}

// peek says what take would, and books nothing.
func (b *budget) peek(limits config.Budget, now time.Time, s spend) (bool, string) {
	return b.ask(limits, now, s, 0)
}

// giveBack takes a booking back: the answer did not come to be.
func (b *budget) giveBack(limits config.Budget, now time.Time, s spend) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(now)
	for _, l := range spendLines(limits, s) {
		if b.now[l.key] > 0 {
			b.now[l.key]--
		}
	}
}

// ask looks whether n answers more are within the budgets, and books them. The
// hour slides: what the hour before used counts for the part of it that is less
// than an hour ago.
func (b *budget) ask(limits config.Budget, now time.Time, s spend, n int) (bool, string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn(now)
	lines := spendLines(limits, s)
	left := 1 - now.Sub(b.hour).Seconds()/time.Hour.Seconds()
	for _, l := range lines {
		if s.authenticated {
			l.limit *= authenticatedFactor
		}
		if used := float64(b.now[l.key]) + left*float64(b.last[l.key]); l.limit > 0 && used >= float64(l.limit) {
			return false, "over budget: " + l.name + " is used up for this hour"
		}
	}
	for _, l := range lines {
		if l.limit > 0 {
			b.now[l.key] += n
		}
	}
	return true, "a person waits, and no told promise is open"
}

// spendLine is one budget that an answer counts for.
type spendLine struct {
	key   string // what is counted
	limit int    // 0 = none
	name  string // the key of the configuration
}

func spendLines(limits config.Budget, s spend) []spendLine {
	lines := []spendLine{
		{"@" + domainOf(s.address), limits.PerDomain, "acknowledge.budget.per_domain"},
		{mailbox(s.address), limits.PerAddress, "acknowledge.budget.per_address"},
		{"", limits.Total, "acknowledge.budget.total"},
	}
	if n, ok := network(s.client); ok && !s.insider {
		lines = append(lines, spendLine{n, limits.PerNetwork, "acknowledge.budget.per_network"})
	}
	return lines
}

// mailbox is the address as its host may read it: one person must not be flooded
// by spelling him in many ways. Many hosts deliver user+anything and u.s.e.r to
// user; where they do not, namesakes share a budget.
func mailbox(addr string) string {
	local, _, _ := strings.Cut(localOf(addr), "+")
	if local = strings.ReplaceAll(local, ".", ""); local == "" {
		return strings.ToLower(addr)
	}
	return local + "@" + domainOf(addr)
}

// turn goes on to the hour of now.
func (b *budget) turn(now time.Time) {
	hour := now.Truncate(time.Hour)
	if b.now != nil && !hour.After(b.hour) {
		return
	}
	b.last = nil
	if hour.Equal(b.hour.Add(time.Hour)) {
		b.last = b.now
	}
	b.hour, b.now = hour, map[string]int{}
}

// network is the /24 or /48 of a client.
func network(a netip.Addr) (string, bool) {
	if !a.IsValid() {
		return "", false
	}
	a = a.Unmap()
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return "", false
	}
	return p.String(), true
}
