package mailgw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/oauth"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/web"
)

// newTokens makes the logins at providers that a configuration names. Their time is the
// real one, whatever the gateway's clock says: other machines go by it.
func newTokens(c *config.Config, log *slog.Logger) (all []*oauth.Account) {
	for i := range c.OAuth {
		all = append(all, newToken(c, &c.OAuth[i], log))
	}
	return all
}

func newToken(c *config.Config, o *config.OAuth, log *slog.Logger) *oauth.Account {
	return oauth.New(oauth.Options{
		Name: o.Name, Provider: o.Provider, ClientID: o.ClientID, SecretFile: o.ClientSecretFile, Tenant: o.Tenant, User: o.User,
		AuthURL: o.AuthURL, TokenURL: o.TokenURL, DeviceURL: o.DeviceURL, Scopes: o.Scopes, Expires: o.Ends(),
		Folder: c.OAuthFolder(), Log: log,
	})
}

// tokenLogin is how the outbox logs in with tokens; nil when it does not.
func (g *Gateway) tokenLogin(name string) outbox.TokenLogin {
	i := slices.IndexFunc(g.tokens, func(a *oauth.Account) bool { return a.Name() == name })
	if name == "" || i < 0 { // a name that is none was refused with the configuration
		return nil
	}
	return g.tokens[i]
}

// closeTokens waits for the requests under way.
func (g *Gateway) closeTokens() {
	for _, a := range g.tokens {
		a.Close()
	}
}

// watchTokens keeps logins from ending because nobody uses them, and tells the log
// before one ends all the same, until ctx ends.
func (g *Gateway) watchTokens(ctx context.Context) {
	if len(g.tokens) == 0 {
		return
	}
	w := tokenWatch{log: g.log, told: map[string]toldEnd{}}
	look := time.NewTicker(watchEvery)
	defer look.Stop()
	for {
		for _, a := range g.tokens {
			_ = a.Keep(ctx) // it tells the log itself
			w.look(a, time.Now())
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// toldEnd is what was told of an end.
type toldEnd struct {
	at   time.Time
	step oauth.Step
}

// sameEnd is how far two times of one end may differ: providers tell how long is left,
// and so each answer of theirs makes another time of it.
const sameEnd = 24 * time.Hour

// tokenWatch tells of each step of a login to its end once. An end that has moved
// begins anew.
type tokenWatch struct {
	log  *slog.Logger
	told map[string]toldEnd // by account and what ends
}

func (w *tokenWatch) look(a *oauth.Account, now time.Time) {
	s, err := a.Status()
	if err != nil {
		w.log.Error("a login cannot be read", "account", a.Name(), "err", err)
		return
	}
	for _, e := range s.Ends {
		key := a.Name() + " " + e.What
		told := w.told[key]
		if e.At.Sub(told.at).Abs() > sameEnd {
			told = toldEnd{at: e.At}
		}
		step := e.Due(now)
		if step > told.step {
			told.step = step
			level := slog.LevelWarn
			if step >= oauth.Day {
				level = slog.LevelError
			}
			w.log.Log(context.Background(), level, endText(a.Name(), e, step), "account", a.Name(), "ends", e.At.UTC().Format(time.RFC3339))
		}
		w.told[key] = told
	}
}

// endText says which end comes, how near it is, and what to do.
func endText(name string, e oauth.End, step oauth.Step) string {
	what, do := "the login", "run: mailgw oauth login "+name
	switch e.What {
	case oauth.EndSecret:
		what, do = "the client's secret", "make another one at the provider, and write its last day as expires"
	case oauth.EndUnused:
		what = "the login, which was not renewed for long,"
	}
	when := map[oauth.Step]string{oauth.Month: "ends within 30 days", oauth.Week: "ends within 7 days", oauth.Day: "ends within a day", oauth.Ended: "has ended"}[step]
	return what + " " + when + "; " + do
}

// checkTokens is ill when a login is not there, has ended, or gives no token.
func (g *Gateway) checkTokens(now time.Time) web.Check {
	var ill []error
	for _, a := range g.tokens {
		s, err := a.Status()
		switch {
		case err != nil:
			g.log.Error("read a login for health", "account", a.Name(), "err", err)
			err = fmt.Errorf("%s cannot be read; the log says why", a.Name())
		case s.LoggedIn.IsZero():
			err = fmt.Errorf("%s: nobody has logged in; run mailgw oauth login %s", a.Name(), a.Name())
		case s.Trouble != "" && !now.Before(s.Expires):
			err = fmt.Errorf("%s gets no access token; look at mailgw oauth list", a.Name())
		default:
			for _, e := range s.Ends {
				if e.Due(now) == oauth.Ended {
					err = fmt.Errorf("%s: %s", a.Name(), endText(a.Name(), e, oauth.Ended))
				}
			}
		}
		if err != nil {
			ill = append(ill, err)
		}
	}
	err := errors.Join(ill...)
	if err != nil {
		err = errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return checkOf("oauth", "all logins give tokens", err)
}
