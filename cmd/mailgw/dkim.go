package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

// dkimLine is what "dkim new --json" and "dkim list --json" print about a key.
type dkimLine struct {
	Domain   string `json:"domain"`
	Selector string `json:"selector"`
	Kind     string `json:"kind"`     // rsa or ed25519
	KeyFile  string `json:"key_file"` // of the private key
	Name     string `json:"name"`     // of the DNS record
	Record   string `json:"record"`   // its text, whole
}

func (a *app) dkim() *cobra.Command {
	return group("dkim", "Make the keys that sign outgoing mail, and print their DNS records", a.dkimNew(), a.dkimList())
}

func (a *app) dkimNew() *cobra.Command {
	var selector, kind, dir string
	c := &cobra.Command{
		Use:   "new DOMAIN",
		Short: "Make a key pair that signs for a domain; print the DNS record and the lines for the configuration",
		Long: "Make a key pair that signs for a domain; print the DNS record and the lines for the configuration.\n" +
			"To exchange a key: make the new one, publish its record, and add its lines when the record can be seen;\n" +
			"take the old lines out a day later, and the old record a week later.",
		Args: exactly("a domain, like example.com"),
		RunE: func(_ *cobra.Command, args []string) error {
			kinds := []string{kind}
			if kind == "both" {
				kinds = []string{"rsa", "ed25519"}
			}
			for i, k := range kinds {
				if i > 0 && !a.json {
					if err := a.printf("\n"); err != nil {
						return err
					}
				}
				if err := a.newDKIM(strings.ToLower(args[0]), selector, k, dir); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&selector, "selector", "", "the `NAME` under which the domain publishes the key; left out: mailgw, year, month and a letter for the kind")
	c.Flags().StringVar(&kind, "kind", "rsa", "rsa, which all receivers check, ed25519, or both; a `KIND`")
	c.Flags().StringVar(&dir, "dir", ".", "the folder `DIR` for the private key's file")
	return c
}

// newDKIM makes one key and says what to do with it.
func (a *app) newDKIM(domain, selector, kind, dir string) error {
	if selector == "" {
		selector = "mailgw" + time.Now().Format("200601") + kind[:min(1, len(kind))]
	}
	key, text, err := mailgw.NewSigningKey(domain, strings.ToLower(selector), kind)
	if err != nil {
		return usagef("%v", err)
	}
	file, err := filepath.Abs(filepath.Join(dir, key.Selector+"."+domain+".pem"))
	if err != nil {
		return err
	}
	if err := writeSecret(file, text); err != nil {
		return err
	}
	return a.printDKIM(key, file, true)
}

// writeSecret writes a file that was not there, which only its owner can read.
func writeSecret(file string, text []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%s is there already; write another --selector or --dir, nothing was changed", file)
	case err != nil:
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func (a *app) dkimList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print the DNS records of the keys in the configuration",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			if err != nil {
				return err
			}
			keys, err := mailgw.SigningKeys(c)
			if err != nil {
				return err
			}
			for i, k := range keys {
				if err := a.printDKIM(k, c.DKIM[i].KeyFile, false); err != nil {
					return err
				}
			}
			if len(keys) == 0 && !a.json {
				return a.printf("no key signs: there is no [[dkim]] in %s; \"mailgw dkim new DOMAIN\" makes one\n", a.configFile)
			}
			return nil
		},
	}
}

// printDKIM prints a key's record, and for a new one the lines of the configuration.
func (a *app) printDKIM(k mailgw.SigningKey, file string, fresh bool) error {
	if a.json {
		return a.line(dkimLine{k.Domain, k.Selector, k.Kind, file, k.Name, k.Record})
	}
	if !fresh {
		return a.printf("%s\n", k.Zone)
	}
	lines := []string{
		"The private key is in " + file,
		"",
		"Into the DNS of " + k.Domain + ":",
		"",
		k.Zone,
		"",
		"Into the configuration, once the record can be seen:",
		"",
		"[[dkim]]",
		fmt.Sprintf("domain = %q", k.Domain),
		fmt.Sprintf("selector = %q", k.Selector),
		fmt.Sprintf("key_file = %q", file),
	}
	return a.printf("%s\n", strings.Join(lines, "\n"))
}
