package holiday

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Where the machine's clock jumps over midnight, as it did in Havana and São Paulo, the
// holidays are the same as elsewhere.
func TestMachineZone(t *testing.T) {
	const marker = "SETS "
	if os.Getenv("MAILGW_TEST_SETS") != "" {
		all := sha256.New()
		for _, name := range Sets() {
			days, _ := Set(name)
			fmt.Fprintln(all, name, days)
		}
		fmt.Printf("%s%x\n", marker, all.Sum(nil))
		return
	}
	sums := map[string][]string{}
	for _, zone := range []string{"UTC", "America/Havana", "America/Sao_Paulo"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestMachineZone$")
		cmd.Env = append(os.Environ(), "TZ="+zone, "MAILGW_TEST_SETS=1")
		out, err := cmd.CombinedOutput()
		_, sum, ok := strings.Cut(string(out), marker)
		if err != nil || !ok {
			t.Fatalf("%s: %v\n%s", zone, err, out)
		}
		sum, _, _ = strings.Cut(sum, "\n")
		sums[sum] = append(sums[sum], zone)
	}
	if len(sums) != 1 {
		t.Errorf("the days differ: %v", sums)
	}
}
