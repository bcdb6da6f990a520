package main

import (
	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketLog() *cobra.Command {
	return &cobra.Command{
		Use:   "log NUMBER",
		Short: "Print the audit trail of a ticket: who did what when, and why",
		Args:  exactly("the number of a ticket"),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := ticketNumber(args[0])
			if err != nil {
				return err
			}
			return a.ask(c.Context(), "ticket.log", mailgw.NumberArgs{Number: n}, answer(a, func(v mailgw.EventView) error {
				why := ""
				if v.Why != "" {
					why = " (" + v.Why + ")"
				}
				return a.printf("%s  %s  %s\n", v.At.Local().Format("2006-01-02 15:04:05"), fit(v.Who, 22), safe(v.What+why))
			}))
		},
	}
}
