package mailgw

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"supportgw/mailgw/letter"
)

// truth is what the makers of a mail say about it; what a line leaves out says nothing.
type truth struct {
	File     string  `json:"file"`
	Graded   *bool   `json:"graded"`
	Kind     string  `json:"kind"`
	MailFrom *string `json:"mail_from"` // the envelope's; nil = the default of explain

	Subject      *string  `json:"subject"`
	From         *string  `json:"from"`
	Attachments  *int     `json:"attachments"`
	BodyContains []string `json:"body_contains"`

	Finals  []string `json:"final_recipients"`
	Delayed bool     `json:"delayed"`
	Reports []struct {
		Class  string `json:"class"`
		Status string `json:"status"`
	} `json:"reports"`

	ReplyText     *string  `json:"reply_text"`
	ReplyFirst    *string  `json:"reply_text_first"`
	ReplyContains []string `json:"reply_contains"`
	NothingQuoted bool     `json:"nothing_quoted"`
	QuotedText    *string  `json:"quoted_text"`
	Expect        struct {
		ReplyText *string `json:"reply_text"`
	} `json:"expect"`

	ForwardedFrom    *string `json:"forwarded_from"`
	ForwardedSubject *string `json:"forwarded_subject"`
	ForwardedBody    *string `json:"forwarded_body"`
}

// The questions, in the order of the table, with the share of right answers below which
// the test fails: what is reached today, less one mail or so.
var corporaFloors = []struct {
	question string
	floor    float64
}{
	{"accepted", 1},
	{"subject", .993}, {"from", .996}, {"body", .99}, {"files", .99},
	{"person", .997}, {"bounce", .996}, {"report", .96}, {"automatic", .93},
	{"recipient", .977}, {"permanent", .993}, {"status", .95},
	{"reply", .97}, {"quoted", .8}, {"fw-from", .97}, {"fw-subject", .985}, {"fw-body", .985},
}

// TestCorpora asks explain about the mails of ../shared/corpora and compares with what
// their makers say. It prints a table of right answers: a line for each source, a column
// for each question. MAILGW_CORPORA=misses lists what was wrong, MAILGW_CORPORA=reply
// only the misses of that question.
func TestCorpora(t *testing.T) {
	t.Parallel()
	truths, err := filepath.Glob(filepath.Join(projectRoot(t), "..", "shared", "corpora", "*", "truth.jsonl"))
	if err != nil || len(truths) == 0 {
		t.Skipf("SKIPPED: no truth.jsonl in ../shared/corpora beside the project: no real mail was read (%v)", err)
	}
	a, err := Explainer(houseConfig(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	var s scores
	for _, file := range truths {
		for _, tr := range readTruth(t, file) {
			raw, err := os.ReadFile(filepath.Join(filepath.Dir(file), tr.File))
			if err != nil {
				t.Fatal(err)
			}
			g := grader{source: filepath.Base(filepath.Dir(file)), truth: tr, scores: &s}
			args := ExplainArgs{File: tr.File, Raw: raw, EnvelopeFrom: tr.MailFrom, At: monday}
			err = a.local.explainMail(args, func(x any) error { g.view = x.(ExplainView); return nil })
			g.grade(err)
		}
	}
	t.Log(s.table())
	wanted := os.Getenv("MAILGW_CORPORA")
	for _, m := range s.misses {
		if wanted == "misses" || wanted == m.question {
			t.Logf("%s: %s/%s\n\twant %.400q\n\tgot  %.400q", m.question, m.source, m.file, m.want, m.got)
		}
	}
	for _, f := range corporaFloors {
		if c := s.sum("", f.question); c.asked == 0 || float64(c.right) < f.floor*float64(c.asked) {
			t.Errorf("%s: %d of %d right; at least %.1f %% must be", f.question, c.right, c.asked, 100*f.floor)
		}
	}
}

// readTruth reads the lines that are about a mail and that are certain.
func readTruth(t *testing.T, file string) (all []truth) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, len(b)+1)
	for sc.Scan() {
		var tr truth
		if err := json.Unmarshal(sc.Bytes(), &tr); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if strings.HasSuffix(tr.File, ".eml") && (tr.Graded == nil || *tr.Graded) {
			all = append(all, tr)
		}
	}
	return all
}

// scores counts right answers by source and question.
type scores struct {
	cells  map[[2]string]*count
	order  []string // sources
	misses []miss
}

type count struct{ right, asked int }

type miss struct{ question, source, file, want, got string }

// sum adds up the counts of a question ("" for all) in a source ("" for all).
func (s *scores) sum(source, question string) (c count) {
	for k, v := range s.cells {
		if (source == "" || source == k[0]) && (question == "" || question == k[1]) {
			c.right, c.asked = c.right+v.right, c.asked+v.asked
		}
	}
	return c
}

// table is one line a source, one column a question, "right/asked" in each.
func (s *scores) table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 1, ' ', 0)
	row := func(name, source string) {
		fmt.Fprint(w, name)
		for _, f := range corporaFloors {
			cell := "."
			if c := s.sum(source, f.question); c.asked > 0 {
				cell = fmt.Sprintf("%d/%d", c.right, c.asked)
			}
			fmt.Fprint(w, "\t", cell)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "\nsource")
	for _, f := range corporaFloors {
		fmt.Fprint(w, "\t", f.question)
	}
	fmt.Fprintln(w)
	for _, source := range s.order {
		row(source, source)
	}
	row("all", "")
	fmt.Fprint(w, "percent")
	for _, f := range corporaFloors {
		c := s.sum("", f.question)
		fmt.Fprintf(w, "\t%.1f", 100*float64(c.right)/float64(max(1, c.asked)))
	}
	fmt.Fprintln(w)
	if err := w.Flush(); err != nil {
		return err.Error()
	}
	return b.String()
}

// grader compares one mail's view with its truth.
type grader struct {
	source string
	truth  truth
	view   ExplainView
	*scores
}

// add counts an answer.
func (g *grader) add(question string, right bool, want, got any) {
	if g.cells == nil {
		g.cells = map[[2]string]*count{}
	}
	if !slices.Contains(g.order, g.source) {
		g.order = append(g.order, g.source)
	}
	key := [2]string{g.source, question}
	if g.cells[key] == nil {
		g.cells[key] = &count{}
	}
	g.cells[key].asked++
	if right {
		g.cells[key].right++
		return
	}
	g.misses = append(g.misses, miss{question, g.source, g.truth.File, fmt.Sprint(want), fmt.Sprint(got)})
}

// same counts an answer that is right when it has the same words.
func (g *grader) same(question string, want *string, got string) {
	if want != nil {
		g.add(question, flat(*want) == flat(got), *want, got)
	}
}

// text is what s points to, "" for nil.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// grade asks all that the truth knows.
func (g *grader) grade(err error) {
	tr, v := &g.truth, &g.view
	problems := strings.Join(v.Problems, "; ")
	g.add("accepted", err == nil && !strings.Contains(problems, "a defect of ours"), "read", fmt.Sprint(err, " ", problems))
	g.same("subject", tr.Subject, v.Subject)
	if tr.From != nil {
		g.add("from", strings.EqualFold(*tr.From, letter.ParseAddress(text(v.From)).Addr), *tr.From, text(v.From))
	}
	for _, words := range tr.BodyContains {
		g.add("body", strings.Contains(flat(v.Text), flat(words)), words, v.Text)
	}
	if tr.Attachments != nil {
		// explain lists each mail in the mail; their makers only those with a file name.
		files := 0
		for _, f := range v.Attachments {
			if f.Name != nil || !strings.HasPrefix(f.Type, "message/") {
				files++
			}
		}
		g.add("files", *tr.Attachments == files, *tr.Attachments, v.Attachments)
	}
	g.kind()
	g.bounce()
	g.reply()
	g.forward()
}

// kind asks what sort of mail it is. A customer's mail may well come through a list.
func (g *grader) kind() {
	var question string
	var right []letter.Kind
	switch g.truth.Kind {
	case "human":
		question, right = "person", []letter.Kind{letter.Person, letter.List}
	case "bounce", "dsn-success":
		question, right = "bounce", []letter.Kind{letter.Bounce}
	case "feedback", "report":
		question, right = "report", []letter.Kind{letter.Report}
	case "auto-reply":
		question, right = "automatic", []letter.Kind{letter.AutoReply}
	case "list":
		question, right = "automatic", []letter.Kind{letter.List, letter.AutoReply}
	default:
		return
	}
	g.add(question, slices.Contains(right, g.view.Kind), g.truth.Kind, fmt.Sprint(g.view.Kind, " ", g.view.Reasons, " ", g.view.Subject))
}

// bounce asks who did not get the mail, and whether it is worth another try.
func (g *grader) bounce() {
	tr, b := &g.truth, g.view.Bounce
	if tr.Kind != "bounce" || (len(tr.Finals) == 0 && len(tr.Reports) == 0) {
		return
	}
	var got []BounceRecipientView
	if b != nil {
		got = b.Recipients
	}
	if len(tr.Finals) > 0 {
		named := func(addr string) bool {
			return slices.ContainsFunc(got, func(r BounceRecipientView) bool { return strings.EqualFold(r.Address, addr) })
		}
		all := !slices.ContainsFunc(tr.Finals, func(f string) bool { return !named(f) })
		g.add("recipient", all, tr.Finals, got)
	}
	if len(tr.Reports) == 0 {
		return
	}
	first := tr.Reports[0]
	if len(got) == 0 {
		got = []BounceRecipientView{{}}
		g.add("permanent", false, first, "no recipient")
	} else {
		g.add("permanent", (first.Class == "5") == got[0].Permanent || tr.Delayed && !got[0].Permanent, first, got[0])
	}
	if first.Status != "" {
		g.add("status", first.Status == got[0].Status, first.Status, got[0])
	}
}

// reply asks what was written in this mail. A signature may count or not.
func (g *grader) reply() {
	tr, v := &g.truth, &g.view
	want := tr.ReplyText
	if want == nil {
		want = tr.Expect.ReplyText
	}
	signed := flat(v.NewText + " " + v.Signature)
	got := flat(v.NewText)
	if want != nil {
		g.add("reply", flat(*want) == got || flat(strings.ReplaceAll(*want, "\n-- \n", "\n")) == signed, *want, v.NewText)
	}
	if tr.ReplyFirst != nil {
		first := flat(*tr.ReplyFirst)
		g.add("reply", got == first || strings.HasPrefix(got, first) && strings.Count(v.NewText, "\n") <= strings.Count(*tr.ReplyFirst, "\n")+8, *tr.ReplyFirst, v.NewText)
	}
	for _, words := range tr.ReplyContains {
		g.add("reply", strings.Contains(got, flat(words)), words, v.NewText)
	}
	if tr.NothingQuoted {
		g.add("reply", signed == flat(v.Text), v.Text, v.NewText)
	}
	if tr.QuotedText != nil {
		quoted := flat(*tr.QuotedText)
		g.add("quoted", quoted == flat(v.QuotedText) || quoted == flat(v.QuotedText+" "+v.Signature) || quoted == flat(v.Signature+" "+v.QuotedText), *tr.QuotedText, v.QuotedText)
	}
}

// forward asks about the mail that was passed on.
func (g *grader) forward() {
	tr := &g.truth
	f := g.view.Forwarded
	if f == nil {
		f = &ForwardedView{}
	}
	if tr.ForwardedFrom != nil {
		g.add("fw-from", strings.EqualFold(*tr.ForwardedFrom, letter.ParseAddress(text(f.From)).Addr), *tr.ForwardedFrom, text(f.From))
	}
	g.same("fw-subject", tr.ForwardedSubject, f.Subject)
	g.same("fw-body", tr.ForwardedBody, f.Text)
}
