package agent_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of clients into docs/agents.md")

// corpora returns the public mails; nil when they are not there.
func corpora(t *testing.T) map[string][]byte {
	t.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "corpora")
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		switch filepath.Ext(file) {
		case ".jsonl", ".yml", ".sha256", ".json", ".md":
			return nil
		}
		b, err := os.ReadFile(file)
		rel, _ := filepath.Rel(dir, file)
		all[filepath.ToSlash(rel)] = b
		return err
	})
	if err != nil {
		return nil
	}
	return all
}

var softBreak = regexp.MustCompile(`=\r?\n`)

const tableHead = "| client | how it quotes | forms | mails like it |\n|---|---|---|---|\n"

// table writes what the documentation says of the clients.
func table(t *testing.T, mails map[string][]byte) string {
	for file, b := range mails {
		mails[file] = softBreak.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), nil)
	}
	forms := map[string]int{}
	for _, c := range htmlAlone(clients(t)) {
		file, _, _ := strings.Cut(c.file, ",")
		forms[file+".eml"] = 1
	}
	var b strings.Builder
	b.WriteString(tableHead)
	for _, c := range clients(t) {
		form := "text"
		switch {
		case forms[c.file] > 0:
			form = "text with HTML; HTML"
		case strings.Contains(c.mail, "text/html"):
			form = "HTML"
		}
		like := 0
		for _, mail := range mails {
			for _, seen := range c.seen {
				if bytes.Contains(mail, []byte(seen)) {
					like++
					break
				}
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d |\n", c.name, strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(c.quotes), form, like)
	}
	return b.String()
}

// The table of the documentation is the one that the tests go through.
func TestClientsInDocs(t *testing.T) {
	const file = "../../docs/agents.md"
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), tableHead)
	if !ok {
		t.Fatal("docs/agents.md has no table of clients")
	}
	end := strings.Index(rest, "\n\n")
	if end < 0 {
		end = len(rest) - 1
	}
	mails := corpora(t)
	want, got := table(t, mails), tableHead+rest[:end+1]
	if mails == nil {
		count := regexp.MustCompile(`\| \d+ \|\n`)
		want, got = count.ReplaceAllString(want, "|\n"), count.ReplaceAllString(got, "|\n")
	}
	if want != got && *update && mails != nil {
		if err := os.WriteFile(file, []byte(before+want+rest[end+1:]), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != got {
		t.Errorf("docs/agents.md has another table; write it with go test ./mailgw/agent -run TestClientsInDocs -update:\n%s", want)
	}
	if mails == nil {
		t.Skip("SKIPPED: the public mails are not there; how many are like those of a client was not counted")
	}
}
