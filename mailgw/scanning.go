package mailgw

import (
	"bytes"
	"context"
	"errors"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/scanner"
	"supportgw/mailgw/smtpd"
)

// scanWith makes what shows mail to the scanners of a configuration; nil when it has none.
func (g *Gateway) scanWith(s *settings) func(context.Context, *letter.Arrival) (smtpd.Scan, error) {
	if len(s.Milters) == 0 && s.Clamd.Address == "" && len(s.SMTP.BlockLists) == 0 {
		return nil
	}
	o := scanner.Options{Hostname: s.Hostname, Clamd: scanner.Clamd{Address: s.Clamd.Address, Timeout: s.Clamd.Timeout}}
	for _, m := range s.Milters {
		o.Milters = append(o.Milters, scanner.Milter{Address: m.Address, Timeout: m.Timeout, Tempfail: m.WhenDown == "tempfail"})
	}
	set := scanner.New(o)
	return func(ctx context.Context, a *letter.Arrival) (smtpd.Scan, error) {
		if a.Source != sourceSubmission { // block lists have whole networks of people at home
			if err := g.blocked(ctx, s, a.ClientIP); err != nil {
				return nil, err
			}
		}
		return g.beginScan(ctx, set, a, a.Source == sourceLMTP || s.isPeerOfHouse(a.ClientIP))
	}
}

// scan is a mail in the hands of the scanners. What they refuse of a server of the house
// is taken and kept from people instead: that server would have to tell the sender,
// who is forged more often than not.
type scan struct {
	g          *Gateway
	scan       *scanner.Scan
	id         string
	ours       bool
	quarantine string
}

func (g *Gateway) beginScan(ctx context.Context, set *scanner.Set, a *letter.Arrival, ours bool) (*scan, error) {
	s := &scan{g: g, id: a.ID.String(), ours: ours}
	var err error
	s.scan, err = set.Begin(ctx, a)
	return s, s.judge(err)
}

// judge turns what a scanner wants into a reply; nil when the mail goes on.
func (s *scan) judge(err error) error {
	var r *scanner.Refusal
	if !errors.As(err, &r) {
		return err
	}
	if r.Cause != nil {
		s.g.log.Error("a scanner cannot be asked", "id", s.id, "scanner", r.By, "err", r.Cause)
	}
	if s.ours && r.Code >= 500 {
		if s.quarantine == "" {
			s.quarantine = "the scanner " + r.By + " refuses it: " + r.Text
		}
		return nil
	}
	return &smtpd.ReplyError{Code: r.Code, Enhanced: r.Enhanced, Text: r.Text, Peer: r.Cause == nil, Cause: r.Cause}
}

// Recipient asks about a recipient.
func (s *scan) Recipient(addr string) error { return s.judge(s.scan.Recipient(addr)) }

// Message asks about the whole mail, and takes over what the scanners make of it.
func (s *scan) Message(a *letter.Arrival) error {
	v, err := s.scan.Message(a.Raw, a.Body)
	if err := s.judge(err); err != nil {
		return err
	}
	for _, n := range v.Notes {
		s.g.log.Warn("a scanner could not be asked, and the mail is taken", "id", s.id, "why", n)
	}
	if !bytes.Equal(v.Raw, a.Raw) { // a signature is for what was sent
		a.Sent = a.Raw[a.Body:]
	}
	a.Raw, a.Notes, a.Quarantine = v.Raw, v.Notes, s.quarantine
	if a.Quarantine == "" {
		a.Quarantine = v.Quarantine
	}
	return nil
}

// Close ends what is open.
func (s *scan) Close() { s.scan.Close() }
