package search

import (
	"bufio"
	"encoding/json"
	"mime"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// asked is a first mail of the corpus.
type asked struct {
	text  string
	topic string // its longest line, without numbers: what it is about
}

var numbersOf = regexp.MustCompile(`\d+`)

// readCorpus reads the first mails of people in ../shared/corpora/threadgen.
func readCorpus(t *testing.T) (out []asked) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(root, "../shared/corpora/threadgen/live.jsonl"))
	if err != nil {
		t.Skip("SKIPPED: the corpus is not here: ", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var l struct {
			Op, Kind, EML string
			Expect        struct {
				New  bool
				Text string `json:"reply_text"`
			}
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(l.Expect.Text, "\n\n")
		if l.Op != "inbound" || l.Kind != "human" || !l.Expect.New || len(parts) < 2 || strings.HasPrefix(parts[1], "-----") || strings.HasPrefix(parts[1], ">") {
			continue
		}
		subject := ""
		if m, err := mail.ReadMessage(strings.NewReader(l.EML)); err == nil {
			if subject, err = (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject")); err != nil {
				subject = ""
			}
		}
		topic := ""
		for line := range strings.SplitSeq(numbersOf.ReplaceAllString(l.Expect.Text, ""), "\n") {
			if len(line) > len(topic) {
				topic = line
			}
		}
		out = append(out, asked{subject + "\n" + l.Expect.Text, topic})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// Each first mail of the corpus is asked against all others, as if they were solved: how often is
// something shown, and is the first one about the same?
func TestSimilarOfCorpus(t *testing.T) {
	list := readCorpus(t)
	x := open(t, t.TempDir())
	docs, have := make([]Document, len(list)), map[string]int{}
	for i, a := range list {
		docs[i] = Document{Ticket: uint64(i + 1), Desk: "support", Words: a.text, Matter: a.text}
		have[a.topic]++
	}
	put(t, x, docs...)
	var shown, right, strangers int
	weights := make([]Weights, len(list))
	for i, a := range list {
		w, err := x.Weigh(t.Context(), a.text)
		if err != nil {
			t.Fatal(err)
		}
		weights[i] = w
	}
	for i, a := range list {
		own := weights[i]
		hits, err := x.Similar(t.Context(), a.text, []string{"support"}, len(list))
		if err != nil {
			t.Fatal(err)
		}
		best, like, other := -1, 0.0, false
		for _, h := range hits {
			n := int(h.Ticket) - 1
			its := weights[n]
			if n == i || !own.Alike(its) {
				continue
			}
			if own.Like(its) > like {
				best, like = n, own.Like(its)
			}
			other = other || list[n].topic != a.topic
		}
		if other {
			strangers++
		}
		switch {
		case best < 0:
			continue
		case list[best].topic == a.topic:
			right++
		default:
			t.Logf("%.2f %q is shown %q", like, a.topic, list[best].topic)
		}
		shown++
	}
	t.Logf("%d first mails of %d topics: something is shown to %d, and the first is about the same for %d of them (%.1f %%); were there none about the same, %d (%.1f %%) would be shown another",
		len(list), len(have), shown, right, 100*float64(right)/float64(shown), strangers, 100*float64(strangers)/float64(len(list)))
	if float64(right) < 0.95*float64(shown) || float64(shown) < 0.8*float64(len(list)) || float64(strangers) > 0.1*float64(len(list)) {
		t.Error("too much of what is shown is about something else, or too little is found")
	}
}
