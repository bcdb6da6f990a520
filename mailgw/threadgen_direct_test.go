package mailgw

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/threadgen"
)

// attacker is the mail server of all who attack.
const attacker = "198.51.100.66"

// directHouse is a replayHouse without a mail server in front: honest mail is signed
// by its author's domain, the domains publish keys, SPF and, every second one, a
// policy, and the gateway finds out by itself who is who.
type directHouse struct {
	*replayHouse
	key      ed25519.PrivateKey
	honest   map[string]bool // domains of honest authors
	known    map[string]bool // domains that have their records
	verdicts map[string]int  // by "honest", "forger" (of an honest domain) or "stranger", and verdict
}

// publish gives a domain its records: an honest one's mail comes from the upstream's
// address, everybody else's from the attacker's.
func (h *directHouse) publish(name string) {
	if name == "" || h.known[name] {
		return
	}
	h.known[name] = true
	ip := attacker
	if h.honest[name] {
		ip = upstream
		public := base64.StdEncoding.EncodeToString(h.key.Public().(ed25519.PublicKey))
		h.zone.Add("s._domainkey."+name, "TXT", "v=DKIM1; k=ed25519; p="+public)
		if len(h.known)%2 == 0 {
			h.zone.Add("_dmarc."+name, "TXT", "v=DMARC1; p=reject")
		}
	}
	h.zone.Add(name, "TXT", "v=spf1 ip4:"+ip+" -all")
}

func (h *directHouse) Deliver(at time.Time, from string, to []string, raw []byte) (threadgen.Landing, []threadgen.Mail, error) {
	results, raw := cutResults(raw)
	author := domainOf(letter.Parse(raw, from, letter.DefaultLimits()).Author().Addr)
	h.publish(author)
	h.publish(domainOf(from))
	client, who := attacker, "stranger"
	if h.honest[author] {
		who = "forger"
	}
	if strings.Contains(results, "dkim=pass header.d=") {
		client, who = upstream, "honest"
		var out bytes.Buffer
		o := &dkim.SignOptions{Domain: author, Selector: "s", Signer: h.key, HeaderKeys: []string{"From", "From", "Subject", "Date", "Message-ID", "In-Reply-To", "References"}}
		if err := dkim.Sign(&out, bytes.NewReader(raw), o); err == nil {
			raw = out.Bytes()
		}
	}
	h.at(at)
	for _, rcpt := range to {
		if err := h.Recipient(context.Background(), rcpt); err != nil {
			return threadgen.Landing{Refused: true}, nil, nil
		}
	}
	head := "Return-Path: <" + from + ">\r\nReceived: from mx by mail.desk.example; " + at.Format(time.RFC1123Z) + "\r\n"
	a := &letter.Arrival{
		ID: h.ids.Next(), Source: "mx", ReversePath: from, Recipients: to, ClientIP: netip.MustParseAddr(client), Helo: "mx." + author,
		At: at, Raw: append([]byte(head), raw...), Body: len(head),
	}
	if err := h.Gateway.Deliver(context.Background(), a); err != nil {
		return threadgen.Landing{}, nil, err
	}
	var land threadgen.Landing
	h.view(func(r store.Reader) error {
		got, err := r.Receipt(a.ID)
		land = threadgen.Landing{Outcome: string(got.Outcome), Ticket: got.Ticket}
		if e, failed := r.Entry(a.ID); failed == nil {
			h.verdicts[who+" "+e.SenderAuth]++
		}
		return err
	})
	return land, h.left(), nil
}

// cutResults takes the field off that the mail server in front would have written.
func cutResults(raw []byte) (results string, rest []byte) {
	for end := 0; ; {
		n := bytes.IndexByte(raw[end:], '\n')
		if n < 0 {
			return "", raw
		}
		end += n + 1
		if end == len(raw) || raw[end] != '\t' {
			return string(raw[:end]), raw[end:]
		}
	}
}

// The conversations and attacks once more, with nobody in front: all proof comes
// from records in the DNS, and an attack has what an attacker has, SPF of his own.
func TestThreadgenDirect(t *testing.T) {
	t.Parallel()
	lines := threadgenLines(t, 200, 606, "-attacks", "0.4", "-auto", "0.2")
	h := &directHouse{
		replayHouse: &replayHouse{house: newHouse(t, append(threadgen.Settings("192.0.2.99/32", "plus"), `sender.upstream_networks=[]`, `sender.trusted_authserv_ids=[]`)...)},
		key:         ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize)),
		honest:      map[string]bool{"desk.example": true}, known: map[string]bool{}, verdicts: map[string]int{},
	}
	for i := range lines {
		if l := &lines[i]; l.EML != "" && l.Kind != "attack" {
			h.honest[domainOf(letter.Parse([]byte(l.EML), "", letter.DefaultLimits()).Author().Addr)] = true
		}
	}
	p := threadgen.Player{House: h, ByMail: true, Learning: h.learning(lines)}
	score, err := p.Play(lines)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mails, recall %.4f, %v\n%s", score.Total.Lines, score.Recall(), h.verdicts, strings.Join(score.Complaints, "\n"))
	if score.Precision() < 1 || score.Recall() < leastRecall {
		t.Errorf("precision %.4f, recall %.4f", score.Precision(), score.Recall())
	}
	for what, n := range map[string]int{
		"breaches": score.Total.Breaches, "answers to machines": score.Machines, "doubled mails": score.Doubled, "swallowed mails": score.Swallowed,
		"mails too many": score.TooChatty, "other faults": score.Total.Faults, "forgers who passed": h.verdicts["forger pass"],
	} {
		if n > 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	if h.verdicts["honest pass"] == 0 || h.verdicts["forger fail"] == 0 || h.verdicts["forger none"] == 0 || h.verdicts["stranger pass"] == 0 {
		t.Errorf("not all verdicts came up: %v", h.verdicts)
	}
}
