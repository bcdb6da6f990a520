package mailgw

import (
	"os"
	"slices"
	"testing"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// A data folder that is older than what was erased, or empty, gives out the numbers of
// erased tickets and customers anew: what has them now is others', and stays.
func TestEraseAgainNumbersAnew(t *testing.T) {
	h := newEraseHouse(t)
	h.flush()
	h.erase(EraseArgs{Who: "acme instruments ag"})
	log := erasedLog(h.settings.Load().Config)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(h.c.Data); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(log); err != nil {
		t.Fatalf("the log went with the data folder: %v", err)
	}
	if err := os.MkdirAll(h.c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	h.open(monday.Add(24 * time.Hour))
	var dumps []string
	var numbers []uint64
	for i := range 6 {
		r := h.deliver(mail{from: "Olaf Other <olaf@globex.example>", id: ticket.ID(i+1).String() + "@globex.example", subject: "The printer hums", body: "It has nothing to do with anybody else."})
		numbers = append(numbers, r.Ticket)
	}
	for _, n := range numbers {
		dumps = append(dumps, h.dump(n))
	}
	for _, n := range []uint64{h.own, h.merged, h.shared} {
		if !slices.Contains(numbers, n) {
			t.Fatalf("number %d was not given out anew: %v", n, numbers)
		}
	}
	if problems, err := h.notErased(); len(problems) != 0 || err != nil {
		t.Errorf("verify says %q, %v", problems, err)
	}
	if err := h.eraseAgain(); err != nil {
		t.Fatal(err)
	}
	if job, err := h.jobUnderWay(); job != nil || err != nil {
		t.Errorf("it erases what is others': %+v, %v", job, err)
	}
	for i, n := range numbers {
		if got := h.dump(n); got != dumps[i] {
			t.Errorf("ticket %d was changed:\n%s", n, got)
		}
	}
	h.view(func(r store.Reader) error {
		_, err := r.CustomerBy(customer.Key{Kind: customer.KeyDomain, Text: "acme.example"})
		return err
	})
}
