package letter

import "testing"

func TestTopicOf(t *testing.T) {
	for subject, want := range map[string]string{
		"Re: AW: Printer is broken": "printer is broken",
		"転送：Printer  is broken":     "printer is broken",
		"प्रति: Printer":            "printer",
		"Printer: page 3":           "page 3", // both subjects lose the same
		"At 10:14: nothing":         "at 10:14: nothing",
		"Re:":                       "",
		"":                          "",
	} {
		if got := topicOf(subject); got != want {
			t.Errorf("%q: %q, want %q", subject, got, want)
		}
	}
}

func TestFormHead(t *testing.T) {
	const own = "Ekki enn.\n\n"
	for _, c := range []struct{ name, text, fresh string }{
		{"a language without a file", own + "Frá: Acme <a@acme.example>\nDags: 2. mars 2026 10:14\nTil: Ann\nEfni: RE: Printer\n\nold\n", "Ekki enn."},
		{"with a copy", own + "Frá: Acme <a@acme.example>\nDags: 2. mars 2026 10:14\nTil: Ann\nAfrit: Ben <b@acme.example>\nEfni: Printer\n\nold\n", "Ekki enn."},
		{"another subject", own + "Nafn: Acme <a@acme.example>\nDags: 2. mars 2026\nTil: Ann\nEfni: Scanner\n\nx", own + "Nafn: Acme <a@acme.example>\nDags: 2. mars 2026\nTil: Ann\nEfni: Scanner\n\nx"},
		{"no date", own + "Nafn: Acme <a@acme.example>\nStaður: Bern\nTil: Ann\nEfni: Printer", own + "Nafn: Acme <a@acme.example>\nStaður: Bern\nTil: Ann\nEfni: Printer"},
		{"no address", own + "Nafn: Acme\nDags: 2. mars 2026\nTil: Ann\nEfni: Printer", own + "Nafn: Acme\nDags: 2. mars 2026\nTil: Ann\nEfni: Printer"},
		{"a gap", own + "Nafn: Acme <a@acme.example>\nDags: 2. mars 2026\n\nTil: Ann\nEfni: Printer", own + "Nafn: Acme <a@acme.example>\nDags: 2. mars 2026\n\nTil: Ann\nEfni: Printer"},
	} {
		s := splitAbout(c.text, passesNone, topicOf("Re: Printer"))
		if got := joined(c.text, s.spans, SpanNew); got != c.fresh {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}
