package main

import (
	"fmt"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

// failureLine is what "check --json" prints about one thing that a test of the rules
// expects and that does not come.
type failureLine struct {
	File string `json:"file"`
	Line *int   `json:"line"` // null: the value came from --set
	Key  string `json:"key"`
	Text string `json:"text"` // all that is below, in one sentence
	Test string `json:"test"` // its name
	What string `json:"what"` // the key of what is expected, like "priority"
	Want string `json:"want"` // as TOML
	Got  string `json:"got"`  // as TOML
	Why  string `json:"why"`  // by which rule, or why not by it
}

// checkRules runs the tests of the rules and prints what fails. It fails when one does.
func (a *app) checkRules(c *config.Config) error {
	failures, err := mailgw.CheckRules(c)
	if err != nil {
		return err
	}
	failed := map[string]bool{}
	for i := range failures {
		f := &failures[i]
		failed[f.Test] = true
		if !a.json {
			err = a.printf("%s\n", safe(f.Problem.String()))
		} else {
			line := failureLine{File: f.Problem.File, Key: f.Problem.Key, Text: f.Problem.Text, Test: f.Test, What: f.Key, Want: f.Want, Got: f.Got, Why: f.Why}
			if f.Problem.Line > 0 {
				line.Line = &f.Problem.Line
			}
			err = a.line(line)
		}
		if err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %s of rules failed", len(failed), count(len(c.Tests), "test"))
	}
	return nil
}
