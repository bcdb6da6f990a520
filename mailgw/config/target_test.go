package config

import (
	"slices"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

func TestTarget(t *testing.T) {
	const h = time.Hour
	plain := Level{FirstAnswer: 8 * h, UrgentAnswer: 30 * time.Minute}
	full := Level{
		FirstAnswer: 8 * h, NextAnswer: 4 * h, Update: 6 * h, Resolution: 40 * h, UrgentAnswer: h,
		Low: Targets{FirstAnswer: 16 * h}, High: Targets{FirstAnswer: 2 * h, Resolution: 16 * h}, Urgent: Targets{NextAnswer: 2 * h, Update: 3 * h},
	}
	none := Level{FirstAnswer: 8 * h}
	for _, c := range []struct {
		name     string
		level    Level
		kind     promise.Kind
		priority ticket.Priority
		want     time.Duration // 0: no such clock
		clock    bool
	}{
		{"first", plain, promise.First, ticket.Normal, 8 * h, false},
		{"next is as the first", plain, promise.Next, ticket.Normal, 8 * h, false},
		{"no update", plain, promise.Update, ticket.Normal, 0, false},
		{"no resolution", plain, promise.Resolution, ticket.Urgent, 0, false},
		{"urgent", plain, promise.First, ticket.Urgent, 30 * time.Minute, true},
		{"urgent, next", plain, promise.Next, ticket.Urgent, 30 * time.Minute, true},
		{"urgent without a target of its own", none, promise.First, ticket.Urgent, 8 * h, false},
		{"full, next", full, promise.Next, ticket.Normal, 4 * h, false},
		{"full, low", full, promise.First, ticket.Low, 16 * h, false},
		{"full, low, next", full, promise.Next, ticket.Low, 4 * h, false},
		{"full, high", full, promise.First, ticket.High, 2 * h, false},
		{"full, high, resolution", full, promise.Resolution, ticket.High, 16 * h, false},
		{"full, low, resolution", full, promise.Resolution, ticket.Low, 40 * h, false},
		{"full, urgent", full, promise.First, ticket.Urgent, h, true},
		{"full, urgent, next", full, promise.Next, ticket.Urgent, 2 * h, true},
		{"full, urgent, update", full, promise.Update, ticket.Urgent, 3 * h, true},
		{"full, urgent, resolution in working time", full, promise.Resolution, ticket.Urgent, 40 * h, false},
		{"a call has none", full, promise.Callback, ticket.Normal, 0, false},
	} {
		got, ok := c.level.Target(c.kind, c.priority)
		if got.Answer != c.want || ok != (c.want > 0) || got.AroundTheClock != c.clock {
			t.Errorf("%s: %+v, %v; want %s", c.name, got, ok, c.want)
		}
	}
}

func TestBestLevels(t *testing.T) {
	const h = time.Hour
	c := Config{Levels: []Level{
		{Name: "slow", FirstAnswer: 16 * h},
		{Name: "fast, urgent by day", FirstAnswer: 2 * h},
		{Name: "fast", FirstAnswer: 2 * h, UrgentAnswer: time.Hour},
		{Name: "fast, urgent at once", FirstAnswer: 2 * h, UrgentAnswer: 30 * time.Minute},
		{Name: "as fast", FirstAnswer: 2 * h, Urgent: Targets{FirstAnswer: h}},
		{Name: "urgent late at night", FirstAnswer: 2 * h, UrgentAnswer: 2000 * h},
	}}
	want := []string{"fast, urgent at once", "fast", "as fast", "urgent late at night", "fast, urgent by day", "slow"}
	if got := c.BestLevels(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
