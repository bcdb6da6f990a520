package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) held() *cobra.Command {
	return group("held", "Decide about mails whose sender cannot prove to belong to the ticket that they ask for",
		a.heldList(), a.heldAdmit(), a.heldReject())
}

func (a *app) heldList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the held mails that nobody has decided about",
		Long: "Print the held mails that nobody has decided about. Each has opened a ticket of its own,\n" +
			"and stays that ticket when its time is over.",
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			t := &table{app: a, columns: []column{{"ID", 13}, {"ASKS FOR", -8}, {"OPENED", -7}, {"UNTIL", 16}, {"FROM", 26}, {"SUBJECT", 0}}}
			return t.end(a.ask(c.Context(), "held.list", mailgw.NoArgs{}, answer(a, func(v mailgw.HeldView) error {
				err := t.row(v.ID.String(), fmt.Sprint(v.Ticket), fmt.Sprint(v.OwnTicket), short(v.DueAt), or(v.From, "-"), v.Subject)
				if err == nil {
					err = a.printf("%15swhy: %s\n", "", safe(v.Why))
				}
				return err
			})))
		},
	}
}

func (a *app) heldAdmit() *cobra.Command {
	return &cobra.Command{
		Use:   "admit ID",
		Short: "Put a held mail onto the ticket that it asks for",
		Long: "Put a held mail onto the ticket that it asks for, as if it had been admitted when it came:\n" +
			"its writer joins the conversation, its clock goes on there, and the agents are told. The\n" +
			"ticket that it had opened is closed. A mail in an agent's name is kept on the ticket and\n" +
			"sent to nobody.",
		Args: exactly("the id of a held mail"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), "held.admit", mailgw.DrawerArgs{ID: args[0]}, answer(a, func(v mailgw.DecidedView) error {
				err := a.printf("mail %s is on ticket %d now; ticket %d is closed\n", v.ID, v.Ticket, v.OwnTicket)
				if err == nil && v.Agent != nil {
					err = a.printf("%s", safe(fmt.Sprintf("it is in the name of %s: it was not sent to the customer; to answer, write: mailgw ticket reply %d --as %s --text -", *v.Agent, v.Ticket, *v.Agent))+"\n")
				}
				return err
			}))
		},
	}
}

func (a *app) heldReject() *cobra.Command {
	return &cobra.Command{
		Use:   "reject ID",
		Short: "Close the ticket that a held mail opened; nobody is told",
		Args:  exactly("the id of a held mail"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), "held.reject", mailgw.DrawerArgs{ID: args[0]}, answer(a, func(v mailgw.DecidedView) error {
				return a.printf("mail %s is rejected; ticket %d is closed\n", v.ID, v.OwnTicket)
			}))
		},
	}
}
