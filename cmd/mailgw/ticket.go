package main

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) ticket() *cobra.Command {
	return group("ticket", "Look at tickets and change them",
		a.ticketList(), a.ticketShow(), a.ticketFind(), a.ticketSearch(), a.ticketLog(), a.ticketRaw(), a.ticketFiles(), a.ticketReply(), a.ticketNote(), a.ticketSet(), a.ticketMerge(), a.ticketSplit())
}

// ticketNumber reads the number of a ticket: 12, or #12.
func ticketNumber(s string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 10, 64)
	if err != nil || n == 0 {
		return 0, usagef("%q is not the number of a ticket; write one like 12", s)
	}
	return n, nil
}
