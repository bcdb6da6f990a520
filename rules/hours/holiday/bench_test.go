package holiday

import (
	"strings"
	"testing"
)

func BenchmarkSet(b *testing.B) {
	for b.Loop() {
		if _, ok := Set("CH-ZH"); !ok {
			b.Fatal("no set")
		}
	}
}

// The most that a file can ask for: as many rules as may be, each of which looks at
// all days of two hundred years.
func BenchmarkHostileFile(b *testing.B) {
	rule := "DTSTART:19000101|RRULE:FREQ=YEARLY;BYSETPOS=-366;UNTIL=20501231;BYDAY=SU" + strings.Repeat(",MO,TU,WE,TH,FR,SA", 6)
	list := make([]string, maxYearly)
	for i := range list {
		list[i] = rule
	}
	text := []byte(ics(list...))
	for b.Loop() {
		if days, errs := ParseFile("f", text); len(days) == 0 {
			b.Fatal(errs)
		}
	}
}
