package mailgw

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// searched runs "ticket search" and returns the tickets that it names.
func (h *house) searched(a SearchArgs) (numbers []uint64, behind int) {
	h.t.Helper()
	err := h.searchTickets(a, func(v any) error {
		switch v := v.(type) {
		case FoundView:
			numbers = append(numbers, v.Ticket)
		case IndexView:
			behind = v.Behind
		}
		return nil
	})
	if err != nil {
		h.t.Fatalf("%+v: %v", a, err)
	}
	return numbers, behind
}

func (h *house) finds(words string, want ...uint64) {
	h.t.Helper()
	if got, behind := h.searched(SearchArgs{Words: words}); !slices.Equal(got, want) || behind != 0 {
		h.t.Errorf("%q finds %v, want %v (behind %d)", words, got, want, behind)
	}
}

// What is accepted, answered, noted and changed is found at once, and what is no more is not.
func TestSearchFollowsTheStore(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{from: mia, subject: "Export of the invoices", body: "The Würzburg plant cannot print. " + strings.Repeat("Some words between. ", 40) + "Error QX-9917."})
	h.deliver(mail{from: "Rosa <rosa@globex.example>", subject: "Drucker", body: "Seit heute druckt er keine Rechnungen mehr."})
	h.finds("wurzburg printing", 1)
	h.finds("qx 9917", 1) // beyond what the entry keeps of the words
	h.finds("rechnung", 2)
	h.finds("mia@acme.example", 1)
	h.finds("export rechnung")
	notice := h.noticeTo("anna@example.com")
	h.deliver(notice.reply(anna, "Please restart the spooler."))
	h.finds("spooler", 2)
	h.do("ticket.note", ReplyArgs{Number: 1, As: "anna", Text: "They pay late: zebra."})
	h.finds("zebra", 1)
	h.do("ticket.set", SetArgs{Number: 1, Status: "closed"})
	for name, c := range map[string]struct {
		a    SearchArgs
		want []uint64
	}{
		"closed":             {SearchArgs{Words: "export", Status: "closed"}, []uint64{1}},
		"open":               {SearchArgs{Words: "export", Status: "open"}, nil},
		"another desk":       {SearchArgs{Words: "export", Desk: "billing"}, nil},
		"the desk":           {SearchArgs{Words: "export", Desk: "support"}, []uint64{1}},
		"their customer":     {SearchArgs{Words: "export", Customer: "acme.example"}, []uint64{1}},
		"another customer":   {SearchArgs{Words: "rechnung", Customer: "acme.example"}, nil},
		"one, but not which": {SearchArgs{Words: "example", Limit: 1}, []uint64{2}},
	} {
		if c.a.Limit == 1 {
			if got, _ := h.searched(c.a); len(got) != 1 {
				t.Errorf("%s: %v", name, got)
			}
		} else if got, _ := h.searched(c.a); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	h.do("ticket.merge", MergeArgs{From: 2, To: 1, Force: true})
	h.finds("spooler", 1)
}

// What the index says is looked at again: what has changed since is not shown, and the rest is.
func TestStaleIsNotShown(t *testing.T) {
	h := newHouse(t)
	for _, s := range []string{"alpha one", "alpha two", "alpha three"} {
		h.deliver(mail{from: mia, subject: s, id: s[6:] + "@acme.example"})
	}
	h.finds("alpha", 3, 2, 1)
	h.finder.runs.Store(true) // nobody brings it up to date
	h.finder.renew.Store(false)
	defer h.finder.runs.Store(false)
	h.update(func(tx store.Tx) error {
		one, err := tx.Ticket(1)
		if err != nil {
			return err
		}
		two, err2 := tx.Ticket(2)
		one.Subject, two.Desk = "beta", "billing"
		e, err3 := tx.LastEntries(1, 0, 9)
		for i := range e {
			e[i].Subject = "beta"
			err = errors.Join(err, tx.PutEntry(&e[i]))
		}
		return errors.Join(err, err2, err3, tx.PutTicket(&one), tx.PutTicket(&two))
	})
	h.finder.feed.take(9)
	h.finder.feed.done()
	if got, _ := h.searched(SearchArgs{Words: "alpha", Desk: "support"}); !slices.Equal(got, []uint64{3}) {
		t.Errorf("%v", got)
	}
}

// A missing folder, one of an older state, and one of another version are brought up to date.
func TestSearchHealsItself(t *testing.T) {
	h := newHouse(t)
	folder := searchFolder(h.c)
	h.deliver(mail{from: mia, subject: "alpha", id: "a@acme.example"})
	h.finds("alpha", 1)
	if err := h.finder.close(); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	h.deliver(mail{from: mia, subject: "gamma", id: "g@acme.example"})
	h.do("ticket.note", ReplyArgs{Number: 1, As: "anna", Text: "omega"})
	h.finds("gamma", 2)
	for name, harm := range map[string]func() error{
		"gone":            func() error { return os.RemoveAll(folder) },
		"old":             func() error { return errors.Join(os.RemoveAll(folder), os.CopyFS(folder, os.DirFS(old))) },
		"another version": func() error { return os.WriteFile(filepath.Join(folder, "VERSION"), []byte("7"), 0o600) },
	} {
		if err := h.finder.close(); err != nil {
			t.Fatal(err)
		}
		if err := harm(); err != nil {
			t.Fatal(err)
		}
		h.reopen()
		t.Log(name)
		h.finds("gamma", 2)
		h.finds("omega", 1)
	}
	var made IndexView
	if err := h.searchTickets(SearchArgs{Rebuild: true}, func(v any) error { made = v.(IndexView); return nil }); err != nil || made.Tickets != 2 || made.Bytes == 0 {
		t.Errorf("%+v, %v", made, err)
	}
	h.finds("omega", 1)
}

// While the gateway runs, the index follows by itself, and says how far behind it is; and a mail costs as
// many commits as without it.
func TestSearchWhileRunning(t *testing.T) {
	h := newHouse(t)
	stats := func() uint64 { return h.store.(*followed).Stats().Commits }
	before := stats()
	h.deliver(mail{from: mia, subject: "alpha", id: "a@acme.example"})
	alone := stats() - before
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { h.finder.run(ctx); close(done) }()
	defer func() { stop(); <-done }()
	for !h.finder.runs.Load() {
		time.Sleep(time.Millisecond)
	}
	h.finds("alpha", 1)
	before = stats()
	h.deliver(mail{from: mia, subject: "gamma", id: "g@acme.example"})
	if n := stats() - before; n != alone {
		t.Errorf("%d commits, without the index %d", n, alone)
	}
	h.finds("gamma", 2)
	if n := h.figure("mailgw_search_lag_seconds_count"); n < 1 {
		t.Errorf("%g tickets were counted", n)
	}
	if c := h.checkSearch(); !c.OK || c.Detail != "the index has all tickets" {
		t.Errorf("%+v", c)
	}
	h.finds("alpha", 1)
}

// What an Update that fails has written is not followed, and what one wrote in its second run counts once.
func TestFeed(t *testing.T) {
	h := newHouse(t)
	f := h.finder.feed
	if err := h.store.Update(store.Background, func(tx store.Tx) error {
		return errors.Join(tx.PutTicket(&ticket.Ticket{Number: 7}), errors.New("no"))
	}); err == nil {
		t.Fatal("it went through")
	}
	if n, _ := f.behind(); n != 0 {
		t.Errorf("%d wait", n)
	}
	f.catchUp([]uint64{1, 2, 3})
	now := time.Now()
	f.add([]uint64{9, 9, 8}, now)
	f.add([]uint64{9}, now.Add(time.Hour))
	if n, oldest := f.behind(); n != 5 || !oldest.Equal(now) {
		t.Errorf("%d wait since %s", n, oldest)
	}
	got := f.take(3)
	if !slices.Equal(got.numbers, []uint64{9, 8, 1}) || len(got.since) != 2 || !got.since[0].Equal(now) {
		t.Errorf("%+v", got)
	}
	if n, _ := f.behind(); n != 5 {
		t.Errorf("%d wait, what was taken is not done", n)
	}
	f.done()
	if n, _ := f.behind(); n != 2 {
		t.Errorf("%d wait", n)
	}
}

// After an erasure no word of what was said is in the index, whatever it is asked.
func TestErasedIsNotFound(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{from: mia, subject: "alpha secretword", id: "a@acme.example", body: "My passphrase is xyzzyplugh."})
	h.deliver(mail{from: "Rosa <rosa@globex.example>", subject: "alpha", id: "g@acme.example"})
	h.finds("xyzzyplugh", 1)
	h.erase(EraseArgs{Who: "mia@acme.example"})
	if n, err := os.ReadDir(searchFolder(h.c)); err == nil && len(n) > 0 {
		x, err := h.finder.theIndex()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := x.Count(); err != nil || n != 0 {
			t.Errorf("%d documents are left, %v", n, err)
		}
	}
	h.finds("xyzzyplugh")
	h.finds("secretword")
	h.finds("mia")
	h.finds("alpha", 2)
	x, err := h.finder.theIndex()
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"xyzzyplugh", "secretword", "passphrase", "mia"} {
		if n, err := x.Tickets(t.Context(), word); err != nil || n != 0 {
			t.Errorf("%q is in %d documents, %v", word, n, err)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for name, c := range map[string]struct {
		texts []string
		words []string
		want  string
		ok    bool
	}{
		"around":           {[]string{"", "one two three four five six seven eight nine ten printers burn"}, []string{"print"}, "… three four five six seven eight nine ten printers burn", true},
		"the most of them": {[]string{"", "print", "print fire"}, []string{"print", "fire"}, "print fire", true},
		"not there":        {[]string{"", "print"}, []string{"coffe"}, "print", false},
		"in the subject":   {[]string{"", "hello there"}, []string{"subject"}, "hello there", true},
	} {
		if got, ok := excerptOf("The subject", c.texts, c.words); got != c.want || ok != c.ok {
			t.Errorf("%s: %q %v, want %q", name, got, ok, c.want)
		}
	}
	if got := around(strings.Repeat("é", 300), nil); len(got) > searchExcerpt+5 || !strings.HasSuffix(got, "é …") {
		t.Errorf("%q", got)
	}
}
