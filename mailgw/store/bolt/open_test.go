package bolt

import (
	"errors"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"

	"supportgw/mailgw/store"
	"supportgw/mailgw/store/storetest"
	"supportgw/mailgw/ticket"
)

// TestOpenTicketsOfOldDatabase: a database of before they were listed has them listed
// when it is opened.
func TestOpenTicketsOfOldDatabase(t *testing.T) {
	o := Options{Dir: t.TempDir()}
	s := mustOpen(t, o)
	err := s.Update(store.Intake, func(tx store.Tx) error {
		return errors.Join(tx.PutTicket(&ticket.Ticket{Number: 1, Status: ticket.Open, CustomerID: 3, Confidence: ticket.Claimed, Assignee: "anna@example.com"}),
			tx.PutTicket(&ticket.Ticket{Number: 2, Status: ticket.Closed, CustomerID: 3}), tx.PutTicket(&ticket.Ticket{Number: 3, Status: ticket.New, CustomerID: 3, Confidence: ticket.Domain}),
			tx.PutEvents([]ticket.Event{{Ticket: 1, ID: 1}}), tx.PutEvents([]ticket.Event{{Ticket: 2, ID: 2}}), tx.PutEvents([]ticket.Event{{Ticket: 3, ID: 3}}))
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(filepath.Join(o.Dir, fileName), 0o600, nil)
	if err == nil {
		err = errors.Join(db.Update(func(tx *bolt.Tx) error {
			return errors.Join(tx.DeleteBucket([]byte("open")), tx.DeleteBucket([]byte("load")))
		}), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, o)
	storetest.Check(t, s, true)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
