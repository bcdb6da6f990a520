package mailgw

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"supportgw/mailgw/config"
)

// Demo is a throw-away gateway on which a story is played: in a folder of its
// own, on a free port of the loopback, with a clock that can be hurried. All that
// it does it does as any gateway: mail comes in by SMTP, and what leaves is
// written to sent/. Its methods are for one goroutine.
type Demo struct {
	g     *Gateway
	admin *Admin
	addrs map[string]string // of the listeners, by name
	shown map[string]bool   // the mails of sent/ that Sent has returned

	stop context.CancelFunc
	done chan error // what serving came to; nil once Close was called
	log  *os.File
}

// demoConfig is the team of the story; data and listeners are set beside it.
const demoConfig = `# The team of "mailgw demo". Its gateway lives in this folder.
hostname = "mail.example.com"
data = %q

[admin]
address = "admin@example.com"

[smtp]
listen = ["127.0.0.1:0"]
trusted_networks = ["127.0.0.0/8"]

[http]
listen = ["127.0.0.1:0"]

[relay]
kind = "file"

[[calendar]]
name = "zurich"
zone = "Europe/Zurich"
week = { mon-fri = ["09:00-17:30"] }

[[level]]
name = "standard"
first_answer = "8h"
urgent_answer = "30m"

[[level]]
name = "premium"
first_answer = "2h"
urgent_answer = "30m"

[[desk]]
name = "support"
address = "support@example.com"
from_name = "Example Support"
calendar = "zurich"
agents = ["anna@example.com", "ben@example.com"]
on_call = ["ben@example.com"]
ask_next_step = false
emergency = 'If it cannot wait, write "production down" in the subject and we are woken up.'
signature = "Example Support"

[[agent]]
name = "Anna Keller"
address = "anna@example.com"
notices_at = "always"

[[agent]]
name = "Ben Ortiz"
address = "ben@example.com"
notices_at = "always"

[[customer]]
name = "Acme Instruments AG"
domains = ["acme.example"]
level = "premium"

[[customer]]
name = "Globex Ltd"
domains = ["globex.example"]
level = "standard"

[[customer]]
name = "Initech Inc."
domains = ["initech.example"]
level = "standard"

[[rule]]
name = "production-down"
if.words = ["production down", "outage"]
then = { priority = "urgent", page = true }
`

// The files in the folder of a Demo, beside data.
const (
	DemoConfigName = "mailgw.toml"
	DemoLogName    = "mailgw.log"
)

// StartDemo starts a gateway in dir, which must be an empty folder. Its clock shows
// start and goes like the real one. Whoever started it must call Close.
func StartDemo(ctx context.Context, dir string, start time.Time) (*Demo, error) {
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		return nil, errors.Join(err, fmt.Errorf("%s is not an empty folder", dir))
	}
	file := filepath.Join(dir, DemoConfigName)
	if err := os.WriteFile(file, fmt.Appendf(nil, demoConfig, filepath.Join(dir, "data")), 0o600); err != nil {
		return nil, fmt.Errorf("write the demo's configuration: %w", err)
	}
	c, err := config.Load(file, nil)
	if err != nil {
		return nil, err
	}
	d := &Demo{addrs: map[string]string{}, shown: map[string]bool{}, done: make(chan error, 1)}
	if d.log, err = os.Create(filepath.Join(dir, DemoLogName)); err != nil {
		return nil, fmt.Errorf("make the demo's log: %w", err)
	}
	if err := d.start(ctx, c, start); err != nil {
		return nil, errors.Join(err, d.log.Close())
	}
	if d.admin, err = Connect(c, d.g.log); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// start opens the gateway and its doors, and serves.
func (d *Demo) start(ctx context.Context, c *config.Config, start time.Time) error {
	clock := &Clock{start: start, origin: time.Now(), factor: 1, text: start.Format(time.RFC3339) + " demo"}
	clock.hurryTo(start, 1)
	g, err := Open(c, clock, slog.New(slog.NewTextHandler(d.log, nil)))
	if err != nil {
		return err
	}
	doors, err := g.bind()
	if err != nil {
		return errors.Join(err, g.Close())
	}
	for _, door := range doors {
		d.addrs[door.name] = door.listen.Addr().String()
	}
	ctx, d.stop = context.WithCancel(ctx)
	d.g = g
	go func() { d.done <- g.serve(ctx, doors) }()
	return nil
}

// Close stops the gateway and waits for its end. Further calls do nothing.
func (d *Demo) Close() error {
	if d.done == nil {
		return nil
	}
	d.stop()
	err := <-d.done
	d.done = nil
	if d.admin != nil {
		err = errors.Join(err, d.admin.Close())
	}
	return errors.Join(err, d.g.Close(), d.log.Close())
}

// Listens is where a listener was bound: "smtp" or "http".
func (d *Demo) Listens(name string) string { return d.addrs[name] }

// Now is the gateway's time, in the zone of its desk.
func (d *Demo) Now() time.Time { return d.g.clock.Now().In(d.Zone()) }

// Zone is the time zone of the gateway's desk.
func (d *Demo) Zone() *time.Location { return d.g.settings.Load().zoneOf("support") }

// Pass lets the gateway's clock run to an instant, factor times as fast as the real
// one, and calls tick about every tenth of a second meanwhile.
func (d *Demo) Pass(ctx context.Context, until time.Time, factor float64, tick func(now time.Time)) error {
	d.g.clock.hurryTo(until, factor)
	every := time.NewTicker(100 * time.Millisecond)
	defer every.Stop()
	for d.Now().Before(until) {
		left := time.NewTimer(time.Duration(float64(until.Sub(d.Now()))/factor) + time.Millisecond)
		select {
		case <-ctx.Done():
			left.Stop()
			return ctx.Err()
		case <-every.C:
			tick(d.Now())
		case <-left.C:
		}
		left.Stop()
	}
	return nil
}

// Ask runs a command through the gateway's socket, as "mailgw" would, and calls
// each with every object of the answer.
func (d *Demo) Ask(ctx context.Context, command string, args any, each func(json.RawMessage) error) error {
	return d.admin.Do(ctx, command, args, each)
}

// Resting reports whether no mail waits to leave.
func (d *Demo) Resting(ctx context.Context) (bool, error) {
	waiting := 0
	err := d.Ask(ctx, "outbox.list", NoArgs{}, func(json.RawMessage) error { waiting++; return nil })
	return waiting == 0, err
}
