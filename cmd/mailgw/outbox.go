package main

import (
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) outbox() *cobra.Command {
	c := group("outbox", "Look at mail that waits to leave", a.outboxList())
	c.Aliases = []string{"queue"}
	return c
}

func (a *app) outboxList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the mails that wait to leave",
		Args:  exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			table := &outboxTable{app: a}
			return a.ask(c.Context(), "outbox.list", mailgw.NoArgs{}, answer(a, table.row))
		},
	}
}

type outboxTable struct {
	*app
	started bool
}

func (t *outboxTable) row(v mailgw.OutboxView) error {
	if !t.started {
		t.started = true
		if err := t.printf("%-13s  %7s  %-15s  %-16s  %5s  %s\n", "ID", "TICKET", "KIND", "NEXT TRY", "TRIED", "TO"); err != nil {
			return err
		}
	}
	if err := t.printf("%s  %7d  %-15s  %s  %5d  %s\n", v.ID, v.Ticket, v.Kind, short(v.NextAt), v.Attempts, safe(strings.Join(v.To, ", "))); err != nil {
		return err
	}
	if v.LastReply == nil {
		return nil
	}
	return t.printf("%15slast reply: %s\n", "", safe(*v.LastReply))
}
