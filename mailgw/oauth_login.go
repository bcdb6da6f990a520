package mailgw

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/oauth"
)

// OAuthView is what is known of a login at a provider.
type OAuthView struct {
	Account    string     `json:"account"`     // name of the [[oauth]]
	Provider   string     `json:"provider"`    // google, microsoft or custom
	User       string     `json:"user"`        // the mailbox
	LoggedIn   *time.Time `json:"logged_in"`   // when a person has; null: nobody has
	Renewed    *time.Time `json:"renewed"`     // when the access token came
	AccessEnds *time.Time `json:"access_ends"` // null: the provider did not say, or there is none
	Ends       *time.Time `json:"ends"`        // when nothing goes any more; null: not known
	EndOf      *string    `json:"end_of"`      // what ends then: login, unused or secret
	Warning    *string    `json:"warning"`     // what is due about that end; null: nothing
	ErrorAt    *time.Time `json:"error_at"`    // of the last failure; null: all has gone well since
	Error      *string    `json:"error"`       // what it was
}

// OAuthPrompt is what a person needs to log in.
type OAuthPrompt struct {
	URL  string     `json:"url"`  // to open in a browser
	Code *string    `json:"code"` // to type there; null: it comes back by itself
	Ends *time.Time `json:"ends"` // until when; null: a quarter of an hour
}

// OAuthScreen is how a login talks with the person.
type OAuthScreen struct {
	Show   func(OAuthPrompt) error // tells what to do; required
	Pasted <-chan string           // URLs to which a browser was sent that could not reach this machine; nil = none come
	Wrong  func(error)             // tells that a pasted URL is no good; required
}

// OAuthLogins reads what is kept of all logins of a configuration. It asks nobody.
func OAuthLogins(c *config.Config) (all []OAuthView, err error) {
	for i := range c.OAuth {
		v, err := viewOAuth(c, &c.OAuth[i])
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

func viewOAuth(c *config.Config, o *config.OAuth) (v OAuthView, err error) {
	s, err := newToken(c, o, nil).Status()
	if err != nil {
		return v, err
	}
	v = OAuthView{
		Account: o.Name, Provider: o.Provider, User: o.User, LoggedIn: orNull(s.LoggedIn), Renewed: orNull(s.Renewed), AccessEnds: orNull(s.Expires),
		ErrorAt: orNull(s.TroubleAt), Error: orNull(s.Trouble),
	}
	if first, known := s.First(); known {
		v.Ends, v.EndOf = &first.At, &first.What
		if step := first.Due(time.Now()); step > oauth.Far {
			text := endText(o.Name, first, step)
			v.Warning = &text
		}
	}
	return v, nil
}

// oauthOf finds the [[oauth]] of a name.
func oauthOf(c *config.Config, name string) (*config.OAuth, error) {
	i := slices.IndexFunc(c.OAuth, func(o config.OAuth) bool { return o.Name == name })
	if i >= 0 {
		return &c.OAuth[i], nil
	}
	var names []string
	for k := range c.OAuth {
		names = append(names, c.OAuth[k].Name)
	}
	if len(names) == 0 {
		return nil, usage("there is no [[oauth]] in the configuration; docs/oauth.md shows one")
	}
	return nil, usage("there is no [[oauth]] %q; write %s", name, strings.Join(names, " or "))
}

// OAuthRefresh has the provider asked for an access token now. A gateway that runs uses
// it, too.
func OAuthRefresh(ctx context.Context, c *config.Config, name string, log *slog.Logger) (v OAuthView, err error) {
	o, err := oauthOf(c, name)
	if err != nil {
		return v, err
	}
	a := newToken(c, o, log)
	defer a.Close()
	if err := a.Refresh(ctx); err != nil {
		var e *oauth.Error
		if errors.As(err, &e) {
			err = &oauth.Error{Account: e.Account, Kind: e.Kind, Reason: e.Reason} // nobody asks again by itself here
		}
		return v, err
	}
	return viewOAuth(c, o)
}

// OAuthLogin has a person log in: by a code for another machine, or with a browser
// where that is wished, or all that the provider has. A gateway that runs uses the new login.
func OAuthLogin(ctx context.Context, c *config.Config, name string, browser bool, with OAuthScreen, log *slog.Logger) (v OAuthView, err error) {
	o, err := oauthOf(c, name)
	if err != nil {
		return v, err
	}
	a := newToken(c, o, log)
	defer a.Close()
	// Google gives codes for other machines to programs of other kinds alone, which may
	// not read mail.
	if browser || o.Provider == oauth.Google || o.Provider == oauth.Custom && o.DeviceURL == "" {
		err = a.LoginByBrowser(ctx, oauth.BrowserIO{
			Show:   func(url string) error { return with.Show(OAuthPrompt{URL: url}) },
			Pasted: with.Pasted, Wrong: with.Wrong,
		})
	} else {
		err = a.LoginByDevice(ctx, func(p oauth.DevicePrompt) error {
			return with.Show(OAuthPrompt{URL: p.URL, Code: &p.Code, Ends: &p.Ends})
		})
	}
	if err != nil {
		return v, err
	}
	return viewOAuth(c, o)
}
