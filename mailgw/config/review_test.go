package config

import (
	"strings"
	"testing"
)

// Who reads a person's answers is somebody else, who works here, and not in a ring.
func TestReviewBy(t *testing.T) {
	const agents = `
[[agent]]
name = "A"
address = "a@example.com"
review_by = "%a"
[[agent]]
name = "B"
address = "b@example.com"
review_by = "%b"
[[agent]]
name = "C"
address = "c@example.com"
review_by = "%c"
`
	for name, c := range map[string]struct{ a, b, c, want string }{
		"nobody":         {"", "", "", ""},
		"one after one":  {"b@example.com", "c@example.com", "", ""},
		"two by one":     {"C@example.com", "c@example.com", "", ""},
		"oneself":        {"a@example.com", "", "", "agent[0].review_by: is the person's own address"},
		"a stranger":     {"z@example.com", "", "", "agent[0].review_by:"},
		"each other":     {"b@example.com", "a@example.com", "", "agent[0].review_by: goes around in a ring"},
		"a ring of all":  {"b@example.com", "c@example.com", "a@example.com", "agent[2].review_by: goes around in a ring"},
		"before a ring":  {"b@example.com", "c@example.com", "b@example.com", "agent[1].review_by: goes around in a ring"},
		"no ring, twice": {"c@example.com", "a@example.com", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("%a", c.a, "%b", c.b, "%c", c.c).Replace(agents)
			_, err := Parse("m.toml", []byte(text), nil)
			said := ""
			if err != nil {
				for l := range strings.Lines(err.Error()) {
					if strings.Contains(l, "review_by") {
						said += l
					}
				}
			}
			if c.want == "" && said != "" || !strings.Contains(said, c.want) {
				t.Errorf("said %q, want %q", said, c.want)
			}
		})
	}
}
