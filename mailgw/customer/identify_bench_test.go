package customer

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// realNames makes a directory of n customers with names of two or three words of a
// vocabulary, as companies have, and three addresses each.
func realNames(n int) *Directory {
	r := rand.New(rand.NewPCG(1, 2))
	syllables := strings.Fields("ba be bo bu da del don fra gal gor han in ka ko lan lem mar mi nor ol pan ra ro sen sol ta tel ter un ver vi wes zo")
	forms := []string{"AG", "GmbH", "Ltd", "Inc.", "S.p.A.", "SA", "B.V.", "Sp. z o.o."}
	word := func() string {
		var b strings.Builder
		for range 2 + r.IntN(3) {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		s := b.String()
		return strings.ToUpper(s[:1]) + s[1:]
	}
	list := make([]Customer, n)
	for i := range list {
		name := word() + " " + word()
		if i%3 == 0 {
			name += " " + word()
		}
		list[i] = Customer{ID: uint64(i + 1), Name: name + " " + forms[i%len(forms)], Domains: []string{fmt.Sprintf("c%d.example", i)},
			Addresses: []string{fmt.Sprintf("a%d@mail.example", i), fmt.Sprintf("b%d@mail.example", i), fmt.Sprintf("c%d@mail.example", i)}}
	}
	d, _ := New(list, nil)
	return d
}

// BenchmarkIdentifyMail identifies the author of a mail of 4 KiB, which names nobody,
// among 100,000 customers with 300,000 addresses: cpu-ns/op is what it costs, however
// busy the machine is.
func BenchmarkIdentifyMail(b *testing.B) {
	d := realNames(100000)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	words := strings.Repeat("Hello, our printer on the third floor does not print since this Monday morning.\nMax has tried it twice, and Ben once. ", 40)
	said := Said{Display: "Max Muster", Words: words[:4096], Subject: "The printer on the third floor", Signature: "Max Muster\nHead of Production\nMusterbau GmbH\nBern"}
	b.ReportAllocs()
	start := cpu(b)
	for b.Loop() {
		d.IdentifyMail("somebody@gmail.com", true, said)
	}
	b.ReportMetric(float64(cpu(b)-start)/float64(b.N), "cpu-ns/op")
	b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MB")
	runtime.KeepAlive(d)
}

// cpu is the processor time that the process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
