package customer_test

import (
	"fmt"
	"testing"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/ticket"
)

// What somebody says to be is found by Said alone, is never more than a claim, and
// ends with the record.
func TestSaid(t *testing.T) {
	acme := customer.Customer{ID: 1, Name: "Acme", Level: "premium"}
	if !acme.Learn("Pat@Free.example") || acme.Learn("pat@free.example") || acme.Learn("no address") {
		t.Error("an address is learned once, whatever its case")
	}
	d, problems := customer.New([]customer.Customer{acme, {ID: 2, Name: "Globex"}}, nil)
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	if got := d.Identify("pat@free.example", true); got.Confidence != ticket.Unknown || got.ID != 0 {
		t.Errorf("a claim identifies: %+v", got)
	}
	if d.Colleagues("pat@free.example", "pat@free.example") && d.Identify("pat@free.example", true).ID != 0 {
		t.Error("a claim makes colleagues of a customer's")
	}
	got, ok := d.Said("PAT@free.example")
	if !ok || got.ID != 1 || got.Customer != "Acme" || got.Level != "premium" || got.Confidence != ticket.Claimed {
		t.Errorf("said: %t, %+v", ok, got)
	}
	globex := customer.Customer{ID: 2, Name: "Globex", Claimed: []string{"pat@free.example"}}
	d.Put(&globex)
	if got, _ := d.Said("pat@free.example"); got.ID != 2 {
		t.Errorf("the last word does not count: %+v", got)
	}
	d.Remove(1) // must not take Globex's
	if got, _ := d.Said("pat@free.example"); got.ID != 2 {
		t.Errorf("gone with another's record: %+v", got)
	}
	forgets := globex
	if !forgets.Forget("pat@free.example") || forgets.Forget("pat@free.example") || len(globex.Claimed) != 1 {
		t.Error("an address is forgotten once, and not in other copies of the record")
	}
	d.Remove(2)
	if _, ok := d.Said("pat@free.example"); ok {
		t.Error("still there when the record is gone")
	}
}

// However many say so, a record stays small: the oldest are forgotten.
func TestLearnIsBounded(t *testing.T) {
	var c customer.Customer
	for i := range 1000 {
		c.Learn(fmt.Sprintf("p%d@free.example", i))
	}
	if n := len(c.Claimed); n != 200 || c.Claimed[n-1] != "p999@free.example" {
		t.Errorf("%d addresses, the last %s", n, c.Claimed[n-1])
	}
}
