package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"supportgw/mailgw/config"
)

// app is what all commands share: the streams, and the flags that each takes.
type app struct {
	in       io.Reader
	out, err io.Writer
	stdout   io.Writer // what out writes to, for what must be seen at once

	configFile string
	usual      string // the configuration that is read without --config
	sets       []string
	json       bool
}

// root makes the command tree.
func (a *app) root() *cobra.Command {
	root := group("mailgw", "An email-first support gateway: mail in, a ticket, a promise, an answer.",

		a.serve(), a.demo(), a.check(), a.explain(), a.ticket(), a.customer(), a.agent(), a.held(), a.junk(), a.outbox(), a.passwd(), a.promise(), a.dkim(), a.oauth(), a.alarm(), a.verify(), a.version(), a.load(), a.rehearse(), a.completion())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(help(root))
	file := os.Getenv("MAILGW_CONFIG")
	if file == "" {
		file = "mailgw.toml"
	}
	flags := root.PersistentFlags()
	a.usual = file
	flags.StringVar(&a.configFile, "config", file, "configuration `FILE`; MAILGW_CONFIG names another default")
	flags.StringArrayVar(&a.sets, "set", nil, "set one configuration key: `key.path=VALUE`, a TOML value; repeatable")
	flags.BoolVar(&a.json, "json", false, "print one JSON object per line")
	return root
}

// help makes the command that shows how another is typed.
func help(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show how a command is typed",
		ValidArgsFunction: begun(func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return names(root), cobra.ShellCompDirectiveNoFileComp
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknown(c, rest[0])
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
	}
}

// config reads the configuration.
func (a *app) config() (*config.Config, error) {
	c, err := config.Load(a.configFile, a.sets)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no configuration %s; write --config FILE or set MAILGW_CONFIG (config.example.toml is one to begin with)", a.configFile)
	}
	return c, err
}

// quiet is the log of commands that only ask: what is worth knowing they print.
func (a *app) quiet() *slog.Logger {
	return slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// untilSignal ends the context at the first SIGINT or SIGTERM. A second one then finds
// the default action, which ends the process at once.
func untilSignal(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// oneLine is an error as one line; of the problems of a configuration it is the first.
func oneLine(err error) string {
	var problems config.Problems
	if errors.As(err, &problems) && len(problems) > 1 {
		return fmt.Sprintf("%s (and %d more: mailgw check shows all)", problems[0], len(problems)-1)
	}
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
