package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

func (a *app) rehearse() *cobra.Command {
	var args mailgw.RehearseArgs
	var against, since, until string
	c := &cobra.Command{
		Use:   "rehearse",
		Short: "Run a changed set of rules over stored mails, and show what would differ",
		Long: `Run the rules of --config over the mails that are stored, and those of --against (else of the
configuration that commands read without --config), too, and show what would differ: per ticket
and in sum. Nothing is written, and a daemon goes on with its mail. --set changes --config alone.`,
		Args: exactly(),
	}
	f := c.Flags()
	f.StringVar(&against, "against", "", "configuration `FILE` with the rules of now; else MAILGW_CONFIG, else mailgw.toml")
	f.StringVar(&since, "since", "90d", "mails from then on: `TIME` like 90d, 12h or 2026-09-01")
	f.StringVar(&until, "until", "", "mails before then: `TIME` like 7d or 2026-11-01")
	f.StringVar(&args.Desk, "desk", "", "tickets of one `DESK` only")
	f.IntVar(&args.Limit, "limit", 0, "look at `N` tickets; 0 is all")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		now := time.Now()
		if args.Since, err = ago("--since", since, now); err != nil {
			return err
		}
		if args.Until, err = ago("--until", until, now); err != nil {
			return err
		}
		switch {
		case args.Limit < 0:
			return usagef("--limit: %d is less than nothing; write 1000, or 0 for all", args.Limit)
		case !args.Until.IsZero() && !args.Until.After(args.Since):
			return usagef("--until: %s is not after --since %s", until, since)
		}
		if args.New, args.Old, err = a.bothConfigs(against); err != nil {
			return err
		}
		if args.Desk != "" && args.New.Desk(args.Desk) == nil && args.Old.Desk(args.Desk) == nil {
			return usagef("there is no desk %q; write the name of a [[desk]]", args.Desk)
		}
		return a.runRehearse(c.Context(), args)
	}
	return c
}

// ago reads a time, or how long ago it was: h, d and w are hours, days and weeks.
func ago(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	units := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if unit := units[s[len(s)-1]]; unit != 0 {
		if n, err := strconv.Atoi(s[:len(s)-1]); err == nil && n >= 0 && n <= 1_000_000 {
			return now.Add(-time.Duration(n) * unit), nil
		}
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usagef("%s: %q is not a time; write 90d, 12h or 2026-09-01", flag, s)
}

// bothConfigs reads the configuration to be rehearsed, and the one to compare it with.
func (a *app) bothConfigs(against string) (now, old *config.Config, err error) {
	if now, err = a.config(); err != nil {
		return nil, nil, err
	}
	from := against
	if from == "" {
		from = a.usual
	}
	if same, err := areOneFile(from, a.configFile); err == nil && same && against == "" {
		return nil, nil, usagef("%s would be compared with itself; write --config with the changed file, or --against with the file of now", a.configFile)
	}
	old, err = config.Load(from, nil)
	switch {
	case errors.Is(err, fs.ErrNotExist) && against == "":
		return nil, nil, usagef("what is %s to be compared with? write --against with the configuration of now (there is no %s)", a.configFile, from)
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("--against: there is no configuration %s", from)
	case err != nil:
		return nil, nil, fmt.Errorf("--against: %w", err)
	}
	return now, old, nil
}

// areOneFile reports whether two names are of one file.
func areOneFile(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y), err
}

// runRehearse runs it, and prints the differences and the sum.
func (a *app) runRehearse(parent context.Context, args mailgw.RehearseArgs) error {
	ctx, stop := untilSignal(parent)
	defer stop()
	b := a.bar(1)
	args.Progress = func(done, of int) {
		b.total = of
		b.show(done, done)
	}
	sum, err := mailgw.Rehearse(ctx, args, func(t mailgw.RehearsedTicket) error {
		b.clear()
		if a.json {
			return a.line(t)
		}
		return a.printf("%s\n", rehearsedTicket(&t))
	})
	b.clear()
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if a.json {
		err = a.line(sum)
	} else {
		err = a.printf("%s", rehearsedSum(&sum))
	}
	if err == nil && sum.Partial {
		err = fmt.Errorf("ended after %s; the sum is of those", count(sum.Tickets, "ticket"))
	}
	return err
}

// rehearsedTicket says what differs on one ticket.
func rehearsedTicket(t *mailgw.RehearsedTicket) string {
	s := &story{}
	s.head("ticket %d  %s", t.Ticket, safe(t.Subject))
	for _, key := range t.Differs {
		if was, will := standField(&t.Was, key), standField(&t.WouldBe, key); key != "promises" {
			s.field(fieldName(key), safe(was)+" → "+safe(will))
		}
	}
	for i := range t.Promises {
		if p := &t.Promises[i]; len(t.Promises) > 1 || p.WouldBe == nil || t.WouldBe.DueAt == nil || !p.WouldBe.Equal(*t.WouldBe.DueAt) {
			s.field("clock", fmt.Sprintf("%s → %s (mail %s)", shortOr(p.Was), shortOr(p.WouldBe), p.Mail))
		}
	}
	var rules []string
	for _, r := range t.Rules {
		switch r.Change {
		case "changed":
			rules = append(rules, safe(r.Rule)+" (changed)")
		default:
			rules = append(rules, r.Change+safe(r.Rule))
		}
	}
	if len(rules) == 0 {
		rules = []string{"none; something else in the configuration"}
	}
	s.field("rules", strings.Join(rules, ", "))
	return s.String()
}

// fieldName is the key of a difference as people read it.
func fieldName(key string) string {
	if key == "promise_due_at" {
		return "answer by"
	}
	return key
}

// standField is one value of a stand, in words.
func standField(v *mailgw.RehearsedStand, key string) string {
	list := func(l []string) string {
		if len(l) == 0 {
			return "none"
		}
		return strings.Join(l, ", ")
	}
	text := func(s string) string {
		if s == "" {
			return "none"
		}
		return s
	}
	yes := map[bool]string{true: "yes", false: "no"}
	switch key {
	case "priority":
		return text(v.Priority)
	case "desk":
		return v.Desk
	case "level":
		return text(v.Level)
	case "tags":
		return list(v.Tags)
	case "assignee":
		return text(v.Assignee)
	case "page":
		return yes[v.Page]
	case "hold":
		return yes[v.Hold]
	case "junk":
		return yes[v.Junk]
	case "template":
		return text(v.Template)
	case "notify":
		return list(v.Notify)
	case "notes":
		return list(v.Notes)
	case "forward":
		return list(v.Forward)
	case "promise_due_at":
		return shortOr(v.DueAt)
	}
	return ""
}

func shortOr(t *time.Time) string {
	if t == nil {
		return "none"
	}
	return short(*t)
}
