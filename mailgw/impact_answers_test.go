package mailgw

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"supportgw/mailgw/wording"
	"supportgw/rules"
)

// TestImpactAnswersAsTaken: of the answers that package heard is tested with none is taken
// wrong by the gateway, which takes short forms of short sentences alone, and most in full.
func TestImpactAnswersAsTaken(t *testing.T) {
	all, silent := 0, 0
	for _, name := range []string{"answers", "answers2", "answers3"} {
		raw, err := os.ReadFile("heard/testdata/impact/" + name + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			f := strings.SplitN(strings.TrimRight(line, "\n"), "|", 4)
			if strings.HasPrefix(line, "#") || len(f) != 4 {
				continue
			}
			all++
			people, _ := strconv.ParseInt(f[1], 10, 64)
			if f[1] == "all" {
				people = rules.Everybody
			}
			blocked := map[string]string{"yes": wording.BlockedYes, "no": wording.BlockedNo}[f[2]]
			got := shortAnswer(strings.ReplaceAll(f[3], `\n`, "\n"), f[0])
			if got.people != 0 && got.people != people || got.blocked != "" && got.blocked != blocked {
				t.Errorf("%s: %q is taken as %d people, %q", name, f[3], got.people, got.blocked)
			}
			if got.people != people || got.blocked != blocked {
				silent++
			}
		}
	}
	t.Logf("%d answers: none wrong, %d not taken in full", all, silent)
	if all < 370 || silent > all/8 {
		t.Errorf("%d of %d answers are not taken in full", silent, all)
	}
}
