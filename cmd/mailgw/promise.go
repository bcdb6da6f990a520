package main

import (
	"fmt"

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
			table := &promiseTable{app: a}
			return a.ask(c.Context(), "promise.list", mailgw.NoArgs{}, answer(a, table.row))
		},
	}
}

type promiseTable struct {
	*app
	started bool
}

func (t *promiseTable) columns(number, kind, state, due, told, kept, who string) error {
	return t.printf("%7s  %s  %s  %s  %s  %s  %s\n", number, fit(kind, 10), fit(state, 9), fit(due, 16), fit(told, 4), fit(kept, 16), clip(who, 26))
}

func (t *promiseTable) row(v mailgw.PromiseView) error {
	if !t.started {
		t.started = true
		if err := t.columns("TICKET", "KIND", "STATE", "DUE", "TOLD", "KEPT", "CUSTOMER"); err != nil {
			return err
		}
	}
	kept, told := "-", "no"
	if v.KeptAt != nil {
		kept = short(*v.KeptAt)
	}
	if v.Told {
		told = "yes"
	}
	return t.columns(fmt.Sprint(v.Ticket), string(v.Kind), string(v.State), short(v.DueAt), told, kept, or(v.Customer, "-"))
}
