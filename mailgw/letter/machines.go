package letter

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// machineFiles are the phrases of programs, one file a language; en.txt says how they are read.
//
//go:embed machines/*.txt
var machineFiles embed.FS

// machineWords is what programs say in their mails, in all languages together: a
// report in one language quotes another's server.
type machineWords struct {
	receiptSubject, receiptText, autoSubject, autoText phrases
	bounceSubject, failed, delayed, retried, contact   phrases
	challenge, complaint, verification, form           phrases
	daemon, system, role, silent, confirmLink          phrases
}

// section returns the list that a file calls by that name, nil when there is none.
func (w *machineWords) section(name string) *phrases {
	switch name {
	case "automatic-subject":
		return &w.autoSubject
	case "automatic-text":
		return &w.autoText
	case "receipt-subject":
		return &w.receiptSubject
	case "receipt-text":
		return &w.receiptText
	case "bounce-subject":
		return &w.bounceSubject
	case "failed":
		return &w.failed
	case "delayed":
		return &w.delayed
	case "retried":
		return &w.retried
	case "contact":
		return &w.contact
	case "challenge":
		return &w.challenge
	case "complaint":
		return &w.complaint
	case "verification":
		return &w.verification
	case "form":
		return &w.form
	case "daemon":
		return &w.daemon
	case "system":
		return &w.system
	case "role":
		return &w.role
	case "silent":
		return &w.silent
	case "confirm-link":
		return &w.confirmLink
	}
	return nil
}

// machine holds the phrases of all files.
var machine = mustReadMachines()

func mustReadMachines() *machineWords {
	w, err := readMachines(embedded(machineFiles, "machines"))
	if err != nil {
		panic("letter: " + err.Error()) // TestMachineFiles reads the same files
	}
	return w
}

// readMachines joins the files, by name.
func readMachines(files map[string]string) (w *machineWords, err error) {
	w = &machineWords{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var list *phrases
		n := 0
		for line := range strings.Lines(files[name]) {
			n++
			// A phrase may end with a space that belongs to it.
			line = strings.TrimLeft(strings.TrimRight(line, "\r\n"), " \t")
			section, isSection := strings.CutPrefix(line, "== ")
			switch {
			case line == "" || line[0] == '#':
			case isSection:
				if list = w.section(section); list == nil {
					return w, fmt.Errorf("machines/%s.txt:%d: no section %q", name, n, section)
				}
			case list == nil:
				return w, fmt.Errorf("machines/%s.txt:%d: %q stands before the first section", name, n, line)
			case line != strings.ToLower(line):
				return w, fmt.Errorf("machines/%s.txt:%d: %q is not in small letters", name, n, line)
			case len(line) < shortestPhrase:
				return w, fmt.Errorf("machines/%s.txt:%d: %q is too short", name, n, line)
			default:
				list.add(line)
			}
		}
	}
	return w, nil
}
