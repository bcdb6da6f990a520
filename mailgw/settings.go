package mailgw

import (
	"fmt"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/dkim"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/roster"
	"supportgw/rules/hours"
)

// settings is a configuration with what is derived from it once. It is never
// changed; a new configuration makes new settings.
type settings struct {
	*config.Config
	auth      *mailauth.Checker
	addresses []string // all desks' addresses and aliases
	domains   []string // of the desks: Message-IDs of ours are in them
	admin     *config.Desk

	subjectTags []string // of the desks that have one
	bestLevels  []string // names of the levels, the best first

	asksAffected, asksBlocked bool // what the rules look at of how much a matter hurts

	customers *roster.Roster // the store's, those of the configuration among them; of the configuration alone where there is no store

	sign *dkim.Signer // of the domains in [[dkim]]; loadSigner sets it
}

// adminDesk is the built-in desk of mail to postmaster and abuse. It has no
// hours and no promise: admin.address gets a notice.
const adminDesk = "postmaster"

func newSettings(c *config.Config, dns *mailauth.Cache) *settings {
	s := &settings{Config: c, customers: roster.Of(c.Directory), sign: dkim.New(nil), bestLevels: c.BestLevels(), auth: &mailauth.Checker{
		TrustedNetworks: c.SMTP.TrustedNetworks, UpstreamNetworks: c.Sender.UpstreamNetworks, AuthservIDs: c.Sender.TrustedAuthservIDs,
		DNS: dns,
	}}
	s.asksAffected, s.asksBlocked = askedByRules(c.Rules)
	seen := map[string]bool{}
	for i := range c.Desks {
		d := &c.Desks[i]
		if d.SubjectTag != "" {
			s.subjectTags = append(s.subjectTags, d.SubjectTag)
		}
		for _, a := range d.Addresses() {
			s.addresses = append(s.addresses, a)
			if domain := domainOf(a); !seen[domain] {
				seen[domain] = true
				s.domains = append(s.domains, domain)
			}
		}
	}
	s.admin = &config.Desk{Name: adminDesk, Address: c.Admin.Address, FromName: "mailgw", Agents: []string{c.Admin.Address}, Language: "en", ReplyToken: config.TokenOff}
	if len(c.Desks) > 0 {
		first := &c.Desks[0]
		s.admin.Calendar, s.admin.Level = first.Calendar, first.Level
		s.admin.Address = "postmaster@" + domainOf(first.Address)
	}
	return s
}

// offline are the same settings for a gateway that asks nobody about a sender.
func (s *settings) offline() *settings {
	c, auth := *s, *s.auth
	auth.DNS = nil
	c.auth = &auth
	return &c
}

// desk returns a desk by name, the built-in one included; nil when it is gone.
func (s *settings) desk(name string) *config.Desk {
	if name == adminDesk {
		return s.admin
	}
	return s.Desk(name)
}

// calendar returns a desk's working hours.
func (s *settings) calendar(d *config.Desk) (*hours.Calendar, error) {
	c := s.Hours[d.Calendar]
	if c == nil {
		return nil, fmt.Errorf("desk %q has no calendar %q", d.Name, d.Calendar)
	}
	return c, nil
}

// zone returns a desk's time zone.
func (s *settings) zone(d *config.Desk) *time.Location {
	if c := s.Hours[d.Calendar]; c != nil {
		return c.Location()
	}
	return time.UTC
}

// deskHas reports whether an address is that of an agent on a desk, now.
func (s *settings) deskHas(desk, agent string) bool {
	d := s.desk(desk)
	return d != nil && d.HasAgent(agent)
}

// zoneOf returns the time zone of a desk by name, UTC when it is gone.
func (s *settings) zoneOf(desk string) *time.Location {
	if d := s.desk(desk); d != nil {
		return s.zone(d)
	}
	return time.UTC
}

// domainOf returns what follows the last @, in lower case.
func domainOf(addr string) string {
	return strings.ToLower(addr[strings.LastIndexByte(addr, '@')+1:])
}

// localOf returns what precedes the last @, in lower case.
func localOf(addr string) string {
	return strings.ToLower(addr[:max(0, strings.LastIndexByte(addr, '@'))])
}

// spoken is lang when we have words for it, else the desk's language: who writes in
// another language is answered in the one that the desk was given.
func (s *settings) spoken(lang string, d *config.Desk) string {
	if primary, _, _ := strings.Cut(s.Words.Match(lang), "-"); lang != "" && (primary == lang || strings.HasPrefix(lang, primary+"-")) {
		return lang
	}
	return d.Language
}
