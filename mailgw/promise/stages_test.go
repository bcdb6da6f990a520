package promise

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"supportgw/rules/hours"
)

func officeHours(t testing.TB) *hours.Calendar {
	t.Helper()
	cal, errs := hours.Compile(hours.Spec{Zone: "Europe/Zurich", Week: map[string][]string{"mon-fri": {"09:00-17:30"}}})
	if errs != nil {
		t.Fatal(errs)
	}
	return cal
}

// The stages come at their share of the working time, while the desk is open where
// that is before the time is over.
func TestStageAt(t *testing.T) {
	cal := officeHours(t)
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, cal.Location())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		name, made, due              string
		half, most, nearly, announce string
		clock                        bool
	}{
		{"two hours", "2026-07-13 10:00:00", "2026-07-13 12:00:00", "2026-07-13 11:00:00", "2026-07-13 11:36:00", "2026-07-13 11:48:00", "2026-07-13 11:56:00", false},
		{"over a night", "2026-07-13 10:00:00", "2026-07-14 09:30:00", "2026-07-13 14:00:00", "2026-07-13 16:24:00", "2026-07-13 17:12:00", "2026-07-14 09:14:00", false},
		{"over a weekend", "2026-07-17 17:00:00", "2026-07-20 09:30:00", "2026-07-20 09:00:00", "2026-07-20 09:18:00", "2026-07-20 09:24:00", "2026-07-20 09:28:00", false},
		{"urgent, at night", "2026-07-17 23:00:00", "2026-07-17 23:30:00", "2026-07-17 23:15:00", "2026-07-17 23:24:00", "2026-07-17 23:27:00", "2026-07-17 23:29:00", true},
		{"urgent, over the desk's opening", "2026-07-16 23:00:00", "2026-07-17 11:00:00", "2026-07-17 05:00:00", "2026-07-17 08:36:00", "2026-07-17 09:48:00", "2026-07-17 10:36:00", true},
		{"an agent's word for the evening", "2026-07-13 15:00:00", "2026-07-13 20:00:00", "2026-07-13 16:15:00", "2026-07-13 17:00:00", "2026-07-13 17:15:00", "2026-07-13 19:05:00", false},
		{"an agent's word given and due at night", "2026-07-13 20:00:00", "2026-07-13 22:00:00", "2026-07-13 21:00:00", "2026-07-13 21:36:00", "2026-07-13 21:48:00", "2026-07-13 21:56:00", false},
		{"summer time begins", "2026-03-27 16:30:00", "2026-03-30 10:00:00", "2026-03-30 09:00:00", "2026-03-30 09:36:00", "2026-03-30 09:48:00", "2026-03-30 09:56:00", false},
	} {
		p := Promise{State: Open, Told: true, MadeAt: at(c.made), DueAt: at(c.due), Clock: c.clock}
		for _, w := range []struct {
			stage Stage
			want  string
		}{{Half, c.half}, {Most, c.most}, {Nearly, c.nearly}, {Announce, c.announce}, {Break, c.due}} {
			if got := p.StageAt(w.stage, cal); !got.Equal(at(w.want)) {
				t.Errorf("%s: %s at %s, must be %s", c.name, w.stage, got.In(cal.Location()).Format("2006-01-02 15:04:05"), w.want)
			}
		}
	}
}

// Whatever was slept through, one thing is to be done; and who was told a time
// hears that it will not be kept, however late it is.
func TestNextStage(t *testing.T) {
	cal := officeHours(t)
	made := time.Date(2026, 7, 13, 10, 0, 0, 0, cal.Location())
	due := made.Add(2 * time.Hour)
	for _, c := range []struct {
		name  string
		done  Stage
		told  bool
		after time.Duration // of made
		want  Stage
		at    time.Duration // of made
	}{
		{"at once", "", true, 0, Half, time.Hour},
		{"half is over", "", true, time.Hour, Half, time.Hour},
		{"half is done", Half, true, time.Hour, Most, 96 * time.Minute},
		{"slept through both reminders", "", true, 100 * time.Minute, Most, 96 * time.Minute},
		{"slept until it is nearly over", "", true, 110 * time.Minute, Nearly, 108 * time.Minute},
		{"slept through all", "", true, 30 * time.Hour, Announce, 116 * time.Minute},
		{"told already", Announce, true, 117 * time.Minute, Break, 2 * time.Hour},
		{"a target is announced to nobody", Nearly, false, 109 * time.Minute, Break, 2 * time.Hour},
		{"a target, slept through", "", false, 30 * time.Hour, Break, 2 * time.Hour},
	} {
		p := Promise{State: Open, Told: c.told, Stage: c.done, MadeAt: made, DueAt: due}
		stage, at := p.NextStage(cal, made.Add(c.after))
		if stage != c.want || at.Sub(made) != c.at {
			t.Errorf("%s: %s after %s; must be %s after %s", c.name, stage, at.Sub(made), c.want, c.at)
		}
	}
}

// Of a time that was put off before, nobody is reminded at half of it.
func TestNextStageOfALaterTime(t *testing.T) {
	cal := officeHours(t)
	made := time.Date(2026, 7, 13, 10, 0, 0, 0, cal.Location())
	p := Promise{State: Open, Told: true, Late: 1, MadeAt: made, DueAt: made.Add(2 * time.Hour)}
	if stage, at := p.NextStage(cal, made); stage != Most || at.Sub(made) != 96*time.Minute {
		t.Errorf("%s after %s", stage, at.Sub(made))
	}
}

// For whatever promise: the stages come in their order, between its making and its
// time, and in open hours where the whole of it lies in one open stretch.
func TestStagesInOrder(t *testing.T) {
	cal := officeHours(t)
	rapid.Check(t, func(t *rapid.T) {
		made := time.Date(2026, 1, 1, 0, 0, 0, 0, cal.Location()).Add(time.Duration(rapid.IntRange(0, 365*24*60).Draw(t, "made")) * time.Minute)
		p := Promise{State: Open, Told: true, MadeAt: made, DueAt: made.Add(time.Duration(rapid.IntRange(1, 30*24*60).Draw(t, "length")) * time.Minute), Clock: rapid.Bool().Draw(t, "clock")}
		before := made
		for _, s := range []Stage{Half, Most, Nearly, Announce, Break} {
			at := p.StageAt(s, cal)
			if at.Before(before.Add(-time.Second)) || at.After(p.DueAt) {
				t.Fatalf("%s of %s to %s comes at %s, after %s", s, made, p.DueAt, at, before)
			}
			if opening, ok := cal.NextOpen(made); !p.Clock && s != Break && ok && opening.Before(p.DueAt) && s != Announce && !cal.Open(at) {
				if last, _ := cal.LastOpen(p.DueAt); last.Sub(made) > time.Hour { // there was an open hour in which to say so
					t.Fatalf("%s of %s to %s comes at %s, when nobody works", s, made, p.DueAt, at)
				}
			}
			before = at
		}
	})
}

// A clock that stands still goes on with the working time that was left, and its
// reminders with it.
func TestPause(t *testing.T) {
	cal := officeHours(t)
	made := time.Date(2026, 7, 13, 10, 0, 0, 0, cal.Location())
	p := Promise{State: Open, Kind: Resolution, MadeAt: made, DueAt: made.Add(4 * time.Hour)}
	p.Reset(cal, made)
	if !p.Alarm().Equal(made.Add(2 * time.Hour)) {
		t.Errorf("first alarm %s", p.Alarm())
	}
	p.Pause(cal, made.Add(time.Hour))
	if !p.Alarm().IsZero() || p.Left != 3*time.Hour {
		t.Errorf("it stands still: %+v", p)
	}
	again := made.AddDate(0, 0, 1).Add(time.Hour) // Tuesday 11:00
	if !p.Resume(cal, again) || !p.DueAt.Equal(again.Add(3*time.Hour)) || !p.Alarm().Equal(again.Add(time.Hour)) {
		t.Errorf("it goes on: %+v", p)
	}
	p.Pause(cal, again.Add(150*time.Minute))
	wednesday := again.AddDate(0, 0, 1)
	if p.Left != 30*time.Minute || p.Spent != 210*time.Minute || !p.Resume(cal, wednesday) || !p.StageAt(Half, cal).Equal(wednesday) || !p.StageAt(Nearly, cal).Equal(wednesday.Add(6*time.Minute)) {
		t.Errorf("the second time: %+v, %s", p, p.StageAt(Nearly, cal))
	}
}
