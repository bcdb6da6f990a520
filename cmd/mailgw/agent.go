package main

import (
	"os"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

func (a *app) agent() *cobra.Command {
	return group("agent", "Set up mail clients of agents", a.agentSetup())
}

func (a *app) agentSetup() *cobra.Command {
	var profile string
	var muttrc bool
	c := &cobra.Command{
		Use:   "setup AGENT",
		Short: "Print what to type into a mail client to get an agent's tickets as folders; AGENT is an address or a name",
		Args:  exactly("an agent: an address or a name"),
		ValidArgsFunction: begun(a.configured(func(c *config.Config, add func(value, meaning string)) {
			for i := range c.Agents {
				add(c.Agents[i].Address, c.Agents[i].Name)
			}
		})),
	}
	c.Flags().StringVar(&profile, "mobileconfig", "", "write a profile that Macs, iPhones and iPads install to `FILE`; no password is in it")
	c.Flags().BoolVar(&muttrc, "muttrc", false, "print the lines for the configuration of mutt instead")
	c.RunE = func(_ *cobra.Command, args []string) error {
		conf, err := a.config()
		if err != nil {
			return err
		}
		if conf.Hostname == unnamed {
			conf.Hostname = machineName()
		}
		v, err := mailgw.ClientSetup(conf, args[0])
		if err != nil {
			return err
		}
		if profile != "" {
			if err := os.WriteFile(profile, []byte(v.MobileConfig()), 0o644); err != nil {
				return err
			}
		}
		switch {
		case a.json:
			return a.line(v)
		case muttrc:
			return a.printf("%s", v.Muttrc())
		case profile != "":
			return a.printf("wrote %s\n", profile)
		}
		return a.printf("%s", v.Card())
	}
	return c
}
