package hours

import (
	"testing"
	"time"
)

func benchCalendar(t testing.TB) *Calendar {
	return compile(t, office("Europe/Zurich", "2026-08-01", "2026-12-25", "2027-01-01", "2027-04-02"))
}

func TestCountingDoesNotAllocate(t *testing.T) {
	cal := benchCalendar(t)
	start := at(t, "2026-12-24T16:10:11.5+01:00")
	if n := testing.AllocsPerRun(100, func() {
		due, _ := cal.Add(start, 8*time.Hour)
		cal.Between(start, due)
		cal.IntervalStart(due)
		cal.NextOpen(due)
		cal.LastOpen(start.AddDate(0, 0, 2))
		cal.Opening(due)
		cal.Closing(due)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAdd8Hours(b *testing.B) {
	cal := benchCalendar(b)
	start := at(b, "2026-12-24T16:10:11.5+01:00")
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := cal.Add(start, 8*time.Hour); !ok {
			b.Fatal("no time")
		}
	}
}

func BenchmarkBetweenYears(b *testing.B) {
	cal := benchCalendar(b)
	from, to := at(b, "2026-01-01T00:00:00Z"), at(b, "2030-01-01T00:00:00Z")
	for b.Loop() {
		cal.Between(from, to)
	}
}

func BenchmarkIntervalStart(b *testing.B) {
	cal := benchCalendar(b)
	due := at(b, "2026-12-29T10:00:00+01:00")
	for b.Loop() {
		cal.IntervalStart(due)
	}
}
