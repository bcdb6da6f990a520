package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketList() *cobra.Command {
	var args mailgw.ListArgs
	c := &cobra.Command{
		Use:   "list",
		Short: "Print tickets, the newest first",
		Args:  exactly(),
	}
	c.Flags().StringVar(&args.Desk, "desk", "", "only those of the desk `NAME`")
	c.Flags().StringVar(&args.Status, "status", "", "only those that are new, open, pending, solved or closed: `STATUS`")
	c.Flags().IntVar(&args.Limit, "limit", 0, "at most `N` tickets; 0 is all")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if args.Limit < 0 {
			return usagef("--limit: %d is less than nothing; write 20, or 0 for all", args.Limit)
		}
		t := &table{app: a, columns: []column{
			{"TICKET", -7}, {"STATUS", 7}, {"PRIORITY", 8}, {"DESK", 8}, {"PROMISED", 16}, {"CUSTOMER", 18}, {"SUBJECT", 24},
		}}
		return t.end(a.ask(c.Context(), "ticket.list", args, answer(a, func(v mailgw.TicketView) error {
			return t.row(fmt.Sprint(v.Number), string(v.Status), string(v.Priority), v.Desk, promised(&v), or(v.Customer, or(v.Requester, "-")), v.Subject)
		})))
	}
	return c
}

// promised says when an answer is due, or how the promise ended.
func promised(v *mailgw.TicketView) string {
	switch {
	case v.PromiseState == "none":
		return "-"
	case v.PromiseState == "open" && v.PromiseDueAt != nil:
		return short(*v.PromiseDueAt)
	}
	return v.PromiseState
}
