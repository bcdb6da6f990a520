package main

import (
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) verify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify",
		Short: "Check every reference, hash, index and sum of what is kept",
		Args:  exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.ask(c.Context(), "verify", mailgw.NoArgs{}, answer(a, func(v mailgw.VerifyView) error {
				for _, p := range v.Problems {
					if err := a.printf("%s\n", safe(p)); err != nil {
						return err
					}
				}
				verdict := "ok"
				if n := len(v.Problems); n > 0 {
					verdict = count(n, "problem")
				}
				return a.printf("%s: %s\n", verdict, strings.Join([]string{
					count(v.Receipts, "accepted mail"), count(v.Tickets, "ticket"), count(v.Entries, "entry"),
					count(v.Raw, "raw mail"), count(v.Outgoing, "waiting mail"), count(v.Promises, "promise"),
				}, ", "))
			}))
		},
	}
}
