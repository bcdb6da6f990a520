package hours

import (
	"fmt"
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

// drawSpec draws a calendar; bounds are of any minute, so that many fall into
// what the clock skips or repeats.
func drawSpec(t *rapid.T, zone string, near time.Time) Spec {
	spec := Spec{Zone: zone, Week: map[string][]string{}}
	halfHours := rapid.Map(rapid.IntRange(0, 48), func(n int) int { return n * 30 })
	bound := rapid.OneOf(rapid.IntRange(0, dayMinutes), halfHours)
	for i, day := range dayNames {
		bounds := rapid.SliceOfNDistinct(bound, 0, 6, rapid.ID[int]).Draw(t, day)
		slices.Sort(bounds)
		if i == 0 && len(bounds) < 2 {
			bounds = []int{0, dayMinutes} // never a week that is all closed
		}
		for n := 0; n+1 < len(bounds); n += 2 {
			spec.Week[day] = append(spec.Week[day], Interval{bounds[n], bounds[n+1]}.String())
		}
	}
	for _, off := range rapid.SliceOfN(rapid.IntRange(-3, 8), 0, 2).Draw(t, "holidays") {
		spec.Holidays = append(spec.Holidays, DateOf(near.AddDate(0, 0, off)).String())
	}
	spec.ShortDays = map[string][]string{}
	for _, off := range rapid.SliceOfN(rapid.IntRange(-3, 8), 0, 2).Draw(t, "short days") {
		date := DateOf(near.AddDate(0, 0, off)).String()
		if slices.Contains(spec.Holidays, date) {
			continue
		}
		bounds := rapid.SliceOfNDistinct(bound, 0, 4, rapid.ID[int]).Draw(t, date)
		slices.Sort(bounds)
		spec.ShortDays[date] = nil
		for n := 0; n+1 < len(bounds); n += 2 {
			spec.ShortDays[date] = append(spec.ShortDays[date], Interval{bounds[n], bounds[n+1]}.String())
		}
	}
	return spec
}

// oracle answers by looking at the wall clock, one minute at a time.
type oracle struct {
	spec Spec
	loc  *time.Location
}

func (o oracle) open(t time.Time) bool {
	t = t.In(o.loc)
	for _, h := range o.spec.Holidays {
		if t.Format(time.DateOnly) == h {
			return false
		}
	}
	intervals, short := o.spec.ShortDays[t.Format(time.DateOnly)]
	if !short {
		intervals = o.spec.Week[dayNames[t.Weekday()]]
	}
	minute := fmt.Sprintf("%02d:%02d", t.Hour(), t.Minute())
	for _, iv := range intervals {
		if iv[:5] <= minute && minute < iv[6:] {
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

func TestAgainstMinutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := oddTimes[rapid.IntRange(0, len(oddTimes)-1).Draw(t, "odd")]
		near, _ := time.Parse(time.RFC3339, odd.near)
		spec := drawSpec(t, odd.zone, near)
		cal, errs := Compile(spec)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		o := oracle{spec, cal.Location()}
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
	rapid.Check(t, func(t *rapid.T) {
		odd := oddTimes[rapid.IntRange(0, len(oddTimes)-1).Draw(t, "odd")]
		near, _ := time.Parse(time.RFC3339, odd.near)
		cal, errs := Compile(drawSpec(t, odd.zone, near))
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
