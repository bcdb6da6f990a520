//go:build linux

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestBashCompletes loads the script into bash and presses Tab. The two functions of
// the package bash-completion that the script needs stand in for it where it is absent.
func TestBashCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("SKIPPED: there is no bash, whose completion would be tried")
	}
	const pressTab = `
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${COMP_WORDS[COMP_CWORD]}; prev=${COMP_WORDS[COMP_CWORD-1]}; }
__ltrim_colon_completions() { :; }
source <(mailgw completion bash)
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_TYPE=9 COMP_KEY=9
COMP_POINT=${#COMP_LINE}
__start_mailgw
printf '%s\n' "${COMPREPLY[@]}"
`
	example := filepath.Join(projectRoot(t), "config.example.toml")
	for typed, want := range map[string]string{
		"mailgw ticket set 1 --status ":   "open pending solved closed",
		"mailgw ticket set 1 --status so": "solved",
		"mailgw ver":                      "verify version",
		"mailgw ticket list --desk bi":    "billing",
	} {
		args := append([]string{"-c", pressTab, "bash"}, strings.Split(typed, " ")...)
		cmd := exec.CommandContext(t.Context(), bash, args...)
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir((&daemon{t: t}).program())+":"+os.Getenv("PATH"), "MAILGW_CONFIG="+example)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", typed, err)
		}
		var got []string
		for line := range strings.Lines(string(out)) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ") // behind it stands what it means
			got = append(got, word)
		}
		if found := strings.Join(got, " "); found != want {
			t.Errorf("%s<Tab>: %q, want %q", typed, found, want)
		}
	}
}
