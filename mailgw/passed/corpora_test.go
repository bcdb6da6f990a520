package passed_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/passed"
)

// corpora returns the folder of the public mails, or skips the test.
func corpora(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "corpora")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the mails of %s are not there; no real forward was read", dir)
	}
	return dir
}

// Of the forwards of nine clients in twenty languages: whose mail it is, is read right,
// or asked; next to never is it put down to somebody else.
func TestRealForwards(t *testing.T) {
	var right, wrong, unsure, none int
	for _, source := range []string{"crisp-forward-parser", "webklex", "ruby-mail", "tika", "mimekit", "enmime", "php-mime-mail-parser", "mox"} {
		dir := filepath.Join(corpora(t), source)
		f, err := os.Open(filepath.Join(dir, "truth.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<24)
		for lines.Scan() {
			var tr struct {
				File string  `json:"file"`
				Is   *bool   `json:"forward"`
				From *string `json:"forwarded_from"`
			}
			if err := json.Unmarshal(lines.Bytes(), &tr); err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile(filepath.Join(dir, tr.File))
			if err != nil || tr.From == nil && (tr.Is == nil || source != "crisp-forward-parser") {
				continue
			}
			m := letter.Parse(raw, "colleague@example.com", letter.DefaultLimits())
			got := passed.Reader{IsHouse: func(a string) bool { return a == m.Author().Addr }}.Read(raw, m)
			want := ""
			if tr.From != nil && strings.Contains(*tr.From, "@") {
				want = letter.ParseAddress(*tr.From).Addr
			}
			switch {
			case len(got.Mails) == 0 && got.Unsure != "":
				unsure++
				t.Logf("%s/%s: asked (%s, %q), it is %q", source, tr.File, got.Unsure, got.Names, want)
			case len(got.Mails) == 0:
				none++
				t.Logf("%s/%s: no forward, it is %q", source, tr.File, want)
			case len(got.Mails) == 1 && strings.EqualFold(got.Mails[0].From.Addr, want):
				right++
			default:
				wrong++
				t.Errorf("%s/%s: put down to %q, it is %q", source, tr.File, got.Mails[0].From.Addr, want)
			}
		}
	}
	t.Logf("of %d forwards %d authors right, %d asked, %d taken for no forward, %d wrong", right+unsure+none+wrong, right, unsure, none, wrong)
	if right < 100 {
		t.Errorf("only %d right", right)
	}
}
