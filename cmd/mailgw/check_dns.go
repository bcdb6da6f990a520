package main

import (
	"context"
	"fmt"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

// dnsLine is what "check --dns --json" prints about one thing that the DNS says.
type dnsLine struct {
	Domain string `json:"domain"` // or the gateway's own name
	About  string `json:"about"`  // MX, SPF, DKIM, DMARC or PTR
	Grade  string `json:"grade"`  // ok, warning, problem, or unknown when the DNS gave no answer
	Text   string `json:"text"`
}

// checkDNS prints what the DNS says about the desks' domains and the way out. It fails
// when mail is lost because of it.
func (a *app) checkDNS(ctx context.Context, c *config.Config) error {
	hostname := c.Hostname
	if hostname == unnamed {
		hostname = machineName()
	}
	all, err := mailgw.CheckDNS(ctx, c, hostname)
	if err != nil {
		return err
	}
	wrong := 0
	for _, v := range all {
		switch v.Grade {
		case "problem", "unknown":
			wrong++
		}
		line := dnsLine{v.Domain, v.About, string(v.Grade), v.Text}
		if a.json {
			err = a.line(line)
		} else {
			err = a.printf("%s: %s %s: %s\n", line.Grade, safe(line.Domain), line.About, safe(line.Text))
		}
		if err != nil {
			return err
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%s in the DNS", count(wrong, "problem"))
	}
	return nil
}
