//go:build linux

package main_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestDrain measures, with MAILGW_DRAIN=mails, how fast an outbox that has filled
// drains through a real Postfix, which keeps the mails; and then how fast Postfix
// relays the same mails to a sink. .ci/drain runs it.
func TestDrain(t *testing.T) {
	mails := envNumber(t, "MAILGW_DRAIN", 0)
	if mails == 0 {
		t.Skip("SKIPPED: a measurement; MAILGW_DRAIN=1000 runs it")
	}
	hop := newSink(t)
	p := startPostfix(t, hop.address(), "defer_transports = smtp\n")
	for _, connections := range []int{4, 20} {
		before, _ := hop.counted()
		d := startDaemon(t, `outbox.yield="10m"`, `relay.kind="smtp"`, `relay.username="mailgw@postfix.example"`, fmt.Sprintf("relay.connections=%d", connections),
			fmt.Sprintf("relay.password_file=%q", p.write("password", "secret\n", 0o600)),
			fmt.Sprintf("relay.tls_ca_file=%q", p.file("cert.pem")), fmt.Sprintf("relay.address=%q", "localhost:1"))
		for i := range mails {
			if !sendOne(d, fmt.Sprintf("p%d.%d@c%d.example", connections, i, i%20)) {
				t.Fatal("a mail was not accepted")
			}
		}
		rows := len(d.outbox())
		d.stop()
		for i, s := range d.sets {
			if strings.HasPrefix(s, "relay.address=") {
				d.sets[i] = fmt.Sprintf("relay.address=%q", p.address)
			} else if strings.HasPrefix(s, "outbox.yield=") {
				d.sets[i] = `outbox.yield="0s"`
			}
		}
		d.start()
		d.mustCommand("outbox", "retry", "--all")
		begun := time.Now()
		waitFor(t, "an empty outbox", func() bool {
			<-time.After(50 * time.Millisecond) // to look costs what is measured
			return len(d.outbox()) == 0
		})
		out := time.Since(begun)
		d.stop()

		p.run("postconf", "-c", p.file("etc"), "-e", "defer_transports=")
		p.run("postfix", "-c", p.file("etc"), "reload")
		p.run("postqueue", "-c", p.file("etc"), "-f")
		waitFor(t, "Postfix to begin", func() bool { n, _ := hop.counted(); return n > before })
		begun = time.Now()
		waitFor(t, "Postfix to relay", func() bool { n, _ := hop.counted(); return n == before+3*mails })
		relayed := time.Since(begun)
		p.run("postconf", "-c", p.file("etc"), "-e", "defer_transports=smtp")
		p.run("postfix", "-c", p.file("etc"), "reload")
		fmt.Printf("drain, %d connections: %d rows, %d mails through TLS into Postfix in %.1f s, %.0f mails a second; Postfix relays the same in %.1f s, %.0f mails a second\n",
			connections, rows, 3*mails, out.Seconds(), float64(3*mails)/out.Seconds(), relayed.Seconds(), float64(3*mails)/relayed.Seconds())
	}
}
