package web

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAppendMetrics(t *testing.T) {
	mails := Metric{Name: "mailgw_mails_total", Help: "Mails, by outcome.", Kind: Counter}
	mails.Add(3, "outcome", "new")
	mails.Add(1<<52, "outcome", `a "b" \ c`+"\nd", "second", "\xff")
	seconds := Metric{Name: "s", Help: "two\nlines \\", Kind: Histogram}
	seconds.AddPart("_bucket", 2, "le", "0.5")
	seconds.AddPart("_sum", 0.25)
	for _, c := range []struct {
		name string
		in   []Metric
		want string
	}{
		{"none", nil, ""},
		{"a figure", []Metric{Value("up", Gauge, "Whether.", 1)}, "# HELP up Whether.\n# TYPE up gauge\nup 1\n"},
		{"without samples", []Metric{{Name: "x", Help: "H.", Kind: Counter}}, "# HELP x H.\n# TYPE x counter\n"},
		{"labels", []Metric{mails}, "# HELP mailgw_mails_total Mails, by outcome.\n# TYPE mailgw_mails_total counter\nmailgw_mails_total{outcome=\"new\"} 3\n" +
			`mailgw_mails_total{outcome="a \"b\" \\ c\nd",second="?"} 4503599627370496` + "\n"},
		{"histogram", []Metric{seconds}, "# HELP s two\\nlines \\\\\n# TYPE s histogram\ns_bucket{le=\"0.5\"} 2\ns_sum 0.25\n"},
		{"odd values", []Metric{Value("a", Gauge, "", math.Inf(1)), Value("b", Gauge, "", math.Inf(-1)), Value("c", Gauge, "", math.NaN()), Value("d", Gauge, "", -2)},
			"# HELP a \n# TYPE a gauge\na +Inf\n# HELP b \n# TYPE b gauge\nb -Inf\n# HELP c \n# TYPE c gauge\nc NaN\n# HELP d \n# TYPE d gauge\nd -2\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, string(appendMetrics(nil, c.in))); d != "" {
				t.Error(d)
			}
		})
	}
}

// sampleLine is a line of the text format that is no comment.
var sampleLine = regexp.MustCompile(`^[a-z_]+(\{[a-z_]+="([^"\\\n]|\\["\\n])*"(,[a-z_]+="([^"\\\n]|\\["\\n])*")*\})? \S+$`)

// FuzzAppendMetrics: whatever stands in a label, a sample is one line that can be read.
func FuzzAppendMetrics(f *testing.F) {
	f.Add("new", 1.0)
	f.Add("\"\\\n", math.Inf(1))
	f.Add("\x00\xff{}", 0.1)
	f.Fuzz(func(t *testing.T, label string, v float64) {
		m := Metric{Name: "m", Help: label, Kind: Gauge}
		m.Add(v, "l", label)
		lines := strings.Split(strings.TrimSuffix(string(appendMetrics(nil, []Metric{m})), "\n"), "\n")
		if len(lines) != 3 || !sampleLine.MatchString(lines[2]) {
			t.Errorf("%q", lines)
		}
	})
}
