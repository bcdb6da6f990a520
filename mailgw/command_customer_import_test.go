package mailgw

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// imports takes a file in and returns what was said, line by line.
func (h *house) imports(a ImportArgs) (lines []ImportView, err error) {
	h.t.Helper()
	if a.File == "" {
		a.File = "f.csv"
	}
	err = h.importCustomers(a, func(v any) error { lines = append(lines, v.(ImportView)); return nil })
	return lines, err
}

// manyRows is a file of n customers, each with a domain, a level and three addresses.
func manyRows(n int) []byte {
	var b strings.Builder
	b.WriteString("name,domain,level,email\n")
	for i := range n {
		fmt.Fprintf(&b, "Company Number %d Ltd,company%d.example,standard,ann%d@mail%d.example; bob%d@mail%d.example; cid%d@mail%d.example\n", i, i, i, i%977, i, i%977, i, i%977)
	}
	return []byte(b.String())
}

// manyPeople are the same customers, with one row for each person, as address books
// are written.
func manyPeople(n int) []byte {
	var b strings.Builder
	b.WriteString("company,domain,level,contact,email\n")
	for i := range n {
		for _, who := range []string{"Ann", "Bob", "Cid"} {
			fmt.Fprintf(&b, "Company Number %d Ltd,company%d.example,standard,%s,%s%d@mail%d.example\n", i, i, who, strings.ToLower(who), i, i%977)
		}
	}
	return []byte(b.String())
}

// customersOf counts those of manyRows.
func (h *house) customersOf() (n int) {
	h.t.Helper()
	if err := h.listCustomers(CustomersArgs{Part: "company number"}, func(any) error { n++; return nil }); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// TestImportIsAllOrNothing: killed behind any commit, all of the file is there after the
// restart, or nothing of it; and who is imported is known to the next mail.
func TestImportIsAllOrNothing(t *testing.T) {
	const rows = importChunk + 200
	data := manyRows(rows)
	all, none := 0, 0
	for commits := 0; ; commits++ {
		h := newHouse(t)
		h.limit(commits)
		lines, err := h.imports(ImportArgs{Data: data})
		if err != nil && !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		h.reopen()
		switch n := h.customersOf(); {
		case n == rows:
			all++
		case n == 0 && err != nil:
			none++
		default:
			t.Errorf("killed behind %d commits: %d of %d", commits, n, rows)
		}
		h.view(func(r store.Reader) error {
			if raw, err := r.Meta(importName); raw != nil || err != nil {
				t.Errorf("killed behind %d commits: the import is still noted: %v", commits, err)
			}
			if raw, err := r.Meta(importChunkName(0)); raw != nil || err != nil {
				t.Errorf("killed behind %d commits: its rows are still kept: %v", commits, err)
			}
			return nil
		})
		if h.customersOf() == rows {
			if a := h.deliver(mail{from: "Ann <ann7@mail7.example>"}); a.ticket.Customer != "Company Number 7 Ltd" {
				t.Errorf("a mail of one is of %q", a.ticket.Customer)
			}
		}
		if err == nil {
			if s := lines[len(lines)-1].Sum; s == nil || s.Made != rows {
				t.Errorf("the sum: %+v", s)
			}
			break
		}
	}
	if all < 3 || none < 4 {
		t.Errorf("%d times all, %d times nothing", all, none)
	}
}

// TestImportAnswers: a dry run does nothing, the same again changes nothing, what is
// wrong is named by line and nothing is done, and who is not in the file stays.
func TestImportAnswers(t *testing.T) {
	h := newHouse(t)
	wrong, err := h.imports(ImportArgs{Data: []byte("name,level,domain\nNew,gold,new.example\nOther,,acme.example\n,,\nThird,standard,globex.example;initech.example\n")})
	if err == nil || err.Error() != "nothing was imported: 2 things are wrong in f.csv" && !strings.Contains(err.Error(), "things are wrong in f.csv") || len(wrong) < 2 || wrong[0].Line != 2 || wrong[0].Kind != "problem" {
		t.Errorf("%v %+v", err, wrong)
	}
	data := []byte("name,level,domain\nNew,standard,new.example\nAcme Instruments AG,,acme2.example\nGlobex Ltd,,\n")
	dry, err := h.imports(ImportArgs{Data: data, DryRun: true, Show: true, Absent: true})
	if err != nil || len(dry) != 4 || dry[0].Kind != "made" || dry[0].Line != 2 || dry[1].Kind != "changed" || dry[2].Kind != "absent" || dry[2].Customer != "Initech Inc." || *dry[3].Sum != (ImportSum{1, 1, 1, true}) {
		t.Errorf("%v %+v", err, dry)
	}
	if h.roster.Len() != 3 {
		t.Error("a dry run made something")
	}
	for _, want := range []ImportSum{{1, 1, 1, false}, {0, 0, 3, false}} {
		if got, err := h.imports(ImportArgs{Data: data}); err != nil || *got[len(got)-1].Sum != want {
			t.Errorf("%v %+v, want %+v", err, got, want)
		}
	}
	if absent, err := h.imports(ImportArgs{Data: data, Absent: true}); err != nil || len(absent) != 2 || absent[0].Customer != "Initech Inc." {
		t.Errorf("%v %+v", err, absent)
	}
	if h.roster.Len() != 4 {
		t.Errorf("%d customers", h.roster.Len())
	}
}

// TestMailDuringImport: mail goes on being accepted while customers come in by the
// thousand, and nobody waits for all of them.
func TestMailDuringImport(t *testing.T) {
	h := newHouse(t)
	data := manyRows(4_000)
	done := make(chan error, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		err := h.importCustomers(ImportArgs{File: "f", Data: data}, func(any) error { return nil })
		done <- err
	})
	accepted, longest := 0, time.Duration(0)
	var err error
	for running := true; running; {
		select {
		case err = <-done:
			running = false
		default:
			began := time.Now()
			if err := h.Deliver(context.Background(), h.arrival(mail{from: fmt.Sprintf("Eve <eve%d@elsewhere.example>", accepted), client: stranger})); err != nil {
				t.Fatal(err)
			}
			longest = max(longest, time.Since(began))
			accepted++
		}
	}
	wg.Wait()
	if err != nil || h.customersOf() != 4_000 || accepted < 5 {
		t.Errorf("%v, %d customers, %d mails", err, h.customersOf(), accepted)
	}
	t.Logf("%d mails accepted meanwhile, the longest in %s", accepted, longest)
	h.want(h.deliver(mail{from: "Bob <bob9@mail9.example>"}), ticket.OutcomeNew)
}

// BenchmarkImport takes 100,000 customers in, each with a domain, a level and three
// addresses: of a file with a row for each customer, and of one with a row for each
// person. It says how many rows a second, and how long the next start takes.
func BenchmarkImport(b *testing.B) {
	for _, c := range []struct {
		name string
		rows float64
		data []byte
	}{{"customers", 100_000, manyRows(100_000)}, {"people", 300_000, manyPeople(100_000)}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				t := &testing.T{}
				h := &house{t: t, c: houseConfig(b, b.TempDir())}
				h.open(monday)
				began := time.Now()
				if err := h.importCustomers(ImportArgs{File: "f", Data: c.data}, func(any) error { return nil }); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(c.rows/time.Since(began).Seconds(), "rows/s")
				if n := h.roster.Len(); n != 100_003 { // with those of the configuration
					b.Fatalf("%d customers", n)
				}
				began = time.Now()
				h.reopen()
				b.ReportMetric(time.Since(began).Seconds(), "s/start")
				if err := h.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
