package smtpd

import (
	"context"
	"strings"
	"sync"
	"testing"

	"supportgw/mailgw/letter"
)

// scanners refuse where their names say, and count who was begun and closed.
type scanners struct {
	mu            sync.Mutex
	begun, closed int
	ended         []context.Context
}

type scanned struct{ s *scanners }

func (s *scanners) begin(ctx context.Context, a *letter.Arrival) (Scan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun++
	s.ended = append(s.ended, ctx)
	var err error
	if strings.HasPrefix(a.ReversePath, "spammer@") {
		err = &ReplyError{Code: 554, Enhanced: [3]int{5, 7, 1}, Text: "no mail of yours", Peer: true}
	}
	return &scanned{s}, err
}

func (s *scanned) Recipient(addr string) error {
	if strings.HasPrefix(addr, "trap@") {
		return &ReplyError{Code: 550, Enhanced: [3]int{5, 7, 1}, Text: "a trap", Peer: true}
	}
	return nil
}

func (s *scanned) Message(a *letter.Arrival) error {
	switch {
	case strings.Contains(string(a.Raw), "virus"):
		return &ReplyError{Code: 554, Enhanced: [3]int{5, 7, 1}, Text: "a virus", Peer: true}
	case strings.Contains(string(a.Raw), "panic"):
		panic("scanner")
	}
	a.Raw = append(append([]byte(nil), a.Raw[:a.Body]...), append([]byte("X-Seen: yes\r\n"), a.Raw[a.Body:]...)...)
	return nil
}

func (s *scanned) Close() {
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	s.s.closed++
}

// TestScan: scanners are asked at each step, what they refuse is refused there, what they
// change is delivered, and each mail's is closed, however it ends.
func TestScan(t *testing.T) {
	s, b := &scanners{}, &box{}
	l := newLab(t, b, func(o *Options) { o.Scan = s.begin })
	p := l.dial()
	p.begin()
	p.ask("RSET", "250 ")
	p.ask("MAIL FROM:<spammer@b.example>", "554 5.7.1 no mail of yours")
	p.ask("RCPT TO:<a@example.com>", "503 ")
	p.ask("MAIL FROM:<a@b.example>", "250 ")
	p.ask("RCPT TO:<trap@example.com>", "550 5.7.1 a trap")
	p.ask("RCPT TO:<a@example.com>", "250 ")
	p.ask("DATA", "354 ")
	p.ask("Subject: virus\r\n\r\nx\r\n.", "554 5.7.1 a virus")
	p.envelope()
	p.ask("DATA", "354 ")
	p.ask("Subject: panic\r\n\r\nx\r\n.", "451 ")
	p.envelope()
	p.ask("DATA", "354 ")
	p.ask(plain+".", "250 ")
	p.envelope()
	p.ask("QUIT", "221 ")
	p.closed()
	if mails := b.taken(); len(mails) != 1 || !strings.HasPrefix(string(mails[0].Raw[mails[0].Body:]), "X-Seen: yes\r\n") {
		t.Errorf("%d mails delivered", len(mails))
	}
	l.stop()
	if err := l.wait(); err != nil {
		t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun != 6 || s.closed != s.begun {
		t.Errorf("%d begun, %d closed", s.begun, s.closed)
	}
	for i, ctx := range s.ended {
		if ctx.Err() == nil {
			t.Errorf("what was begun for mail %d goes on", i)
		}
	}
}
