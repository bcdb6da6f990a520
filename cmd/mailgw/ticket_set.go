package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketSet() *cobra.Command {
	var set mailgw.SetArgs
	c := &cobra.Command{
		Use:   "set NUMBER",
		Short: "Change a ticket by hand; each change is an event in its log",
		Args:  exactly("the number of a ticket"),
	}
	c.Flags().StringVar(&set.Status, "status", "", "make it open, pending, solved or closed: `STATUS`")
	c.Flags().StringVar(&set.Priority, "priority", "", "make it low, normal, high or urgent: `PRIORITY`")
	c.Flags().StringVar(&set.Assignee, "assignee", "", "give it to the agent with this `ADDRESS`; - takes it from whom it has")
	c.Flags().StringVar(&set.Desk, "desk", "", "move it to the desk `NAME`")
	c.Flags().StringVar(&set.Customer, "customer", "", "it is of the customer `NAME` (or number, address, domain); - is nobody's")
	c.Flags().BoolVar(&set.Learn, "learn", false, "that customer has the requester's address from now on")
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if set.Number, err = ticketNumber(args[0]); err != nil {
			return err
		}
		return a.ask(c.Context(), "ticket.set", set, answer(a, func(v mailgw.TicketView) error {
			return a.printf("%s\n", safe(fmt.Sprintf("ticket %d is %s, %s, desk %s, assigned to %s%s", v.Number, v.Status, v.Priority, v.Desk, or(v.Assignee, "nobody"), ofCustomer(&set, &v))))
		}))
	}
	return c
}

// ofCustomer says whose the ticket is, when that was set.
func ofCustomer(set *mailgw.SetArgs, v *mailgw.TicketView) string {
	if set.Customer == "" {
		return ""
	}
	return ", of " + or(v.Customer, "no customer")
}
