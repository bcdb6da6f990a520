package agent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// brief writes a Reply in one line: commands, unknown ones, misplaced lines, words.
func brief(r Reply) string {
	var parts []string
	for _, c := range r.Commands {
		parts = append(parts, strings.TrimSpace(c.Name+" "+c.Arg))
	}
	for _, c := range r.Unknown {
		parts = append(parts, strings.TrimSpace("?"+c.Name+" "+c.Arg)+"~"+c.Meant)
	}
	for _, m := range r.Misplaced {
		parts = append(parts, "!"+m)
	}
	return strings.Join(parts, "; ") + " = " + r.Words
}

func TestRead(t *testing.T) {
	tests := []struct{ name, words, want string }{
		{"no command", "Hello Maria,\n\nplease restart.", " = Hello Maria,\n\nplease restart."},
		{"one", "#close\nDone.", "close = Done."},
		{"only a command", "#solve", "solve = "},
		{"several lines", "#close\n#assign ben\nDone.", "close; assign ben = Done."},
		{"empty lines between", "\n\n#note\n\n#assign ben\n\nCall him.", "note; assign ben = Call him."},
		{"two on a line", "#close #assign ben\nDone.", "close; assign ben = Done."},
		{"three on a line, with commas", "#note, #close, #assign ben.\nx", "note; close; assign ben = x"},
		{"case", "#Close\n#ASSIGN Ben Ortiz\nx", "close; assign Ben Ortiz = x"},
		{"period", "#close.\nx", "close = x"},
		{"colon", "#assign: ben\nx", "assign ben = x"},
		{"trailing spaces", "#close   \t\nx", "close = x"},
		{"indented", "   \t#close\nx", "close = x"},
		{"no-break space before and in", "\u00a0#assign\u00a0ben\u00a0\nx", "assign ben = x"},
		{"zero width", "\ufeff#\u200bclose\u200b\nx", "close = x"},
		{"direction marks", "\u200e#note\u200f\nx", "note = x"},
		{"full width sign", "＃note\nx", "note = x"},
		{"full width word", "＃ｃｌｏｓｅ\nx", "close = x"},
		{"small sign", "﹟close\nx", "close = x"},
		{"bold", "*#close*\nx", "close = x"},
		{"escaped", "\\#close\nx", "close = x"},
		{"blank line of invisible characters", "#close\n\u200b\u00a0\n#note\nx", "close; note = x"},
		{"CRLF", "#close\r\n#note\r\nx\r\ny", "close; note = x\ny"},
		{"line separator", "#close\u2028#note\u2029x", "close; note = x"},
		{"words on the line of a note", "#note He called, see #friday and #42.\nMore.", "note He called, see #friday and #42. = More."},
		{"a known command behind the words of a note", "#note he says it works #close\n", "note he says it works; close = "},
		{"unknown", "#frobnicate now\nx", "?frobnicate now~ = x"},
		{"slip", "#closee\n#asign ben\nx", "?closee~close; ?asign ben~assign = x"},
		{"unknown behind known", "#close #asign ben\nx", "close; ?asign ben~assign = x"},
		{"another word", "#intern\nHe is angry.", "?intern~note = He is angry."},
		{"another word, German", "#schließen\nx", "?schließen~close = x"},
		{"run together", "#notehe is angry\nx", "?notehe is angry~note = x"},
		{"dash glued on", "#close—thanks\nx", "close —thanks = x"},
		{"a number", "#1 is fixed\n#close", "close = #1 is fixed"},
		{"a heading", "# heading\ntext", " = # heading\ntext"},
		{"a sign", "#\ntext", " = #\ntext"},
		{"later, alone", "Hello\n#close\nBye", "!#close = Hello\nBye"},
		{"later, with words", "Hello\n#note he is angry\nBye", "!#note he is angry = Hello\nBye"},
		{"later, unknown", "Hello\n#friday is fine", " = Hello\n#friday is fine"},
		{"later, inside of a line", "Write #close into the form", " = Write #close into the form"},
		{"later, in a list", "Hello\n- #close\nBye", "!- #close = Hello\nBye"},
		{"later, quoted", "Hello\n> #note\n", "!> #note = Hello"},
		{"a phone's space", "# note\nHe is angry.", "note = He is angry."},
		{"a phone's space, with a name", "# Assign ben.\nx", "assign ben = x"},
		{"a phone's space, later", "Hello\n# note\nHe is angry.", "!# note = Hello\nHe is angry."},
		{"a heading that is a command's name", "# Update\nx\n# Solution\ny", " = # Update\nx\n# Solution\ny"},
		{"other words for note, later", "Hello\n#intern: he is angry\nBye", "!#intern: he is angry = Hello\nBye"},
		{"a heading with a command's word", "Hello\n# Note on the update\nx", " = Hello\n# Note on the update\nx"},
		{"the same as first words", "# Note on the update\nx", "!# Note on the update = # Note on the update\nx"},
		{"a line behind the sign", "#\nnote he is angry", "!# = #\nnote he is angry"},
		{"the keycap", "#\ufe0f\u20e3note\nx", "note = x"},
		{"the musical sharp", "♯note\nx", "note = x"},
		{"a broken word", "#no\nte he is angry", "?no~note = te he is angry"},
		{"note behind a greeting", "Hello, #note he is angry", "!Hello, #note he is angry = Hello, #note he is angry"},
		{"note in brackets", "Hello\n[#note] he is angry", "![#note] he is angry = Hello\n[#note] he is angry"},
		{"only at the end", "x\nfor Mia (#only)", "!for Mia (#only) = x\nfor Mia (#only)"},
		{"note in a link", "See https://example.com/a#note and https://example.com/#note", " = See https://example.com/a#note and https://example.com/#note"},
		{"a longer word", "See #notes and #onlyone", " = See #notes and #onlyone"},
		{"two commands in a sentence", "Type #close or #solve into it.", " = Type #close or #solve into it."},
		{"what is left of a notice", "Yes.\nMR> first lines: “#note”, “#close”,\nMR> “#only”", "!MR> “#only” = Yes.\nMR> first lines: “#note”, “#close”,\nMR> “#only”"},
		{"nothing", "", " = "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, brief(Read(tt.words, Names{}))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadKeepsTheLine(t *testing.T) {
	r := Read("  #Close #Asign ben. \nx", Names{})
	if r.Commands[0].Line != "#Close #Asign ben." || r.Unknown[0].Line != "#Close #Asign ben." {
		t.Errorf("%+v", r)
	}
}

func TestFurtherNames(t *testing.T) {
	names := Names{Commands: []string{"merge"}}
	if got := brief(Read("#merge 12\n#mrege 13\nx\n#merge 14\ny", names)); got != "merge 12; ?mrege 13~merge; !#merge 14 = x\ny" {
		t.Error(got)
	}
}

func TestReplyMethods(t *testing.T) {
	tests := []struct {
		words    string
		doubtful bool
		note     string
	}{
		{"#close\nDone.", false, "Done."},
		{"#note he called\n\nAt 9.", false, "he called\n\nAt 9."},
		{"He called.\n#note", false, "He called."},
		{"He called.\n#note at 9", true, "He called."},
		{"He called.\n#intern at 9 in the morning", true, "He called."},
		{"#note", false, ""},
		{"#nota\nHe is angry.", true, "He is angry."},
		{"#onyl\nx", true, "x"},
		{"#asign ben\nx", false, "x"},
		{"Hello\n#note\nHe is angry.", true, "Hello\nHe is angry."},
	}
	for _, tt := range tests {
		r := Read(tt.words, Names{})
		if r.Doubtful() != tt.doubtful || r.NoteText() != tt.note {
			t.Errorf("%q: doubtful %v, note %q", tt.words, r.Doubtful(), r.NoteText())
		}
	}
	r := Read("#assign ben\n#assign anna", Names{})
	if c, ok := r.Has(Assign); !ok || c.Arg != "ben" {
		t.Errorf("Has: %v %v", c, ok)
	}
	if _, ok := r.Has(Close); ok {
		t.Error("has a command that is not there")
	}
}
