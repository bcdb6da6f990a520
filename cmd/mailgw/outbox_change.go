package main

import (
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) outboxRetry() *cobra.Command {
	return a.outboxChange("retry", "are due now", true, &cobra.Command{
		Use:   "retry ID... | --all",
		Short: "Try waiting mails now, and keep how often they were tried",
	})
}

func (a *app) outboxDrop() *cobra.Command {
	return a.outboxChange("drop", "will never leave", false, &cobra.Command{
		Use:   "drop ID...",
		Short: "Take waiting mails out for good; the log of their tickets tells it",
	})
}

func (a *app) outboxRelease() *cobra.Command {
	return a.outboxChange("release", "are due now, as if they were new", true, &cobra.Command{
		Use:   "release ID... | --all",
		Short: "Try waiting mails now, and give them the full time again",
		Long: `Try waiting mails now, and give them the full time again.

No mail is ever held back from leaving: each is tried again after growing pauses
until it is too old (outbox.give_up_after, counted from its Date). Release does
what retry does, and forgives the age and the attempts: the pauses begin at the
first again, and the time until it is given up counts from now.`,
	})
}

// outboxChange makes a command that changes waiting mails.
func (a *app) outboxChange(name, done string, all bool, c *cobra.Command) *cobra.Command {
	var args mailgw.RowsArgs
	c.Args = func(c *cobra.Command, ids []string) error {
		if args.All {
			return exactly()(c, ids)
		}
		return some("the id of a waiting mail")(c, ids)
	}
	if all {
		c.Flags().BoolVar(&args.All, "all", false, "all waiting mails")
	}
	c.RunE = func(c *cobra.Command, ids []string) error {
		args.IDs = ids
		n := 0
		err := a.ask(c.Context(), "outbox."+name, args, answer(a, func(v mailgw.OutboxView) error {
			n++
			if args.All {
				return nil
			}
			return a.printf("%s\n", safe(v.ID.String()+", "+string(v.Kind)+" of ticket "+numberOr(v.Ticket, "-")+" to "+strings.Join(v.To, ", ")+": "+strings.Replace(done, "are", "is", 1)))
		}))
		if err != nil || a.json || !args.All {
			return err
		}
		return a.printf("%s %s\n", count(n, "waiting mail"), done)
	}
	return c
}
