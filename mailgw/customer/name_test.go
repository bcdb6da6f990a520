package customer

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestNormalize(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Acme", "acme"},
		{"  ACME   Instruments AG ", "acme instruments"},
		{"Acme, Inc.", "acme"},
		{"Globex Co., Ltd.", "globex"},
		{"Müller & Söhne GmbH & Co. KG", "mueller and soehne"},
		{"Mueller and Soehne", "mueller and soehne"},
		{"Mu\u0308ller", "mueller"},
		{"Café Zürich S.p.A.", "cafe zuerich"},
		{"Łódź Software Sp. z o.o.", "lodz software"},
		{"Łódź Software spółka z o.o.", "lodz software"},
		{"Straße 7 UG (haftungsbeschränkt)", "strasse 7"},
		{"Ørsted A/S", "oersted"},
		{"São Jorge Ltda.", "sao jorge"},
		{"O’Hara & Sons", "ohara and sons"},
		{"O'Hara and Sons", "ohara and sons"},
		{"Sotheby's", "sothebys"},
		{"3D-Werk e.K.", "3d werk"},
		{"J.P. Morgan N.A.", "jp morgan"},
		{"Grupo Sol S.A. de C.V.", "grupo sol"},
		{"Acme Pty Ltd", "acme"},
		{"Acme (Pty) Ltd", "acme"},
		{"株式会社アクメ", "アクメ"},
		{"アクメ株式会社", "アクメ"},
		{"ｱｸﾒ㈱", "アクメ"},
		{"（株）アクメ", "アクメ"},
		{"北京阿克米有限责任公司", "北 京 阿 克 米"},
		{"주식회사 아크메", "아크메"},
		{"ООО «Ромашка»", "ромашка"},
		{"PT Acme Tbk", "acme"},
		{"ＡＣＭＥ　Ｉｎｃ．", "acme"},
		{"Limited", "limited"},
		{"AG", "ag"},
		{"The Paper Company GmbH", "the paper company"},
		{"Delta Holding Partners AG", "delta holding partners"},
		{"…", ""},
	} {
		if got := Normalize(c.in); got != c.want {
			t.Errorf("Normalize(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// corpora returns the folder of test data, or skips the test.
func corpora(t *testing.T, sub string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		t.Fatal("no go.mod above the test")
	}
	path := filepath.Join(dir, "..", "shared", "corpora", sub)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED, NOTHING WAS TESTED: no corpus: %v", err)
	}
	return path
}

// TestCompanyNamePairs judges pairs of names: no two companies may become one.
// Each pair is also asked of a directory that knows the first, by a text that
// is the second.
func TestCompanyNamePairs(t *testing.T) {
	file, err := os.Open(filepath.Join(corpora(t, "company-names"), "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	same, right, asked, pairs := 0, 0, 0, 0
	for in := bufio.NewScanner(file); in.Scan(); pairs++ {
		var p struct {
			A, B string
			Same bool
		}
		if err := json.Unmarshal(in.Bytes(), &p); err != nil {
			t.Fatal(err)
		}
		equal := Normalize(p.A) == Normalize(p.B)
		d, _ := New([]Customer{{Name: p.A}}, nil)
		found := d.Identify("x@y.example", true, p.B).Customer != ""
		if !p.Same && (equal || found) {
			t.Errorf("false merge: %q, %q (normal form %v, identified %v)", p.A, p.B, equal, found)
		}
		if p.Same {
			same++
			right += count(equal)
			asked += count(found)
		}
		if p.Same && !equal {
			t.Logf("not seen as one: %q, %q", p.A, p.B)
		}
	}
	t.Logf("%d pairs, %d of them the same: %d equal in normal form, %d identified in a text", pairs, same, right, asked)
	if pairs < 300 || right*100 < same*95 || asked*100 < same*95 {
		t.Errorf("less than 95 %% of the true pairs")
	}
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"Müller & Söhne GmbH & Co. KG", "株式会社アクメ", "S.p.A.", "a'", "'s", "e.K.", "ﷺ", "\xff.\xff", "İı"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := Normalize(s)
		// A name in a directory is found in a text that is the name.
		d, _ := New([]Customer{{Name: s}}, nil)
		id := d.Identify("", false, s)
		if !tooShort([]byte(n)) && len(n) < 300 && id.Customer == "" && len(id.Candidates) == 0 && len(d.phrases) > 0 && !spansLines(s) {
			t.Errorf("%q (normal form %q) is not found in itself", s, n)
		}
	})
}

// spansLines tells whether a name holds what ends a name in texts.
func spansLines(s string) bool {
	var w words
	w.fold(compose(s))
	for i, x := range w.list {
		if i > 0 && x.before >= hardGap {
			return true
		}
	}
	return false
}
