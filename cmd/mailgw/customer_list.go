package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) customerList() *cobra.Command {
	var args mailgw.CustomersArgs
	var sheet bool
	c := &cobra.Command{
		Use:   "list [PART]",
		Short: "Print customers, or those with PART in a name, a domain or an address",
		Args:  atMost(1),
	}
	c.Flags().StringVar(&args.Domain, "domain", "", "only those with this mail `DOMAIN`, or one below it")
	c.Flags().StringVar(&args.Level, "level", "", "only those of the service level `NAME`")
	c.Flags().BoolVar(&args.Merged, "merged", false, "also those that go on as another one, or were taken back")
	c.Flags().BoolVar(&sheet, "csv", false, "print a CSV file, which customer import reads")
	c.RunE = func(c *cobra.Command, words []string) error {
		args.Part = strings.Join(words, "")
		if sheet {
			return a.customerSheet(c, args)
		}
		t := &table{app: a, columns: []column{{"ID", -7}, {"NAME", 28}, {"LEVEL", 10}, {"DOMAINS", 28}, {"PEOPLE", -6}, {"ALSO CALLED", 0}}}
		return t.end(a.ask(c.Context(), "customer.list", args, answer(a, func(v mailgw.CustomerView) error {
			also := strings.Join(v.Aliases, ", ")
			switch {
			case v.MergedInto != nil:
				also = fmt.Sprintf("goes on as %d", *v.MergedInto)
			case v.Removed:
				also = "taken back"
			}
			return t.row(fmt.Sprint(v.ID), v.Name, or(v.Level, "-"), dash(v.Domains), fmt.Sprint(addressesOf(&v)), also)
		})))
	}
	return c
}

// customerSheet prints customers as a CSV file.
func (a *app) customerSheet(c *cobra.Command, args mailgw.CustomersArgs) error {
	if a.json {
		return usagef("--csv and --json: one of them")
	}
	if err := a.printf("%s", mailgw.SheetHead()); err != nil {
		return err
	}
	return a.ask(c.Context(), "customer.list", args, decoded(func(v mailgw.CustomerView) error { return a.printf("%s", v.Sheet()) }))
}

// atMost allows so many arguments, or fewer.
func atMost(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > n {
			return usagef("%s has no use for %q; write: %s", pathOf(c), args[n], usageLine(c))
		}
		return nil
	}
}

func dash(list []string) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Join(list, ", ")
}

// addressesOf counts the addresses of a customer's people.
func addressesOf(v *mailgw.CustomerView) int {
	n := len(v.Addresses)
	for i := range v.People {
		n += len(v.People[i].Addresses)
	}
	return n
}

func (a *app) customerShow() *cobra.Command {
	var args mailgw.CustomerArgs
	c := &cobra.Command{
		Use:               "show CUSTOMER",
		Short:             "Print a customer with its people, agreements and open tickets",
		Args:              exactly("a customer: a name, a number, an address or a domain"),
		ValidArgsFunction: begun(a.customers),
	}
	c.Flags().BoolVar(&args.Log, "log", false, "also print each change, with the id by which it is taken back")
	c.RunE = func(c *cobra.Command, words []string) error {
		args.Who = words[0]
		return a.ask(c.Context(), "customer.show", args, answer(a, a.showCustomer))
	}
	return c
}

func (a *app) showCustomer(v mailgw.CustomerView) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name, safe(value))
		}
	}
	fmt.Fprintf(&b, "customer %d: %s\n", v.ID, safe(v.Name))
	line("also called", strings.Join(v.Aliases, ", "))
	line("level", or(v.Level, "the desk's"))
	line("domains", strings.Join(v.Domains, ", "))
	line("addresses", strings.Join(v.Addresses, ", "))
	for _, p := range v.People {
		left := ""
		if p.LeftAt != nil {
			left = ", left " + short(*p.LeftAt)
		}
		line("person", or(p.Name, "(no name)")+": "+strings.Join(p.Addresses, ", ")+left)
	}
	for i := range v.Agreements {
		line("agreement", agreementLine(&v.Agreements[i]))
	}
	line("claimed by", strings.Join(v.Claimed, ", "))
	if v.Configured {
		line("made by", "the configuration, too")
	}
	if p := v.Promises; p != nil {
		line("promises", fmt.Sprintf("on open tickets, of 90 days: %d open, %d kept, %d broken", p.Open, p.Kept, p.Broken))
	}
	for i := range v.Tickets {
		t := &v.Tickets[i]
		line("ticket", fmt.Sprintf("%d, %s, %s, promised: %s: %s", t.Number, t.Status, t.Priority, promised(t), t.Subject))
	}
	for i := range v.Events {
		e := &v.Events[i]
		line("change", fmt.Sprintf("%s  %s  %s: %s%s", e.ID, short(e.At), e.Who, e.What, because(e.Why)))
	}
	return a.printf("%s", b.String())
}

func because(why *string) string {
	if why == nil {
		return ""
	}
	return " (" + *why + ")"
}

// agreementLine is an agreement in one line.
func agreementLine(g *mailgw.AgreementView) string {
	parts := []string{g.Level}
	if g.Name != nil {
		parts[0] += " by " + *g.Name
	}
	for _, f := range []struct {
		name string
		list []string
	}{{"desks", g.Desks}, {"people", g.People}, {"products", g.Products}} {
		if len(f.list) > 0 {
			parts = append(parts, f.name+" "+strings.Join(f.list, ", "))
		}
	}
	if g.From != nil {
		parts = append(parts, "from "+*g.From)
	}
	if g.Until != nil {
		parts = append(parts, "until "+*g.Until)
	}
	return strings.Join(parts, "; ")
}
