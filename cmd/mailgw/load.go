package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) load() *cobra.Command {
	var o mailgw.LoadOptions
	var record string
	c := &cobra.Command{
		Use:   "load",
		Short: "Send many mails to a server, check every reply, and measure",
		Long: `Send many mails to an SMTP or LMTP server, check every reply, and measure the time from
the final dot of a mail to its 250. The server needs no configuration of this program.
Senders are made up: send to servers of your own only.`,
		Args: exactly(),
	}
	loadFlags(c, &o, &record)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if record != "" {
			f, err := os.OpenFile(record, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
			if err != nil {
				return fmt.Errorf("--record: %w", err)
			}
			o.Record = f
			return errors.Join(a.runLoad(c, o), f.Close())
		}
		return a.runLoad(c, o)
	}
	return c
}

func loadFlags(c *cobra.Command, o *mailgw.LoadOptions, record *string) {
	f := c.Flags()
	f.StringVar(&o.Addr, "addr", "", "server: `host:port`; must be given")
	f.BoolVar(&o.LMTP, "lmtp", false, "speak LMTP instead of SMTP")
	f.BoolVar(&o.StartTLS, "starttls", false, "encrypt; the certificate is not checked")
	f.BoolVar(&o.Pipeline, "pipeline", false, "send MAIL, RCPT and DATA in one write")
	f.StringVar(&o.To, "to", "support@example.com", "recipient `ADDRESS`")
	f.StringVar(&o.From, "from", "customer%d@example.net", "sender `ADDRESS`; %d becomes the number of the sender")
	f.IntVar(&o.Senders, "senders", 1000, "take turns among `N` senders")
	f.IntVar(&o.Connections, "connections", 20, "work on `N` connections")
	f.IntVar(&o.PerConnection, "per-connection", 0, "reconnect after `N` mails; 0 is never")
	f.IntVar(&o.Messages, "messages", 5000, "send `N` mails")
	f.IntVar(&o.Size, "size", 4096, "make mails of `BYTES`, header included")
	f.BoolVar(&o.Attach, "attach", false, "put most of the size into an attachment")
	f.IntVar(&o.Thread, "thread", 0, "`PERCENT` of the mails reply to an earlier one")
	f.StringVar(&o.Corpus, "corpus", "", "send the .eml files of `DIR`, as they are, instead of made mails")
	f.Float64Var(&o.Rate, "rate", 0, "offer `R` mails a second; 0 is as fast as they are taken")
	f.BoolVar(&o.Retry, "retry", false, "offer a mail again, with pauses, until its 250 or a 5xx")
	f.DurationVar(&o.Timeout, "timeout", 2*time.Minute, "longest wait for a reply")
	f.StringVar(&o.Run, "run", "", "`TAG` in the Message-IDs TAG.N.load@domain; else made from the time")
	f.StringVar(record, "record", "", "append \"message-id accepted-id\" to `FILE` at every 250")
}

// runLoad runs the load and prints what was measured.
func (a *app) runLoad(c *cobra.Command, o mailgw.LoadOptions) error {
	if o.Run == "" {
		o.Run = "r" + strconv.FormatInt(time.Now().UnixMilli(), 36)
	}
	bar := a.bar(o.Messages)
	o.Progress = bar.show
	ctx, stop := untilSignal(c.Context())
	defer stop()
	rep, err := mailgw.Load(ctx, o)
	bar.clear()
	var wrong *mailgw.LoadOptionError
	switch {
	case errors.As(err, &wrong) && o.Addr == "" && wrong.Option == "addr":
		return usagef("load needs --addr host:port; it sends %s there", count(o.Messages, "mail"))
	case errors.As(err, &wrong):
		return usagef("--%s", wrong)
	}
	if rep.Messages > 0 {
		err = errors.Join(err, a.printLoad(&rep))
	}
	if err != nil || rep.Accepted == rep.Messages {
		return err
	}
	why := "the run was ended"
	if len(rep.FirstErrors) > 0 {
		why = rep.FirstErrors[0]
	}
	return fmt.Errorf("%s of %d not accepted: %s", count(rep.Messages-rep.Accepted, "mail"), rep.Messages, safe(why))
}

func (a *app) printLoad(rep *mailgw.LoadReport) error {
	if a.json {
		return a.line(rep)
	}
	s := &story{}
	s.head("%s: %d of %s accepted in %.1f s, %.1f a second", rep.Addr, rep.Accepted, count(rep.Messages, "mail"), rep.Seconds, rep.PerSecond)
	row := func(p50, p90, p99, most float64) string {
		return fmt.Sprintf("p50 %.1f  p90 %.1f  p99 %.1f  max %.1f ms", p50, p90, p99, most)
	}
	if rep.Accepted > 0 {
		s.field("dot to 250", row(rep.DotP50, rep.DotP90, rep.DotP99, rep.DotMax))
		s.field("whole mail", row(rep.MailP50, rep.MailP90, rep.MailP99, rep.MailMax))
	}
	s.field("sent", fmt.Sprintf("%s, run %s, %s", size(rep.Bytes), rep.Run, count(rep.Connections, "connection")))
	if rep.Errors > 0 || rep.Retries > 0 {
		s.field("trouble", fmt.Sprintf("%s given up, %d tried again", count(rep.Errors, "mail"), rep.Retries))
	}
	s.fields("first errors", rep.FirstErrors)
	return a.printf("%s", s)
}

// bar shows how far a long command is, on a line of standard error that is wiped
// at the end. Where nobody looks, it shows nothing.
type bar struct {
	to    *os.File // nil: not a terminal
	total int
}

func (a *app) bar(total int) *bar {
	if f, ok := a.err.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return &bar{f, total}
		}
	}
	return &bar{}
}

const barWidth = 40

func (b *bar) show(accepted, finished int) {
	if b.to == nil || b.total == 0 {
		return
	}
	done := finished * barWidth / b.total
	fmt.Fprintf(b.to, "\r[%s%s] %d of %d", strings.Repeat("=", done), strings.Repeat(" ", barWidth-done), accepted, b.total)
}

func (b *bar) clear() {
	if b.to != nil {
		fmt.Fprint(b.to, "\r\x1b[K")
	}
}
