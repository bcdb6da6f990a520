package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

// maxImport is the largest file that is imported at once, in bytes.
const maxImport = 64 << 20

func (a *app) customerImport() *cobra.Command {
	var args mailgw.ImportArgs
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Take customers of a CSV file, or of lines of JSON; - is standard input",
		Long: "Take customers of a CSV file with a header (id, name, aliases, domains, addresses, level, person,\n" +
			"person addresses, agreement), or of lines of JSON as \"customer list --json\" prints them; - is standard input.\n" +
			"All of the file is taken, or nothing. A customer that is there gets what it has not; nothing is taken\n" +
			"away, and customers that the file has not stay.",
		Args: exactly("a file, or - for standard input"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{"csv", "jsonl"}, cobra.ShellCompDirectiveFilterFileExt
		},
	}
	c.Flags().BoolVar(&args.DryRun, "dry-run", false, "say what would be made and changed, and do nothing")
	c.Flags().BoolVar(&args.Absent, "missing", false, "print the customers that the file has not; they stay")
	c.Flags().StringArrayVar(&args.Ignore, "ignore", nil, "a `COLUMN` that nobody needs; repeatable")
	c.RunE = func(c *cobra.Command, words []string) (err error) {
		args.File, args.By, args.Show = words[0], whoCommands(), args.DryRun
		if args.Data, err = a.readImport(words[0]); err != nil {
			return err
		}
		b := a.bar(1)
		err = a.ask(c.Context(), "customer.import", args, func(raw json.RawMessage) error {
			return decoded(func(v mailgw.ImportView) error { return a.importLine(b, raw, &v) })(raw)
		})
		b.clear()
		return err
	}
	return c
}

// readImport reads the file.
func (a *app) readImport(name string) ([]byte, error) {
	in := a.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", name, errors.Unwrap(err))
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxImport+1))
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", name, err)
	}
	if len(data) > maxImport {
		return nil, fmt.Errorf("%s is larger than %s; divide it, and import the parts", name, size(maxImport))
	}
	return data, nil
}

// importLine prints one line of what an import answers.
func (a *app) importLine(b *bar, raw json.RawMessage, v *mailgw.ImportView) error {
	if v.Kind == "progress" {
		b.total = v.Of
		b.show(v.Done, v.Done)
		return nil
	}
	b.clear()
	if a.json {
		return a.printf("%s\n", raw)
	}
	switch v.Kind {
	case "problem":
		return a.printf("%s: %s\n", place(v), safe(v.Text))
	case "made", "changed":
		return a.printf("%s: %s: %s\n", place(v), v.Kind, safe(v.Customer))
	case "absent":
		return a.printf("not in the file: %s (customer %d)\n", safe(v.Customer), *v.ID)
	case "sum":
		done := "made"
		if v.Sum.DryRun {
			done = "to be made"
		}
		return a.printf("%s %s, %d changed, %d the same\n", count(v.Sum.Made, "customer"), done, v.Sum.Changed, v.Sum.Same)
	}
	return a.printf("%s: %s\n", v.Kind, safe(v.Text))
}

// place is where in a file something is.
func place(v *mailgw.ImportView) string {
	if v.Line == 0 {
		return safe(v.File)
	}
	return safe(fmt.Sprintf("%s:%d", strings.TrimSpace(v.File), v.Line))
}
