package main

import (
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

func (a *app) customer() *cobra.Command {
	return group("customer", "Look at customers and change them",
		a.customerList(), a.customerShow(), a.customerImport(), a.customerRename(), a.customerAlias(), a.customerMerge(), a.customerUndo(), a.customerErase(), a.customerExport())
}

// customers completes the names of customers: those of the configuration, and those
// of the daemon, if one runs.
func (a *app) customers(c *cobra.Command, _ []string, typed string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
	conf, err := a.config()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			found = append(found, cobra.CompletionWithDesc(name, ""))
		}
	}
	for i := range conf.Customers {
		add(conf.Customers[i].Name)
	}
	for _, name := range daemonNames(c, conf, typed) {
		add(name)
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// daemonNames asks the daemon for names that begin with what was typed.
func daemonNames(c *cobra.Command, conf *config.Config, typed string) (names []string) {
	admin := mailgw.ConnectDaemon(conf)
	if admin == nil {
		return nil
	}
	each := func(v mailgw.NameView) error { names = append(names, v.Name); return nil }
	err := admin.Do(c.Context(), "customer.names", mailgw.NamesArgs{Begin: typed, Limit: 100}, decoded(each))
	if err != nil || admin.Close() != nil { // a shell that completes has no place for errors
		return nil
	}
	return names
}

// whoCommands is who an event is put down to.
func whoCommands() string {
	u, err := user.Current()
	if err != nil || u.Username == "" {
		return "command"
	}
	return "command of " + u.Username
}

// changes makes a command that changes a customer.
func (a *app) changes(c *cobra.Command, command string, args *mailgw.CustomerChangeArgs, done func(mailgw.CustomerChangeView) string) *cobra.Command {
	c.Flags().StringVar(&args.Why, "why", "", "keep `WORDS` with the change, for who reads its history")
	inner := c.RunE
	c.RunE = func(c *cobra.Command, words []string) error {
		if err := inner(c, words); err != nil {
			return err
		}
		args.By = whoCommands()
		return a.ask(c.Context(), command, args, answer(a, func(v mailgw.CustomerChangeView) error {
			for _, n := range v.Notes {
				if err := a.printf("note: %s\n", safe(n)); err != nil {
					return err
				}
			}
			if v.Event == nil {
				return a.printf("%s\n", safe("nothing was to be changed of "+v.Customer.Name))
			}
			return a.printf("%s\n", safe(done(v)+"; to take it back: mailgw customer undo "+v.Event.ID.String()))
		}))
	}
	return c
}

func (a *app) customerRename() *cobra.Command {
	var args mailgw.CustomerChangeArgs
	c := &cobra.Command{
		Use:               "rename CUSTOMER NAME",
		Short:             "Give a customer another name; the old one still finds it",
		Args:              exactly("a customer: a name, a number, an address or a domain", "the new name"),
		ValidArgsFunction: begun(a.customers),
		RunE:              func(_ *cobra.Command, words []string) error { args.Who, args.Name = words[0], words[1]; return nil },
	}
	return a.changes(c, "customer.rename", &args, func(v mailgw.CustomerChangeView) string {
		return args.Who + " is now called " + v.Customer.Name
	})
}

func (a *app) customerAlias() *cobra.Command {
	var args mailgw.CustomerChangeArgs
	c := &cobra.Command{
		Use:               "alias CUSTOMER ALIAS",
		Short:             "Give a customer one more name that it is found by, or take one away",
		Args:              exactly("a customer: a name, a number, an address or a domain", "the other name"),
		ValidArgsFunction: begun(a.customers),
		RunE:              func(_ *cobra.Command, words []string) error { args.Who, args.Name = words[0], words[1]; return nil },
	}
	c.Flags().BoolVar(&args.Remove, "remove", false, "take the alias away")
	return a.changes(c, "customer.alias", &args, func(v mailgw.CustomerChangeView) string {
		if len(v.Customer.Aliases) == 0 {
			return v.Customer.Name + " has no other names"
		}
		return v.Customer.Name + " is also found as " + strings.Join(v.Customer.Aliases, ", ")
	})
}

func (a *app) customerMerge() *cobra.Command {
	var args mailgw.CustomerChangeArgs
	c := &cobra.Command{
		Use:   "merge FROM INTO",
		Short: "Let a customer go on as another one, which gets its names, domains, people and agreements",
		Long: "Let a customer go on as another one, which gets its names, domains, people and agreements.\n" +
			"Tickets keep their numbers and are the other one's from now on; of two levels the better one stays.",
		Args:              exactly("the customer that goes on as another", "that other customer"),
		ValidArgsFunction: begun(a.customers),
		RunE:              func(_ *cobra.Command, words []string) error { args.Who, args.Name = words[0], words[1]; return nil },
	}
	return a.changes(c, "customer.merge", &args, func(v mailgw.CustomerChangeView) string { return v.Event.What })
}

func (a *app) customerUndo() *cobra.Command {
	var args mailgw.CustomerChangeArgs
	c := &cobra.Command{
		Use:   "undo EVENT",
		Short: "Take a change of a customer back; customer show --log names the events",
		Args:  exactly("the id of an event"),
		RunE:  func(_ *cobra.Command, words []string) error { args.Who = words[0]; return nil },
	}
	return a.changes(c, "customer.undo", &args, func(v mailgw.CustomerChangeView) string { return v.Event.What })
}
