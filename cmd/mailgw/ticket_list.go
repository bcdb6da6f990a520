package main

import (
	"fmt"
	"strings"

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
		table := &ticketTable{app: a}
		return a.ask(c.Context(), "ticket.list", args, answer(a, table.row))
	}
	return c
}

// ticketTable prints a row for each ticket as it comes: a list may be long. The
// whole width is 100 columns.
type ticketTable struct {
	*app
	started bool
}

func (t *ticketTable) columns(number, status, priority, desk, promised, customer, subject string) error {
	row := fmt.Sprintf("%7s  %s  %s  %s  %s  %s  %s", number, fit(status, 7), fit(priority, 8), fit(desk, 8), fit(promised, 16), fit(customer, 18), clip(subject, 24))
	return t.printf("%s\n", strings.TrimRight(row, " "))
}

func (t *ticketTable) row(v mailgw.TicketView) error {
	if !t.started {
		t.started = true
		if err := t.columns("TICKET", "STATUS", "PRIORITY", "DESK", "PROMISED", "CUSTOMER", "SUBJECT"); err != nil {
			return err
		}
	}
	promised := "-"
	switch {
	case v.PromiseState == "open" && v.PromiseDueAt != nil:
		promised = short(*v.PromiseDueAt)
	case v.PromiseState != "none":
		promised = v.PromiseState
	}
	return t.columns(fmt.Sprint(v.Number), string(v.Status), string(v.Priority), v.Desk, promised, or(v.Customer, or(v.Requester, "-")), v.Subject)
}
