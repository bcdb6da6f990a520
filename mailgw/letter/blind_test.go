package letter

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

// blindCase is a mail of testdata/blind with what reading it should give. The
// mails were written from what clients and servers are known to write, without a
// look at this package's data; so they show how it reads what it was not made for.
type blindCase struct {
	Kind    Kind          `json:"kind"`
	Env     *string       `json:"env"` // the reverse path; From when missing
	From    string        `json:"from"`
	Subject *string       `json:"subject"`
	Text    *string       `json:"text"`
	Has     string        `json:"has"`    // words of the text
	HasNot  string        `json:"hasnot"` // words that it must not show
	NewText *string       `json:"new_text"`
	Files   []string      `json:"files"`
	Bounce  *blindBounce  `json:"bounce"`
	Fwd     *blindForward `json:"fwd"`

	name string
	raw  []byte
}

type blindBounce struct {
	To   []string `json:"to"`
	Perm bool     `json:"perm"`
	OID  string   `json:"oid"`
}

type blindForward struct {
	Author  string  `json:"author"`
	Subject *string `json:"subject"`
	Text    *string `json:"text"`
}

// blindFloors are the least shares in percent, by file and question.
var blindFloors = map[string]int{
	"bounces kind": 98, "bounces original": 98, "bounces permanent": 97, "bounces recipient": 97,
	"broken files": 100, "broken from": 100, "broken shown": 100, "broken subject": 100, "broken text": 100,
	"forwards author": 98, "forwards body": 98, "forwards kind": 100, "forwards new words": 98, "forwards subject": 98,
	"machines kind": 98, "persons kind": 98,
	"replies kind": 100, "replies new words": 98,
}

func TestBlind(t *testing.T) {
	files, err := filepath.Glob("testdata/blind/*.txt")
	if err != nil || len(files) < 6 {
		t.Fatalf("mails: %v %v", files, err)
	}
	right, asked := map[string]int{}, map[string]int{}
	for _, file := range files {
		group := strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, c := range blindCases(t, file) {
			for question, wrong := range c.ask() {
				key := group + " " + question
				asked[key]++
				if wrong == "" {
					right[key]++
					continue
				}
				t.Logf("%s/%s: %s: %s", group, c.name, question, wrong)
			}
		}
	}
	var keys []string
	for key := range asked {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		t.Logf("%-22s %3d/%3d", key, right[key], asked[key])
		if floor, ok := blindFloors[key]; !ok || right[key]*100 < floor*asked[key] {
			t.Errorf("%s: %d of %d are right, want %d %%", key, right[key], asked[key], floor)
		}
	}
	for key := range blindFloors {
		if asked[key] == 0 {
			t.Errorf("%s was never asked", key)
		}
	}
}

// ask reads the mail and returns every question with what was wrong about the
// answer, "" when it was right.
func (c *blindCase) ask() map[string]string {
	from := Parse(c.raw, "", DefaultLimits()).Author().Addr
	if c.Env != nil {
		from = *c.Env
	}
	m := Parse(c.raw, from, DefaultLimits())
	answers := map[string]string{}
	equal := func(question, got, want string) {
		answers[question] = ""
		if got != want {
			answers[question] = fmt.Sprintf("got %q, want %q", got, want)
		}
	}
	squeezed := func(question, got string, want *string) {
		if want != nil {
			equal(question, squeeze(got), squeeze(*want))
		}
	}
	if c.Kind != "" {
		equal("kind", string(m.Kind), string(c.Kind))
	}
	if c.From != "" {
		equal("from", m.Author().Addr, c.From)
	}
	squeezed("subject", m.Subject, c.Subject)
	squeezed("text", m.Text, c.Text)
	squeezed("new words", m.NewText, c.NewText)
	if c.Has != "" || c.HasNot != "" {
		equal("shown", fmt.Sprint(strings.Contains(m.Text, c.Has), c.HasNot != "" && strings.Contains(m.Text, c.HasNot)), "true false")
	}
	if c.Files != nil {
		var names []string
		for _, a := range m.Attachments {
			names = append(names, a.Name)
		}
		equal("files", strings.Join(names, ","), strings.Join(c.Files, ","))
	}
	if c.Bounce != nil {
		c.Bounce.ask(m, equal)
	}
	if c.Fwd != nil {
		got := m.Forwarded
		if got == nil {
			got = &Forwarded{}
		}
		author := got.From.Addr
		if author == "" {
			author = got.From.Name
		}
		equal("author", author, c.Fwd.Author)
		squeezed("subject", got.Subject, c.Fwd.Subject)
		squeezed("body", got.Text, c.Fwd.Text)
	}
	return answers
}

func (b *blindBounce) ask(m *Mail, equal func(question, got, want string)) {
	got := m.Bounce
	if got == nil {
		got = &BounceInfo{}
	}
	var to []string
	permanent := false
	for _, r := range got.Recipients {
		to = append(to, r.Address)
		permanent = permanent || r.Permanent
	}
	slices.Sort(to)
	slices.Sort(b.To)
	equal("recipient", strings.Join(to, ","), strings.Join(b.To, ","))
	equal("permanent", fmt.Sprint(permanent), fmt.Sprint(b.Perm))
	equal("original", got.OriginalMessageID, b.OID)
}

// blindCases reads a file of mails: each follows a line "=== NAME ANSWERS".
func blindCases(t *testing.T, file string) (cases []*blindCase) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for lines.Scan() {
		if head, ok := strings.CutPrefix(lines.Text(), "=== "); ok {
			name, answers, _ := strings.Cut(head, " ")
			c := &blindCase{name: name}
			if err := json.Unmarshal([]byte(answers), c); err != nil {
				t.Fatalf("%s: %s: %v", file, name, err)
			}
			cases = append(cases, c)
			continue
		}
		c := cases[len(cases)-1]
		c.raw = append(append(c.raw, lines.Bytes()...), "\r\n"...)
	}
	return cases
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
