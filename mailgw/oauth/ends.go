package oauth

import (
	"errors"
	"io/fs"
	"time"
)

// What ends.
const (
	EndLogin  = "login"  // as the provider said: then somebody must log in again
	EndUnused = "unused" // the login, when no token is renewed until then
	EndSecret = "secret" // the client's secret, as the configuration says
)

// End is a time from which on nothing goes.
type End struct {
	What string // EndLogin, EndUnused or EndSecret
	At   time.Time
}

// Step is how near an end is. Each is worth one warning.
type Step int

// The steps.
const (
	Far   Step = iota // more than 30 days
	Month             // 30 days or less
	Week              // 7 days or less
	Day               // a day or less
	Ended
)

// Due is the warning that is due at a time: how near the end is then.
func (e End) Due(now time.Time) Step {
	const day = 24 * time.Hour
	switch left := e.At.Sub(now); {
	case left <= 0:
		return Ended
	case left <= day:
		return Day
	case left <= 7*day:
		return Week
	case left <= 30*day:
		return Month
	}
	return Far
}

// unusedFor is after how long a provider forgets a login that nobody uses; 0 when it is
// not known. Microsoft: 90 days, for programs that are no web page. Google: six months.
func unusedFor(provider string) time.Duration {
	const day = 24 * time.Hour
	switch provider {
	case Google:
		return 180 * day
	case Microsoft:
		return 90 * day
	}
	return 0
}

// Status is what is known of an account.
type Status struct {
	LoggedIn  time.Time // when a person has; zero: nobody has
	Renewed   time.Time // when the access token came
	Expires   time.Time // when it ends; zero: the provider did not say
	Ends      []End     // those that are known
	TroubleAt time.Time // of the last failure, if nothing has gone well since; zero: there is none
	Trouble   string    // what it was
}

// First is the end that comes first; false when none is known.
func (s *Status) First() (first End, known bool) {
	for _, e := range s.Ends {
		if !known || e.At.Before(first.At) {
			first, known = e, true
		}
	}
	return first, known
}

// Status reads what is kept of the account; it asks nobody. Without a login it has no
// error, and LoggedIn is zero.
func (a *Account) Status() (s Status, err error) {
	r, err := a.disk.read(a.o.Name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, a.errorf(ErrLogin, "the kept login cannot be read: %v", err)
	}
	if err == nil {
		s = Status{LoggedIn: r.Login, Renewed: r.Got, Expires: r.Expires}
		if !r.LoginEnds.IsZero() {
			s.Ends = append(s.Ends, End{EndLogin, r.LoginEnds})
		}
		if d := unusedFor(a.o.Provider); d > 0 {
			s.Ends = append(s.Ends, End{EndUnused, r.Got.Add(d)})
		}
	}
	if !a.o.Expires.IsZero() {
		s.Ends = append(s.Ends, End{EndSecret, a.o.Expires})
	}
	if t := a.disk.noted(a.o.Name); t != nil {
		s.TroubleAt, s.Trouble = t.At, t.Text
	}
	return s, nil
}
