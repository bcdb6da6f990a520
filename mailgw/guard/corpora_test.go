package guard

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/letter"
)

// shared is the folder of the corpora, which stands beside the checkout.
func shared(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(".")
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			dir = filepath.Join(filepath.Dir(dir), "shared", "corpora")
			break
		}
		dir = filepath.Dir(dir)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("NO CORPORA at %s: how many ordinary answers would be stopped is not measured", dir)
	}
	return dir
}

// each calls fn for each line of a file of JSON objects.
func each[T any](t *testing.T, file string, fn func(*T)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 32<<20)
	for in.Scan() {
		var v T
		if err := json.Unmarshal(in.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		fn(&v)
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
}

// replies are what people wrote in the corpora, in many languages: as ordinary as
// answers are.
func replies(t *testing.T) (out []string) {
	dir := shared(t)
	for _, folder := range []string{"reply-trimmer", "crisp-reply-parser", "crisp-forward-parser", "github-reply-parser", "threadgen-static"} {
		files, err := filepath.Glob(filepath.Join(dir, folder, "*.eml"))
		more, err2 := filepath.Glob(filepath.Join(dir, folder, "*", "*.eml"))
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		for _, file := range append(files, more...) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if m := letter.Parse(raw, "a@b.example", letter.DefaultLimits()); m.Kind == letter.Person && strings.TrimSpace(m.NewText) != "" {
				out = append(out, m.NewText)
			}
		}
	}
	return out
}

// Of ordinary answers, which name nobody, fewer than one in 200 is stopped although its
// words are harmless: with the names of hundreds of companies as other customers, words of
// the languages among them.
func TestOrdinaryAnswers(t *testing.T) {
	texts := replies(t)
	var list []customer.Customer
	seen := map[string]bool{}
	each(t, filepath.Join(shared(t), "company-names", "truth.jsonl"), func(p *struct{ A, B string }) {
		for _, name := range []string{p.A, p.B} {
			if key := customer.NameKey(name); key != "" && !seen[key] {
				seen[key] = true
				list = append(list, customer.Customer{ID: uint64(100 + len(list)), Name: name})
			}
		}
	})
	for i, name := range strings.Fields("Signal Path Update Portal Server Kontakt Drucker Export Ticket Login Bonjour Wichtig Team Version Problem Fehler Screen Google Windows Outlook Anna Test") {
		list = append(list, customer.Customer{ID: uint64(10000 + i), Name: name + " AG"})
	}
	dir, _ := customer.New(list, nil)
	known := &Known{Ticket: 1, Customers: dir, Avoid: Avoid(), Open: keys(t).Open}
	stopped := map[Kind]int{}
	for _, text := range texts {
		for _, f := range Check(text, known) {
			stopped[f.Kind]++
			t.Logf("stopped: %s %q in %s", f.Kind, f.What, strconv.Quote(f.Line))
		}
	}
	t.Logf("%d ordinary answers, %d other customers: findings %v", len(texts), dir.Len(), stopped)
	if n := stopped[Name] + stopped[Address] + stopped[Token]; n*200 >= len(texts) {
		t.Errorf("%d of %d would be stopped", n, len(texts))
	}
}
