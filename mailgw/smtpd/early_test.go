package smtpd

import (
	"bufio"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

// TestSpeaksFirst: who sends commands before the greeting is sent away, and has no
// command carried out; who waits gets the greeting after the pause, the house at once.
func TestSpeaksFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &box{}
		house := netip.MustParseAddr("10.0.0.1")
		l := newBubble(t, b, func(o *Options) {
			o.GreetPause = 300 * time.Millisecond
			o.House = func(ip netip.Addr) bool { return ip == house }
		})
		listener := l.listen.(*pipes)
		from := func(ip string) *peer {
			c, err := listener.dial(&net.TCPAddr{IP: net.ParseIP(ip)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			return &peer{Conn: c, t: t, r: bufio.NewReader(c)}
		}
		begun := time.Now()
		p := from("192.0.2.1")
		p.send("EHLO bot.example\r\nMAIL FROM:<a@b.example>\r\n")
		p.want("554 5.5.1 wait for the greeting")
		p.closed()
		if took := time.Since(begun); took >= 300*time.Millisecond {
			t.Errorf("it was sent away after %v", took)
		}
		begun = time.Now()
		p = from("192.0.2.2")
		p.want("220 mx.example.com")
		if took := time.Since(begun); took != 300*time.Millisecond {
			t.Errorf("a stranger was greeted after %v", took)
		}
		p.ask("EHLO a.example", "250")
		begun = time.Now()
		from("10.0.0.1").want("220 mx.example.com")
		if took := time.Since(begun); took != 0 {
			t.Errorf("the house was greeted after %v", took)
		}
		if n := l.server.Counters().Refused["early"]; n != 1 {
			t.Errorf("counted %d", n)
		}
	})
}

// TestStopsWhileListening: the server need not wait for the pause.
func TestStopsWhileListening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBubble(t, nil, func(o *Options) { o.GreetPause = time.Hour })
		p := l.connect()
		synctest.Wait()
		begun := time.Now()
		l.stop()
		if err := l.wait(); err != nil || time.Since(begun) > time.Minute {
			t.Errorf("it took %v: %v", time.Since(begun), err)
		}
		p.Close()
	})
}

// TestPerNetwork: a network has so many connections together, the house as many as it
// wants, and what is closed counts no more.
func TestPerNetwork(t *testing.T) {
	o := Options{MaxConnectionsPerNet: 2, House: func(ip netip.Addr) bool { return ip == netip.MustParseAddr("192.0.2.99") }}
	u := &Usage{}
	for _, c := range []struct {
		ip string
		ok bool
	}{
		{"192.0.2.1", true}, {"192.0.2.2", true}, {"192.0.2.3", false}, {"192.0.2.99", true}, {"192.0.3.1", true},
		{"2001:db8:1::1", true}, {"2001:db8:1:ffff::1", true}, {"2001:db8:1:7::1", false}, {"2001:db8:2::1", true},
	} {
		why, ok := u.connect(netip.MustParseAddr(c.ip), &o)
		if ok != c.ok || !ok && why != refusedNet {
			t.Errorf("%s: %v %s, want %v", c.ip, ok, why, c.ok)
		}
	}
	if _, ok := u.connect(netip.Addr{}, &o); !ok {
		t.Error("a Unix socket has no network")
	}
	for _, ip := range []string{"192.0.2.1", "192.0.2.2", "192.0.2.99"} {
		u.disconnect(netip.MustParseAddr(ip))
	}
	if _, ok := u.connect(netip.MustParseAddr("192.0.2.4"), &o); !ok || len(u.byNet) != 5 {
		t.Errorf("after closing: %v, %d networks", ok, len(u.byNet))
	}
}
