package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) promise() *cobra.Command {
	return group("promise", "Look at the ledger of promises", a.promiseList())
}

func (a *app) promiseList() *cobra.Command {
	var args mailgw.PromiseArgs
	var number string
	c := &cobra.Command{
		Use:   "list",
		Short: "Print what was promised, to whom, and whether it was kept",
		Args:  exactly(),
	}
	c.Flags().StringVar(&args.Desk, "desk", "", "only those on tickets of the desk `NAME`")
	c.Flags().StringVar(&args.Agent, "agent", "", "only those that an agent owes: an address, or a `NAME`")
	c.Flags().StringVar(&args.Customer, "customer", "", "only those to a customer: a `NAME`, or a part of one")
	c.Flags().StringVar(&args.State, "state", "", "only those that are open, kept, broken or withdrawn: `STATE`")
	c.Flags().StringVar(&args.Kind, "kind", "", "only those of the kind first, next, update, resolution, callback or agent: `KIND`")
	c.Flags().StringVar(&number, "ticket", "", "only those of the ticket `NUMBER`")
	c.RunE = func(c *cobra.Command, _ []string) (err error) {
		if number != "" {
			if args.Ticket, err = ticketNumber(number); err != nil {
				return err
			}
		}
		t := &table{app: a, columns: []column{
			{"TICKET", -7}, {"KIND", 10}, {"STATE", 9}, {"DUE", 16}, {"TOLD", 4}, {"ANSWERED", 16}, {"CUSTOMER", 20}, {"BY", 0},
		}}
		return t.end(a.ask(c.Context(), "promise.list", args, answer(a, func(v mailgw.PromiseView) error {
			kept, told, by := "-", "no", "-"
			if v.KeptAt != nil {
				kept, by = short(*v.KeptAt), strings.Join(v.KeptBy, " ")
			}
			if v.Told {
				told = "yes"
			}
			return t.row(fmt.Sprint(v.Ticket), string(v.Kind), string(v.State), short(v.DueAt), told, kept, or(v.Customer, "-"), by)
		})))
	}
	return c
}
