package dnstest

import (
	"net"
	"net/netip"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Serve answers from a zone on a loopback port by UDP until the test ends, and
// returns its host:port.
func Serve(t testing.TB, z *Zone) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		packet := make([]byte, 4096)
		for {
			n, peer, err := conn.ReadFrom(packet)
			if err != nil { // closed
				return
			}
			if reply := z.reply(packet[:n]); reply != nil {
				if _, err := conn.WriteTo(reply, peer); err != nil {
					return
				}
			}
		}
	})
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		running.Wait()
	})
	return conn.LocalAddr().String()
}

// reply answers a packet; nil to what is no question.
func (z *Zone) reply(packet []byte) []byte {
	var p dnsmessage.Parser
	head, err := p.Start(packet)
	if err != nil {
		return nil
	}
	q, err := p.Question()
	if err != nil {
		return nil
	}
	kinds := map[dnsmessage.Type]string{
		dnsmessage.TypeTXT: "TXT", dnsmessage.TypeA: "A", dnsmessage.TypeAAAA: "AAAA", dnsmessage.TypeMX: "MX", dnsmessage.TypePTR: "PTR",
	}
	values, there, fails := z.look(q.Name.String(), kinds[q.Type])
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: head.ID, Response: true, RecursionDesired: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q},
	}
	switch {
	case fails:
		m.RCode = dnsmessage.RCodeServerFailure
	case !there:
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, v := range values {
		if body := body(q.Type, v); m.RCode == 0 && body != nil {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60}, Body: body})
		}
	}
	out, err := m.Pack()
	if err != nil {
		return nil
	}
	return out
}

// body is a record's value as a packet holds it, nil when it cannot.
func body(kind dnsmessage.Type, value string) dnsmessage.ResourceBody {
	switch kind {
	case dnsmessage.TypeTXT:
		var parts []string
		for ; len(value) > 255; value = value[255:] {
			parts = append(parts, value[:255])
		}
		return &dnsmessage.TXTResource{TXT: append(parts, value)}
	case dnsmessage.TypeA:
		if a, err := netip.ParseAddr(value); err == nil && a.Is4() {
			return &dnsmessage.AResource{A: a.As4()}
		}
	case dnsmessage.TypeAAAA:
		if a, err := netip.ParseAddr(value); err == nil && a.Is6() {
			return &dnsmessage.AAAAResource{AAAA: a.As16()}
		}
	case dnsmessage.TypeMX:
		pref, host := parseMX(value)
		if n, err := dnsmessage.NewName(plain(host) + "."); err == nil {
			return &dnsmessage.MXResource{Pref: pref, MX: n}
		}
	case dnsmessage.TypePTR:
		if n, err := dnsmessage.NewName(plain(value) + "."); err == nil {
			return &dnsmessage.PTRResource{PTR: n}
		}
	}
	return nil
}
