package mailgw

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/search"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// vocabulary makes texts whose words are as unequal as those of a language: few stand everywhere, most
// hardly anywhere.
type vocabulary struct{ zipf *rand.Zipf }

func newVocabulary(seed uint64) *vocabulary {
	return &vocabulary{rand.NewZipf(rand.New(rand.NewPCG(seed, 1)), 1.2, 8, 60_000)}
}

func (v *vocabulary) word() string {
	n := v.zipf.Uint64()
	var w []byte
	for n += 7; n > 0; n /= 12 {
		w = append(w, "bdfgklmnprst"[n%12], "aeiou"[n%5])
	}
	return string(w)
}

func (v *vocabulary) text(words int) string {
	out := make([]string, words)
	for i := range out {
		out[i] = v.word()
	}
	return strings.Join(out, " ")
}

// wanted is how many tickets MAILGW_SEARCH asks for.
func wanted(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("MAILGW_SEARCH"))
	if err != nil || n < 1 {
		t.Skip("SKIPPED: figures of the index; MAILGW_SEARCH=100000 makes so many tickets and prints them")
	}
	return n
}

// fill makes tickets of one mail of 80 words, 500 in a commit.
func (h *house) fill(n int) {
	h.t.Helper()
	v := newVocabulary(1)
	for first := 1; first <= n; first += 500 {
		h.update(func(tx store.Tx) error {
			for i := first; i < min(first+500, n+1); i++ {
				subject, body := v.text(5), v.text(80)
				raw := fmt.Appendf(nil, "From: Customer %d <c%d@example.net>\r\nTo: support@example.com\r\nSubject: %s\r\nMessage-ID: <%d@x>\r\n\r\n%s\r\n", i, i%5000, subject, i, body)
				id, now := h.ids.Next(), h.clock.Now()
				status := ticket.Open
				if i%2 == 0 {
					status = ticket.Solved
				}
				number, err := tx.NewTicketNumber()
				if err != nil {
					return err
				}
				tk := ticket.Ticket{Number: number, Desk: "support", Status: status, Priority: ticket.Normal, Subject: subject, Requester: fmt.Sprintf("Customer %d <c%d@example.net>", i, i%5000), Address: fmt.Sprintf("c%d@example.net", i%5000), CreatedAt: now, UpdatedAt: now, Entries: 1, PromiseIs: "none", Solution: body[:40]}
				e := ticket.Entry{ID: id, Ticket: number, Seq: 1, Kind: ticket.MailIn, From: tk.Requester, At: now, Subject: subject, Outcome: ticket.OutcomeNew, Excerpt: body[:60]}
				rc := ticket.Receipt{ID: id, At: now, MessageID: fmt.Sprintf("%d@x", i), Author: tk.Address, Hash: bytes.Repeat([]byte{byte(i)}, 32), Outcome: ticket.OutcomeNew, Ticket: number}
				for _, do := range []error{tx.PutTicket(&tk), tx.PutEntry(&e), tx.PutRaw(id, raw, nil), tx.PutReceipt(&rc)} {
					if do != nil {
						return do
					}
				}
			}
			return nil
		})
	}
}

// TestSearchFigures prints what the index costs; MAILGW_SEARCH=100000.
func TestSearchFigures(t *testing.T) {
	n := wanted(t)
	h := &house{t: t, c: houseConfig(t, t.TempDir())}
	h.open(monday)
	defer h.Close()
	h.fill(n)
	h.finder.feed.take(1 << 30)
	h.finder.feed.done()
	peak := &heapUse{}
	stop := peak.watch()
	began := time.Now()
	if err := h.finder.bring(t.Context()); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	stop()
	t.Logf("made anew: %d tickets in %.1f s, %.0f entries/s, at most %d MB of heap, %.1f MB on the disk (the database has %.1f MB)", n, took.Seconds(), float64(n)/took.Seconds(), peak.most>>20,
		float64(search.Bytes(searchFolder(h.c)))/1e6, float64(search.Bytes(h.c.Data)-search.Bytes(searchFolder(h.c)))/1e6)
	x, err := h.finder.theIndex()
	if err != nil {
		t.Fatal(err)
	}
	began = time.Now()
	if err := h.finder.compare(); err != nil {
		t.Fatal(err)
	}
	waits, _ := h.finder.feed.behind()
	t.Logf("compared at a start: %.2f s, %d to put anew", time.Since(began).Seconds(), waits)
	v := newVocabulary(2)
	var index, whole, alike []time.Duration
	for range 300 {
		words := v.text(2)
		began := time.Now()
		if _, err := x.Find(t.Context(), search.Query{Words: words, Limit: searchAtOnce}); err != nil {
			t.Fatal(err)
		}
		index = append(index, time.Since(began))
		began = time.Now()
		if _, err := h.findTickets(t.Context(), &SearchArgs{Words: words, Limit: searchLimit}, 0); err != nil {
			t.Fatal(err)
		}
		whole = append(whole, time.Since(began))
		text := v.text(60)
		began = time.Now()
		if _, err := x.Similar(t.Context(), text, []string{"support"}, similarAsked); err != nil {
			t.Fatal(err)
		}
		alike = append(alike, time.Since(began))
	}
	t.Logf("two words: index p50 %s p99 %s; with 20 tickets read p50 %s p99 %s; similar p50 %s p99 %s", nth(index, 50), nth(index, 99), nth(whole, 50), nth(whole, 99), nth(alike, 50), nth(alike, 99))
}

// TestSearchBesideMail prints how many mails are accepted with the index following and without, in turns
// of one run, and how long the words waited; MAILGW_SEARCH=N, N mails each turn.
func TestSearchBesideMail(t *testing.T) {
	n := min(wanted(t), 4000)
	h := &house{t: t, c: houseConfig(t, t.TempDir())}
	h.open(monday)
	defer h.Close()
	rate := map[bool][]float64{}
	commits := map[bool][]float64{}
	var waited []time.Duration
	h.finder.lags.each = func(d time.Duration) { waited = append(waited, d) }
	made := 0
	for turn := range 6 {
		on := turn%2 == 1
		ctx, stop := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		if on {
			h.finder.hurry <- struct{}{}
			wg.Go(func() { h.finder.run(ctx) })
			for behind := 1; behind != 0 || !h.finder.runs.Load(); time.Sleep(10 * time.Millisecond) {
				behind, _ = h.finder.feed.behind()
			}
			waited = waited[:0]
		}
		v := newVocabulary(uint64(turn))
		mails := make([]*letter.Arrival, n)
		for i := range mails {
			made++
			mails[i] = h.arrival(mail{from: fmt.Sprintf("c%d@example.net", made%500), id: fmt.Sprintf("%d@example.net", made), subject: v.text(4), body: v.text(80)})
		}
		before := h.store.(*followed).Stats().Commits
		began := time.Now()
		var senders sync.WaitGroup
		for w := range 8 {
			senders.Go(func() {
				for i := w; i < n; i += 8 {
					if err := h.Deliver(ctx, mails[i]); err != nil {
						t.Error(err)
					}
				}
			})
		}
		senders.Wait()
		rate[on] = append(rate[on], float64(n)/time.Since(began).Seconds())
		commits[on] = append(commits[on], float64(h.store.(*followed).Stats().Commits-before))
		if on {
			for behind := 1; behind != 0; time.Sleep(10 * time.Millisecond) {
				behind, _ = h.finder.feed.behind()
			}
			t.Logf("turn %d: lag p50 %s p99 %s of %d", turn, nth(waited, 50), nth(waited, 99), len(waited))
		}
		stop()
		wg.Wait()
	}
	t.Logf("mails/s without %.0f, with %.0f: ratio %.3f; commits without %.0f, with %.0f", rate[false], rate[true], mean(rate[true])/mean(rate[false]), commits[false], commits[true])
}

func mean(list []float64) (m float64) {
	for _, x := range list {
		m += x / float64(len(list))
	}
	return m
}

func nth(list []time.Duration, percent int) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Round(10 * time.Microsecond)
}

// heapUse watches how much memory is in use.
type heapUse struct{ most uint64 }

func (p *heapUse) watch() (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			p.most = max(p.most, m.HeapInuse)
			select {
			case <-done:
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	return func() { close(done); wg.Wait() }
}
