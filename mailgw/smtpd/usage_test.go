package smtpd

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"supportgw/mailgw/letter"
)

// bulk is a body of n octets, a multiple of 16.
func bulk(n int) string { return strings.Repeat("0123456789abcd\r\n", n/16) }

const refusedForRoom = "452 4.3.1 too much mail is coming in at this moment; please try again later"

// littleRoom lets in mails of 64 KiB, one at a time.
func littleRoom(o *Options) { o.MaxMessageBytes, o.MaxBufferedBytes = 64<<10, 64<<10 }

// hold sends most of a large mail, and waits until the server has it.
func (p *peer) hold(l *lab) {
	p.t.Helper()
	p.begin()
	p.ask("DATA", "354 ")
	p.send(bulk(60 << 10))
	until(p.t, "the mail has its room", func() bool { return l.server.Counters().BufferedBytes > 60<<10 })
}

// A mail that has no room beside the others is refused for now, and the
// connection goes on.
func TestNoRoom(t *testing.T) {
	l := newLab(t, nil, littleRoom)
	first := l.dial()
	first.hold(l)
	p := l.dial()
	p.begin()
	p.ask("DATA", "354 ")
	wantText(t, "DATA", p.ask(bulk(60<<10)+".", ""), refusedForRoom)
	p.envelope()
	wantText(t, "BDAT LAST", p.ask("BDAT 61440 LAST\r\n"+bulk(60<<10-16)+"0123456789abcd", ""), refusedForRoom)
	p.envelope()
	wantText(t, "BDAT", p.ask("BDAT 61440\r\n"+bulk(60<<10-16)+"0123456789abcd", ""), refusedForRoom)
	p.ask("BDAT 2 LAST\r\n", "503 ")
	p.ask("RSET", "250 ")
	wantText(t, "MAIL", p.ask("MAIL FROM:<a@b.example> SIZE=61440", ""), refusedForRoom)
	p.envelope()
	p.ask("DATA", "354 ")
	p.ask(plain+".", "250 ") // there is room for a small one
	if n := len(l.taken()); n != 1 {
		t.Errorf("%d mails were taken", n)
	}
	first.ask(".", "250 ")
	p.ask("MAIL FROM:<a@b.example> SIZE=61440", "250 ")
	p.ask("RCPT TO:<support@example.com>", "250 ")
	p.ask("DATA", "354 ")
	p.ask(bulk(60<<10)+".", "250 ")
	c := l.server.Counters()
	if c.Refused["buffered_bytes"] != 4 || c.Refused["size"] != 0 || c.Accepted != 3 {
		t.Errorf("counters: %+v", c)
	}
	if log := l.log.String(); strings.Count(log, "reason=buffered_bytes") != 4 {
		t.Errorf("not all refusals are in the log:\n%s", log)
	}
}

// What is wrong with a mail for good is said also when it has no room.
func TestNoRoomIsNoExcuse(t *testing.T) {
	l := newLab(t, nil, littleRoom)
	first := l.dial()
	first.hold(l)
	p := l.dial()
	p.begin()
	p.ask("DATA", "354 ")
	p.ask(bulk(60<<10)+"bare\n\r\n.", "554 5.6.0 ")
}

// Each recipient of LMTP hears it.
func TestNoRoomLMTP(t *testing.T) {
	room := &Usage{}
	l := newLab(t, nil, func(o *Options) { littleRoom(o); o.Usage = room })
	mx := l.dial()
	mx.hold(l)
	lmtp := newLab(t, nil, func(o *Options) { littleRoom(o); o.Usage, o.LMTP = room, true })
	p := lmtp.dial()
	p.ask("LHLO h", "250-")
	p.envelope()
	p.ask("RCPT TO:<billing@example.com>", "250 ")
	p.ask("DATA", "354 ")
	p.ask(bulk(60<<10)+".", "452 4.3.1 <support@example.com> too much mail")
	p.want("452 4.3.1 <billing@example.com> too much mail")
	p.ask("NOOP", "250 ")
}

// A mail of the largest size has room when it is alone, however little there is.
func TestRoomForTheLargest(t *testing.T) {
	for _, c := range []struct{ name, size, newline, body string }{
		{"not announced", "", "reject", bulk(1 << 20)},
		{"announced", " SIZE=1048576", "reject", bulk(1 << 20)},
		{"bare newlines", "", "fix", strings.Repeat("\n", 1<<19-2) + "\r\n\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, nil, func(o *Options) { o.MaxBufferedBytes, o.BareNewline = 1, c.newline })
			p := l.dial()
			p.ask("EHLO "+strings.Repeat("h", 1900), "250-")
			p.ask("MAIL FROM:<"+strings.Repeat("a", 880)+"@b.example>"+c.size, "250 ")
			p.ask("RCPT TO:<"+strings.Repeat("s", 880)+"@example.com>", "250 ")
			p.ask("DATA", "354 ")
			p.ask(c.body+".", "250 ")
			if n := len(l.bodies()[0]); n != 1<<20 {
				t.Errorf("%d octets", n)
			}
		})
	}
}

// Room is given back however a mail ends.
func TestRoomIsGivenBack(t *testing.T) {
	for name, end := range map[string]func(l *lab, p *peer){
		"taken":          func(_ *lab, p *peer) { p.ask(".", "250 ") },
		"refused":        func(_ *lab, p *peer) { p.ask("refuse\r\n.", "451 ") },
		"panic":          func(_ *lab, p *peer) { p.ask("panic\r\n.", "451 ") },
		"too large":      func(_ *lab, p *peer) { p.send(bulk(2 << 20)) }, // at once, not only at the dot
		"bare LF":        func(_ *lab, p *peer) { p.send("a\n\r\n") },
		"too many hops":  func(_ *lab, p *peer) { p.ask("\r\n.", "554 5.4.6 ") },
		"the peer left":  func(_ *lab, p *peer) { p.Close() },
		"silence":        func(_ *lab, p *peer) { p.want("421 4.4.2 ") },
		"the grace ends": func(l *lab, p *peer) { l.stop(); p.want("421 4.3.2 ") },
	} {
		t.Run(name, func(t *testing.T) {
			delivering := int64(-1)
			testRoomGivenBack(t, &delivering, func(p *peer) {
				p.ask("DATA", "354 ")
				p.send(strings.Repeat("Received: x\r\n", 6))
			}, name == "too many hops", end)
			if name == "taken" && delivering <= 0 {
				t.Errorf("while a mail is delivered %d bytes are counted", delivering)
			}
		})
	}
	for name, end := range map[string]func(l *lab, p *peer){
		"last chunk":     func(_ *lab, p *peer) { p.ask("BDAT 0 LAST", "250 ") },
		"RSET":           func(_ *lab, p *peer) { p.ask("RSET", "250 ") },
		"EHLO":           func(_ *lab, p *peer) { p.ask("EHLO h", "250-") },
		"QUIT":           func(_ *lab, p *peer) { p.ask("QUIT", "221 ") },
		"the peer left":  func(_ *lab, p *peer) { p.Close() },
		"silence":        func(_ *lab, p *peer) { p.want("421 4.4.2 ") },
		"a bad command":  func(_ *lab, p *peer) { p.ask("BDAT x", "501 ") },
		"the grace ends": func(l *lab, p *peer) { l.stop(); p.want("421 4.3.2 ") },
	} {
		t.Run("BDAT, "+name, func(t *testing.T) {
			var delivering int64
			testRoomGivenBack(t, &delivering, func(p *peer) { p.chunk("BDAT 4\r\nabcd", "250 ") }, false, end)
		})
	}
}

func testRoomGivenBack(t *testing.T, delivering *int64, begin func(*peer), hops bool, end func(*lab, *peer)) {
	synctest.Test(t, func(t *testing.T) {
		var l *lab
		l = newBubble(t, &box{deliver: func(_ context.Context, a *letter.Arrival) error {
			*delivering = l.server.Counters().BufferedBytes
			switch text := string(a.Raw); {
			case strings.Contains(text, "refuse"):
				return errors.New("refused")
			case strings.Contains(text, "panic"):
				panic("poison")
			}
			return nil
		}}, func(o *Options) {
			o.MaxBufferedBytes = 8 << 20
			o.CommandTimeout = time.Hour // so that the grace time ends first
			if !hops {
				o.MaxReceivedHops = 0
			}
		})
		p := l.dial()
		p.begin()
		begin(p)
		synctest.Wait()
		if n := l.server.Counters().BufferedBytes; n <= 0 {
			t.Errorf("%d bytes are counted for a mail in flight", n)
		}
		end(l, p)
		synctest.Wait()
		if n := l.server.Counters().BufferedBytes; n != 0 {
			t.Errorf("%d bytes are still counted", n)
		}
	})
}

// A mail that was refused takes no room when there is some again.
func TestNoRoomStays(t *testing.T) {
	o := &Options{MaxBufferedBytes: 16 << 10, Usage: &Usage{}}
	n := newIntake(0, o)
	for range 2 {
		n.take([]byte(bulk(8 << 10)))
	}
	if refusal, _ := n.verdict(); refusal != noRoom {
		t.Fatalf("verdict: %v", refusal)
	}
	piece := []byte("a\r\n")
	if allocs := testing.AllocsPerRun(100, func() { n.take(piece) }); allocs > 0 {
		t.Errorf("%v buffers for each further piece", allocs)
	}
	if refusal, _ := n.verdict(); refusal != noRoom || o.Usage.buffered() != 0 {
		t.Errorf("verdict: %v, %d bytes are counted", refusal, o.Usage.buffered())
	}
}

// Many mails in little room: never more than there is, and each gets in when
// its sender tries again.
func TestManyInLittleRoom(t *testing.T) {
	var most atomic.Int64
	var l *lab
	l = newLab(t, &box{deliver: func(context.Context, *letter.Arrival) error {
		most.Store(max(most.Load(), l.server.Counters().BufferedBytes))
		return nil
	}}, func(o *Options) { o.MaxMessageBytes, o.MaxBufferedBytes = 64<<10, 192<<10 })
	var peers sync.WaitGroup
	for range 8 {
		p := l.dial()
		p.begin()
		peers.Go(func() {
			for taken, end := 0, time.Now().Add(patience); taken < 5; {
				if time.Now().After(end) {
					t.Error("there is never room")
					return
				}
				p.send("DATA\r\n" + bulk(60<<10) + ".\r\nMAIL FROM:<>\r\nRCPT TO:<support@example.com>\r\n")
				for i, want := range []string{"354", "", "250", "250"} {
					reply, err := p.reply()
					if err != nil || !strings.HasPrefix(reply, want) || i == 1 && reply[:3] != "250" && reply != refusedForRoom {
						t.Errorf("%q %v, want %q", reply, err, want)
						return
					}
					if i == 1 && reply[:3] == "250" {
						taken++
					}
				}
			}
		})
	}
	peers.Wait()
	until(t, "all room is given back", func() bool { return l.server.Counters().BufferedBytes == 0 })
	if n := most.Load(); n > 192<<10 || n < 60<<10 {
		t.Errorf("as much as %d bytes were counted", n)
	}
	if n := len(l.taken()); n != 40 {
		t.Errorf("%d mails", n)
	}
}

// Servers with one Usage count connections together.
func TestSharedConnections(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"in all":      func(o *Options) { o.MaxConnections = 2 },
		"per address": func(o *Options) { o.MaxConnectionsPerIP = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			shared := &Usage{}
			mx := newLab(t, nil, func(o *Options) { change(o); o.Usage = shared })
			lmtp := newLab(t, nil, func(o *Options) { change(o); o.Usage, o.LMTP = shared, true })
			first := mx.dial()
			lmtp.dial()
			for _, l := range []*lab{mx, lmtp} {
				p := l.connect()
				p.want("421 4.7.0 too many connections, try again later")
				p.closed()
			}
			first.ask("QUIT", "221 ")
			first.closed()
			until(t, "the place is free", func() bool { return mx.server.Counters().Connections == 0 })
			lmtp.dial()
			if a, b := mx.server.Counters(), lmtp.server.Counters(); a.Connections != 0 || b.Connections != 2 {
				t.Errorf("connections: %d and %d", a.Connections, b.Connections)
			}
		})
	}
}

// A peer that is slow in the middle of a mail keeps its room no longer than the
// mail may take.
func TestSlowMailKeepsNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBubble(t, nil, littleRoom)
		slow := l.dial()
		slow.begin()
		slow.ask("DATA", "354 ")
		slow.send(bulk(60 << 10))
		time.Sleep(30 * time.Second)
		p := l.dial()
		p.begin()
		p.ask("DATA", "354 ")
		p.ask(bulk(60<<10)+".", refusedForRoom)
		slow.want("421 4.4.2 ")
		synctest.Wait()
		p.envelope()
		p.ask("DATA", "354 ")
		p.ask(bulk(60<<10)+".", "250 ")
	})
}
