package promise

import (
	"testing"
	"time"
)

func BenchmarkSay(b *testing.B) {
	loc, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		b.Fatal(err)
	}
	now := time.Date(2026, 12, 30, 9, 12, 0, 0, time.UTC)
	due := now.Add(150 * time.Hour)
	for _, lang := range []string{"en", "de-CH", "pl"} {
		b.Run(lang, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Say(due, now, loc, lang)
			}
		})
	}
}
