package mailgw

import (
	"context"
	"net"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/mailauth"
)

// CheckDNS looks at what the DNS says about the domains of a configuration's desks, and about
// the gateway's own name, as the servers see it that get our mail. hostname is the machine's
// name when the configuration gives none.
func CheckDNS(ctx context.Context, c *config.Config, hostname string) ([]mailauth.Advice, error) {
	return surveyAll(ctx, c, hostname, mailauth.NewResolver(c.DNS.Resolver))
}

func surveyAll(ctx context.Context, c *config.Config, hostname string, r mailauth.Resolver) (found []mailauth.Advice, err error) {
	ctx, cancel := context.WithTimeout(ctx, mailauth.SurveyTime)
	defer cancel()
	s := newSettings(c, nil)
	if err := s.loadSigner(); err != nil {
		return nil, err
	}
	wayOut := ""
	if c.Relay.Kind == "smtp" {
		wayOut, _, _ = net.SplitHostPort(c.Relay.Address) // checked with the configuration
	}
	for _, domain := range s.domains {
		o := mailauth.Outside{Domain: domain, Hostname: hostname, TakesMX: len(c.SMTP.Listen) > 0 && len(c.Sender.UpstreamNetworks) == 0, WayOut: wayOut}
		for _, k := range s.sign.Keys(domain) {
			record, err := k.Record()
			if err != nil {
				return nil, err
			}
			o.Keys = append(o.Keys, mailauth.Published{Name: k.RecordName(), Record: record})
		}
		found = append(found, mailauth.Survey(ctx, r, o)...)
	}
	if strings.Contains(hostname, ".") {
		found = append(found, mailauth.SurveyHost(ctx, r, hostname)...)
	} else {
		found = append(found, mailauth.Advice{Domain: hostname, About: "PTR", Grade: mailauth.Doubt, Text: "the gateway has no full name that the world could look up; set hostname"})
	}
	return found, nil
}
