package mailgw

import (
	"errors"
	"sync"

	"supportgw/mailgw/config"
	"supportgw/mailgw/store"
	"supportgw/threading"
)

// Not every mail server delivers support+token@. Where the configuration leaves
// reply_token open and another server stands in front, customers are given such
// addresses only once one has been seen to come in: an agent's answer to a notice,
// as a rule, since notices always have one.

// proven are the desks (by name) whose reply addresses have been seen to come in.
type proven struct{ desks sync.Map }

func (p *proven) has(desk string) bool { _, ok := p.desks.Load(desk); return ok }

func (p *proven) add(desk string) { p.desks.Store(desk, nil) }

// sourceLMTP is the Source of what a mail server hands over by LMTP.
const sourceLMTP = "lmtp"

// provenName is under what it is kept that reply addresses of a desk come in.
func provenName(desk string) string { return "reply_address_seen/" + desk }

// loadProven reads for all desks what has been seen.
func (g *Gateway) loadProven(c *config.Config) error {
	return g.store.View(func(r store.Reader) error {
		var errs error
		for i := range c.Desks {
			seen, err := r.Meta(provenName(c.Desks[i].Name))
			if errs = errors.Join(errs, err); seen != nil {
				g.proven.add(c.Desks[i].Name)
			}
		}
		return errs
	})
}

// proves returns the name of the desk whose reply addresses this mail proves to
// come in, "" when it proves nothing new. Only the envelope tells: To and Cc say
// what somebody wrote there. And only the server in front does: whoever reaches our
// port by another way must not turn on addresses that it does not deliver.
func (g *Gateway) proves(in *incoming) string {
	if in.Source != sourceLMTP && !in.s.auth.IsUpstream(in.ClientIP) {
		return ""
	}
	for _, rcpt := range in.Recipients {
		d := in.s.route(rcpt)
		if d == nil || d == in.s.admin || g.proven.has(d.Name) {
			continue
		}
		if _, byProof := d.TokenMode(); !byProof {
			continue
		}
		for _, ours := range d.Addresses() {
			token, ok := threading.ParseReply(localOf(rcpt), localOf(ours))
			if !ok {
				continue
			}
			if _, ok := g.keys.Open(token); ok {
				return d.Name
			}
		}
	}
	return ""
}

// recordProof keeps what the mail proves.
func (d *decision) recordProof(tx store.Tx) error {
	if d.in.proves == "" {
		return nil
	}
	d.proved = true
	return tx.PutMeta(provenName(d.in.proves), []byte(d.now.UTC().Format(timeFormat)))
}

// learnProof takes over what a recorded mail has proven.
func (g *Gateway) learnProof(d *decision) {
	if d.proved {
		g.proven.add(d.in.proves)
		g.log.Info("mail to a reply address came in: customers of the desk are given such addresses from now on", "desk", d.in.proves)
	}
}
