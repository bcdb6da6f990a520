package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) outbox() *cobra.Command {
	c := group("outbox", "Look at mail that waits to leave, and change it", a.outboxList(), a.outboxRetry(), a.outboxDrop(), a.outboxRelease(), a.outboxUnreachable(), a.outboxReach())
	c.Aliases = []string{"queue"}
	return c
}

func (a *app) outboxList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the mails that wait to leave",
		Args:  exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			t := &table{app: a, columns: []column{{"ID", 13}, {"TICKET", -7}, {"KIND", 15}, {"NEXT TRY", 16}, {"TRIED", -5}, {"TO", 0}}}
			return t.end(a.ask(c.Context(), "outbox.list", mailgw.NoArgs{}, answer(a, func(v mailgw.OutboxView) error {
				err := t.row(v.ID.String(), numberOr(v.Ticket, "-"), string(v.Kind), nextTry(&v), fmt.Sprint(v.Attempts), strings.Join(v.To, ", "))
				if err == nil && v.Waits != nil {
					err = a.printf("%15swaits for somebody's word: %s; it leaves with: mailgw outbox release %s\n", "", *v.Waits, v.ID)
				}
				if err == nil && v.LastReply != nil {
					err = a.printf("%15slast reply: %s\n", "", safe(*v.LastReply))
				}
				return err
			})))
		},
	}
}

// nextTry is when a mail is tried next; "-" when it waits for somebody's word.
func nextTry(v *mailgw.OutboxView) string {
	if v.Waits != nil {
		return "-"
	}
	return short(v.NextAt)
}
