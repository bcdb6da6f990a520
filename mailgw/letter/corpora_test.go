package letter

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// corpora returns the folder of the public mails, or skips the test.
func corpora(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	dir = filepath.Join(dir, "..", "shared", "corpora")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("SKIPPED: the mails of %s are not there; nothing was compared", dir)
	}
	return dir
}

// truth is one line of a truth.jsonl; a nil field makes no statement.
type truth struct {
	File         string   `json:"file"`
	Subject      *string  `json:"subject"`
	From         *string  `json:"from"`
	Attachments  *int     `json:"attachments"`
	BodyContains []string `json:"body_contains"`
	Kind         string   `json:"kind"`
	Graded       *bool    `json:"graded"`
	ReplyText    *string  `json:"reply_text"`
	ReplyFirst   *string  `json:"reply_text_first"`
	MailFrom     *string  `json:"mail_from"`
	Finals       []string `json:"final_recipients"`
	Reports      []struct {
		Class string `json:"class"`
	} `json:"reports"`
	Expect struct {
		ReplyText *string `json:"reply_text"`
	} `json:"expect"`
}

// reversePath is the envelope's sender as far as the file tells.
func reversePath(tr truth, raw []byte) string {
	if tr.MailFrom != nil {
		return *tr.MailFrom
	}
	h, _ := readHeader(raw, 256<<10, func(string) {})
	if h.Has("Return-Path") {
		return strings.Trim(h.Get("Return-Path"), "<> ")
	}
	return "somebody@example.org"
}

// score counts right answers by question.
type score map[string]*[2]int

func (s score) add(t *testing.T, question, file string, right bool, want, got any) {
	if s[question] == nil {
		s[question] = new([2]int)
	}
	s[question][1]++
	if right {
		s[question][0]++
		return
	}
	if os.Getenv("LETTER_MISSES") != "" && strings.Contains(question, os.Getenv("LETTER_MISSES")) {
		t.Logf("%s: %s: want %.300q got %.300q", question, file, fmt.Sprint(want), fmt.Sprint(got))
	}
}

func (s score) String() string {
	var names []string
	for n := range s {
		names = append(names, n)
	}
	sort.Strings(names)
	out := "letter:"
	for _, n := range names {
		out += fmt.Sprintf(" %s %d/%d", n, s[n][0], s[n][1])
	}
	return out
}

// TestCorporaTruth compares what is read with what the makers of the mails say.
func TestCorporaTruth(t *testing.T) {
	dir := corpora(t)
	files, err := filepath.Glob(filepath.Join(dir, "*", "truth.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no truth.jsonl in %s: %v", dir, err)
	}
	s := score{}
	for _, file := range files {
		for _, tr := range readTruth(t, file) {
			raw, err := os.ReadFile(filepath.Join(filepath.Dir(file), tr.File))
			if err != nil || tr.File == "" {
				continue
			}
			m := Parse(raw, reversePath(tr, raw), DefaultLimits())
			grade(t, s, filepath.Base(filepath.Dir(file))+"/"+tr.File, tr, m)
		}
	}
	fmt.Println(s)
	for question, floor := range map[string]float64{
		"subject": .99, "from": .99, "attachments": .99, "body": .99, "reply": .965, "kind-human": 1, "kind-bounce": .97,
		"kind-report": .9, "bounced-recipient": .94, "bounced-permanent": .97,
	} {
		c := s[question]
		if c == nil || float64(c[0]) < floor*float64(c[1]) {
			t.Errorf("%s: %v right, want a share of %v", question, c, floor)
		}
	}
}

// readTruth reads the lines that are about mails.
func readTruth(t *testing.T, file string) []truth {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []truth
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var tr truth
		if err := json.Unmarshal(sc.Bytes(), &tr); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if tr.File != "" && (tr.Graded == nil || *tr.Graded) {
			all = append(all, tr)
		}
	}
	return all
}

// grade adds one mail's answers.
func grade(t *testing.T, s score, file string, tr truth, m *Mail) {
	squeeze := func(v string) string { return strings.Join(strings.Fields(v), " ") }
	if tr.Subject != nil {
		s.add(t, "subject", file, squeeze(*tr.Subject) == squeeze(m.Subject), *tr.Subject, m.Subject)
	}
	if tr.From != nil {
		s.add(t, "from", file, strings.EqualFold(*tr.From, m.Author().Addr), *tr.From, m.Author())
	}
	if tr.Attachments != nil {
		// The makers of the mails do not count attached mails; we do.
		files := 0
		for _, a := range m.Attachments {
			if a.Type != "message/rfc822" {
				files++
			}
		}
		s.add(t, "attachments", file, *tr.Attachments == files, *tr.Attachments, m.Attachments)
	}
	for _, b := range tr.BodyContains {
		s.add(t, "body", file, strings.Contains(squeeze(m.Text), squeeze(b)), b, m.Text)
	}
	switch tr.Kind {
	case "bounce", "feedback", "report", "human", "auto-reply", "vacation":
		s.add(t, "kind-"+tr.Kind, file, kindMatches(tr.Kind, m.Kind), tr.Kind, fmt.Sprint(m.Kind, m.Reasons, m.Subject))
	}
	reply := tr.ReplyText
	if reply == nil {
		reply = tr.Expect.ReplyText
	}
	if reply != nil && *reply != "" {
		s.add(t, "reply", file, squeeze(*reply) == squeeze(m.NewText) || squeeze(*reply) == squeeze(m.NewText+" -- "+m.Signature), *reply, m.NewText)
	}
	if len(tr.Finals) > 0 && m.Kind == Bounce {
		got := ""
		if m.Bounce != nil && len(m.Bounce.Recipients) > 0 {
			got = m.Bounce.Recipients[0].Address
		}
		s.add(t, "bounced-recipient", file, strings.EqualFold(got, tr.Finals[0]), tr.Finals, got)
		if len(tr.Reports) > 0 && got != "" {
			s.add(t, "bounced-permanent", file, (tr.Reports[0].Class == "5") == m.Bounce.Recipients[0].Permanent, tr.Reports, m.Bounce.Recipients)
		}
	}
}

func kindMatches(want string, got Kind) bool {
	switch want {
	case "bounce":
		return got == Bounce
	case "feedback", "report":
		return got == Report
	case "human":
		return got == Person || got == List
	}
	return got == AutoReply
}

// TestCorporaSafe parses every file there, mail or not, and checks what every Mail
// promises.
func TestCorporaSafe(t *testing.T) {
	dir, files := corpora(t), 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !(strings.HasSuffix(path, ".eml") || strings.HasSuffix(path, ".txt")) {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		checkMail(t, path, raw, Parse(raw, "", DefaultLimits()))
		return nil
	})
	if err != nil || files < 1000 {
		t.Fatalf("%d files read: %v", files, err)
	}
}

// isOneLine tells what every string of a header is: valid UTF-8 without control
// characters.
func isOneLine(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// checkMail asserts what holds for every mail: valid UTF-8, one-line header
// strings, work within the limits.
func checkMail(t *testing.T, name string, raw []byte, m *Mail) {
	t.Helper()
	checkSplit(t, m)
	lines := []string{m.Subject, m.MessageID, m.Language}
	lines = append(append(append(lines, m.InReplyTo...), m.References...), m.Reasons...)
	lines = append(lines, m.Problems...)
	for _, as := range [][]Address{m.From, m.Sender, m.ReplyTo, m.To, m.Cc} {
		for _, a := range as {
			lines = append(lines, a.Name, a.Addr)
			if at := strings.IndexByte(a.Addr, '@'); at <= 0 || at == len(a.Addr)-1 {
				t.Errorf("%s: address %q", name, a.Addr)
			}
		}
		if len(as) > DefaultLimits().Addresses {
			t.Errorf("%s: %d addresses", name, len(as))
		}
	}
	for _, a := range m.Attachments {
		lines = append(lines, a.Name, a.Type)
		checkFileName(t, a.Name)
	}
	checkBodies(t, name, raw, m)
	for n, v := range m.Header.All() {
		lines = append(lines, n, v)
	}
	if b := m.Bounce; b != nil {
		lines = append(lines, b.OriginalMessageID)
		for _, r := range b.Recipients {
			lines = append(lines, r.Address, r.Action, r.Status, r.Diagnostic)
		}
		if len(b.Recipients) > 2*maxBounceRecipients {
			t.Errorf("%s: %d recipients", name, len(b.Recipients))
		}
	}
	if f := m.Forwarded; f != nil {
		lines = append(lines, f.From.Name, f.From.Addr, f.Subject)
	}
	for _, l := range lines {
		if !isOneLine(l) {
			t.Errorf("%s: not one clean line: %.200q", name, l)
		}
	}
	for _, s := range []string{m.Text, m.NewText, m.QuotedText, m.Signature} {
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\r\x00") {
			t.Errorf("%s: text is not clean: %.200q", name, s)
		}
		if len(s) > 4*len(raw)+1000 {
			t.Errorf("%s: %d bytes of text from %d", name, len(s), len(raw))
		}
	}
	if strings.Contains(strings.Join(m.Problems, ""), problemPanic) {
		t.Errorf("%s: panic", name)
	}
	if len(m.Attachments) > DefaultLimits().Parts || m.Kind == "" || (m.Kind == Person) != (len(m.Reasons) == 0) {
		t.Errorf("%s: %d attachments, kind %q, reasons %q", name, len(m.Attachments), m.Kind, m.Reasons)
	}
}
