package main

import (
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

// unnamed is the hostname in a configuration that stands for the machine's own.
const unnamed = "localhost"

func (a *app) serve() *cobra.Command {
	var clock string
	var logJSON bool
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the gateway until SIGTERM or SIGINT; a second one stops at once; SIGHUP reads the configuration again",
		Args:  exactly(),
	}
	c.Flags().StringVar(&clock, "clock", "", "rehearse: begin at `TIME`, go x times as fast: \"2026-11-20T16:00:00+01:00 x600\"")
	c.Flags().BoolVar(&logJSON, "log-json", false, "log JSON instead of text")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if _, err := mailgw.ParseClock(clock); err != nil {
			return usagef("--%v", err)
		}
		reload, forget := hangups() // before anything else: until then it would end the process
		defer forget()
		conf, err := a.serveConfig()
		if err != nil {
			return err
		}
		var handler slog.Handler = slog.NewTextHandler(a.err, nil)
		if logJSON {
			handler = slog.NewJSONHandler(a.err, nil)
		}
		ctx, stop := untilSignal(c.Context())
		defer stop()
		return mailgw.Serve(ctx, conf, mailgw.ServeOptions{Clock: clock, Load: a.serveConfig, Reload: reload, Log: slog.New(handler)})
	}
	return c
}

// serveConfig reads the configuration, with the machine's name where it has none,
// and looks whether the files that it names can be used.
func (a *app) serveConfig() (*config.Config, error) {
	conf, err := a.config()
	if err != nil {
		return nil, err
	}
	if _, err := conf.CheckFiles(time.Now(), mailgw.CheckSigningKey); err != nil {
		return nil, err
	}
	if conf.Hostname == unnamed {
		conf.Hostname = machineName()
	}
	return conf, nil
}

// hangups has a value when SIGHUP came, once for several that come together. Whoever
// has it must call forget in the end.
func hangups() (reload <-chan os.Signal, forget func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
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
