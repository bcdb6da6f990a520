package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketFind() *cobra.Command {
	return &cobra.Command{
		Use:   "find ID...",
		Short: "Print what became of mails, by Message-ID or by the id of the 250 reply",
		Args:  some("a Message-ID, or the id of a 250 reply"),
		RunE: func(c *cobra.Command, ids []string) error {
			started := false
			return a.ask(c.Context(), "ticket.find", mailgw.FindArgs{IDs: ids}, answer(a, func(v mailgw.FindView) error {
				if !started {
					started = true
					if err := a.printf("%-13s  %-11s  %7s  %s\n", "ID", "OUTCOME", "TICKET", "MESSAGE-ID"); err != nil {
						return err
					}
				}
				number := "-"
				if v.Ticket != nil {
					number = fmt.Sprint(*v.Ticket)
				}
				return a.printf("%s  %-11s  %7s  %s\n", v.ID, v.Outcome, number, safe(v.MessageID))
			}))
		},
	}
}
