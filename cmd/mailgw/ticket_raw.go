package main

import (
	"encoding/base64"
	"fmt"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketRaw() *cobra.Command {
	return &cobra.Command{
		Use:   "raw ID",
		Short: "Write a mail to standard output, byte for byte as it came in or went out",
		Args:  exactly("the id of a mail"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.ask(c.Context(), "ticket.raw", mailgw.IDArgs{ID: args[0]}, answer(a, func(v mailgw.RawView) error {
				raw, err := base64.StdEncoding.DecodeString(v.Raw)
				if err != nil {
					return fmt.Errorf("read the gateway's answer: %w", err)
				}
				_, err = a.out.Write(raw)
				return err
			}))
		},
	}
}
