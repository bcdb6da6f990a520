package promise

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"supportgw/mailgw/ticket"
)

var (
	historyNow = time.Date(2026, 7, 13, 8, 0, 0, 0, time.UTC)
	like       = Case{Target: 8 * time.Hour, Priority: ticket.Normal, Kind: First, Hour: 10}
)

// tookEach are answers to cases like `like`, the last one an hour ago, the one before two hours ago…
func tookEach(took ...time.Duration) (out []Case) {
	for i, d := range took {
		c := like
		c.ID, c.AnsweredAt, c.Took = ticket.ID(i+1), historyNow.Add(-time.Duration(len(took)-i)*time.Hour), d
		out = append(out, c)
	}
	return out
}

// mixed are the same cases in an order of chance, so that the desk has not changed.
func mixed(list []time.Duration) []time.Duration {
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// minutes are 1m, 2m … n m.
func minutes(n int) (out []time.Duration) {
	for i := range n {
		out = append(out, time.Duration(i+1)*time.Minute)
	}
	return out
}

func ask(q float64) Question { return Question{Like: like, Q: q} }

// The quantile is the ceil((n+1)q)-th shortest, and there is none when that is
// behind the last.
func TestQuantileIsAnOrderStatistic(t *testing.T) {
	for _, c := range []struct {
		n    int
		q    float64
		want int // minutes; 0: too little
	}{
		{18, .95, 0}, {19, .95, 19}, {20, .95, 20}, {38, .95, 38}, {39, .95, 38}, {99, .95, 95}, {100, .95, 96}, {199, .95, 190}, {200, .95, 191},
		{8, .9, 0}, {9, .9, 9}, {10, .9, 10}, {19, .9, 18}, {1, .5, 1}, {2, .5, 2}, {3, .5, 2}, {0, .5, 0}, {0, .95, 0},
	} {
		got, ok := Achieved(tookEach(mixed(minutes(c.n))...), nil, ask(c.q), historyNow)
		if ok != (c.want > 0) || got.Took != time.Duration(c.want)*time.Minute || got.AtLeast {
			t.Errorf("%d answers, %.2f: %v %v, want %d minutes", c.n, c.q, got, ok, c.want)
		}
	}
}

// Whoever still waits counts: a desk that answers only what is easy is not fast.
func TestWhoWaitsCounts(t *testing.T) {
	done := tookEach(mixed(minutes(100))...)
	var open []Case
	for range 20 { // each has waited for half an hour: they will be among the longer ones
		c := like
		c.Took = 30 * time.Minute
		open = append(open, c)
	}
	none, _ := Achieved(done, nil, ask(.95), historyNow)
	some, ok := Achieved(done, open, ask(.95), historyNow)
	if !ok || some.Took <= none.Took || some.Waiting != 20 || some.AtLeast {
		t.Errorf("%v with 20 that wait, %v with none", some, none)
	}
	for i := range open { // they have only just come: nothing is known of them
		open[i].Took = 0
	}
	if fresh, _ := Achieved(done, open, ask(.95), historyNow); fresh.Took != none.Took {
		t.Errorf("%v with 20 that have just come, %v without", fresh, none)
	}
	for i := range open { // they wait longer than anybody ever did
		open[i].Took = 9 * time.Hour
	}
	stuck, ok := Achieved(done, open, ask(.95), historyNow)
	if !ok || !stuck.AtLeast || stuck.Took != 9*time.Hour || !strings.Contains(stuck.String(), "in no less than 9h, with 20 that still wait") {
		t.Errorf("%v %v", stuck, ok)
	}
	for i := range open { // and yet within the target: nothing is known to be late
		open[i].Took = 7 * time.Hour
	}
	if got, ok := Achieved(done, open, ask(.95), historyNow); ok {
		t.Errorf("%v is no quantile", got)
	}
}

// Kaplan and Meier by hand: n = 4 answers at 1, 2, 4, 5 and one that waits since 3,
// with the one that never comes: 5/6 · 4/5 = .667, · 2/3 = .444, · 1/2 = .222.
func TestProductLimit(t *testing.T) {
	h := time.Hour
	done, open := []time.Duration{h, 2 * h, 4 * h, 5 * h}, []time.Duration{3 * h}
	for _, c := range []struct {
		q    float64
		want time.Duration
	}{{.1, h}, {.3, 2 * h}, {.34, 4 * h}, {.55, 4 * h}, {.56, 5 * h}, {.77, 5 * h}, {.78, 0}} {
		if got, ok := quantile(done, open, c.q); got != c.want || ok != (c.want > 0) {
			t.Errorf("%.2f: %v %v, want %v", c.q, got, ok, c.want)
		}
	}
	if got, ok := quantile([]time.Duration{h, h, h, h}, []time.Duration{h}, .6); got != h || !ok { // equal times: all of them, and who waits as long is at risk still
		t.Errorf("%v %v", got, ok)
	}
}

// The narrowest class that has enough speaks.
func TestClasses(t *testing.T) {
	at := func(n int, hour int, took time.Duration, change func(*Case)) (out []Case) {
		for range n {
			c := like
			c.AnsweredAt, c.Hour, c.Took = historyNow.Add(-time.Hour), hour, took
			if change != nil {
				change(&c)
			}
			out = append(out, c)
		}
		return out
	}
	h := time.Hour
	next := func(c *Case) { c.Kind = Next }
	for _, c := range []struct {
		name  string
		cases []Case
		want  time.Duration // 0: none
		said  string
	}{
		{"the hour", slices.Concat(at(76, 10, h, nil), at(76, 11, 2*h, nil)), h, "normal, target 8h, first answers, Monday 10:00 to 11:00"},
		{"too few of the hour", slices.Concat(at(75, 10, h, nil), at(76, 11, 2*h, nil)), 2 * h, "normal, target 8h, first answers, in the morning on working days"},
		{"another day's morning", at(76, 24+8, 3*h, nil), 3 * h, "in the morning on working days"},
		{"a weekend's morning is another thing", slices.Concat(at(76, 5*24+8, 3*h, nil)), 3 * h, "normal, target 8h, first answers"},
		{"afternoons", at(19, 15, 3*h, nil), 3 * h, "normal, target 8h, first answers"},
		{"other answers", at(19, 15, 3*h, next), 3 * h, "normal, target 8h"},
		{"first ones go first", slices.Concat(at(19, 15, 2*h, nil), at(100, 15, 3*h, next)), 2 * h, "normal, target 8h, first answers"},
		{"a longer target", at(19, 15, 3*h, func(c *Case) { c.Target, c.Priority = 16*h, ticket.Low }), 3 * h, "all priorities whose target was 8h or longer"},
		{"a shorter target was more hurried", at(99, 15, h, func(c *Case) { c.Target, c.Priority = 2*h, ticket.High }), 0, ""},
		{"around the clock is counted otherwise", at(99, 15, h, func(c *Case) { c.Around = true }), 0, ""},
		{"old ones", at(99, 10, h, func(c *Case) { c.AnsweredAt = historyNow.Add(-121 * 24 * time.Hour) }), 0, ""},
		{"recent ones", slices.Concat(at(2000, 10, 5*h, func(c *Case) { c.AnsweredAt = historyNow.Add(-48 * time.Hour) }), at(250, 10, h, nil)), h, "Monday 10:00 to 11:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := Achieved(c.cases, nil, ask(.95), historyNow)
			if ok != (c.want > 0) || got.Took != c.want || !strings.HasSuffix(got.Class, c.said) {
				t.Errorf("%v %v, want %v of %q", got, ok, c.want, c.said)
			}
		})
	}
}

// Only the cases of this priority and target, of all hours, are compared with the target.
func TestWide(t *testing.T) {
	list := tookEach(mixed(minutes(100))...)
	for i := range list {
		list[i].Kind, list[i].Hour = Next, 15
	}
	if got, ok := Achieved(list, nil, Question{Like: like, Wide: true, Q: .95}, historyNow); !ok || got.Took != 96*time.Minute || got.Class != "normal, target 8h" {
		t.Errorf("%v %v", got, ok)
	}
	for i := range list {
		list[i].Target = 16 * time.Hour
	}
	if got, ok := Achieved(list, nil, Question{Like: like, Wide: true, Q: .95}, historyNow); ok {
		t.Errorf("%v", got)
	}
}

// Who has waited two hours waits like those who waited more than two hours.
func TestHavingWaited(t *testing.T) {
	got, ok := Achieved(tookEach(mixed(minutes(200))...), nil, Question{Like: like, Waited: 2 * time.Hour, Q: .95}, historyNow)
	if !ok || got.Took != 197*time.Minute || got.Cases != 80 { // ceil(81 * .95) = 77 behind 120
		t.Errorf("%v %v", got, ok)
	}
	if got, ok := Achieved(tookEach(mixed(minutes(200))...), nil, Question{Like: like, Waited: 190 * time.Minute, Q: .95}, historyNow); ok {
		t.Errorf("of ten cases: %v", got)
	}
}

// In the long run at least q of new cases are answered in the time that the ones
// before them tell, whatever the distribution; and when each is seen only up to
// the moment in which one asks, too.
func TestCoverage(t *testing.T) {
	shapes := map[string]func(*rand.Rand) float64{
		"log-normal":  func(r *rand.Rand) float64 { return 30 * math.Exp(r.NormFloat64()) },
		"exponential": func(r *rand.Rand) float64 { return 60 * r.ExpFloat64() },
		"uniform":     func(r *rand.Rand) float64 { return 100 * r.Float64() },
		"two humps": func(r *rand.Rand) float64 {
			if r.Float64() < .1 {
				return 400 + 50*r.Float64()
			}
			return 10 * r.Float64()
		},
	}
	for name, draw := range shapes {
		for _, censored := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, censored %v", name, censored), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				kept, asked := 0, 0
				for range 2000 {
					var done, open []Case
					for range 60 {
						c := like
						c.AnsweredAt, c.Took = historyNow, time.Duration(draw(r)*float64(time.Minute))
						age := time.Duration(r.Float64() * 600 * float64(time.Minute))
						if censored && age < c.Took {
							c.Took, c.AnsweredAt = age, time.Time{}
							open = append(open, c)
							continue
						}
						done = append(done, c)
					}
					e, ok := Achieved(done, open, Question{Like: like, Q: .9}, historyNow)
					if !ok || e.AtLeast {
						continue
					}
					asked++
					if time.Duration(draw(r)*float64(time.Minute)) <= e.Took {
						kept++
					}
				}
				if part := float64(kept) / float64(asked); part < .885 || part > .945 || asked < 1500 {
					t.Errorf("%.3f of %d were answered in the time of the 0.9 quantile", part, asked)
				}
			})
		}
	}
}

// A case more that still waits never makes the time shorter.
func TestMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string, least, most int) (out []time.Duration) {
			for _, d := range rapid.SliceOfN(rapid.IntRange(1, 300), least, most).Draw(t, name) {
				out = append(out, time.Duration(d)*time.Minute)
			}
			return out
		}
		done, open := some("done", 19, 60), some("open", 0, 20)
		q := rapid.SampledFrom([]float64{.5, .8, .9, .95}).Draw(t, "q")
		before, ok := quantile(done, open, q)
		after, still := quantile(done, append(slices.Clone(open), some("more", 1, 1)...), q)
		if still && (!ok || after < before) {
			t.Fatalf("%v %v became %v with one more that waits", before, ok, after)
		}
	})
}

// A desk that has changed, to the worse or to the better, is known by its last
// answers; one that has not, by all that count.
func TestChange(t *testing.T) {
	slow, quick := each(200, 30*time.Hour), mixed(minutes(60))
	for i := range slow {
		slow[i] += time.Duration(i) * time.Minute
	}
	slow = mixed(slow)
	for _, c := range []struct {
		name  string
		took  []time.Duration
		cases int
		want  time.Duration
	}{
		{"better again", slices.Concat(slow, quick), 60, 58 * time.Minute},
		{"worse", slices.Concat(mixed(minutes(200)), each(60, 9*time.Hour)), 60, 9 * time.Hour},
		{"few of them", slices.Concat(slow, quick[:10]), 210, slices.Sorted(slices.Values(slow))[190]},
		{"as ever", mixed(minutes(200)), 200, 191 * time.Minute},
		{"all the same", each(200, time.Hour), 200, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := Achieved(tookEach(c.took...), nil, ask(.95), historyNow)
			if !ok || got.Cases != c.cases || got.Took != c.want {
				t.Errorf("%v, want %v of %d", got, c.want, c.cases)
			}
		})
	}
}

func each(n int, d time.Duration) (out []time.Duration) {
	for range n {
		out = append(out, d)
	}
	return out
}

func TestHourOfWeek(t *testing.T) {
	zurich := calendar(t, "Europe/Zurich", map[string][]string{"mon": {"09:00-10:00"}}).Location()
	for at, want := range map[string]int{
		"2026-07-12T22:00:00Z": 0, "2026-07-12T21:59:59Z": 167, "2026-07-13T08:00:00Z": 10, "2026-07-19T10:00:00Z": 6*24 + 12,
	} {
		v, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := HourOfWeek(v.In(zurich)); got != want {
			t.Errorf("%s: %d, want %d", at, got, want)
		}
	}
}

func TestSayLength(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0m", time.Second: "1m", 59 * time.Minute: "59m", time.Hour: "1h", 3*time.Hour + 9*time.Minute + 1: "3h10m", 65 * time.Minute: "1h05m"} {
		if got := SayLength(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestEstimateIsSaid(t *testing.T) {
	e := Estimate{Took: 190 * time.Minute, Cases: 212, Since: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Class: "normal, first answers", Q: .95}
	if got, want := e.String(), "95 of 100 of 212 such cases since 2026-05-01 (normal, first answers) were answered within 3h10m"; got != want {
		t.Errorf("%s", got)
	}
}

// What is kept is what was said, to the second.
func TestCasesAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Case{
			ID: ticket.ID(rapid.Uint64().Draw(t, "id")), AnsweredAt: time.Unix(rapid.Int64Range(1, 1<<39).Draw(t, "at"), 0).UTC(),
			Took: time.Duration(rapid.Int64Range(0, 1<<31).Draw(t, "took")) * time.Second, Target: time.Duration(rapid.Int64Range(1, 1<<31).Draw(t, "target")) * time.Second,
			Priority: rapid.SampledFrom(priorities()).Draw(t, "priority"), Kind: rapid.SampledFrom([]Kind{First, Next}).Draw(t, "kind"),
			Around: rapid.Bool().Draw(t, "around"), Hour: rapid.IntRange(0, 167).Draw(t, "hour"),
		}
		if rapid.Bool().Draw(t, "came back") {
			c.AnsweredAt = time.Time{}
		}
		b := AppendCase(AppendCase(nil, &like), &c)
		got, err := Cases(b)
		if err != nil || len(got) != 2 || len(b) != 2*CaseBytes || got[1] != c {
			t.Fatalf("%+v became %+v, %v", c, got, err)
		}
	})
}

func FuzzCases(f *testing.F) {
	f.Add(AppendCase(nil, &like))
	f.Add([]byte("no case"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := Cases(b)
		if err != nil {
			return
		}
		var again []byte
		for i := range list {
			again = AppendCase(again, &list[i])
		}
		if more, err := Cases(again); err != nil || !slices.Equal(list, more) {
			t.Fatalf("%+v became %+v, %v", list, more, err)
		}
	})
}
