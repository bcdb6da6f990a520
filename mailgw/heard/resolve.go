package heard

import (
	"fmt"
	"time"
)

// meaning is what a time comes to.
type meaning struct {
	at   time.Time // zero: none
	sure bool
	why  string
}

func unsure(why string) meaning { return meaning{why: why} }

// resolver makes instants of times as they were said.
type resolver struct {
	now   time.Time
	desk  desk
	typed bool
}

// farthest is how far ahead a date without a year may lie and be believed.
const farthest = 183 * 24 * time.Hour

// resolve makes an instant of s.
func (r resolver) resolve(s *span) meaning {
	m := r.instant(s)
	switch {
	case s.bad != "":
		m.sure, m.why = false, s.bad
	case m.sure && !m.at.After(r.now):
		return unsure("that time has passed")
	case m.sure:
		m.why = m.at.Format("Mon 2 Jan 2006 15:04 MST") + m.why
	}
	return m
}

func (r resolver) instant(s *span) meaning {
	switch {
	case s.fuzzy:
		return unsure("these words name no hour")
	case s.last:
		return unsure("that time has passed")
	case s.length != nil && s.clock == nil:
		return r.length(s)
	case s.weekEnd > 0, s.monthEnd > 0, s.workday && s.clock == nil && s.part == noPart:
		return r.end(s)
	}
	d, m := r.day(s)
	if m.why != "" && !m.sure {
		if s.clock != nil && !s.clock.half && !d.IsZero() {
			m.at = r.wall(d, s.clock.hour, s.clock.minute)
		}
		return m
	}
	switch {
	case s.clock != nil:
		return r.clock(s, d)
	case s.part != noPart:
		return r.part(s, d)
	}
	if s.prep&beforeWord != 0 {
		return unsure("before a day can mean the evening of the day before")
	}
	return r.closing(d, "the end of that working day")
}

// day is the midnight at which the day of s begins. The meaning is sure when nothing speaks against it.
func (r resolver) day(s *span) (time.Time, meaning) {
	var d time.Time
	set := func(to time.Time) bool {
		same := d.IsZero() || d.Equal(to)
		d = to
		return same
	}
	good := true
	if s.length != nil {
		if s.length.unit == unitWorkday {
			at, ok := r.desk.workday(r.now, s.length.count)
			good = ok && set(day(at, 0))
		} else if s.length.unit == unitDay || s.length.unit == unitWeek {
			n := s.length.count
			if s.length.unit == unitWeek {
				n *= 7
			}
			good = set(day(r.now, min(n, maxLook)))
		} else {
			return d, unsure("it names an hour and a length of time")
		}
	}
	if s.workday {
		at, ok := r.desk.workday(r.now, 1)
		good = good && ok && set(day(at, 0))
	}
	if s.hasDay {
		good = set(day(r.now, s.day)) && good
	}
	if !s.date.IsZero() {
		to, why := r.date(s)
		if why != "" {
			return to, unsure(why)
		}
		good = set(to) && good
	}
	if s.monthDay > 0 {
		to := r.nextMonthDay(s.monthDay)
		if to.IsZero() || to.Equal(day(r.now, 0)) && !r.typed {
			return to, unsure("it is not clear which month's day is meant")
		}
		good = set(to) && good
	}
	if s.weekday > 0 {
		return r.weekday(s, d, good)
	}
	switch {
	case !good:
		return d, unsure("the days that it names are not the same")
	case s.nextDay:
		return d, unsure("\"next\" can mean the coming one or the one after it")
	case d.IsZero():
		d = day(r.now, 0)
	}
	return d, meaning{sure: true}
}

// weekday finds the day, or compares it with the one that was named beside it.
func (r resolver) weekday(s *span, d time.Time, good bool) (time.Time, meaning) {
	if !d.IsZero() {
		if !good || int(d.Weekday()) != s.weekday%7 {
			return d, unsure("the weekday does not fit the date")
		}
		return d, meaning{sure: true}
	}
	ahead := (s.weekday - int(r.now.Weekday()) + 7) % 7
	d = day(r.now, ahead)
	switch {
	case s.nextDay:
		return d, unsure("\"next\" can mean the coming one or the one after it")
	case ahead == 0 && r.typed && s.clock != nil && r.clockPassed(s, d):
		return day(r.now, 7), meaning{sure: true}
	case ahead == 0:
		return d, unsure(fmt.Sprintf("today is %s: it can be today or in a week", d.Weekday()))
	}
	return d, meaning{sure: true}
}

// clockPassed tells that the hour of s lies behind on the day d.
func (r resolver) clockPassed(s *span, d time.Time) bool {
	m := r.clock(s, d)
	return !m.sure || !m.at.After(r.now)
}

// date is the midnight of a date; without a year it is the next one.
func (r resolver) date(s *span) (time.Time, string) {
	y, m, dd := s.date.Date()
	if !s.noYear {
		return time.Date(y, m, dd, 0, 0, 0, 0, r.now.Location()), ""
	}
	today := day(r.now, 0)
	for y = r.now.Year(); y <= r.now.Year()+8; y++ {
		at := time.Date(y, m, dd, 0, 0, 0, 0, r.now.Location())
		if at.Month() != m || at.Before(today) {
			continue
		}
		if at.Sub(today) > farthest {
			return at, "that date has passed, or is far away"
		}
		return at, ""
	}
	return time.Time{}, "there is no such date"
}

// nextMonthDay is the next day with that number.
func (r resolver) nextMonthDay(n int) time.Time {
	for i := 0; i < 62; i++ {
		if d := day(r.now, i); d.Day() == n {
			return d
		}
	}
	return time.Time{}
}

// wall is when a clock shows that hour on the day that begins at midnight.
func (r resolver) wall(midnight time.Time, hour, minute int) time.Time {
	y, m, d := midnight.Date()
	return time.Date(y, m, d, hour, minute, 0, 0, midnight.Location())
}

// clock is the hour on the day d.
func (r resolver) clock(s *span, d time.Time) meaning {
	c := *s.clock
	if c.bad != "" {
		return unsure(c.bad)
	}
	if c.hour == 0 && c.half {
		return unsure("midnight can be that of the day or the one behind it")
	}
	if s.part != noPart {
		if why := c.fit(s.part); why != "" {
			return unsure(why)
		}
	}
	at := r.wall(d, c.hour, c.minute)
	if c.half && s.zone == 0 {
		return r.half(d, c)
	}
	if c.half {
		return unsure("it is not clear whether the morning or the afternoon is meant")
	}
	if why := skipped(at, c); why != "" {
		return unsure(why)
	}
	if s.zone != 0 {
		to, why := inZone(s.zone, at)
		if why != "" {
			return meaning{at: at, why: why}
		}
		if there := to.Sub(at); there > 12*time.Hour || there < -12*time.Hour || to.Day() != at.Day() {
			return meaning{at: to, why: "in the other zone it is another day"}
		}
		at = to
	}
	if !at.After(r.now) && !s.anyDay() && s.length == nil {
		return unsure("that hour has passed today; the day is not named")
	}
	return meaning{at: at, sure: true}
}

// fit makes the hour one of a part of the day.
func (c *clock) fit(part int) string {
	from, to := 0, 12
	switch part {
	case morning, early:
	case noon:
		from, to = 11, 14
	case afternoon:
		from, to = 12, 19
	case evening:
		from, to = 17, 24
	default:
		return "the hour and the part of the day do not fit"
	}
	if c.half && c.hour < 12 && from >= 11 && c.hour != 11 {
		c.hour += 12
	}
	c.half = false
	if c.hour < from || c.hour > to || c.hour == to && c.minute > 0 {
		return "the hour and the part of the day do not fit"
	}
	return ""
}

// half finds out whether an hour up to 12 is of the morning or the afternoon: the one in working time.
func (r resolver) half(d time.Time, c clock) meaning {
	var fit []time.Time
	for _, h := range []int{c.hour % 12, c.hour%12 + 12} {
		if at := r.wall(d, h, c.minute); at.After(r.now) && r.desk.works(at) {
			fit = append(fit, at)
		}
	}
	switch len(fit) {
	case 1:
		return meaning{at: fit[0], sure: true, why: ", the one in working time"}
	case 2:
		return unsure("it is not clear whether the morning or the afternoon is meant")
	}
	if at := r.wall(d, c.hour, c.minute); (c.written || r.typed && c.colon) && (c.hour >= 8 || c.hour == 7 && c.colon) && c.hour <= 12 && at.After(r.now) {
		return meaning{at: at, sure: true}
	}
	if !r.wall(d, c.hour%12+12, c.minute).After(r.now) || c.colon && !r.wall(d, c.hour, c.minute).After(r.now) {
		return unsure("that hour has passed today; the day is not named")
	}
	return unsure("that hour is no working time, and it is not clear whether the morning or the afternoon is meant")
}

// skipped tells an hour that the clock change leaves out or shows twice.
func skipped(at time.Time, c clock) string {
	if at.Hour() != c.hour%24 || at.Minute() != c.minute {
		return "the clock change leaves that hour out"
	}
	for _, d := range []time.Duration{time.Hour, -time.Hour, 30 * time.Minute, -30 * time.Minute} {
		if o := at.Add(d); o.Hour() == at.Hour() && o.Minute() == at.Minute() {
			return "the clock change shows that hour twice"
		}
	}
	return ""
}

// part is a part of the day d.
func (r resolver) part(s *span, d time.Time) meaning {
	opens, closes, works := r.desk.bounds(d)
	hour := 0
	switch s.part {
	case noon:
		hour = 12
	case midnight:
		if s.weekday != 0 || !s.date.IsZero() || s.hasDay && s.day > 0 {
			return unsure("midnight can be that of the day or the one behind it")
		}
		return meaning{at: day(d, 1), sure: true}
	case closing:
		return r.closing(d, "the end of that working day")
	case evening:
		return meaning{at: r.wall(d, 20, 0), why: "the evening has no hour"}
	case morning:
		hour = 12
		if works && !opens.Before(r.wall(d, 12, 0)) {
			return unsure("nobody works that morning")
		}
	case early:
		if !works || s.prep&byWord != 0 {
			return unsure("it is not clear which hour of the morning is meant")
		}
		if at := opens.Add(time.Hour); at.After(r.now) || s.anyDay() {
			return meaning{at: at, sure: true, why: ", an hour after work begins"}
		}
		s.setDay(1) // said late, "first thing" is tomorrow's
		return r.part(s, day(d, 1))
	case afternoon:
		if !works || closes.Before(r.wall(d, 15, 0)) || closes.After(r.wall(d, 20, 0)) {
			return meaning{at: r.wall(d, 18, 0), why: "it is not clear when that afternoon ends"}
		}
		return meaning{at: closes, sure: true, why: ", the end of that afternoon"}
	}
	if !works && s.part != noon {
		return meaning{at: r.wall(d, hour, 0), why: "nobody works that day"}
	}
	return meaning{at: r.wall(d, hour, 0), sure: true}
}

// closing is the end of work of the day d.
func (r resolver) closing(d time.Time, why string) meaning {
	_, closes, ok := r.desk.bounds(d)
	switch {
	case !ok:
		return unsure(d.Format("Monday 2 January") + " is no working day")
	case !closes.After(r.now):
		return unsure("work has ended for that day")
	}
	return meaning{at: closes, sure: true, why: ", " + why}
}

// end is the end of a week, of a month, or of the next working day.
func (r resolver) end(s *span) meaning {
	if s.clock != nil || s.part != noPart || s.hasDay || s.weekday != 0 && s.monthEnd > 0 {
		return unsure("it names an hour and a longer time")
	}
	if s.prep&(beforeWord) != 0 && s.prep&byWord == 0 && s.weekEnd > 0 {
		s.prep |= byWord
	}
	var at time.Time
	ok := false
	switch {
	case s.workday:
		at, ok = r.desk.workday(r.now, 1)
	case s.weekEnd > 0:
		monday := day(r.now, 7*(s.weekEnd-1)-(int(r.now.Weekday())+6)%7)
		if s.weekday != 0 {
			return r.closing(day(monday, s.weekday-1), "the end of that working day")
		}
		at, ok = r.desk.lastClosing(monday, 6)
	default:
		y, m, _ := r.now.Date()
		first := time.Date(y, m+time.Month(s.monthEnd-1), 1, 0, 0, 0, 0, r.now.Location())
		at, ok = r.desk.lastClosing(first, day(first.AddDate(0, 1, 0), -1).Day()-1)
	}
	if !ok || !at.After(r.now) {
		return unsure("no working time is left until then")
	}
	return meaning{at: at, sure: true, why: ", the end of work then"}
}

// most is the longest length of time that can be promised, in days.
const most = 366

// length is a length of time from now.
func (r resolver) length(s *span) meaning {
	n := s.length.count
	if s.part != noPart || s.anyDay() || n <= 0 || s.clock != nil || s.workday {
		return unsure("it names a length of time and a day")
	}
	if s.prep&afterWord != 0 {
		return unsure("it says after when, not by when")
	}
	switch s.length.unit {
	case unitMinute:
		if n <= most*24*60 {
			return meaning{at: r.now.Add(time.Duration(n) * time.Minute), sure: true}
		}
	case unitHour:
		if n <= most*24 {
			return meaning{at: r.now.Add(time.Duration(n) * time.Hour), sure: true}
		}
	case unitWorkhour:
		if at, ok := r.desk.workhours(r.now, min(n, 1000)); ok && n <= 1000 {
			return meaning{at: at, sure: true, why: ", counted in working time"}
		}
	case unitDay:
		if n == 8 || n == 15 { // "dans huit jours", "in acht Tagen", "entre quince días"
			return unsure("that many days can mean one week, or two")
		}
		if n <= most {
			return r.closing(day(r.now, n), "the end of that working day")
		}
	case unitWorkday:
		if at, ok := r.desk.workday(r.now, min(n, most)); ok && n <= most {
			return meaning{at: at, sure: true, why: ", counted in working days"}
		}
	case unitWeek:
		if n*7 <= most {
			return r.closing(day(r.now, 7*n), "the end of that working day")
		}
	}
	return unsure("that length of time is not clear")
}
