package mailgw

import (
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/outbox"
)

// retryMax is the longest pause between two attempts of a row.
const retryMax = 4 * time.Hour

// stopGrace is how long mails on their way out may still take when the gateway stops.
const stopGrace = 10 * time.Second

// fileWindow and fileLinger have many mails share the sync of their folder: written
// again after a crash, a file replaces itself.
const (
	fileWindow = 512
	fileLinger = 20 * time.Millisecond
)

// newOutbox makes the way out that a configuration asks for.
func newOutbox(g *Gateway, c *config.Config, log *slog.Logger) (*outbox.Outbox, error) {
	o := outboxOptions(g, c, log)
	if c.Relay.Kind == "smtp" {
		relay, err := outbox.NewSMTPRelay(outbox.SMTPOptions{
			Address: c.Relay.Address, Hostname: c.Hostname, TLS: c.Relay.TLSMode(), CAFile: c.Relay.TLSCAFile,
			Username: c.Relay.Username, PasswordFile: c.Relay.PasswordFile, Token: g.tokenLogin(c.Relay.OAuth), CommandTimeout: c.Relay.CommandTimeout,
		})
		if err != nil {
			return nil, err
		}
		o.Relay = relay
		return outbox.New(withShares(o, c)), nil
	}
	if c.Relay.Kind == "mx" {
		return newMXOutbox(o, c, mxOptions(c, log)), nil
	}
	relay, err := outbox.NewFileRelay(filepath.Join(c.Data, "sent"))
	if err != nil {
		return nil, err
	}
	o.Relay, o.Workers, o.Window, o.Linger = relay, c.Outbox.Workers, fileWindow, fileLinger
	return outbox.New(o), nil
}

// outboxOptions are what all kinds of relays have.
func outboxOptions(g *Gateway, c *config.Config, log *slog.Logger) outbox.Options {
	return outbox.Options{
		Queue: &queue{g}, Yield: c.Outbox.Yield, Now: g.clock.Now, Wait: g.clock.Wait,
		RetryFirst: c.Relay.RetryFirst, RetryMax: retryMax, GiveUpAfter: c.Outbox.GiveUpAfter, Grace: stopGrace, Log: log,
	}
}

func newMXOutbox(o outbox.Options, c *config.Config, mx outbox.MXOptions) *outbox.Outbox {
	o.Relay, o.ManyHops = outbox.NewMXRelay(mx), true
	return outbox.New(withShares(o, c))
}

// withShares says how many connections there are, and what one destination gets of them.
func withShares(o outbox.Options, c *config.Config) outbox.Options {
	o.Workers, o.PerLane = c.Relay.Connections, c.Relay.Share()
	if c.Relay.Rate > 0 {
		o.LaneGap = time.Minute / time.Duration(c.Relay.Rate)
	}
	return o
}

// mxOptions are those of a relay that finds its servers in the DNS.
func mxOptions(c *config.Config, log *slog.Logger) outbox.MXOptions {
	r := mailauth.NewResolver(c.DNS.Resolver)
	if dns, ok := r.(*net.Resolver); ok {
		dns.StrictErrors = false // a server with one kind of address takes mail, whatever becomes of the question for the other
	}
	return outbox.MXOptions{
		Hostname: c.Hostname, TLS: c.Relay.TLSMode(), CAFile: c.Relay.TLSCAFile, CommandTimeout: c.Relay.CommandTimeout,
		Resolver: r, Own: ownAt(c.Hostname, c.SMTP.Listen, net.InterfaceAddrs), Policies: filepath.Join(c.Data, "mta-sts"), Log: log,
	}
}

// ownAt reports what is this gateway of the servers that the DNS names: where it listens on
// port 25 itself. Another mail server on this machine is another one.
func ownAt(hostname string, listen []string, interfaces func() ([]net.Addr, error)) func(host string, addr netip.Addr) bool {
	var at []netip.Addr
	everywhere := false
	for _, text := range listen {
		host, port, err := net.SplitHostPort(text)
		if err != nil || port != "25" {
			continue
		}
		addr, err := netip.ParseAddr(host)
		if everywhere = everywhere || host == "" || err == nil && addr.IsUnspecified(); err == nil {
			at = append(at, addr.Unmap())
		}
	}
	return func(host string, addr netip.Addr) bool {
		if slices.Contains(at, addr) || len(at) > 0 && host != "" && strings.EqualFold(host, hostname) {
			return true
		}
		if !everywhere {
			return false
		}
		list, err := interfaces()
		return err == nil && (host != "" && strings.EqualFold(host, hostname) || slices.ContainsFunc(list, func(a net.Addr) bool {
			p, err := netip.ParsePrefix(a.String())
			return err == nil && p.Addr().Unmap() == addr
		}))
	}
}
