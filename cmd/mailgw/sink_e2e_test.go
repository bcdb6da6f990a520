//go:build linux

package main_test

import (
	"bufio"
	"io"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
)

// sink is a next hop that takes everything, and counts what it takes.
type sink struct {
	listener net.Listener

	mu    sync.Mutex
	mails map[string]int                 // how often each Message-ID and recipient was taken
	first func(*netmail.Message, string) // called with each different mail and its recipient; nil: not wanted
	open  map[net.Conn]bool
	conns sync.WaitGroup
}

func newSink(t testing.TB) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{listener: l, mails: map[string]int{}, open: map[net.Conn]bool{}}
	s.conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open[c] = true
			s.mu.Unlock()
			s.conns.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		for c := range s.open {
			_ = c.Close() // it may have ended by itself
		}
		s.mu.Unlock()
		s.conns.Wait()
	})
	return s
}

func (s *sink) address() string { return s.listener.Addr().String() }

// serve speaks SMTP until the peer or the test ends it.
func (s *sink) serve(c net.Conn) {
	defer func() {
		s.mu.Lock()
		delete(s.open, c)
		s.mu.Unlock()
		_ = c.Close() // the test may have closed it
	}()
	r := textproto.NewReader(bufio.NewReader(c))
	say := func(line string) bool {
		_, err := io.WriteString(c, line+"\r\n")
		return err == nil
	}
	var to []string
	for ok := say("220 sink"); ok; {
		line, err := r.ReadLine()
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(line, ":")
		switch verb = strings.ToUpper(verb); {
		case verb == "MAIL FROM":
			to = nil
			ok = say("250 ok")
		case verb == "RCPT TO":
			addr, _, _ := strings.Cut(strings.TrimLeft(rest, "<"), ">")
			to = append(to, addr)
			ok = say("250 ok")
		case verb == "DATA":
			if !say("354 go on") {
				return
			}
			body, err := r.ReadDotBytes()
			if err != nil {
				return
			}
			s.take(body, to)
			ok = say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			ok = say("250 ok")
		}
	}
}

func (s *sink) take(body []byte, to []string) {
	id := "unreadable"
	m, err := netmail.ReadMessage(strings.NewReader(string(body)))
	if err == nil {
		id = m.Header.Get("Message-ID")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rcpt := range to {
		if s.mails[id+" "+rcpt]++; s.first != nil && err == nil && s.mails[id+" "+rcpt] == 1 {
			s.first(m, rcpt)
		}
	}
}

// counted is how many different mails were taken, and how many more in all.
func (s *sink) counted() (different, doubled int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, n := range s.mails {
		doubled += n - 1
	}
	return len(s.mails), doubled
}
