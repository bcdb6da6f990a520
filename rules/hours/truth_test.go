package hours

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// truth is one case of the corpus, made by a brute-force count of minutes.
type truth struct {
	Zone     string                 `json:"tz"`
	Week     map[string][][2]string `json:"week"`
	Holidays []string               `json:"holidays"`
	Start    time.Time              `json:"start"`
	Op       string                 `json:"op"`
	End      time.Time              `json:"end"`
	Minutes  int                    `json:"minutes"`
	Due      time.Time              `json:"due"`
}

func (c truth) calendar(t *testing.T) *Calendar {
	t.Helper()
	spec := Spec{Zone: c.Zone, Week: map[string][]string{}, Holidays: c.Holidays}
	for day, list := range c.Week {
		for _, iv := range list {
			spec.Week[day] = append(spec.Week[day], iv[0]+"-"+iv[1])
		}
	}
	return compile(t, spec)
}

func TestTruthCorpus(t *testing.T) {
	cases := readTruth(t)
	if len(cases) != 250 {
		t.Errorf("the corpus has %d cases, not 250", len(cases))
	}
	for i, c := range cases {
		cal := c.calendar(t)
		want := time.Duration(c.Minutes) * time.Minute
		switch c.Op {
		case "add":
			got, ok := cal.Add(c.Start, want)
			if !ok || !got.Equal(c.Due) {
				t.Errorf("line %d: %s + %d min = %v, %v; want %v", i+1, c.Start, c.Minutes, got.UTC(), ok, c.Due)
			}
		case "between":
			if got := cal.Between(c.Start, c.End); got != want {
				t.Errorf("line %d: %s to %s = %v, want %v", i+1, c.Start, c.End, got, want)
			}
		default:
			t.Errorf("line %d: unknown op %q", i+1, c.Op)
		}
	}
	if !t.Failed() {
		t.Logf("%d of %d cases right", len(cases), len(cases))
	}
}

func readTruth(t *testing.T) []truth {
	t.Helper()
	root, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("no go.mod above the test")
		}
		root = filepath.Dir(root)
	}
	f, err := os.Open(filepath.Join(root, "..", "shared", "corpora", "business-hours", "truth.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("SKIPPED, NOT TESTED: the corpus business-hours/truth.jsonl is absent: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []truth
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var c truth
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}
