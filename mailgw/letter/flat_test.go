package letter

import "testing"

// TestFlatLower: small letters, single spaces, straight apostrophes.
func TestFlatLower(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		" \t\r\n ":                      "",
		"  Thank  YOU\n\n> all ":        "thank you > all",
		"Don’t\u00a0ÜBER\u3000Ж’":       "don't über ж'",
		"a\u0085b\u2028c":               "a b c",
		"\u00a0ΑΣ":                      "ασ",
		"bad \xff\xfe bytes":            "bad \ufffd\ufffd bytes",
		"ends in the middle \xe2\x80":   "ends in the middle \ufffd\ufffd",
		"x\x00y: no sign, so a space ":  "x y: no sign, so a space",
		"Vertraulich – ÄÖÜ, (Straße) 1": "vertraulich – äöü, (straße) 1",
	} {
		if got := flatLower(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
