package mailgw

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/threadgen"
)

// watchedHouse is a directHouse that looks at what leaves because of an attack.
type watchedHouse struct {
	*directHouse
	t       *testing.T
	attack  bool            // the line that is played is one
	played  int             // attacks
	nobody  int             // of these, the ones that nothing proves
	joins   int             // of these, the ones that got onto a ticket
	sent    int             // automatic mails because of these
	victims map[string]bool // to whom
	quoted  int             // of these, the ones with a word of the attacker's
}

// unproven are the mails until now that nothing proved to be their author's.
func (h *watchedHouse) unproven() int {
	return h.verdicts["forger none"] + h.verdicts["forger fail"] + h.verdicts["stranger none"] + h.verdicts["stranger fail"]
}

func (h *watchedHouse) Deliver(at time.Time, from string, to []string, raw []byte) (threadgen.Landing, []threadgen.Mail, error) {
	before := h.unproven()
	land, out, err := h.directHouse.Deliver(at, from, to, raw)
	if !h.attack || err != nil {
		return land, out, err
	}
	h.played++
	if h.unproven() == before { // the attacker's own name
		return land, out, err
	}
	h.nobody++
	_, bare := cutResults(raw)
	read := letter.Parse(bare, from, letter.DefaultLimits())
	if land.Outcome == "appended" {
		h.joins++
	}
	per := map[string]int{}
	for _, m := range out {
		if h.settings.Load().isHouse(m.To[0]) {
			continue
		}
		h.sent++
		per[m.To[0]]++
		said := letter.Parse(m.Raw, m.From, letter.DefaultLimits())
		for _, line := range strings.Split(read.Subject+"\n"+read.NewText, "\n") {
			if line = strings.TrimSpace(line); len(line) > 15 && strings.Contains(said.Subject+"\n"+said.Text, line) {
				h.quoted++
				h.t.Errorf("%q of %s reaches %s", line, read.Author().Addr, m.To)
			}
		}
	}
	for addr, n := range per {
		if n > 1 {
			h.t.Errorf("%d mails to %s because of one attack", n, addr)
		}
		h.victims[addr] = true
	}
	return land, out, err
}

// The attacks of the conversations with records in the DNS and nobody in front: what
// nothing proves joins nothing, puts no word into a mail of ours, and causes one.
func TestAttackThreadgen(t *testing.T) {
	t.Parallel()
	lines := threadgenLines(t, 150, 707, "-attacks", "0.6")
	h := &watchedHouse{
		directHouse: &directHouse{
			replayHouse: &replayHouse{house: newHouse(t, append(threadgen.Settings("192.0.2.99/32", "plus"), `sender.upstream_networks=[]`, `sender.trusted_authserv_ids=[]`)...)},
			key:         ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize)),
			honest:      map[string]bool{"desk.example": true}, known: map[string]bool{}, verdicts: map[string]int{},
		}, t: t, victims: map[string]bool{},
	}
	for i := range lines {
		if l := &lines[i]; l.EML != "" && l.Kind != "attack" {
			h.honest[domainOf(letter.Parse([]byte(l.EML), "", letter.DefaultLimits()).Author().Addr)] = true
		}
	}
	learn := h.learning(lines)
	p := threadgen.Player{House: h, ByMail: true, Learning: func(l *threadgen.Line) {
		h.attack = l.Kind == "attack"
		learn(l)
	}}
	score, err := p.Play(lines)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d attacks, %d that nothing proves: %d joined, %d automatic mails to %d addresses, %d of them with a word of the attacker's (%v)", h.played, h.nobody, h.joins, h.sent, len(h.victims), h.quoted, h.verdicts)
	if h.nobody == 0 || h.sent == 0 || h.joins > 0 || h.quoted > 0 || score.Total.Breaches > 0 || len(score.Complaints) > 0 {
		t.Errorf("breaches %d, %q", score.Total.Breaches, score.Complaints)
	}
}
