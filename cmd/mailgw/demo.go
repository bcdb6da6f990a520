package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

// demoOptions are the flags of "demo".
type demoOptions struct {
	fast bool   // no pauses for reading, and a clock that leaps
	keep string // the folder that stays; "" = a temporary one
}

func (a *app) demo() *cobra.Command {
	var o demoOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "Play a whole support story in the terminal against a throw-away gateway",
		Long: `Play a story from Friday afternoon to Monday against a gateway in a temporary folder:
customers write, hear by when they are answered, agents reply from their mail, a weekend passes,
promises are kept. Every mail goes through SMTP, every answer is read from the gateway's sent
folder, and each step is checked: the exit status is 0 only if all of it was true. No
configuration is needed, and nothing leaves the machine.`,
		Args: exactly(),
	}
	c.Flags().BoolVar(&o.fast, "fast", false, "do not pause for reading")
	c.Flags().StringVar(&o.keep, "keep", "", "keep the gateway's folder: `DIR`, which must be empty or not there")
	c.RunE = func(c *cobra.Command, _ []string) error {
		ctx, stop := untilSignal(c.Context())
		defer stop()
		ctx, forget := signal.NotifyContext(ctx, syscall.SIGHUP) // the terminal was closed
		defer forget()
		signal.Ignore(syscall.SIGPIPE) // who stops reading ends the story, not the clearing up
		defer signal.Reset(syscall.SIGPIPE)
		return a.runDemo(ctx, o)
	}
	return c
}

// storyBegins is the Friday afternoon on which the story begins.
func storyBegins() time.Time {
	return time.Date(2026, time.November, 20, 16, 0, 0, 0, time.FixedZone("", 3600))
}

// runDemo makes the folder, plays the story in it, and clears up.
func (a *app) runDemo(ctx context.Context, o demoOptions) (err error) {
	dir := o.keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "mailgw-demo-"); err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("--keep: %w", err)
	}
	d, err := mailgw.StartDemo(ctx, dir, storyBegins())
	if err != nil {
		return fmt.Errorf("start the demo's gateway: %w", err)
	}
	p := &play{ctx: ctx, demo: d, screen: a.screen(), fast: o.fast, zone: d.Zone()}
	told, closed := p.perform(), d.Close()
	switch {
	case told != nil && ctx.Err() != nil:
		return errors.Join(errors.New("the demo was ended before its end"), closed)
	case told != nil || closed != nil:
		return fmt.Errorf("the demo is not as it was told: %w", errors.Join(told, closed))
	}
	return p.farewell(o.keep)
}

// ask runs a command on the demo's gateway, as "mailgw" would, and returns its answer.
func demoAsk[T any](p *play, command string, args any) ([]T, error) {
	var out []T
	err := p.demo.Ask(p.ctx, command, args, func(raw json.RawMessage) error {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("read the gateway's answer: %w", err)
		}
		out = append(out, v)
		return nil
	})
	return out, err
}
