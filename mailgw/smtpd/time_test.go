package smtpd

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supportgw/mailgw/letter"
)

// lost wants that the server says a last reply and closes, that nothing of what
// is sent afterwards was taken for a command, and that no mail was taken.
func (p *peer) lost(l *lab, last string) {
	p.t.Helper()
	p.want(last)
	io.WriteString(p.Conn, "RSET\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<evil@example.com>\r\n.\r\nNOOP\r\n")
	p.closed()
	for _, addr := range l.asked {
		if strings.HasPrefix(addr, "evil") {
			p.t.Error("a line of the mail was taken for a command")
		}
	}
	if n := len(l.taken()); n != 0 {
		p.t.Errorf("%d mails were taken", n)
	}
}

// chunk sends what ask cannot: no CRLF follows.
func (p *peer) chunk(s, prefix string) {
	p.t.Helper()
	p.send(s)
	p.want(prefix)
}

// go-smtp goes on with commands when the deadline passes inside DATA.
func TestDeadlineInMail(t *testing.T) {
	for _, command := range []string{"DATA", "BDAT 10000", "BDAT 10000 LAST"} {
		t.Run(command, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newBubble(t, nil, nil)
				p := l.dial()
				p.begin()
				p.send(command + "\r\n")
				if command == "DATA" {
					p.want("354 ")
				}
				p.send("line\r\n")
				time.Sleep(61 * time.Second)
				p.lost(l, "421 4.4.2 the mail did not come in time")
				if n := l.server.Counters().Refused["timeout"]; n != 1 {
					t.Errorf("%d timeouts were counted", n)
				}
			})
		})
	}
}

// go-smtp's deadline is for the whole mail; ours is for each read.
func TestSlowButSteadyMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBubble(t, nil, nil)
		p := l.dial()
		p.begin()
		p.ask("DATA", "354 ")
		for range 9 {
			time.Sleep(50 * time.Second)
			p.send("line\r\n")
		}
		p.ask(".", "250 ")
		p.envelope()
		for range 9 {
			time.Sleep(50 * time.Second)
			p.chunk("BDAT 1\r\na", "250 ")
		}
		p.ask("BDAT 0 LAST", "250 ")
	})
}

// A mail has a limit too, however steadily it comes.
func TestMessageTimeout(t *testing.T) {
	send := map[string]func(p *peer) error{
		"DATA": func(p *peer) error {
			_, err := io.WriteString(p.Conn, "line\r\n")
			return err
		},
		"one BDAT chunk": func(p *peer) error {
			_, err := io.WriteString(p.Conn, "x")
			return err
		},
	}
	for name, next := range send {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newBubble(t, nil, nil)
				p := l.dial()
				p.begin()
				if name == "DATA" {
					p.ask("DATA", "354 ")
				} else {
					p.send("BDAT 1000 LAST\r\n")
				}
				start := time.Now()
				var sender sync.WaitGroup
				defer sender.Wait()
				sender.Go(func() {
					for range 30 {
						if next(p) != nil {
							return
						}
						time.Sleep(50 * time.Second)
					}
				})
				p.want("421 4.4.2 the mail did not come in time")
				if d := time.Since(start); d != 10*time.Minute {
					t.Errorf("after %v", d)
				}
				p.closed()
			})
		})
	}
}

// Between chunks the mail's limit counts on.
func TestMessageTimeoutBetweenChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBubble(t, nil, nil)
		p := l.dial()
		p.begin()
		for range 12 {
			p.chunk("BDAT 1\r\na", "250 ")
			time.Sleep(50 * time.Second)
		}
		p.lost(l, "421 4.4.2 the mail did not come in time")
	})
}

// The limit is for a whole command line, so that bytes that drip don't help.
func TestCommandTimeout(t *testing.T) {
	for name, drip := range map[string]bool{"silent": false, "dripping": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newBubble(t, nil, nil)
				p := l.dial()
				p.ask("HELO h", "250 ")
				start := time.Now()
				var sender sync.WaitGroup
				defer sender.Wait()
				sender.Go(func() {
					for drip {
						if _, err := p.Write([]byte("N")); err != nil {
							return
						}
						time.Sleep(20 * time.Second)
					}
				})
				p.want("421 4.4.2 no command came in time")
				if d := time.Since(start); d != time.Minute {
					t.Errorf("after %v", d)
				}
				p.closed()
			})
		})
	}
}

// A peer that does not read its replies is let go.
func TestPeerDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBubble(t, nil, nil)
		p := l.dial()
		p.send("HELO h\r\n")
		time.Sleep(61 * time.Second)
		if n := l.server.Counters().Connections; n != 0 {
			t.Errorf("%d connections", n)
		}
	})
}

// go-smtp's Shutdown leaves idle connections open.
func TestStopIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBubble(t, nil, nil)
		fresh, p := l.dial(), l.dial()
		p.begin() // an envelope without a mail is idle
		start := time.Now()
		l.stop()
		fresh.want("421 4.3.2 the service is stopping")
		fresh.closed()
		p.want("421 4.3.2 the service is stopping")
		p.closed()
		if err := l.wait(); err != nil || time.Since(start) != 0 {
			t.Errorf("Serve returned %v after %v", err, time.Since(start))
		}
	})
}

// A mail in flight comes to its 250.
func TestStopInMail(t *testing.T) {
	for _, chunks := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := newBubble(t, nil, nil)
			p := l.dial()
			p.begin()
			if chunks {
				p.chunk("BDAT 1\r\na", "250 ")
			} else {
				p.ask("DATA", "354 ")
			}
			l.stop()
			synctest.Wait()
			time.Sleep(50 * time.Second)
			if _, err := l.listen.(*pipes).dial(nil); err == nil {
				t.Error("a new connection was taken")
			}
			if chunks {
				p.chunk("BDAT 1 LAST\r\nb", "250 2.0.0 accepted")
			} else {
				p.ask("one\r\n.", "250 2.0.0 accepted")
			}
			p.want("421 4.3.2 the service is stopping")
			p.closed()
			if err := l.wait(); err != nil || len(l.taken()) != 1 {
				t.Errorf("Serve returned %v, mails %q", err, l.bodies())
			}
		})
	}
}

// A mail that does not come to its end within the grace time is not taken, and
// its sender knows. go-smtp's Close after a Shutdown closes nothing.
func TestStopAfterGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBubble(t, nil, func(o *Options) { o.CommandTimeout = time.Hour })
		p := l.dial()
		p.begin()
		p.ask("DATA", "354 ")
		p.send("line\r\n")
		l.stop()
		start := time.Now()
		p.lost(l, "421 4.3.2 the service is stopping")
		if d := time.Since(start); d != 2*time.Minute {
			t.Errorf("after %v", d)
		}
		if err := l.wait(); err != nil {
			t.Error(err)
		}
	})
}

// A Deliver that takes too long is told so, and its sender gets a true answer.
func TestStopInDeliver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBubble(t, &box{deliver: func(ctx context.Context, _ *letter.Arrival) error {
			<-ctx.Done()
			return ctx.Err()
		}}, nil)
		p := l.dial()
		p.begin()
		p.ask("DATA", "354 ")
		p.send(".\r\n")
		l.stop()
		p.want("451 4.3.2 ")
		p.want("421 4.3.2 ")
		p.closed()
		if err := l.wait(); err != nil {
			t.Error(err)
		}
	})
}

// A Deliver that never returns does not keep the gateway from stopping.
func TestStopDespiteHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l := newBubble(t, &box{deliver: func(context.Context, *letter.Arrival) error {
			<-release
			return errors.New("late")
		}}, nil)
		p := l.dial()
		p.begin()
		p.ask("DATA", "354 ")
		p.send(".\r\n")
		l.stop()
		if err := l.wait(); err == nil {
			t.Error("Serve returned nil while a mail was being delivered")
		}
		close(release)
		p.want("451 4.3.0 ")
	})
}

// A listener that fails is reported.
func TestListenerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBubble(t, nil, nil)
		p := l.dial()
		l.listen.Close()
		p.want("421 4.3.2 ")
		if err := l.wait(); err == nil {
			t.Error("Serve returned nil")
		}
	})
}
