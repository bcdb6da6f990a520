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
			t := &table{app: a, columns: []column{{"ID", 13}, {"OUTCOME", 11}, {"TICKET", -7}, {"MESSAGE-ID", 0}}}
			return t.end(a.ask(c.Context(), "ticket.find", mailgw.FindArgs{IDs: ids}, answer(a, func(v mailgw.FindView) error {
				number := "-"
				if v.Ticket != nil {
					number = fmt.Sprint(*v.Ticket)
				}
				return t.row(v.ID.String(), string(v.Outcome), number, or(v.MessageID, "-"))
			})))
		},
	}
}
