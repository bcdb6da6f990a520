package mailgw

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"supportgw/mailgw/alarm"
	"supportgw/mailgw/config"
	"supportgw/mailgw/oauth"
	"supportgw/mailgw/web"
)

// relayAway is for how long the relay may take nothing before it is an alarm; a login that
// it refuses is one at once.
const relayAway = 5 * time.Minute

// mute is for how long an alarm may reach nobody before health says so.
const mute = 15 * time.Minute

// newAlarms makes those of a configuration. Their time is the real one, and nothing that they
// need is what they tell of.
func newAlarms(g *Gateway, c *config.Config, log *slog.Logger) *alarm.Alarms {
	return alarm.New(alarmOptions(g, c, log))
}

func alarmOptions(g *Gateway, c *config.Config, log *slog.Logger) alarm.Options {
	o := alarm.Options{Host: c.Hostname, File: c.AlarmFile(), Log: log, Ways: alarmWays(c)}
	if len(o.Ways) == 0 {
		return o
	}
	for name, look := range map[string]func() web.Check{
		"sum_law": g.checkSum, "outbox": g.checkOutbox, "store": g.checkStore, "drawers": g.checkDrawers, "search": g.checkSearch,
		"certificate": func() web.Check { return checkCertificate(g.certificates.Load().Leaf(), time.Now()) },
	} {
		o.Checks = append(o.Checks, alarm.Check{Name: name, Look: func(context.Context) []alarm.Condition {
			if v := look(); !v.OK {
				return []alarm.Condition{{Key: name, Kind: name, Text: v.Detail}}
			}
			return nil
		}})
	}
	o.Checks = append(o.Checks,
		alarm.Check{Name: "relay", Look: func(context.Context) []alarm.Condition { return relayConditions(g.outbox.Away()) }},
		alarm.Check{Name: "logins", Look: func(context.Context) []alarm.Condition { return tokenConditions(g.tokens, time.Now()) }})
	return o
}

// relayConditions are what is wrong with the way out: see outbox.Outbox.Away.
func relayConditions(since time.Time, why string, login bool) []alarm.Condition {
	switch {
	case since.IsZero():
	case login:
		return []alarm.Condition{{Key: "login:relay", Kind: "login", Text: "the relay refuses our login, so no mail leaves: " + why + "; look at relay.username and relay.password_file, or run mailgw oauth list"}}
	case time.Since(since) >= relayAway:
		return []alarm.Condition{{Key: "relay", Kind: "relay", Text: fmt.Sprintf("no mail leaves since %s: %s", since.UTC().Format(time.RFC3339), why)}}
	}
	return nil
}

// tokenConditions are what is wrong with logins at providers, and which of them end.
func tokenConditions(all []*oauth.Account, now time.Time) (out []alarm.Condition) {
	for _, a := range all {
		s, err := a.Status()
		switch {
		case err != nil:
			out = append(out, alarm.Condition{Key: "login:" + a.Name(), Kind: "login", Text: "what is kept of the login " + a.Name() + " cannot be read: " + err.Error()})
			continue
		case s.LoggedIn.IsZero():
			out = append(out, alarm.Condition{Key: "login:" + a.Name(), Kind: "login", Text: "nobody has logged in for " + a.Name() + "; run mailgw oauth login " + a.Name()})
			continue
		case s.Trouble != "" && !now.Before(s.Expires):
			out = append(out, alarm.Condition{Key: "login:" + a.Name(), Kind: "login", Text: a.Name() + " gets no access token: " + s.Trouble})
		}
		for _, e := range s.Ends {
			if step := e.Due(now); step > oauth.Far {
				out = append(out, alarm.Condition{Key: "token_ending:" + a.Name() + ":" + e.What, Kind: "token_ending", Text: a.Name() + ": " + endText(a.Name(), e, step), Step: fmt.Sprint(step)})
			}
		}
	}
	return out
}

// alarmWays are the places that are told.
func alarmWays(c *config.Config) (out []alarm.Way) {
	for i := range c.Alarms {
		out = append(out, wayOf(&c.Alarms[i]))
	}
	return out
}

func wayOf(a *config.Alarm) alarm.Way {
	w := alarm.Way{Name: a.Name, Kinds: a.On, Repeat: a.Repeat}
	if len(a.On) == 0 {
		w.Kinds = nil
	}
	if len(a.Command) > 0 {
		w.Send = &alarm.Command{Args: a.Command}
	} else {
		w.Send = &alarm.Webhook{URL: a.URL, SecretFile: a.SecretFile}
	}
	return w
}

// checkAlarms is ill when a place could not be told for long.
func (g *Gateway) checkAlarms(now time.Time) web.Check {
	var ill []string
	for _, s := range g.alarms.Status() {
		if !s.Begun.IsZero() && now.Sub(s.Begun) >= mute {
			ill = append(ill, fmt.Sprintf("%s is told nothing since %s; look at mailgw alarm list", s.Name, s.Begun.UTC().Format(time.RFC3339)))
		}
	}
	if len(ill) > 0 {
		return web.Check{Name: "alarms", Detail: strings.Join(ill, "; ")}
	}
	return web.Check{Name: "alarms", OK: true, Detail: "whoever is to be told can be"}
}

// AlarmView is a line of "alarm list": a place that is told, or something that is wrong.
type AlarmView struct {
	Alarm   *string    `json:"alarm"`    // name of the [[alarm]]; null: the line is about what is wrong
	To      *string    `json:"to"`       // the host of its url, or its program
	LastAt  *time.Time `json:"last_at"`  // when it took a message last, since the start; null: there was none
	Error   *string    `json:"error"`    // why the last one was not taken; null: it was
	ErrorAt *time.Time `json:"error_at"` // when that was
	Kind    *string    `json:"kind"`     // of what is wrong
	Text    *string    `json:"text"`     // what is wrong, and what to do
	Since   *time.Time `json:"since"`    // since when
}

// listAlarms prints who is told, and what is wrong just now.
func (g *Gateway) listAlarms(_ struct{}, emit func(any) error) error {
	c := g.settings.Load()
	var all []AlarmView
	for _, s := range g.alarms.Status() {
		v := AlarmView{Alarm: &s.Name, LastAt: orNull(s.Last), Error: orNull(s.Failure), ErrorAt: orNull(s.Failed)}
		for i := range c.Alarms {
			if a := &c.Alarms[i]; a.Name == s.Name {
				v.To = orNull(placeOf(a))
			}
		}
		all = append(all, v)
	}
	for _, r := range g.alarms.Raised() {
		all = append(all, AlarmView{Kind: &r.Kind, Text: &r.Text, Since: &r.Since})
	}
	return emitAll(all, nil, emit)
}

// placeOf is where an alarm goes, without what may be secret in its URL.
func placeOf(a *config.Alarm) string {
	if len(a.Command) > 0 {
		return a.Command[0]
	}
	u, err := url.Parse(a.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// AlarmTest is what a test of a place came to.
type AlarmTest struct {
	Alarm string  `json:"alarm"`
	To    string  `json:"to"`
	Error *string `json:"error"` // null: it was taken
}

// TryAlarms sends a test to the alarm of a name, or to all, whether a gateway runs or not.
// An error is one that the user can act on.
func TryAlarms(ctx context.Context, c *config.Config, name string) (out []AlarmTest, err error) {
	var names []string
	for i := range c.Alarms {
		a := &c.Alarms[i]
		names = append(names, a.Name)
		if name != "" && !strings.EqualFold(a.Name, name) {
			continue
		}
		t := AlarmTest{Alarm: a.Name, To: placeOf(a)}
		if err := wayOf(a).Send.Send(ctx, alarm.NewTest(c.Hostname, time.Now())); err != nil {
			text := err.Error()
			t.Error = &text
		}
		out = append(out, t)
	}
	switch {
	case len(names) == 0:
		return nil, failure("there is no [[alarm]] in the configuration; docs/alarms.md shows how to write one")
	case len(out) == 0:
		return nil, failure("there is no [[alarm]] of the name %q; write one of %s", name, strings.Join(names, ", "))
	}
	return out, nil
}
