package mailgw

import (
	"testing"

	"supportgw/mailgw/config"
	"supportgw/mailgw/wording"
)

// Who writes in a language that we do not speak is answered in the desk's.
func TestSpokenLanguage(t *testing.T) {
	s := &settings{Config: &config.Config{Words: wording.Builtin()}}
	desk := &config.Desk{Language: "de"}
	for lang, want := range map[string]string{"": "de", "fr": "fr", "de-CH": "de-CH", "es": "es", "pl": "pl", "ca": "de", "gl": "de", "en": "en", "ja": "de", "nonsense": "de"} {
		if got := s.spoken(lang, desk); got != want {
			t.Errorf("%q: %q, want %q", lang, got, want)
		}
	}
}
