package customer

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"testing"
)

// TestDirectoryFollows changes a directory at random: it answers as one that was made of
// the same customers anew, whatever it held before.
func TestDirectoryFollows(t *testing.T) {
	pick := func(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }
	names := []string{"Acme", "Acme AG", "Acme GmbH", "Acme Air", "Globex Ltd", "Globex", "Delta", "Delta Air Lines Inc", "Initech"}
	domains := []string{"acme.example", "eu.acme.example", "globex.example", "delta.example"}
	people := []string{"a@acme.example", "b@free.example", "c@globex.example", "d@free.example"}
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		d, _ := New(nil, nil)
		kept := map[uint64]Customer{}
		for range 120 {
			id := 1 + r.Uint64N(5)
			if r.IntN(4) == 0 {
				d.Remove(id)
				delete(kept, id)
				continue
			}
			c := Customer{ID: id, Name: pick(r, names...)}
			if r.IntN(2) == 0 {
				c.Aliases = []string{pick(r, names...)}
			}
			if r.IntN(2) == 0 {
				c.Domains = []string{pick(r, domains...)}
			}
			if r.IntN(2) == 0 {
				c.Addresses = []string{pick(r, people...)}
			}
			if r.IntN(8) == 0 {
				c.MergedInto = 9
			}
			if taken(kept, &c) { // the store lets nobody have another one's
				continue
			}
			kept[id] = c
			d.Put(&c)
		}
		var list []Customer
		for _, c := range kept {
			if !c.Gone() {
				list = append(list, c)
			}
		}
		slices.SortFunc(list, func(a, b Customer) int { return int(a.ID) - int(b.ID) })
		anew, _ := New(list, nil)
		if d.Len() != anew.Len() {
			t.Errorf("seed %d: %d customers, made anew %d", seed, d.Len(), anew.Len())
		}
		for _, address := range append(people, "x@eu.acme.example", "x@delta.example", "x@no.example") {
			for _, n := range append(names, "", "Acme Air Cargo") {
				got, want := ask(d, address, n), ask(anew, address, n)
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("seed %d, %s of %q: %+v, made anew %+v", seed, address, n, got, want)
				}
			}
		}
	}
}

// ask identifies, with candidates in order of their names.
func ask(d *Directory, address, signature string) Identity {
	id := d.IdentifyMail(address, true, Said{Signature: signature, Words: "Hello from " + signature})
	slices.Sort(id.Candidates)
	return id
}

// taken reports whether somebody else has a key.
func taken(kept map[uint64]Customer, c *Customer) bool {
	for id, other := range kept {
		for _, k := range c.Keys() {
			if id != c.ID && slices.Contains(other.Keys(), k) {
				return true
			}
		}
	}
	return false
}

// crowd are n customers with a domain and three addresses each.
func crowd(n int) []Customer {
	list := make([]Customer, n)
	for i := range list {
		list[i] = Customer{ID: uint64(i + 1), Name: fmt.Sprintf("%s Works %d Ltd", string(rune('A'+i%26))+fmt.Sprint(i), i), Domains: []string{fmt.Sprintf("company%d.example", i)}, Level: "standard",
			Addresses: []string{fmt.Sprintf("ann%d@mail.example", i), fmt.Sprintf("bob%d@mail.example", i), fmt.Sprintf("cid%d@mail.example", i)}}
	}
	return list
}

// BenchmarkRosterFill makes a directory of 100,000 customers with 300,000 addresses, and
// says how much memory it takes with the records.
func BenchmarkRosterFill(b *testing.B) {
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		list := crowd(100_000)
		d, _ := New(nil, nil)
		for i := range list {
			d.Put(&list[i])
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
		runtime.KeepAlive(d)
	}
}

// BenchmarkRosterIdentify finds one of 100,000 by address and by domain.
func BenchmarkRosterIdentify(b *testing.B) {
	d, _ := New(crowd(100_000), nil)
	for name, address := range map[string]string{"address": "bob77777@mail.example", "domain": "eve@a.b.company5.example", "nobody": "eve@elsewhere.example"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Identify(address, true)
			}
		})
	}
}
