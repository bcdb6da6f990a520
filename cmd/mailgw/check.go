package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"supportgw/mailgw/config"
)

// problemLine is one problem of a configuration as "check --json" prints it.
type problemLine struct {
	File string `json:"file"`
	Line *int   `json:"line"` // null: the value came from --set, or the file as a whole is meant
	Key  string `json:"key"`
	Text string `json:"text"`
}

// checkLine is what "check --json" prints about a configuration that is right.
type checkLine struct {
	File      string `json:"file"`
	OK        bool   `json:"ok"`
	Desks     int    `json:"desks"`
	Agents    int    `json:"agents"`
	Customers int    `json:"customers"`
	Rules     int    `json:"rules"`
	Levels    int    `json:"levels"`
	Calendars int    `json:"calendars"`
}

func (a *app) check() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Validate the configuration and its rules, and print all that is wrong",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			c, err := a.config()
			var problems config.Problems
			switch {
			case errors.As(err, &problems):
				return a.printProblems(problems)
			case err != nil:
				return err
			}
			if a.json {
				return a.line(checkLine{a.configFile, true, len(c.Desks), len(c.Agents), len(c.Customers), len(c.Rules), len(c.Levels), len(c.Calendars)})
			}
			return a.printf("ok: %s, %s, %s, %s\n", count(len(c.Desks), "desk"), count(len(c.Agents), "agent"),
				count(len(c.Customers), "customer"), count(len(c.Rules), "rule"))
		},
	}
}

func (a *app) printProblems(problems config.Problems) error {
	for _, p := range problems {
		var err error
		if !a.json {
			err = a.printf("%s\n", p)
		} else {
			line := problemLine{File: p.File, Key: p.Key, Text: p.Text}
			if p.Line > 0 {
				line.Line = &p.Line
			}
			err = a.line(line)
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("%s in %s", count(len(problems), "problem"), a.configFile)
}
