package mailgw

import (
	"log/slog"
	"path/filepath"
	"time"

	"supportgw/mailgw/config"
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
	o := outbox.Options{
		Queue: &queue{g}, Yield: c.Outbox.Yield, Now: g.clock.Now, Wait: g.clock.Wait,
		RetryFirst: c.Relay.RetryFirst, RetryMax: retryMax, GiveUpAfter: c.Outbox.GiveUpAfter, Grace: stopGrace, Log: log,
	}
	if c.Relay.Kind == "smtp" {
		relay, err := outbox.NewSMTPRelay(outbox.SMTPOptions{
			Address: c.Relay.Address, Hostname: c.Hostname, TLS: c.Relay.TLS, CAFile: c.Relay.TLSCAFile,
			Username: c.Relay.Username, PasswordFile: c.Relay.PasswordFile, Token: g.tokenLogin(c.Relay.OAuth), CommandTimeout: c.Relay.CommandTimeout,
		})
		if err != nil {
			return nil, err
		}
		o.Relay, o.Workers, o.PerLane = relay, c.Relay.Connections, max(1, c.Relay.Connections/2)
		return outbox.New(o), nil
	}
	relay, err := outbox.NewFileRelay(filepath.Join(c.Data, "sent"))
	if err != nil {
		return nil, err
	}
	o.Relay, o.Workers, o.Window, o.Linger = relay, c.Outbox.Workers, fileWindow, fileLinger
	return outbox.New(o), nil
}
