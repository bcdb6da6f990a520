package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

// problemLine is one problem of a configuration, or a warning about it, as
// "check --json" prints it.
type problemLine struct {
	File    string `json:"file"`
	Line    *int   `json:"line"` // null: the value came from --set, or the file as a whole is meant
	Key     string `json:"key"`
	Text    string `json:"text"`
	Warning bool   `json:"warning"` // true: the configuration is right all the same
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
	Warnings  int    `json:"warnings"`
	Tests     int    `json:"tests"` // of rules; all are right

	CalendarDays []daysLine `json:"calendar_days"` // what is closed in each calendar
	Answers      []string   `json:"answers"`       // names of the canned answers
}

func (a *app) check() *cobra.Command {
	var dns bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Validate the configuration, run the tests of its rules, and print all that is wrong",
		Args:  exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.config()
			now := time.Now()
			var warnings []config.Problem
			if err == nil {
				warnings = c.Warnings()
				var more []config.Problem
				more, err = c.CheckFiles(now, mailgw.CheckSigningKey)
				warnings = append(warnings, more...)
			}
			if perr := a.printProblems(warnings, true); perr != nil {
				return perr
			}
			var problems config.Problems
			switch {
			case errors.As(err, &problems):
				if err := a.printProblems(problems, false); err != nil {
					return err
				}
				return fmt.Errorf("%s in %s", count(len(problems), "problem"), a.configFile)
			case err != nil:
				return err
			}
			if err := a.checkRules(c); err != nil {
				return err
			}
			if err := a.printRight(c, len(warnings), now); err != nil || !dns {
				return err
			}
			return a.checkDNS(cmd.Context(), c)
		},
	}
	cmd.Flags().BoolVar(&dns, "dns", false, "ask the DNS, too: MX, SPF, DKIM and DMARC of the desks' domains, PTR of the gateway; say what to publish")
	return cmd
}

// printProblems prints problems or warnings, one a line.
func (a *app) printProblems(problems []config.Problem, warning bool) error {
	for _, p := range problems {
		var err error
		switch {
		case a.json:
			line := problemLine{File: p.File, Key: p.Key, Text: p.Text, Warning: warning}
			if p.Line > 0 {
				line.Line = &p.Line
			}
			err = a.line(line)
		case warning:
			err = a.printf("warning: %s\n", p)
		default:
			err = a.printf("%s\n", p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// printRight says in short what a right configuration does.
func (a *app) printRight(c *config.Config, warnings int, now time.Time) error {
	if a.json {
		return a.line(checkLine{a.configFile, true, len(c.Desks), len(c.Agents), len(c.Customers), len(c.Rules), len(c.Levels), len(c.Calendars), warnings, len(c.Tests), viewDays(c.Coming(now)), orEmpty(c.Canned.Names())})
	}
	var ways []string
	for _, l := range []struct {
		name  string
		addrs []string
	}{{"smtp", c.SMTP.Listen}, {"lmtp", c.LMTP.Listen}, {"submission", c.Submission.Listen}, {"submissions", c.Submission.TLSListen}, {"imap", c.IMAP.Listen}, {"imaps", c.IMAP.TLSListen}, {"http", c.HTTP.Listen}, {"acme", c.ACME.Listen}} {
		if len(l.addrs) > 0 {
			ways = append(ways, l.name+" "+strings.Join(l.addrs, " "))
		}
	}
	if len(ways) == 0 {
		ways = []string{"nothing"}
	}
	var out string
	switch c.Relay.Kind {
	case "file":
		out = filepath.Join(c.Data, "sent")
	case "smtp":
		out = c.Relay.Address
	case "mx":
		out = "the servers that the DNS names for its recipients"
	}
	starttls := "no STARTTLS"
	switch {
	case c.ACME.Enabled():
		starttls = "STARTTLS with a certificate of " + c.ACME.Directory
	case c.SMTP.TLSCertificate != "":
		starttls = "STARTTLS"
	}
	if err := a.printf("ok: %s, %s, %s, %s\nlistens on %s (%s); mail leaves to %s\n", count(len(c.Desks), "desk"), count(len(c.Agents), "agent"),
		count(len(c.Customers), "customer"), count(len(c.Rules), "rule"), strings.Join(ways, ", "), starttls, out); err != nil {
		return err
	}
	if err := errors.Join(a.printTold(c), a.printDays(c.Coming(now)), a.printAnswers(c)); err != nil || len(c.Tests) == 0 {
		return err
	}
	return a.printf("%s of rules: ok\n", count(len(c.Tests), "test"))
}

// printAnswers names the canned answers, and the languages of each.
func (a *app) printAnswers(c *config.Config) error {
	var all []string
	for _, name := range c.Canned.Names() {
		all = append(all, name+" ("+strings.Join(c.Canned.Languages(name), ", ")+")")
	}
	if len(all) == 0 {
		return nil
	}
	return a.printf("canned answers: %s\n", strings.Join(all, "; "))
}

// orEmpty is a list that JSON writes as one, be it nil.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// printTold says when each agent is told.
func (a *app) printTold(c *config.Config) error {
	for i := range c.Agents {
		told := c.Agents[i].Told()
		if err := a.printf("%s is told of %s\n", c.Agents[i].Address, told.Says()); err != nil {
			return err
		}
	}
	return nil
}
