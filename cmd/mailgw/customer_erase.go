package main

import (
	"bufio"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) customerErase() *cobra.Command {
	var args mailgw.EraseArgs
	var yes bool
	c := &cobra.Command{
		Use:   "erase WHO",
		Short: "Erase what is kept of a person or a company, and prove it",
		Long: "Erase what is kept of a person (an address) or a company (its name or number, with all of\n" +
			"its people): their mails and what was answered to them, in every file of the data folder.\n" +
			"First it says what goes, and asks; afterwards it searches the data folder for them and\n" +
			"prints what it found. Figures, dates and promises stay. docs/privacy.md says more.",
		Args: exactly("an address, or a customer's name or number"),
	}
	c.Flags().BoolVar(&args.DryRun, "dry-run", false, "only say what would go")
	c.Flags().BoolVar(&yes, "yes", false, "erase without asking")
	c.Flags().BoolVar(&args.Mentions, "mentions", false, "erase mails of others that name them, too")
	c.Flags().BoolVar(&args.Deep, "deep", false, "look for such mails in all tickets, not only in those that they were on")
	c.Flags().StringVar(&args.By, "by", "", "`WHO` does it, for the audit trail; without it: admin")
	c.RunE = func(c *cobra.Command, words []string) error {
		args.Who = words[0]
		if args.DryRun || yes {
			return a.ask(c.Context(), "customer.erase", args, answer(a, a.erased))
		}
		return a.askFirst(c, args)
	}
	return c
}

// errNotAsked is the error when nobody can be asked whether something shall be done.
var errNotAsked = errors.New("nobody can be asked here whether this shall be erased; write --dry-run to see what goes, and then --yes")

// askFirst shows what would go, and erases it when somebody at the terminal says so.
func (a *app) askFirst(c *cobra.Command, args mailgw.EraseArgs) error {
	in, ok := a.in.(*os.File)
	if !ok || !isTerminal(in) {
		return errNotAsked
	}
	dry := args
	dry.DryRun = true
	if err := a.ask(c.Context(), "customer.erase", dry, answer(a, a.erased)); err != nil {
		return err
	}
	if _, err := fmt.Fprint(a.stdout, "Erase this for good? Write yes: "); err != nil {
		return err
	}
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "yes" {
		return errors.New("nothing was erased")
	}
	return a.ask(c.Context(), "customer.erase", args, answer(a, a.erased))
}

// isTerminal reports whether a file is one that a person types into.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && f.Name() != os.DevNull
}

// erased prints what goes or went, and the proof.
func (a *app) erased(v mailgw.EraseView) error {
	s := &story{}
	verb := "Erased"
	if v.DryRun {
		verb = "Would erase"
	}
	s.head("%s: %s (%s)", verb, v.Who, v.Kind)
	s.field("addresses", strings.Join(v.Addresses, ", "))
	s.field("tickets", strings.TrimSuffix(fmt.Sprintf("%d: %s", len(v.Tickets), numbers(v.Tickets)), ": "))
	s.field("parts of", strings.TrimSuffix(fmt.Sprintf("%s of others: %s", count(len(v.Parts), "ticket"), numbers(v.Parts)), ": "))
	for _, k := range slices.Sorted(maps.Keys(v.Counts)) {
		if !strings.HasPrefix(k, "tickets") { // those are named above
			s.field(k, fmt.Sprint(v.Counts[k]))
		}
	}
	for _, m := range v.Mentions {
		on := "no ticket"
		if m.Ticket != nil {
			on = fmt.Sprintf("ticket %d", *m.Ticket)
		}
		s.field("names them", fmt.Sprintf("mail %s on %s, of %s: %q", m.ID, on, or(m.From, "nobody known"), m.Names))
	}
	s.fields("stays", v.Kept)
	if p := v.Proof; p != nil {
		s.head("Proof")
		s.field("searched", fmt.Sprintf("%s in %s, every byte, for %s in each of their forms", size(int(p.Bytes)), count(p.Files, "file"), count(p.Texts, "text")))
		for _, h := range p.Hits {
			s.field("found", fmt.Sprintf("%q in %s at %d", h.Text, h.File, h.Offset))
		}
		s.fields("damaged", p.Verify)
		verdict := "nothing of it is left but what is named here, and verify is clean"
		if !p.Clean {
			verdict = "NOT clean, see above"
		}
		s.field("verdict", verdict)
	}
	return a.printf("%s", s)
}

// numbers are tickets' numbers in one line.
func numbers(list []uint64) string {
	out := make([]string, 0, len(list))
	for _, n := range list {
		out = append(out, fmt.Sprint(n))
	}
	return strings.Join(out, ", ")
}
