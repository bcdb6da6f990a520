package mailgw

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"supportgw/mailgw/threadgen"
)

// What a replay must come to. Precision is 1, and no breach, no answer to a
// machine, no doubled or swallowed mail is allowed, whatever the recall.
const (
	leastRecall         = 0.99
	leastRecallNoTokens = 0.95
)

// TestThreadgen replays invented conversations, with the quirks of real clients
// and with attacks, and prints a table of what became of them.
//
// Counted as it must be: a mail for which threadgen lets other ends count as
// right is not expected to join, but where it joins it must be right. Alex, in
// whose name threadgen lets an agent answer by mail, is an agent here, and answers
// the notice. A program's mail that is filed on a ticket of its own, unanswered,
// is what threadgen calls ignored; a held one is quarantined. Mail that answers a
// null reverse path by the book does not exist (RFC 3834 §3.3) and is skipped.
//
// Attacks are sharpened by such as know a mail of ours, see threadgen.Sharpen.
// MAILGW_THREADGEN is the number of mails, with each of three seeds, with reply
// tokens and without.
func TestThreadgen(t *testing.T) {
	mails, seeds, mix := 400, []uint64{303}, []string{"-attacks", "0.4", "-auto", "0.3"} // all scenarios are among them
	if s := os.Getenv("MAILGW_THREADGEN"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("MAILGW_THREADGEN: %v", err)
		}
		mails, seeds, mix = n, []uint64{1, 20260713, 77}, nil
	}
	for _, tokens := range []string{"plus", "off"} {
		n := mails
		if mix != nil && tokens == "off" {
			n /= 2
		}
		for _, seed := range seeds {
			t.Run(fmt.Sprintf("tokens=%s/seed=%d", tokens, seed), func(t *testing.T) {
				t.Parallel()
				replayThreadgen(t, n, seed, tokens, mix...)
			})
		}
	}
}

func replayThreadgen(t *testing.T, mails int, seed uint64, tokens string, mix ...string) {
	lines := threadgenLines(t, mails, seed, mix...)
	h := &replayHouse{house: newHouse(t, threadgen.Settings(upstream+"/32", tokens)...)}
	p := threadgen.Player{House: h, ByMail: tokens == "plus", Learning: h.learning(lines)}
	score, err := p.Play(lines)
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := score.Print(&table); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d mails\n%s\n%s", score.Total.Lines, table.String(), strings.Join(score.Complaints, "\n"))
	least := leastRecall
	if tokens == "off" {
		least = leastRecallNoTokens
	}
	if score.Precision() < 1 || score.Recall() < least {
		t.Errorf("precision %.4f, recall %.4f, at least 1 and %.2f are wanted", score.Precision(), score.Recall(), least)
	}
	for what, n := range map[string]int{
		"breaches": score.Total.Breaches, "answers to machines": score.Machines, "doubled mails": score.Doubled, "swallowed mails": score.Swallowed,
		"mails without acknowledgement": score.Unanswered, "mails too many": score.TooChatty, "other faults": score.Total.Faults,
	} {
		if n > 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}
