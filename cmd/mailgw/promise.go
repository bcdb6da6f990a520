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
	return &cobra.Command{
		Use:   "list",
		Short: "Print what was promised, to whom, and whether it was kept",
		Args:  exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			t := &table{app: a, columns: []column{
				{"TICKET", -7}, {"KIND", 10}, {"STATE", 9}, {"DUE", 16}, {"TOLD", 4}, {"ANSWERED", 16}, {"CUSTOMER", 20}, {"BY", 0},
			}}
			return t.end(a.ask(c.Context(), "promise.list", mailgw.NoArgs{}, answer(a, func(v mailgw.PromiseView) error {
				kept, told, by := "-", "no", "-"
				if v.KeptAt != nil {
					kept, by = short(*v.KeptAt), strings.Join(v.KeptBy, " ")
				}
				if v.Told {
					told = "yes"
				}
				return t.row(fmt.Sprint(v.Ticket), string(v.Kind), string(v.State), short(v.DueAt), told, kept, or(v.Customer, "-"), by)
			})))
		},
	}
}
