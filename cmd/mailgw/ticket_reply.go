package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketReply() *cobra.Command {
	return a.ticketWrite("ticket.reply", &cobra.Command{
		Use:   "reply NUMBER",
		Short: "Answer the customer, as an agent's mail would",
		Long: "Answer the customer in the name of an agent of the ticket's desk: the answer goes to\n" +
			"everybody on the customer's last mail, with the desk's signature, and keeps the promise\n" +
			"when the next hop has taken it.",
	}, func(v mailgw.EntryView) string {
		return fmt.Sprintf("answer %s to %s waits in the outbox", v.ID, strings.Join(append(v.To, v.Cc...), ", "))
	})
}

func (a *app) ticketNote() *cobra.Command {
	return a.ticketWrite("ticket.note", &cobra.Command{
		Use:   "note NUMBER",
		Short: "Write an internal note; no customer ever sees it",
	}, func(v mailgw.EntryView) string { return "note " + v.ID.String() })
}

// ticketWrite is a command by which an agent writes on a ticket.
func (a *app) ticketWrite(command string, c *cobra.Command, say func(mailgw.EntryView) string) *cobra.Command {
	var args mailgw.ReplyArgs
	c.Args = exactly("the number of a ticket")
	c.Flags().StringVar(&args.As, "as", "", "the `AGENT` who writes: an address, or a name that only one on the desk has; must be given")
	c.Flags().StringVar(&args.Text, "text", "", "the words; - reads `TEXT` from standard input; must be given")
	c.RunE = func(c *cobra.Command, list []string) (err error) {
		if args.Number, err = ticketNumber(list[0]); err != nil {
			return err
		}
		switch {
		case args.As == "":
			return usagef("who writes? add --as with the address of an agent")
		case !c.Flags().Changed("text"):
			return usagef("what is to be written? add --text TEXT, or --text - to read it from standard input")
		case args.Text == "-":
			b, err := io.ReadAll(io.LimitReader(a.in, maxText+1))
			if err != nil {
				return fmt.Errorf("read the text: %w", err)
			}
			if len(b) > maxText {
				return fmt.Errorf("the text is longer than %d bytes; send it as a file by mail", maxText)
			}
			args.Text = string(b)
		}
		return a.ask(c.Context(), command, args, answer(a, func(v mailgw.EntryView) error { return a.printf("%s\n", safe(say(v))) }))
	}
	return c
}

// maxText is the longest text that is read from standard input.
const maxText = 1 << 20
