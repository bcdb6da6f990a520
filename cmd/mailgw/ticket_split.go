package main

import (
	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketSplit() *cobra.Command {
	var args mailgw.SplitArgs
	c := &cobra.Command{
		Use:   "split NUMBER ENTRY",
		Short: "Put a mail and what answers it on a new, linked ticket",
		Long: "Put a customer's mail, and what answers it, on a new, linked ticket of the same customer and\n" +
			"desk, with the people of these mails. ENTRY is the mail's number as \"ticket show\" prints it, or\n" +
			"its id. Replies to it find the new ticket. With --undo the new ticket goes on as the old one\n" +
			"again, with what came since.",
		Args: exactly("the number of a ticket", "the number or the id of a mail on it"),
	}
	c.Flags().BoolVar(&args.Undo, "undo", false, "take it back")
	c.Flags().StringVar(&args.As, "as", "", "the `AGENT` who does it, for the log: an address, or a name that only one has")
	c.RunE = func(c *cobra.Command, list []string) (err error) {
		if args.Number, err = ticketNumber(list[0]); err != nil {
			return err
		}
		args.Entry = list[1]
		return a.ask(c.Context(), "ticket.split", args, answer(a, func(v mailgw.MovedView) error {
			if args.Undo {
				return a.printf("ticket %d goes on as ticket %d again, which is %s, with %s more\n", v.From, v.To, v.ToStatus, count(v.Entries, "entry"))
			}
			return a.printf("%s of ticket %d went to the new ticket %d, which is %s\n", count(v.Entries, "entry"), v.From, v.To, v.ToStatus)
		}))
	}
	return c
}
