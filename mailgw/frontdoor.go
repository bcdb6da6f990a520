package mailgw

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/smtpd"
)

// isPeerOfHouse reports a mail server of the house: one whose own mail is trusted, or
// that hands on what it got from outside. A Unix socket is one.
func (s *settings) isPeerOfHouse(peer netip.Addr) bool {
	return !peer.IsValid() || s.auth.Trusts(peer) || s.auth.IsUpstream(peer)
}

// greetPause is how long a stranger is listened to before the greeting. Who speaks LMTP
// is no stranger.
func (s *settings) greetPause(lmtp bool) time.Duration {
	if lmtp {
		return 0
	}
	return s.SMTP.GreetPause
}

// blockListTime bounds all questions to block lists about one mail. A list that does not
// answer blocks nobody.
const blockListTime = 3 * time.Second

// blocked refuses a mail from an address that a block list has; nil when none has.
func (g *Gateway) blocked(ctx context.Context, s *settings, peer netip.Addr) error {
	if len(s.SMTP.BlockLists) == 0 || s.isPeerOfHouse(peer) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, blockListTime)
	defer cancel()
	found := make(chan string, len(s.SMTP.BlockLists))
	for _, list := range s.SMTP.BlockLists {
		go func() {
			if listed(ctx, g.dns, list, peer) {
				found <- list
			} else {
				found <- ""
			}
		}()
	}
	for range s.SMTP.BlockLists {
		if list := <-found; list != "" {
			return &smtpd.ReplyError{Code: 554, Enhanced: [3]int{5, 7, 1}, Text: fmt.Sprintf("%s is on the block list %s", peer, list), Peer: true}
		}
	}
	return nil
}

// listed asks one list (RFC 5782 §2.1: an answer in 127.0.0.0/8). 127.255.255.0/24 says that
// the question was not to be asked, which says nothing about the address.
func listed(ctx context.Context, r mailauth.Resolver, list string, peer netip.Addr) bool {
	answers, err := r.LookupIPAddr(ctx, reversed(peer)+"."+strings.TrimSuffix(list, ".")+".")
	if err != nil {
		return false
	}
	for _, a := range answers {
		if ip := a.IP.To4(); ip != nil && ip[0] == 127 && (ip[1] != 255 || ip[2] != 255) {
			return true
		}
	}
	return false
}

// reversed writes an address as lists name it: octets, or hexadecimal digits, last first.
func reversed(ip netip.Addr) string {
	var parts []string
	ip = ip.Unmap()
	if ip.Is4() {
		for _, b := range ip.As4() {
			parts = append([]string{fmt.Sprint(b)}, parts...)
		}
	} else {
		for _, b := range ip.As16() {
			parts = append([]string{fmt.Sprintf("%x", b&15), fmt.Sprintf("%x", b>>4)}, parts...)
		}
	}
	return strings.Join(parts, ".")
}
