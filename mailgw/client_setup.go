package mailgw

import (
	"fmt"
	"slices"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/setup"
)

// SetupView is what a mail client is told of an agent's account.
type SetupView struct {
	Name       string         `json:"name"`
	Address    string         `json:"address"`
	User       string         `json:"user"` // to log in with, at both servers
	IMAP       MailServerView `json:"imap"`
	Submission MailServerView `json:"submission"`

	account setup.Account
}

// MailServerView is where a mail client connects to.
type MailServerView struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Security string `json:"security"` // "SSL/TLS", "STARTTLS" or "none"
}

// Card is what to type where, for people.
func (v *SetupView) Card() string { return v.account.Card() }

// MobileConfig is a configuration profile for Apple's devices, without a password.
func (v *SetupView) MobileConfig() string { return v.account.MobileConfig() }

// Muttrc are the lines for the configuration of mutt.
func (v *SetupView) Muttrc() string { return v.account.Muttrc() }

// ClientSetup is how a mail client is set up for an agent: an address, what stands
// before its @, or a name. The hostname of the configuration must be a real one.
func ClientSetup(c *config.Config, agent string) (*SetupView, error) {
	who, err := findAgent(c, agent)
	if err != nil {
		return nil, err
	}
	a, err := mailAccount(c)
	if err != nil {
		return nil, err
	}
	a.Name, a.Address = who.Name, who.Address
	view := func(s setup.Server) MailServerView { return MailServerView{s.Host, s.Port, string(s.Security)} }
	return &SetupView{who.Name, who.Address, who.Address, view(a.IMAP), view(a.Submission), *a}, nil
}

// findAgent is the agent that was meant: by address, by what stands before its @, or by
// name, whole or in part.
func findAgent(c *config.Config, typed string) (*config.Agent, error) {
	if a := c.Agent(typed); a != nil {
		return a, nil
	}
	for _, is := range []func(a *config.Agent) bool{
		func(a *config.Agent) bool {
			return strings.EqualFold(a.Address[:strings.LastIndexByte(a.Address, '@')], typed)
		},
		func(a *config.Agent) bool { return strings.EqualFold(a.Name, typed) },
		func(a *config.Agent) bool {
			return slices.ContainsFunc(strings.Fields(a.Name), func(part string) bool { return strings.EqualFold(part, typed) })
		},
	} {
		var found []*config.Agent
		var addresses []string
		for i := range c.Agents {
			if is(&c.Agents[i]) {
				found, addresses = append(found, &c.Agents[i]), append(addresses, c.Agents[i].Address)
			}
		}
		switch {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			return nil, fmt.Errorf("%q is not one agent; write %s", typed, strings.Join(addresses, " or "))
		}
	}
	return nil, fmt.Errorf("there is no agent %q; write the address of an [[agent]]", typed)
}

// mailAccount is the account that each agent has, without whose it is.
func mailAccount(c *config.Config) (*setup.Account, error) {
	host := ""
	if c.ACME.Enabled() || c.SMTP.TLSCertificate != "" {
		host = c.Hostname
		if names := c.CertificateNames(); c.ACME.Enabled() && !slices.Contains(names, host) {
			host = names[0]
		}
	}
	a := &setup.Account{House: c.Hostname}
	for _, s := range []struct {
		key string
		at  setup.Listeners
		to  *setup.Server
	}{
		{"imap", setup.Listeners{TLS: c.IMAP.TLSListen, Plain: c.IMAP.Listen}, &a.IMAP},
		{"submission", setup.Listeners{TLS: c.Submission.TLSListen, Plain: c.Submission.Listen}, &a.Submission},
	} {
		chosen, ok := setup.Choose(s.at, host)
		switch {
		case ok:
			*s.to = chosen
		case len(s.at.TLS)+len(s.at.Plain) == 0:
			return nil, fmt.Errorf("mail clients have nowhere to connect to: write %s.tls_listen or %[1]s.listen", s.key)
		default:
			return nil, fmt.Errorf("mail clients cannot log in at %s: TLS needs a certificate (smtp.tls_certificate or acme) and a fixed port, or listen on 127.0.0.1", s.key)
		}
	}
	return a, nil
}

// autoconfig is what a mail client reads that was given an address of ours; "" when
// no mail client can log in.
func (g *Gateway) autoconfig(address string) string {
	a, err := mailAccount(g.settings.Load().Config)
	if err != nil {
		return ""
	}
	return a.Autoconfig(address)
}
