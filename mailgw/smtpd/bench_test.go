package smtpd

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"supportgw/mailgw/letter"
)

// discard is a Handler that keeps nothing.
type discard struct{}

func (discard) Recipient(context.Context, string) error        { return nil }
func (discard) Deliver(context.Context, *letter.Arrival) error { return nil }

// BenchmarkServer sends mails of 4 KiB, one by one, over loopback TCP.
func BenchmarkServer(b *testing.B) {
	l := newLab(b, nil, nil)
	l.server.handler = discard{}
	load(b, l.listen.Addr().String())
}

// BenchmarkBareGoSMTP is the same with go-smtp alone, to compare.
func BenchmarkBareGoSMTP(b *testing.B) {
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return bareSession{}, nil }))
	s.Domain = "mx.example.com"
	s.MaxMessageBytes = 1 << 20
	n, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go s.Serve(n)
	defer s.Close()
	load(b, n.Addr().String())
}

type bareSession struct{}

func (bareSession) Reset()                               {}
func (bareSession) Logout() error                        { return nil }
func (bareSession) Mail(string, *smtp.MailOptions) error { return nil }
func (bareSession) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (bareSession) Data(r io.Reader) error               { _, err := io.ReadAll(r); return err }

func load(b *testing.B, addr string) {
	body := "Subject: x\r\n\r\n" + strings.Repeat(strings.Repeat("a", 76)+"\r\n", 52) + ".\r\n"
	b.SetParallelism(10)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		ask := func(s, want string) bool {
			io.WriteString(c, s)
			for {
				line, err := r.ReadString('\n')
				if err != nil || !strings.HasPrefix(line, want) {
					b.Errorf("%q: %v", line, err)
					return false
				}
				if line[3] == ' ' {
					return true
				}
			}
		}
		r.ReadString('\n')
		ask("EHLO h\r\n", "250")
		for pb.Next() {
			if !ask("MAIL FROM:<a@b.example>\r\n", "250") || !ask("RCPT TO:<support@example.com>\r\n", "250") ||
				!ask("DATA\r\n", "354") || !ask(body, "250") {
				return
			}
		}
	})
}
