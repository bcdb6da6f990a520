package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

func (a *app) passwd() *cobra.Command {
	var device, revoke string
	var list bool
	c := &cobra.Command{
		Use:   "passwd AGENT",
		Short: "Make the password with which an agent's mail program logs in; AGENT is an address or a name",
		Long: "Make the password with which an agent's mail program logs in.\n" +
			"It is read from the terminal or from the first line of standard input, and the lines for [[agent]] in the\n" +
			"configuration are printed: the password itself stands nowhere. With --device, one is made for a single device,\n" +
			"kept, and printed once: it can be taken back without the others.",
		Args: exactly("an agent: an address or a name"),
		ValidArgsFunction: begun(a.configured(func(c *config.Config, add func(value, meaning string)) {
			for i := range c.Agents {
				add(c.Agents[i].Address, c.Agents[i].Name)
			}
		})),
	}
	c.Flags().StringVar(&device, "device", "", "make a password for the device `NAME` alone")
	c.Flags().StringVar(&revoke, "revoke", "", "take back the password of the device `NAME`")
	c.Flags().BoolVar(&list, "list", false, "print the devices that have a password of their own")
	c.MarkFlagsMutuallyExclusive("device", "revoke", "list")
	c.RunE = func(c *cobra.Command, args []string) error {
		of := mailgw.DeviceArgs{Agent: args[0], Device: device + revoke}
		switch {
		case c.Flags().Changed("device"):
			return a.ask(c.Context(), "passwd.device", of, answer(a, func(v mailgw.DeviceView) error {
				return a.printf("%s\n", v.Password)
			}))
		case c.Flags().Changed("revoke"):
			return a.ask(c.Context(), "passwd.revoke", of, answer(a, func(v mailgw.DeviceView) error {
				return a.printf("%s of %s logs in no more\n", safe(v.Device), safe(v.Agent))
			}))
		case list:
			t := &table{app: a, columns: []column{{"DEVICE", 40}, {"MADE", 16}, {"AGENT", 0}}}
			return t.end(a.ask(c.Context(), "passwd.list", of, answer(a, func(v mailgw.DeviceView) error {
				return t.row(v.Device, short(v.Made), v.Agent)
			})))
		}
		var salt mailgw.SaltView
		if err := a.ask(c.Context(), "passwd.salt", of, decoded(func(v mailgw.SaltView) error { salt = v; return nil })); err != nil {
			return err
		}
		return a.makePassword(&salt)
	}
	return c
}

// makePassword reads a password and prints what the configuration keeps of it.
func (a *app) makePassword(salt *mailgw.SaltView) error {
	password, err := a.readPassword("Password for " + safe(salt.Agent) + ": ")
	if err != nil {
		return err
	}
	v, err := mailgw.MakePassword(salt, password)
	switch {
	case err != nil:
		return err
	case a.json:
		return a.line(v)
	}
	return a.printf("# in the [[agent]] with address = %q\npassword = %q\nscram = %q\n", v.Agent, v.Password, v.SCRAM)
}

// readPassword reads one from the terminal, twice and unseen, or the first line of what
// comes in.
func (a *app) readPassword(prompt string) (string, error) {
	in, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(a.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read the password: %w", err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var typed [2]string
	for i, ask := range []string{prompt, "Again: "} {
		fmt.Fprint(a.err, ask)
		b, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(a.err)
		if err != nil {
			return "", fmt.Errorf("read the password: %w", err)
		}
		typed[i] = string(b)
	}
	if typed[0] != typed[1] {
		return "", errors.New("the two are not the same; nothing was made")
	}
	return typed[0], nil
}
