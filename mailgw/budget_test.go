package mailgw

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/config"
)

func TestBudgetLines(t *testing.T) {
	at := monday
	limits := config.Budget{PerAddress: 3, PerDomain: 5, PerNetwork: 7, Total: 11}
	for _, c := range []struct {
		name   string
		limits config.Budget
		spend  func(n int) spend
		want   int // how many of 200 may leave
		why    string
	}{
		{"one address", limits, func(int) spend { return spend{address: "a@x.example"} }, 3, "per_address"},
		{"one address in many cases", limits, func(n int) spend {
			return spend{address: [...]string{"ab@x.example", "Ab@x.example", "aB@x.example", "AB@x.example"}[n%4]}
		}, 3, "per_address"},
		{"one mailbox behind + and dots", limits, func(n int) spend {
			return spend{address: [...]string{"a.b@x.example", fmt.Sprintf("ab+%d@x.example", n), "a.b.+x@X.example"}[n%3]}
		}, 3, "per_address"},
		{"one domain", limits, func(n int) spend { return spend{address: fmt.Sprintf("a%d@x.example", n)} }, 5, "per_domain"},
		{"one /24", limits, func(n int) spend {
			return spend{address: fmt.Sprintf("a@x%d.example", n), client: netip.AddrFrom4([4]byte{192, 0, 2, byte(n)})}
		}, 7, "per_network"},
		{"one /24 written as IPv6", limits, func(n int) spend {
			return spend{address: fmt.Sprintf("a@x%d.example", n), client: netip.MustParseAddr(fmt.Sprintf("::ffff:192.0.2.%d", n))}
		}, 7, "per_network"},
		{"one /48", limits, func(n int) spend {
			return spend{address: fmt.Sprintf("a@x%d.example", n), client: netip.MustParseAddr(fmt.Sprintf("2001:db8:7:%x::1", n))}
		}, 7, "per_network"},
		{"an upstream's network does not count", limits, func(n int) spend {
			return spend{address: fmt.Sprintf("a@x%d.example", n), client: netip.MustParseAddr("192.0.2.1"), insider: true}
		}, 11, "total"},
		{"all", limits, func(n int) spend { return spend{address: fmt.Sprintf("a@x%d.example", n)} }, 11, "total"},
		{"authenticated", limits, func(int) spend { return spend{address: "a@x.example", authenticated: true} }, 30, "per_address"},
		{"address off", config.Budget{PerDomain: 5}, func(int) spend { return spend{address: "a@x.example"} }, 5, "per_domain"},
		{"all off", config.Budget{}, func(int) spend { return spend{address: "a@x.example"} }, 200, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &budget{}
			left, last := 0, ""
			for n := range 200 {
				ok, why := b.take(c.limits, at, c.spend(n))
				if ok {
					left++
				} else {
					last = why
				}
			}
			if left != c.want || c.why != "" && !strings.Contains(last, "acknowledge.budget."+c.why) {
				t.Errorf("%d left (%s), want %d by %s", left, last, c.want, c.why)
			}
		})
	}
}

// The hour slides: what was used in the hour before counts for the part of it
// that is less than an hour ago.
func TestBudgetHourSlides(t *testing.T) {
	b := &budget{}
	limits := config.Budget{PerAddress: 4}
	take := func(at time.Time) bool { ok, _ := b.take(limits, at, spend{address: "a@x.example"}); return ok }
	nine := time.Date(2026, 7, 13, 9, 0, 0, 0, time.UTC)
	for range 4 {
		take(nine.Add(50 * time.Minute))
	}
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{
		{time.Hour, false},                      // all four count
		{75 * time.Minute, true},                // three quarters of them do
		{75*time.Minute + time.Second, true},    // and one
		{75*time.Minute + 2*time.Second, false}, // and two
		{3 * time.Hour, true},                   // two hours later nothing counts
	} {
		if got := take(nine.Add(c.after)); got != c.want {
			t.Errorf("after %s: %v, want %v", c.after, got, c.want)
		}
	}
	if !take(nine.Add(2 * time.Hour)) {
		t.Error("a clock that goes back uses up the budget")
	}
}

// Over budget nothing goes out, and the desk has half of the time.
func TestOverBudgetHalvesTheTarget(t *testing.T) {
	h := newHouse(t, "acknowledge.budget.per_address=1")
	from := mail{from: "gus@globex.example", client: stranger}
	first, second := h.deliver(from), h.deliver(from)
	if first.ack == nil || second.ack != nil {
		t.Fatalf("acknowledged %v, %v", first.ack != nil, second.ack != nil)
	}
	// 10:00 + 8 h of 09:00-17:30 is 09:30 of Tuesday; + 4 h is 14:00 of the same day.
	if got := first.ticket.PromiseDue; !got.Equal(time.Date(2026, 7, 14, 7, 30, 0, 0, time.UTC)) || !first.ticket.Told {
		t.Errorf("told %v: %s", first.ticket.Told, got)
	}
	if got := second.ticket.PromiseDue; !got.Equal(time.Date(2026, 7, 13, 12, 0, 0, 0, time.UTC)) || second.ticket.Told {
		t.Errorf("over budget, told %v: %s", second.ticket.Told, got)
	}
	if got := strings.Join(h.events(2), "\n"); !strings.Contains(got, "mailgw: target 2026-07-13 14:00") {
		t.Errorf("events: %s", got)
	}
	h.at(monday.Add(61 * time.Minute * 2))
	if third := h.deliver(from); third.ack == nil {
		t.Error("two hours later nothing goes out")
	}
}
