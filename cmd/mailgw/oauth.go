package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

func (a *app) oauth() *cobra.Command {
	return group("oauth", "Log in at mail providers that take no passwords, and look at the logins", a.oauthLogin(), a.oauthList(), a.oauthRefresh())
}

// oauthNames completes the names of [[oauth]] tables.
func (a *app) oauthNames() cobra.CompletionFunc {
	return begun(a.configured(func(c *config.Config, add func(value, meaning string)) {
		for i := range c.OAuth {
			add(c.OAuth[i].Name, c.OAuth[i].User)
		}
	}))
}

func (a *app) oauthLogin() *cobra.Command {
	var browser bool
	c := &cobra.Command{
		Use:   "login NAME",
		Short: "Log in at the provider of an [[oauth]], once; the gateway keeps the login from then on",
		Long: "Log in at the provider of an [[oauth]], once; the gateway keeps the login from then on.\n" +
			"A code is printed that is typed into a page on any machine. With --browser, and at google always, a URL is\n" +
			"printed that a browser on this machine opens; where the browser is elsewhere, it ends at an address that it\n" +
			"cannot reach: paste that address here. Run it as the user of the gateway.",
		Args:              exactly("the name of an [[oauth]]"),
		ValidArgsFunction: a.oauthNames(),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			ctx, stop := untilSignal(c.Context())
			defer stop()
			screen := mailgw.OAuthScreen{
				Show:   a.showLogin,
				Pasted: a.typed(ctx),
				Wrong:  func(err error) { fmt.Fprintf(a.err, "mailgw: %s\n", oneLine(err)) },
			}
			v, err := mailgw.OAuthLogin(ctx, conf, args[0], browser, screen, a.quiet())
			if errors.Is(err, context.Canceled) {
				return errors.New("the login was broken off; nothing was changed")
			}
			if err != nil {
				return err
			}
			return a.printLogin(&v, "logged in")
		},
	}
	c.Flags().BoolVar(&browser, "browser", false, "log in with a browser on this machine, or with the address that another one ends at")
	return c
}

// showLogin tells what to do, at once.
func (a *app) showLogin(p mailgw.OAuthPrompt) error {
	var err error
	switch {
	case a.json:
		err = a.line(p)
	case p.Code != nil:
		err = a.printf("Open %s\nand type the code %s there, before %s.\n", safe(p.URL), safe(*p.Code), short(*p.Ends))
	default:
		err = a.printf("Open this in a browser:\n\n%s\n\nIf the browser ends at an address of 127.0.0.1 or localhost that it cannot reach, paste that address here.\n", safe(p.URL))
	}
	return errors.Join(err, a.flush())
}

// flush puts out what was printed, for somebody who is to act on it.
func (a *app) flush() error {
	if w, ok := a.out.(*bufio.Writer); ok {
		return w.Flush()
	}
	return nil
}

// typed are the lines that are typed, until ctx ends. A read that waits for the
// terminal ends with the process.
func (a *app) typed(ctx context.Context) <-chan string {
	lines := make(chan string)
	go func() {
		in := bufio.NewScanner(a.in)
		for in.Scan() {
			if strings.TrimSpace(in.Text()) == "" {
				continue
			}
			select {
			case lines <- in.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

func (a *app) oauthList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the logins: until when they are good, and what went wrong last",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			all, err := mailgw.OAuthLogins(c)
			if err != nil {
				return err
			}
			t := &table{app: a, columns: []column{{"NAME", 12}, {"PROVIDER", 9}, {"ACCESS ENDS", 16}, {"LOGIN ENDS", 22}, {"USER", 0}}}
			for i := range all {
				if err := a.oauthRow(t, &all[i]); err != nil {
					return err
				}
			}
			return t.end(nil)
		},
	}
}

func (a *app) oauthRow(t *table, v *mailgw.OAuthView) error {
	if a.json {
		return a.line(v)
	}
	access, ends := orUnknown(v.AccessEnds), loginEnds(v)
	if v.LoggedIn == nil {
		access, ends = "no login", "-"
	}
	err := t.row(v.Account, v.Provider, access, ends, v.User)
	for _, line := range []struct {
		text *string
		at   *time.Time
	}{{v.Warning, nil}, {v.Error, v.ErrorAt}} {
		if err == nil && line.text != nil {
			at := ""
			if line.at != nil {
				at = "last error, " + short(*line.at) + ": "
			}
			err = a.printf("%14s%s%s\n", "", at, safe(*line.text))
		}
	}
	return err
}

// orUnknown is a time that may not be known.
func orUnknown(t *time.Time) string {
	if t == nil {
		return "not known"
	}
	return short(*t)
}

// loginEnds is when nothing goes any more, and for what.
func loginEnds(v *mailgw.OAuthView) string {
	switch text := orUnknown(v.Ends); or(v.EndOf, "") {
	case "unused":
		return text[:len(time.DateOnly)] + " unless used"
	case "secret":
		return text[:len(time.DateOnly)] + " (secret)"
	default:
		return text
	}
}

func (a *app) oauthRefresh() *cobra.Command {
	return &cobra.Command{
		Use:               "refresh NAME",
		Short:             "Ask the provider for another access token now, and say what it answers",
		Args:              exactly("the name of an [[oauth]]"),
		ValidArgsFunction: a.oauthNames(),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			v, err := mailgw.OAuthRefresh(c.Context(), conf, args[0], nil)
			if err != nil {
				return err
			}
			return a.printLogin(&v, "renewed")
		},
	}
}

// printLogin says how long a login is good.
func (a *app) printLogin(v *mailgw.OAuthView, done string) error {
	if a.json {
		return a.line(v)
	}
	return a.printf("%s: %s (%s); the access token ends: %s, the login ends: %s\n", done, safe(v.User), safe(v.Account), orUnknown(v.AccessEnds), loginEnds(v))
}
