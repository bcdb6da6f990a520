package main

import (
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

// unnamed is the hostname in a configuration that stands for the machine's own.
const unnamed = "localhost"

func (a *app) serve() *cobra.Command {
	var clock string
	var logJSON bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway until SIGTERM, SIGINT or SIGHUP; a second one stops at once",
		Args:  exactly(),
	}
	c.Flags().StringVar(&clock, "clock", "", "rehearse: begin at `TIME`, go x times as fast: \"2026-11-20T16:00:00+01:00 x600\"")
	c.Flags().BoolVar(&logJSON, "log-json", false, "log JSON instead of text")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, err := mailgw.ParseClock(clock); err != nil {
			return usagef("--%v", err)
		}
		conf, err := a.config()
		if err != nil {
			return err
		}
		if conf.Hostname == unnamed {
			conf.Hostname = machineName()
		}
		var handler slog.Handler = slog.NewTextHandler(a.err, nil)
		if logJSON {
			handler = slog.NewJSONHandler(a.err, nil)
		}
		ctx, stop := untilSignal(c.Context())
		defer stop()
		return mailgw.Serve(ctx, conf, mailgw.ServeOptions{Clock: clock, Log: slog.New(handler)})
	}
	return c
}

// machineName is how the machine calls itself.
func machineName() string {
	name, err := os.Hostname()
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if err != nil || name == "" {
		return unnamed
	}
	return name
}
