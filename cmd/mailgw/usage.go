package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError says what was typed wrong, and what was meant.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// group makes a command that does nothing but hold others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s needs a command: %s (--help tells more)", c.CommandPath(), strings.Join(names(c), ", "))
		}
		return unknown(c, args[0])
	}
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(commands...)
	return c
}

// unknown is the error for a command that does not exist.
func unknown(c *cobra.Command, name string) error {
	if near := c.SuggestionsFor(name); len(near) > 0 {
		return usagef("%s has no command %q; did you mean %s?", c.CommandPath(), name, strings.Join(near, " or "))
	}
	return usagef("%s has no command %q; write one of %s", c.CommandPath(), name, strings.Join(names(c), ", "))
}

// names are the commands that a group holds.
func names(c *cobra.Command) []string {
	var all []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			all = append(all, sub.Name())
		}
	}
	return all
}

// exactly wants as many arguments as are named.
func exactly(want ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < len(want):
			return usagef("%s needs %s; write: %s", c.CommandPath(), want[len(args)], c.UseLine())
		case len(args) > len(want):
			return usagef("%s does not take %q; write: %s", c.CommandPath(), args[len(want)], c.UseLine())
		}
		return nil
	}
}

// some wants one argument or more.
func some(want string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s needs %s; write: %s", c.CommandPath(), want, c.UseLine())
		}
		return nil
	}
}

// flagError makes one line of what pflag says about a flag, with the flag that was meant.
func flagError(c *cobra.Command, err error) error {
	text := err.Error()
	name, ok := strings.CutPrefix(text, "unknown flag: --")
	if !ok {
		return usagef("%s: %s", c.CommandPath(), text)
	}
	if near := nearest(c, name); near != "" {
		return usagef("%s has no flag --%s; did you mean --%s?", c.CommandPath(), name, near)
	}
	return usagef("%s has no flag --%s; --help shows those that it has", c.CommandPath(), name)
}

// nearest is the flag of a command that is at most two letters away.
func nearest(c *cobra.Command, name string) string {
	best, least := "", 3
	c.Flags().VisitAll(func(f *pflag.Flag) {
		d := distance(name, f.Name)
		if strings.HasPrefix(f.Name, name) {
			d = min(d, 1)
		}
		if !f.Hidden && d < least {
			best, least = f.Name, d
		}
	})
	return best
}

// distance is how many letters must be put in, taken out or changed (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
