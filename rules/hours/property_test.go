package hours

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Zones with odd clocks, and for each a time near which something happens.
var oddTimes = []struct{ zone, near string }{
	{"Europe/Zurich", "2026-03-29T01:00:00Z"},
	{"Europe/Zurich", "2026-10-25T01:00:00Z"},
	{"America/Havana", "2026-03-08T05:00:00Z"},
	{"America/Havana", "2026-11-01T05:00:00Z"},
	{"America/St_Johns", "2009-11-01T02:31:00Z"},
	{"Australia/Lord_Howe", "2026-04-04T15:00:00Z"},
	{"Asia/Beirut", "2026-10-24T21:00:00Z"},
	{"Pacific/Apia", "2011-12-30T10:00:00Z"},
	{"Pacific/Kwajalein", "1993-08-21T12:00:00Z"},
	{"Africa/Casablanca", "2026-02-15T02:00:00Z"},
	{"America/Nuuk", "2023-03-26T01:00:00Z"},
	{"Europe/Dublin", "2026-10-25T01:00:00Z"},
	{"Europe/Zurich", "2040-12-31T12:00:00Z"},
	{"America/Los_Angeles", "2040-12-31T20:00:00Z"},
	{"Australia/Sydney", "2040-12-31T03:00:00Z"},
	{"UTC", "2027-01-01T00:00:00Z"},
}

// manyZones are places all over the world; near a change of their clocks, a year's end, or just anywhere.
var manyZones = []string{
	"Europe/Zurich", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Moscow", "Europe/Istanbul", "Europe/Chisinau", "Europe/Kyiv", "Atlantic/Azores", "America/New_York",
	"America/Los_Angeles", "America/Chicago", "America/Phoenix", "America/Sao_Paulo", "America/Santiago", "America/Asuncion", "America/Caracas", "America/Halifax", "America/St_Johns",
	"America/Havana", "America/Nuuk", "America/Scoresbysund", "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran",
	"Asia/Amman", "Asia/Beirut", "Asia/Gaza", "Asia/Pyongyang", "Asia/Shanghai", "Australia/Sydney", "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Auckland", "Pacific/Chatham",
	"Pacific/Apia", "Pacific/Kiritimati", "Pacific/Kwajalein", "Pacific/Norfolk", "Antarctica/Troll", "UTC",
}

// drawPlace draws a zone, and a whole minute near which something happens there.
func drawPlace(t *rapid.T) (zone string, near time.Time) {
	if rapid.IntRange(0, 2).Draw(t, "kind of place") == 0 {
		odd := oddTimes[rapid.IntRange(0, len(oddTimes)-1).Draw(t, "odd")]
		near, _ = time.Parse(time.RFC3339, odd.near)
		return odd.zone, near
	}
	zone = rapid.SampledFrom(manyZones).Draw(t, "zone")
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	near = time.Date(1980, 1, 1, 0, rapid.IntRange(0, 70*365*dayMinutes).Draw(t, "minute"), 0, 0, time.UTC)
	switch rapid.IntRange(0, 3).Draw(t, "kind of time") {
	case 0, 1: // the next change of the clock
		if _, end := near.In(loc).ZoneBounds(); !end.IsZero() {
			near = end
		}
	case 2:
		near = time.Date(near.Year()+1, 1, 1, 0, 0, 0, 0, loc)
	}
	return zone, near.UTC().Truncate(time.Minute)
}

// drawSpec draws a calendar; bounds are of any minute, so that many fall into
// what the clock skips or repeats.
func drawSpec(t *rapid.T, zone string, near time.Time) Spec {
	spec := Spec{Zone: zone, Week: map[string][]string{}, ShortDays: map[string][]string{}}
	for i, day := range dayNames {
		spec.Week[day] = drawIntervals(t, day, 6)
		if i == 0 && len(spec.Week[day]) == 0 {
			spec.Week[day] = []string{"00:00-24:00"} // never a week that is all closed
		}
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range rapid.SliceOfNDistinct(rapid.IntRange(-3, 8), 0, 4, rapid.ID[int]).Draw(t, "special days") {
		date := DateOf(near.In(loc).AddDate(0, 0, off))
		if slices.Contains(spec.Holidays, date.String()) {
			continue // a day that never was, in Apia, is another one here
		}
		switch rapid.IntRange(0, 3).Draw(t, "kind of day") {
		case 0:
			delete(spec.ShortDays, date.String())
			spec.Holidays = append(spec.Holidays, date.String())
		case 1:
			spec.More = append(spec.More, Holiday{Date: date, Name: "a day", Source: "elsewhere"})
		case 2:
			spec.ShortDays[date.String()] = drawIntervals(t, "short", 4)
		case 3: // a short day wins over a holiday of a set
			spec.ShortDays[date.String()] = drawIntervals(t, "short", 4)
			spec.More = append(spec.More, Holiday{Date: date, Name: "a day", Source: "elsewhere"})
		}
	}
	return spec
}

func drawIntervals(t *rapid.T, label string, most int) (list []string) {
	halfHours := rapid.Map(rapid.IntRange(0, 48), func(n int) int { return n * 30 })
	bounds := rapid.SliceOfNDistinct(rapid.OneOf(rapid.IntRange(0, dayMinutes), halfHours), 0, most, rapid.ID[int]).Draw(t, label)
	slices.Sort(bounds)
	for n := 0; n+1 < len(bounds); n += 2 {
		list = append(list, Interval{bounds[n], bounds[n+1]}.String())
	}
	return list
}

// oracle answers by looking at the wall clock, one minute at a time. It knows no
// seconds, no changes of the clock, and nothing of the code it judges: it asks package time what a
// clock in that place shows, and looks whether that is in a list.
type oracle struct {
	loc   *time.Location
	week  [7][][2]int // of each weekday, from and to in minutes
	dates map[string][][2]int
}

func newOracle(t *rapid.T, spec Spec) oracle {
	loc, err := time.LoadLocation(spec.Zone)
	if err != nil {
		t.Fatal(err)
	}
	o := oracle{loc: loc, dates: map[string][][2]int{}}
	pairs := func(list []string) (out [][2]int) {
		for _, text := range list {
			var h1, m1, h2, m2 int
			if _, err := fmt.Sscanf(text, "%d:%d-%d:%d", &h1, &m1, &h2, &m2); err != nil {
				t.Fatal(err)
			}
			out = append(out, [2]int{h1*60 + m1, h2*60 + m2})
		}
		return out
	}
	for i, day := range []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} {
		o.week[i] = pairs(spec.Week[day])
	}
	for _, h := range spec.Holidays {
		o.dates[h] = nil
	}
	for _, h := range spec.More {
		o.dates[h.Date.String()] = nil
	}
	for day, list := range spec.ShortDays {
		o.dates[day] = pairs(list)
	}
	return o
}

func (o oracle) open(t time.Time) bool {
	t = t.In(o.loc)
	intervals := o.week[t.Weekday()]
	if len(o.dates) > 0 {
		if own, ok := o.dates[t.Format(time.DateOnly)]; ok {
			intervals = own
		}
	}
	minute := t.Hour()*60 + t.Minute()
	for _, iv := range intervals {
		if iv[0] <= minute && minute < iv[1] {
			return true
		}
	}
	return false
}

func (o oracle) between(a, b time.Time) (sum time.Duration) {
	for ; a.Before(b); a = a.Add(time.Minute) {
		if o.open(a) {
			sum += time.Minute
		}
	}
	return sum
}

// manyCalendars lets a property be checked as often as MAILGW_HOURS says, and says so.
func manyCalendars(t *testing.T) {
	t.Helper()
	checks := flag.Lookup("rapid.checks").Value
	if n := os.Getenv("MAILGW_HOURS"); n != "" {
		before := checks.String()
		if err := checks.Set(n); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if !t.Failed() {
				t.Logf("%s random calendars, zones and times: every answer as counted minute by minute", n)
			}
			checks.Set(before)
		})
	}
}

func TestAgainstMinutes(t *testing.T) {
	manyCalendars(t)
	rapid.Check(t, func(t *rapid.T) {
		zone, near := drawPlace(t)
		spec := drawSpec(t, zone, near)
		cal, errs := Compile(spec)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		o := newOracle(t, spec)
		start := near.Add(time.Duration(rapid.IntRange(-2000, 2000).Draw(t, "start")) * time.Minute)
		end := start.Add(time.Duration(rapid.IntRange(0, 6000).Draw(t, "span")) * time.Minute)
		if got, want := cal.Open(start), o.open(start); got != want {
			t.Fatalf("Open(%v) = %v", start, got)
		}
		want := o.between(start, end)
		if got := cal.Between(start, end); got != want {
			t.Fatalf("Between(%v, %v) = %v, counted %v", start, end, got, want)
		}
		checkAdd(t, cal, o, start, want)
		checkNext(t, cal, o, start)
		checkIntervalStart(t, cal, o, end)
		checkLast(t, cal, o, end)
		checkEdges(t, cal, o, end)
	})
}

// checkAdd: Add gives the first minute by which the oracle has counted d, and
// Explain adds up to it.
func checkAdd(t *rapid.T, cal *Calendar, o oracle, start time.Time, d time.Duration) {
	got, ok := cal.Add(start, d)
	want, left := start, d
	for ; left > 0; want = want.Add(time.Minute) {
		if o.open(want) {
			left -= time.Minute
		}
	}
	if !ok || !got.Equal(want) {
		t.Fatalf("Add(%v, %v) = %v, %v; counted %v", start, d, got, ok, want)
	}
	var sum time.Duration
	segments := cal.Explain(start, d)
	for i, s := range segments {
		if i > 0 && !segments[i-1].To.Before(s.From) {
			t.Fatalf("segments touch: %v", segments)
		}
		if o.between(s.From, s.To) != s.Length() {
			t.Fatalf("segment %v is not all open", s)
		}
		sum += s.Length()
	}
	if sum != d || d > 0 && !segments[len(segments)-1].To.Equal(got) {
		t.Fatalf("segments %v do not explain %v until %v", segments, d, got)
	}
}

func checkNext(t *rapid.T, cal *Calendar, o oracle, start time.Time) {
	want := start
	for !o.open(want) {
		want = want.Add(time.Minute)
	}
	if got, ok := cal.NextOpen(start); !ok || !got.Equal(want) {
		t.Fatalf("NextOpen(%v) = %v, %v; counted %v", start, got, ok, want)
	}
}

func checkIntervalStart(t *rapid.T, cal *Calendar, o oracle, end time.Time) {
	want := end
	for n := 0; o.open(want.Add(-time.Minute)); n++ {
		if n > 10*dayMinutes {
			return // open all week; the tables have this case
		}
		want = want.Add(-time.Minute)
	}
	if got := cal.IntervalStart(end); !got.Equal(want) && o.open(end) {
		t.Fatalf("IntervalStart(%v) = %v, counted %v", end, got, want)
	} else if !o.open(end) && !got.Equal(want) {
		t.Fatalf("IntervalStart(%v), an end or closed, = %v, counted %v", end, got, want)
	}
}

func checkLast(t *rapid.T, cal *Calendar, o oracle, end time.Time) {
	want := end
	for !o.open(want) && !o.open(want.Add(-time.Minute)) {
		want = want.Add(-time.Minute)
	}
	if got, ok := cal.LastOpen(end); !ok || !got.Equal(want) {
		t.Fatalf("LastOpen(%v) = %v, %v; counted %v", end, got, ok, want)
	}
}

// checkEdges: the day's first open minute, and the minute after its last.
func checkEdges(t *rapid.T, cal *Calendar, o oracle, at time.Time) {
	const days = 3
	today, open := DateOf(at.In(o.loc)), false
	var first, last time.Time
	for m := at.Add(-days * 24 * time.Hour); m.Before(at.Add(days * 24 * time.Hour)); m = m.Add(time.Minute) {
		if DateOf(m.In(o.loc)) != today || !o.open(m) {
			continue
		}
		if !open {
			first, open = m, true
		}
		last = m.Add(time.Minute)
	}
	opening, ok := cal.Opening(at)
	if ok != open || ok && !opening.Equal(first) {
		t.Fatalf("Opening(%v) = %v, %v; counted %v, %v", at, opening, ok, first, open)
	}
	closing, ok := cal.Closing(at)
	if ok != open || ok && !closing.Equal(last) {
		t.Fatalf("Closing(%v) = %v, %v; counted %v, %v", at, closing, ok, last, open)
	}
}

// To the nanosecond, Add and Between undo each other, and splitting an amount
// changes nothing.
func TestAddBetweenInverse(t *testing.T) {
	manyCalendars(t)
	rapid.Check(t, func(t *rapid.T) {
		zone, near := drawPlace(t)
		cal, errs := Compile(drawSpec(t, zone, near))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		start := near.Add(time.Duration(rapid.Int64Range(-1e14, 1e14).Draw(t, "start")))
		d := time.Duration(rapid.Int64Range(1, 1e14).Draw(t, "d"))
		due, ok := cal.Add(start, d)
		if !ok {
			return // so little open that it does not fit: rare, and no answer is right
		}
		if got := cal.Between(start, due); got != d {
			t.Fatalf("Between(%v, %v) = %v, want %v", start, due, got, d)
		}
		first := time.Duration(rapid.Int64Range(0, int64(d)-1).Draw(t, "first"))
		middle, _ := cal.Add(start, first)
		if got, _ := cal.Add(middle, d-first); !got.Equal(due) {
			t.Fatalf("in two steps %v, in one %v", got, due)
		}
		if before := due.Add(-1); cal.Between(start, before) >= d {
			t.Fatalf("%v is not the first instant", due)
		}
	})
}
