package heard

import "time"

// zoneNames are the zones that people name, as the language files call them.
var zoneNames = []string{"", "utc", "gmt", "bst", "uk", "cet", "cest", "central_european", "est", "edt", "eastern", "pst", "pdt", "pacific", "other", "here"}

// clockRule is when a zone has summer time.
type clockRule uint8

const (
	noSummer clockRule = iota
	european           // from the last Sunday of March to that of October, at 01:00 UTC
	american           // from the second Sunday of March to the first of November, at 02:00 of the place
)

// zoneRule is what a name means. Names such as CST and IST are those of several
// places and are in none of them.
type zoneRule struct {
	hours  int // of winter, east of UTC
	rule   clockRule
	winter bool // the name is that of winter only
	summer bool // or of summer only
}

// zoneRules are the rules of zoneNames. They are not read from the zone database: it
// is on the disk, and abbreviations are not in it.
var zoneRules = map[string]zoneRule{
	"utc": {}, "gmt": {rule: european, winter: true}, "bst": {rule: european, summer: true}, "uk": {rule: european},
	"cet": {hours: 1, rule: european, winter: true}, "cest": {hours: 1, rule: european, summer: true}, "central_european": {hours: 1, rule: european},
	"est": {hours: -5, rule: american, winter: true}, "edt": {hours: -5, rule: american, summer: true}, "eastern": {hours: -5, rule: american},
	"pst": {hours: -8, rule: american, winter: true}, "pdt": {hours: -8, rule: american, summer: true}, "pacific": {hours: -8, rule: american},
}

// in gives the instant at which a clock of the zone shows the date and time of t,
// and why that is not sure.
func inZone(zone int, t time.Time) (time.Time, string) {
	name := zoneNames[zone]
	if name == "here" {
		return t, ""
	}
	rule, ok := zoneRules[name]
	if !ok {
		return t, "the zone of that hour is not clear"
	}
	y, m, d := t.Date()
	wall := time.Date(y, m, d, t.Hour(), t.Minute(), 0, 0, time.UTC)
	winter := wall.Add(-time.Duration(rule.hours) * time.Hour)
	summer := rule.rule.summer(winter, rule.hours)
	if summer && rule.winter || !summer && rule.summer {
		return t, "the name of the zone does not fit the time of the year"
	}
	if summer {
		winter = winter.Add(-time.Hour)
	}
	return winter.In(t.Location()), ""
}

// summer tells whether summer time holds at t.
func (c clockRule) summer(t time.Time, offset int) bool {
	y := t.Year()
	switch c {
	case european:
		return !t.Before(sunday(y, time.March, 31, -1).Add(time.Hour)) && t.Before(sunday(y, time.October, 31, -1).Add(time.Hour))
	case american:
		at := time.Duration(2-offset) * time.Hour
		return !t.Before(sunday(y, time.March, 8, 1).Add(at)) && t.Before(sunday(y, time.November, 1, 1).Add(at-time.Hour))
	}
	return false
}

// sunday is the first Sunday from a date on, in steps of one day.
func sunday(year int, month time.Month, from, step int) time.Time {
	t := time.Date(year, month, from, 0, 0, 0, 0, time.UTC)
	for t.Weekday() != time.Sunday {
		t = t.AddDate(0, 0, step)
	}
	return t
}
