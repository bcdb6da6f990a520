package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

// found is an object of the answer: a ticket, or how far the index is.
type found struct {
	mailgw.FoundView
	mailgw.IndexView
}

func (a *app) ticketSearch() *cobra.Command {
	var args mailgw.SearchArgs
	c := &cobra.Command{
		Use:   "search WORDS...",
		Short: "Print the tickets on which all words stand, the best first",
		Long:  "Print the tickets on which all words stand, in any form (printer finds printers) and with or without accents, the best first. Subjects, mails, answers, notes, people, companies and names of files are searched.",
		Args:  cobra.ArbitraryArgs,
	}
	c.Flags().StringVar(&args.Desk, "desk", "", "only those of the desk `NAME`")
	c.Flags().StringVar(&args.Status, "status", "", "only those that are new, open, pending, solved or closed: `STATUS`")
	c.Flags().StringVar(&args.Customer, "customer", "", "only those of a customer: a name, a number, an address or a domain: `CUSTOMER`")
	c.Flags().IntVar(&args.Limit, "limit", 0, "at most `N` tickets; 0 is 20")
	c.Flags().BoolVar(&args.Rebuild, "rebuild", false, "make the index anew first; nothing is lost by it")
	c.RunE = func(c *cobra.Command, words []string) error {
		args.Words = strings.Join(words, " ")
		switch {
		case args.Limit < 0:
			return usagef("--limit: %d is less than nothing; write 20, or 0 for 20", args.Limit)
		case len(words) == 0 && !args.Rebuild:
			return usagef("ticket search needs words; write: mailgw ticket search WORDS...")
		}
		t := &table{app: a, columns: []column{{"TICKET", -7}, {"STATUS", 7}, {"DESK", 8}, {"CUSTOMER", 18}, {"SUBJECT", 24}, {"EXCERPT", 0}}}
		made := false
		err := a.ask(c.Context(), "ticket.search", args, answer(a, func(v found) error {
			switch {
			case v.Ticket != 0:
				return t.row(fmt.Sprint(v.Ticket), string(v.Status), v.Desk, or(v.Customer, "-"), v.Subject, v.Excerpt)
			case v.Seconds > 0:
				made = true
				return a.printf("the index was made anew: %s, %.1f MB, in %.1f s\n", count(v.Tickets, "ticket"), float64(v.Bytes)/1e6, v.Seconds)
			case v.Behind < 0:
				_, err := fmt.Fprintln(a.err, "mailgw: the index is being made; not everything can be found yet")
				return err
			}
			_, err := fmt.Fprintf(a.err, "mailgw: the index is behind by %s; what was written last may be missing\n", count(v.Behind, "ticket"))
			return err
		}))
		if made {
			return err
		}
		return t.end(err)
	}
	return c
}
