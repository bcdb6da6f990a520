package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) junk() *cobra.Command {
	return group("junk", "Look at quarantined mails and release them", a.junkList(), a.junkRelease())
}

func (a *app) junkList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the quarantined mails",
		Args:  exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			t := &table{app: a, columns: []column{{"ID", 13}, {"SINCE", 16}, {"FROM", 32}, {"SUBJECT", 0}}}
			return t.end(a.ask(c.Context(), "junk.list", mailgw.NoArgs{}, answer(a, func(v mailgw.JunkView) error {
				err := t.row(v.ID.String(), short(v.Since), or(v.From, "-"), v.Subject)
				if err == nil {
					err = a.printf("%15swhy: %s\n", "", safe(v.Why))
				}
				return err
			})))
		},
	}
}

func (a *app) junkRelease() *cobra.Command {
	return &cobra.Command{
		Use:   "release ID",
		Short: "Take a quarantined mail for one that a person wrote",
		Long: "Take a quarantined mail for one that a person wrote: it becomes a ticket, or joins one,\n" +
			"under its id, and is acknowledged as its sender deserves now.",
		Args: exactly("the id of a quarantined mail"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), "junk.release", mailgw.DrawerArgs{ID: args[0]}, answer(a, func(v mailgw.ReleasedView) error {
				said := "its writer is told by when somebody answers"
				if !v.Acknowledged {
					said = "its writer is told nothing: " + v.Why
				}
				return a.printf("%s\n", safe(fmt.Sprintf("mail %s is on ticket %d now; %s", v.ID, v.Ticket, said)))
			}))
		},
	}
}
