package main

import (
	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketMerge() *cobra.Command {
	var args mailgw.MergeArgs
	c := &cobra.Command{
		Use:   "merge NUMBER INTO",
		Short: "Let a ticket go on as another one",
		Long: "Let a ticket go on as another one: all of its mails and notes, its people and what was\n" +
			"promised go there, and it is closed. Replies to whatever was written on it find the other\n" +
			"one. With --undo they go back; what came since stays on the other ticket.",
		Args: exactly("the number of a ticket", "the number of the ticket that it goes on as"),
	}
	c.Flags().BoolVar(&args.Undo, "undo", false, "take it back")
	c.Flags().BoolVar(&args.Force, "force", false, "also when the two are of different customers, or of one and somebody unproven, who then read and write with each other")
	c.Flags().StringVar(&args.As, "as", "", "the `AGENT` who does it, for the log: an address, or a name that only one has")
	c.RunE = func(c *cobra.Command, list []string) (err error) {
		if args.From, err = ticketNumber(list[0]); err != nil {
			return err
		}
		if args.To, err = ticketNumber(list[1]); err != nil {
			return err
		}
		return a.ask(c.Context(), "ticket.merge", args, answer(a, func(v mailgw.MovedView) error {
			if args.Undo {
				return a.printf("%s went back from ticket %d to ticket %d, which is %s\n", count(v.Entries, "entry"), v.From, v.To, v.ToStatus)
			}
			return a.printf("ticket %d goes on as ticket %d, which is %s, with %s more\n", v.From, v.To, v.ToStatus, count(v.Entries, "entry"))
		}))
	}
	return c
}
