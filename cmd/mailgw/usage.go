package main

import (
	"errors"
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

// pathOf is a command as it is typed behind "mailgw"; "" is mailgw itself.
func pathOf(c *cobra.Command) string {
	_, path, _ := strings.Cut(c.CommandPath(), " ")
	return path
}

// group makes a command that does nothing but hold others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs}
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("a command is missing after %q; write one of %s", c.CommandPath(), strings.Join(names(c), ", "))
		}
		return unknown(c, args[0])
	}
	c.AddCommand(commands...)
	return c
}

// unknown is the error for a command that does not exist.
func unknown(c *cobra.Command, name string) error {
	path := strings.TrimSpace(pathOf(c) + " " + name)
	if near := closest(name, names(c)); near != "" {
		return usagef("there is no command %q; did you mean %q?", path, strings.TrimSpace(pathOf(c)+" "+near))
	}
	return usagef("there is no command %q; write one of %s", path, strings.Join(names(c), ", "))
}

// names are the commands that a group holds.
func names(c *cobra.Command) []string {
	var all []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "help" {
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
			return usagef("%s needs %s; write: %s", pathOf(c), want[len(args)], usageLine(c))
		case len(args) > len(want):
			return usagef("%s has no use for %q; write: %s", pathOf(c), args[len(want)], usageLine(c))
		}
		return nil
	}
}

// usageLine is how a command is typed, without its flags.
func usageLine(c *cobra.Command) string { return strings.TrimSuffix(c.UseLine(), " [flags]") }

// some wants one argument or more.
func some(want string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s needs %s; write: %s", pathOf(c), want, usageLine(c))
		}
		return nil
	}
}

// flagError says in one line what is wrong with a flag, and which was meant.
func flagError(c *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var wrong *pflag.InvalidValueError
	switch {
	case errors.As(err, &missing) && missing.GetSpecifiedShortnames() != "":
		return noFlag(c, "-"+strings.TrimPrefix(missing.GetSpecifiedName(), "-"), "")
	case errors.As(err, &missing):
		var all []string
		c.Flags().VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
		return noFlag(c, "--"+missing.GetSpecifiedName(), closest(missing.GetSpecifiedName(), all))
	case errors.As(err, &bare):
		return usagef("--%s needs a value", bare.GetFlag().Name)
	case errors.As(err, &wrong):
		return usagef("--%s: %q is not %s", wrong.GetFlag().Name, wrong.GetValue(), kindOf(wrong.GetFlag()))
	}
	return usagef("%s: %s", c.CommandPath(), err)
}

func noFlag(c *cobra.Command, flag, meant string) error {
	text := strings.TrimSuffix("there is no flag "+flag+" of "+pathOf(c), " of ")
	if meant == "" {
		return usagef("%s; --help shows those that there are", text)
	}
	return usagef("%s; did you mean --%s?", text, meant)
}

// kindOf says what a flag wants.
func kindOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int":
		return "a whole number; write one like 20"
	case "float64":
		return "a number; write one like 2.5"
	case "bool":
		return "true or false"
	case "duration":
		return `a duration; write one like "30s"`
	}
	return "what it wants"
}

// closest is the name that was probably meant: one that begins so, or is at most
// two letters away.
func closest(typed string, all []string) string {
	best, least := "", 3
	for _, name := range all {
		d := distance(typed, name)
		if typed != "" && strings.HasPrefix(name, typed) {
			d = 0
		}
		if d < least && d < len(typed) {
			best, least = name, d
		}
	}
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
