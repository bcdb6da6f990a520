package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) customerExport() *cobra.Command {
	return &cobra.Command{
		Use:   "export WHO DIR",
		Short: "Write everything that is kept of a person or a company into a new folder",
		Long: "Write everything that is kept of a person (an address) or a company (its name or number)\n" +
			"into a folder, which is made, or is empty: mail.mbox has their mails and those that went to\n" +
			"them, as they were; records.jsonl has what was noted about them, internal notes too, one\n" +
			"JSON object per line; index.json says what is where. docs/privacy.md says more.",
		Args: exactly("an address, or a customer's name or number", "a folder"),
		RunE: func(c *cobra.Command, args []string) error {
			into, err := newFolder(args[1])
			if err != nil {
				return err
			}
			var last mailgw.ExportView
			err = a.ask(c.Context(), "customer.export", mailgw.ExportArgs{Who: args[0]}, func(raw json.RawMessage) error {
				last = mailgw.ExportView{}
				if err := json.Unmarshal(raw, &last); err != nil {
					return fmt.Errorf("read the gateway's answer: %w", err)
				}
				return into.write(last.File, last.Bytes)
			})
			if err = errors.Join(err, into.close()); err != nil {
				return err
			}
			if a.json {
				return a.printf("%s", last.Bytes)
			}
			return a.printf("wrote %s and %s to %s\n", count(last.Mails, "mail"), count(last.Records, "record"), safe(args[1]))
		},
	}
}

// folder is where an export goes.
type folder struct {
	dir  string
	open map[string]*os.File
}

// newFolder makes a folder that only its owner can read, or takes an empty one.
func newFolder(dir string) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	have, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look into the folder: %w", err)
	}
	if len(have) > 0 {
		return nil, fmt.Errorf("%s is not empty; name a new folder: what others exported must not mix with this", dir)
	}
	return &folder{dir, map[string]*os.File{}}, nil
}

// names of the files that an export may have.
func (f *folder) write(name string, b []byte) error {
	switch name {
	case mailgw.ExportMbox, mailgw.ExportRecords, mailgw.ExportIndex:
	default:
		return fmt.Errorf("the gateway sent a file %q, which no export has", name)
	}
	out := f.open[name]
	if out == nil {
		var err error
		if out, err = os.OpenFile(filepath.Join(f.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil {
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s is there already", name)
			}
			return fmt.Errorf("write the export: %w", err)
		}
		f.open[name] = out
	}
	if _, err := out.Write(b); err != nil {
		return fmt.Errorf("write the export: %w", err)
	}
	return nil
}

func (f *folder) close() (err error) {
	for _, out := range f.open {
		err = errors.Join(err, out.Sync(), out.Close())
	}
	return err
}
