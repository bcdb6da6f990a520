package promise

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The names are part of the outside contract: people script against them.
func TestPromiseJSON(t *testing.T) {
	open := Promise{
		ID: 1 << 60, Ticket: 42, Customer: "Acme Instruments AG", Kind: First, Told: true, State: Open,
		DueAt: at(t, "2026-07-14T15:00:00+02:00"), MadeAt: at(t, "2026-07-14T09:12:00+02:00"), MadeBy: "mailgw", Cause: "m1@acme.example",
	}
	kept := open
	kept.State, kept.KeptAt, kept.KeptBy = Kept, at(t, "2026-07-14T11:00:00+02:00"), []string{"a1@example.com"}
	kept.Kind, kept.Agent = ByAgent, "anna@example.com"
	cases := []struct {
		name string
		p    Promise
		want string
	}{
		{"open", open, `{"id":"1000000000000","ticket":42,"customer":"Acme Instruments AG","agent":"","kind":"first","told":true,"state":"open",` +
			`"due_at":"2026-07-14T15:00:00+02:00","made_at":"2026-07-14T09:12:00+02:00","made_by":"mailgw","cause":"m1@acme.example"}`},
		{"kept", kept, `{"id":"1000000000000","ticket":42,"customer":"Acme Instruments AG","agent":"anna@example.com","kind":"agent","told":true,"state":"kept",` +
			`"due_at":"2026-07-14T15:00:00+02:00","made_at":"2026-07-14T09:12:00+02:00","made_by":"mailgw",` +
			`"kept_at":"2026-07-14T11:00:00+02:00","kept_by":["a1@example.com"],"cause":"m1@acme.example"}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := json.Marshal(c.p)
			if err != nil || string(got) != c.want {
				t.Errorf("%v\ngot  %s\nwant %s", err, got, c.want)
			}
			var back Promise
			if err := json.Unmarshal(got, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.p, back); diff != "" {
				t.Error(diff)
			}
		})
	}
}
