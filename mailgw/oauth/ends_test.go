package oauth

import (
	"fmt"
	"testing"
	"time"
)

// TestDue: which warning is due when.
func TestDue(t *testing.T) {
	const day = 24 * time.Hour
	end := End{EndLogin, noon}
	for left, want := range map[time.Duration]Step{
		31 * day: Far, 30*day + time.Second: Far, 30 * day: Month, 8 * day: Month, 7*day + time.Second: Month, 7 * day: Week,
		day + time.Second: Week, day: Day, time.Second: Day, 0: Ended, -time.Second: Ended, -400 * day: Ended,
	} {
		equal(t, left.String(), end.Due(noon.Add(-left)), want)
	}
}

// TestEnds: what is known of the end of a login, and what is not.
func TestEnds(t *testing.T) {
	const day = 24 * time.Hour
	secret := noon.Add(200 * day)
	for _, c := range []struct {
		provider string
		expires  time.Time
		told     any // refresh_token_expires_in
		want     string
	}{
		{Custom, time.Time{}, nil, "[]"},
		{Custom, secret, nil, fmt.Sprintf("[{secret %s}]", secret)},
		{Custom, time.Time{}, 604799, fmt.Sprintf("[{login %s}]", noon.Add(time.Hour+604799*time.Second))},
		{Google, time.Time{}, "604799", fmt.Sprintf("[{login %s} {unused %s}]", noon.Add(time.Hour+604799*time.Second), noon.Add(time.Hour+180*day))},
		{Google, time.Time{}, nil, fmt.Sprintf("[{unused %s}]", noon.Add(time.Hour+180*day))},
		{Microsoft, secret, nil, fmt.Sprintf("[{unused %s} {secret %s}]", noon.Add(time.Hour+90*day), secret)},
		{Microsoft, time.Time{}, -1, fmt.Sprintf("[{unused %s}]", noon.Add(time.Hour+90*day))},
		{Microsoft, time.Time{}, true, fmt.Sprintf("[{unused %s}]", noon.Add(time.Hour+90*day))},
	} {
		d := newDesk(t)
		a := d.account(func(o *Options) { o.Provider, o.Expires = c.provider, c.expires })
		s, err := a.Status()
		if err != nil || !s.LoggedIn.IsZero() || len(s.Ends) != map[bool]int{true: 0, false: 1}[c.expires.IsZero()] {
			t.Errorf("without a login: %+v %v", s, err)
		}
		d.login()
		d.pass(time.Hour)
		if c.told != nil {
			d.issuer.extra = map[string]any{"refresh_token_expires_in": c.told}
		}
		d.token(a)
		if s, err = a.Status(); err != nil {
			t.Fatal(err)
		}
		equal(t, fmt.Sprint(c), s.Ends, c.want)
		equal(t, "logged in", s.LoggedIn, noon)
		equal(t, "access ends", s.Expires, noon.Add(2*time.Hour))
		first, known := s.First()
		equal(t, "known", known, len(s.Ends) > 0)
		for _, e := range s.Ends {
			if first.At.After(e.At) {
				t.Errorf("the first end is %v of %v", first, s.Ends)
			}
		}
	}
}
