package letter

import (
	"slices"
	"strings"
	"testing"
)

// TestMachineFiles: every section is there, and no phrase is so short that any mail holds it.
func TestMachineFiles(t *testing.T) {
	for _, name := range strings.Fields("automatic-subject automatic-text receipt-subject receipt-text bounce-subject failed delayed retried contact challenge complaint verification form daemon system role silent confirm-link") {
		list := machine.section(name)
		if list == nil || len(list.list) == 0 {
			t.Errorf("section %s is empty", name)
			continue
		}
		for _, p := range list.list {
			if len(strings.TrimSpace(p)) < 3 {
				t.Errorf("%s: %q is too short", name, p)
			}
		}
	}
	if machine.section("nothing") != nil {
		t.Error("a section that nobody knows")
	}
	if in := machine.failed.in("we are sorry: user unknown."); in != "user unknown" {
		t.Errorf("failed: %q", in)
	}
}

func TestReadMachines(t *testing.T) {
	w, err := readMachines(map[string]string{
		"b": "# b\n== failed\nno such\nnot there\n\n== form\nphone:\n",
		"a": "== failed\r\nnot there\r\n  trailing \n== automatic-subject\n[received]\n",
	})
	if want := []string{"not there", "trailing ", "no such"}; err != nil || !slices.Equal(w.failed.list, want) || !slices.Equal(w.autoSubject.list, []string{"[received]"}) || !slices.Equal(w.form.list, []string{"phone:"}) {
		t.Errorf("%q %q %q %v", w.failed.list, w.autoSubject.list, w.form.list, err)
	}
	for in, want := range map[string]string{
		"== failure\nx":        `x.txt:1: no section "failure"`,
		"hello\n== failed\nx":  `x.txt:1: "hello" stands before`,
		"== failed\n\nNo Such": `x.txt:3: "No Such" is not in small letters`,
		"== failed\nno":        `x.txt:2: "no" is too short`,
	} {
		if _, err := readMachines(map[string]string{"x": in}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", in, err, want)
		}
	}
}
