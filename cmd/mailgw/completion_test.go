package main

import (
	"strings"
	"testing"
)

// TestCompletes asks as the shells do: the last word is the one that is being typed.
func TestCompletes(t *testing.T) {
	for typed, want := range map[string]string{
		"ticket set 1 --status ":                "open pending solved closed :36",
		"ticket set 1 --status=so":              "solved :36",
		"ticket list --status ":                 "new open pending solved closed :36",
		"ticket set 1 --priority ":              "low normal high urgent :36",
		"ticket list --config EX --desk ":       "support billing :4",
		"ticket set 1 --assignee an":            ":4", // no configuration
		"ticket reply 1 --config EX --as an":    "anna@example.com :4",
		"ticket set --config EX --assignee ":    "anna@example.com ben@example.com :4",
		"explain --config EX --envelope-to s":   "support@example.com :4",
		"agent setup --config EX b":             "ben@example.com :4",
		"ticket s":                              "search set show split :4",
		"customer show --config EX Ac":          "Acme Instruments AG :4",
		"promise list --config EX --customer G": "Globex Ltd :4",
		"customer rename --config EX Gl":        "Globex Ltd :4",
		"queue l":                               "list :4",
		"comp":                                  "completion :4",
		"completion ":                           "bash fish powershell zsh :4",
		"help pro":                              "promise :4",
		"ticket show ":                          ":4",
		"explain ":                              ":0",
		"check --config ":                       "toml :8",
		"demo --keep ":                          ":16",
		"load --addr ":                          ":4",
	} {
		t.Run(typed, func(t *testing.T) {
			words := strings.Split(strings.ReplaceAll(typed, "EX", example), " ")
			got := call(t, "", append([]string{"__completeNoDesc"}, words...)...)
			if found := strings.Join(strings.Fields(got.stdout), " "); got.status != exitDone || found != want {
				t.Errorf("%q (%s), want %q", found, got.stderr, want)
			}
		})
	}
	if got := call(t, "", "__complete", "ticket", "list", "--config", example, "--desk", "b"); !strings.HasPrefix(got.stdout, "billing\tbilling@example.com\n") {
		t.Errorf("without its meaning: %q", got.stdout)
	}
}

// TestCompletion: every shell gets a script and is told where it belongs.
func TestCompletion(t *testing.T) {
	for _, shell := range shells {
		if got := call(t, "", "completion", shell.name); got.status != exitDone || got.stderr != "" || !strings.Contains(got.stdout, "__complete") {
			t.Errorf("%s: %+v", shell.name, got)
		}
		if got := call(t, "", "help", "completion", shell.name); !strings.Contains(got.stdout, "mailgw completion "+shell.name) {
			t.Errorf("help of %s: %s", shell.name, got.stdout)
		}
	}
	if got := call(t, "", "completion", "elvish"); got.status != exitUsage || got.stderr != "mailgw: there is no command \"completion elvish\"; write one of bash, fish, powershell, zsh\n" {
		t.Errorf("%+v", got)
	}
}
