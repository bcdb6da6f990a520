package main

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"supportgw/mailgw/config"
)

// shells are those that completions can be written for, each with how its user
// loads them.
var shells = [...]struct {
	name, load string
	write      func(root *cobra.Command, w io.Writer) error
}{
	{
		"bash", `now: source <(mailgw completion bash); in each new shell: mailgw completion bash >~/.local/share/bash-completion/completions/mailgw (needs the package bash-completion)`,
		func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
	},
	{
		"zsh", `now: source <(mailgw completion zsh); in each new shell: mailgw completion zsh >"${fpath[1]}/_mailgw" (needs compinit)`,
		func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) },
	},
	{
		"fish", `now: mailgw completion fish | source; in each new shell: mailgw completion fish >~/.config/fish/completions/mailgw.fish`,
		func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
	},
	{
		"powershell", `now: mailgw completion powershell | Out-String | Invoke-Expression; in each new shell: put that line into $PROFILE`,
		func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) },
	},
}

func (a *app) completion() *cobra.Command {
	c := group("completion", "Print what makes a shell complete commands, flags and their values")
	for _, shell := range shells {
		c.AddCommand(&cobra.Command{
			Use:   shell.name,
			Short: "Print the completions for " + shell.name,
			Long:  "Print the completions for " + shell.name + ".\n" + shell.load + ".",
			Args:  exactly(),
			RunE:  func(c *cobra.Command, _ []string) error { return shell.write(c.Root(), a.out) },
		})
	}
	return c
}

// complete has the shells complete the values of flags, in all commands. Desks and
// agents are those of the configuration; without one there are none.
func (a *app) complete(root *cobra.Command) error {
	root.CompletionOptions.DisableDefaultCmd = true
	agents := a.configured(func(c *config.Config, add func(value, meaning string)) {
		for i := range c.Agents {
			add(c.Agents[i].Address, c.Agents[i].Name)
		}
	})
	values := map[string]cobra.CompletionFunc{
		"status":   statuses,
		"priority": cobra.FixedCompletions([]string{"low", "normal", "high", "urgent"}, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveKeepOrder),
		"assignee": agents,
		"as":       agents,
		"customer": a.customers,
		"desk": a.configured(func(c *config.Config, add func(value, meaning string)) {
			for i := range c.Desks {
				add(c.Desks[i].Name, c.Desks[i].Address)
			}
		}),
		"envelope-to": a.configured(func(c *config.Config, add func(value, meaning string)) {
			for i := range c.Desks {
				add(c.Desks[i].Address, c.Desks[i].Name)
			}
		}),
		"keep":   cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		"corpus": cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		"config": cobra.FixedCompletions([]string{"toml"}, cobra.ShellCompDirectiveFilterFileExt),
		"record": cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
	}
	return completeFlags(root, values)
}

// completeFlags registers the values for a command and all below it. Where nothing
// is known the shell offers nothing, rather than the files of the folder.
func completeFlags(c *cobra.Command, values map[string]cobra.CompletionFunc) (err error) {
	for _, sub := range c.Commands() {
		err = errors.Join(err, completeFlags(sub, values))
	}
	if c.Name() != "explain" && c.ValidArgsFunction == nil {
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
	c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		value := values[f.Name]
		if value == nil {
			value = cobra.NoFileCompletions
		}
		err = errors.Join(err, c.RegisterFlagCompletionFunc(f.Name, begun(value)))
	})
	return err
}

// begun leaves the values that begin with what was typed.
func begun(complete cobra.CompletionFunc) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		found, how := complete(c, args, typed)
		if how&(cobra.ShellCompDirectiveFilterDirs|cobra.ShellCompDirectiveFilterFileExt) == 0 { // else they say which files
			found = slices.DeleteFunc(slices.Clone(found), func(v cobra.Completion) bool { return !strings.HasPrefix(v, typed) })
		}
		return found, how
	}
}

// statuses are those of a ticket; none can be set back to new.
func statuses(c *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	all := []cobra.Completion{"new", "open", "pending", "solved", "closed"}
	if c.Name() == "set" {
		all = all[1:]
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}

// configured completes values of the configuration, each with what it means.
func (a *app) configured(list func(c *config.Config, add func(value, meaning string))) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) (found []cobra.Completion, _ cobra.ShellCompDirective) {
		if c, err := a.config(); err == nil {
			list(c, func(value, meaning string) { found = append(found, cobra.CompletionWithDesc(value, meaning)) })
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}
