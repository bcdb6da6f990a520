package mailgw

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/staff"
	"supportgw/mailgw/store"
)

// Reminders of who is away go to who stands in, else to the others who are in; times stay.
func TestRemindersWhileAway(t *testing.T) {
	const agents = `agent=[{ name = "Anna Keller", address = "anna@example.com", stand_in = "ben@example.com" }, { name = "Ben Ortiz", address = "ben@example.com" }]`
	monday := zurichTime(t, "2026-07-13 08:00")
	for _, c := range []struct {
		name string
		set  []string
		away []staff.Absence
		want string
	}{
		{"who stands in", []string{agents}, []staff.Absence{{Agent: "anna@example.com", From: monday}},
			"Mon 11:00 ben, Mon 11:36 ben, Mon 11:48 ben, Mon 11:56 ben, Mon 11:56 mia"},
		{"nobody in particular stands in", nil, []staff.Absence{{Agent: "anna@example.com", From: monday}},
			"Mon 11:00 ben, Mon 11:36 ben, Mon 11:48 ben, Mon 11:56 ben, Mon 11:56 mia"},
		{"back before the second", []string{agents}, []staff.Absence{{Agent: "anna@example.com", From: monday, Until: monday.Add(3*time.Hour + time.Minute)}},
			"Mon 11:00 ben, Mon 11:36 anna, Mon 11:48 anna, Mon 11:48 ben, Mon 11:56 anna, Mon 11:56 ben, Mon 11:56 mia"},
		{"both are away", []string{agents}, []staff.Absence{{Agent: "anna@example.com", From: monday}, {Agent: "ben@example.com", From: monday}},
			"Mon 11:48 oncall, Mon 11:56 mia"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, c.set...).at(zurichTime(t, "2026-07-13 10:00"))
			a := h.deliver(mail{subject: "Export"})
			h.set(SetArgs{Number: 1, Assignee: "anna@example.com"})
			h.update(func(tx store.Tx) error {
				for i := range c.away {
					b, err := json.Marshal(c.away[i])
					if err := errors.Join(err, tx.PutMeta(awayPrefix+c.away[i].Agent, b)); err != nil {
						return err
					}
				}
				return nil
			})
			h.flush()
			if got := h.reminded(a.ticket.PromiseDue.Add(-time.Second)); sortedByTime(got) != sortedByTime(c.want) {
				t.Errorf("%s\nmust be\n%s", got, c.want)
			}
			if tk, p := h.ticket(1), h.owed(1, promise.First); tk.Assignee != "anna@example.com" || !p[0].DueAt.Equal(a.ticket.PromiseDue) {
				t.Errorf("%s has the ticket, and %+v is owed", tk.Assignee, p[0])
			}
		})
	}
}
