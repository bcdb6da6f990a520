package mailgw

import (
	"log/slog"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/store"
	"supportgw/mailgw/store/bolt"
	"supportgw/mailgw/ticket"
	"supportgw/rules/hours"
)

// BenchmarkAnswered is what an answer costs that becomes history: 100 in one
// transaction, with and without.
func BenchmarkAnswered(b *testing.B) {
	s, err := bolt.Open(bolt.Options{Dir: b.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	for b.Loop() {
		err := s.Update(store.Background, func(tx store.Tx) error {
			for i := range 100 {
				c := premiumCase
				c.ID, c.AnsweredAt, c.Took = ticket.ID(i+1), monday, time.Hour
				if err := keepCase(tx, "support", &c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEstimate is what a calibrated promise costs when nothing is remembered:
// a full history, and 200 who wait.
func BenchmarkEstimate(b *testing.B) {
	var a past
	a.ready = true
	a.waiting = map[string][]waitingCase{}
	for i := range keptCases {
		c := premiumCase
		c.ID, c.AnsweredAt, c.Took = ticket.ID(i+1), monday.Add(time.Duration(i-keptCases)*time.Hour), time.Duration(i%200)*time.Minute
		a.add("support", c)
	}
	for i := range 200 {
		c := premiumCase
		c.ID = ticket.ID(1e6 + i)
		a.waiting["support"] = append(a.waiting["support"], waitingCase{c, monday.Add(-time.Hour)})
	}
	cal := hours.AroundTheClock(time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		clear(a.desks["support"].asked)
		if _, ok := a.estimate("support", cal, promise.Question{Like: premiumCase, Q: quantile}, monday); !ok {
			b.Fatal("no estimate")
		}
	}
}
