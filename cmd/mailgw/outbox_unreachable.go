package main

import (
	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) outboxUnreachable() *cobra.Command {
	return &cobra.Command{
		Use:   "unreachable",
		Short: "Print the addresses at which nobody is, so that nothing automatic goes there",
		Args:  exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			t := &table{app: a, columns: []column{{"ADDRESS", 32}, {"SINCE", 16}, {"UNTIL", 16}, {"TICKET", -7}, {"WHY", 0}}}
			return t.end(a.ask(c.Context(), "outbox.unreachable", mailgw.NoArgs{}, answer(a, func(v mailgw.UnreachableView) error {
				return t.row(v.Address, short(v.Since), short(v.Until), numberOr(v.Ticket, "-"), v.Reply)
			})))
		},
	}
}

func (a *app) outboxReach() *cobra.Command {
	return &cobra.Command{
		Use:   "reach ADDRESS",
		Short: "Send automatic mail to an address again",
		Args:  exactly("an address that outbox unreachable prints"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), "outbox.reach", mailgw.AddressArgs{Address: args[0]}, answer(a, func(v mailgw.UnreachableView) error {
				return a.printf("automatic mail goes to %s again\n", safe(v.Address))
			}))
		},
	}
}
