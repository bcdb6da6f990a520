package mailauth

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"

	"supportgw/mailgw/letter"
)

// Handover is a mail with all that is known of how it came.
type Handover struct {
	// Peer handed it over; the zero Addr is that of a Unix socket.
	Peer netip.Addr
	// Helo is what the peer called itself.
	Helo string
	// ReversePath is the envelope's sender, "" for the null one.
	ReversePath string
	// Raw is what the peer sent, without the lines that we put on top.
	Raw []byte
	// Mail is what was read from it.
	Mail *letter.Mail
	// Relayed says that a mail server of the house handed it over, whoever sent it
	// (LMTP, a mailbox that is collected): its address says nothing about the sender.
	Relayed bool
	// Early is what [Checker.Begin] started for it, nil for nothing: then it is asked now.
	Early *Early
}

// Examine judges a mail: what [Checker.Judge] knows without asking anybody, and else
// by SPF, DKIM and DMARC of our own, within eight seconds.
//
// A mail is "pass" when SPF or DKIM passes for a domain that is aligned with that of
// From, "fail" when none does and the domain's policy wants such mail quarantined or
// rejected, and else "none". From a peer that is not the sender's own (Relayed, in
// the trusted networks, not on the internet) only a signature proves something, and
// nothing fails: SPF would judge the wrong server.
func (c *Checker) Examine(ctx context.Context, h *Handover) Verdict {
	trusted := c.Trusts(h.Peer)
	if c.DNS == nil || c.upstream(h.Peer) || trusted && h.Mail.Received == 0 {
		return c.Judge(h.Peer, h.Raw, h.Mail)
	}
	x := &exam{h: h, dns: &limited{Resolver: c.DNS}, direct: !trusted && !h.Relayed && onInternet(h.Peer)}
	x.v = Verdict{Result: None, Client: h.Peer, Direct: x.direct}
	if c.claimed(h.Raw) {
		x.say("%s", notUpstream)
	}
	if x.from = domainOf(h.Mail.Author().Addr); x.from == "" || len(h.Mail.From) != 1 || len(h.Mail.Header.Values("From")) != 1 {
		// RFC 7489 §6.6.1: with several authors, whom a result is about is not known.
		x.say("From does not name exactly one author with a domain, so nothing can prove him")
		return x.v
	}
	x.signed, x.unsound = signatures(h.Raw)
	if !x.direct && len(x.signed) == 0 {
		x.say("the mail is not signed, and its peer not the sender's own server: there is nothing to check")
		return x.v
	}
	ctx, stop := context.WithTimeout(ctx, checkLimit)
	defer stop()
	x.run(ctx, c)
	x.decide()
	return x.v
}

// exam is the judgement of one mail.
type exam struct {
	h      *Handover
	dns    *limited
	direct bool // the peer is the sender's own server
	from   string
	policy published
	found  []finding
	v      Verdict

	signed  []signature
	unsound string // why none of them counts; "" when they do
}

func (x *exam) say(format string, args ...any) {
	if len(x.v.Reasons) < maxWhy {
		x.v.Reasons = append(x.v.Reasons, fmt.Sprintf(format, args...))
	}
}

// run asks for everything at once.
func (x *exam) run(ctx context.Context, c *Checker) {
	early := x.h.Early
	if x.direct && !early.isAbout(x.h) {
		early = c.Begin(ctx, x.h.Peer, x.h.Helo, x.h.ReversePath)
	}
	policy := make(chan published, 1)
	go func() { policy <- lookUpPolicy(ctx, x.dns, x.from) }()
	signed := verifyAll(ctx, x.dns, x.h.Raw, x.from, x.signed, x.unsound)
	if x.direct && early != nil {
		x.found = early.wait(ctx)
	}
	x.found = append(x.found, signed...)
	x.policy = <-policy
}

// decide makes the verdict of what was found.
//
// RFC 7489 §6.6.2 (4), (6): one aligned pass is enough; a temporary failure of what
// could have passed leaves the question open.
func (x *exam) decide() {
	open := x.policy.unknown
	for i := range x.found {
		f := &x.found[i]
		relaxed := f.method != methodHelo && aligned(f.domain, x.from)
		good := x.policy.matches(*f, x.from)
		x.describe(f, relaxed, good)
		switch {
		case f.result == resultPass && good && (f.domain == x.from || !x.policy.unknown):
			x.v.Result = Pass
		case f.result == resultTempError && good:
			open = true
		}
	}
	x.say("%s", x.policy.why)
	if !x.direct {
		x.say("the peer is not the sender's own server, so SPF is not asked and nothing fails")
	}
	switch asks := x.policy.asks(sample(x.h.Mail)); {
	case x.v.Result == Pass:
	case open:
		x.v.Again = true
		x.say("not all answers came: it is asked again")
	case !x.direct || !x.policy.found || asks == policyNone:
	default:
		x.v.Result, x.v.Policy = Fail, asks
		x.say("nothing proves the author, and %s wants such mail: %s", x.policy.domain, asks)
	}
}

// describe says what one method found.
func (x *exam) describe(f *finding, relaxed, good bool) {
	text := f.method + ": " + f.result
	if f.domain != "" {
		text += " for " + f.domain
	}
	if f.why != "" {
		text += " (" + f.why + ")"
	}
	switch {
	case f.result != resultPass || f.method == methodHelo:
	case good:
		text += ", aligned with From (" + x.from + ")"
	case relaxed:
		text += ", which is not aligned with From (" + x.from + "): the policy is strict"
	default:
		text += ", which is not aligned with From (" + x.from + ")"
	}
	x.say("%s", text)
}

// sample is a number from 0 to 99, the same for the same mail.
func sample(m *letter.Mail) int { return int(binary.BigEndian.Uint32(m.Hash[:4]) % 100) }
