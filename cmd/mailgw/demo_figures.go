package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"

	"supportgw/mailgw"
)

// healthView is what the demo reads of /healthz.
type healthView struct {
	OK     bool `json:"ok"`
	Checks []struct {
		Name   string `json:"name"`
		OK     bool   `json:"ok"`
		Detail string `json:"detail"`
	} `json:"checks"`
}

// figures asks the gateway for the sum of it all.
func (p *play) figures() error {
	p.scene("What is left of it")
	if err := p.rest(); err != nil {
		return err
	}
	tickets, err := demoAsk[mailgw.TicketView](p, "ticket.list", mailgw.ListArgs{})
	if err != nil {
		return err
	}
	for _, t := range tickets {
		p.screen.line(p.demo.Now(), fmt.Sprintf("    ticket %d, %s: %s", t.Number, t.Status, t.Subject))
	}
	rows, err := p.ledger(0)
	if err != nil {
		return err
	}
	told, states := 0, map[string]int{}
	for _, row := range rows {
		if row.Told {
			told++
			states[string(row.State)]++
		}
	}
	p.say("%s. %s: %d kept, %d broken, %d open, %d withdrawn. %s left the gateway.", count(len(tickets), "ticket"), count(told, "promise"),
		states["kept"], states["broken"], states["open"], states["withdrawn"], count(len(p.mails), "mail"))
	if err := p.sums(); err != nil {
		return err
	}
	verified, err := demoAsk[mailgw.VerifyView](p, "verify", mailgw.NoArgs{})
	if err == nil && len(verified) != 1 {
		err = errors.New("expected: one report of verify")
	}
	if err != nil {
		return err
	}
	v := verified[0]
	return p.check(len(v.Problems) == 0, v.Problems, "verify: %s, %s, %s, and each reference, hash and timer is right",
		count(v.Receipts, "accepted mail"), count(v.Tickets, "ticket"), count(v.Entries, "entry"))
}

// sums asks /healthz whether the outcomes add up to the accepted mails.
func (p *play) sums() (err error) {
	req, err := http.NewRequestWithContext(p.ctx, http.MethodGet, "http://"+p.demo.Listens("http")+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	answer, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask for health: %w", err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	var health healthView
	if err := json.NewDecoder(answer.Body).Decode(&health); err != nil {
		return fmt.Errorf("read health: %w", err)
	}
	for _, c := range health.Checks {
		if err := p.check(c.OK, c.Detail, "health, %s: %s", c.Name, c.Detail); err != nil {
			return err
		}
	}
	return nil
}

// farewell says where to go on.
func (p *play) farewell(kept string) error {
	now := p.demo.Now()
	if kept != "" {
		config := filepath.Join(kept, mailgw.DemoConfigName)
		p.screen.say(now, "Look at it yourself: mailgw ticket list --config "+config+", or promise list; the mails are in "+filepath.Join(kept, "data", "sent")+".")
	}
	p.screen.say(now, fmt.Sprintf("All of it was true: %s. Now run: mailgw serve --config config.example.toml", count(p.checks, "check")))
	return p.screen.err
}
