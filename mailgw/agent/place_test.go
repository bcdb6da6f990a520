package agent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadLastLines(t *testing.T) {
	const block = "Anna Keller\nSupport Engineer\n+41 44 555 01 00"
	tests := []struct{ name, words, want string }{
		{"one", "Done.\n\n#close", "close = Done."},
		{"right below", "Done.\n#close", "close = Done."},
		{"several", "Done.\n#close\n\n#assign ben\n", "close; assign ben = Done."},
		{"first and last", "#assign ben\nDone.\n#close", "assign ben; close = Done."},
		{"two on a line", "Done.\n#close #assign ben", "close; assign ben = Done."},
		{"whatever the client does", "Done.\n\u00a0*＃Close.*\u200b\n\u2029", "close = Done."},
		{"a list", "Done.\n- #close\n• #assign ben", "close; assign ben = Done."},
		{"a phone's space", "Done.\n# close", "close = Done."},
		{"note", "He is angry.\n#note", "note = He is angry."},
		{"note with words: an answer and a note, or one note?", "Call me.\n#note he is angry", "!#note he is angry = Call me."},
		{"only", "Done.\n#only", "only = Done."},
		{"a sentence behind a command that takes nothing", "Turn the key\n#close to the door.", "!#close to the door. = Turn the key"},
		{"the same above another", "Turn the key\n#close to the door.\n#solve", "solve; !#close to the door. = Turn the key"},
		{"solution takes words", "Done.\n#solution turn it off, and on (#5).", "solution turn it off, and on (#5). = Done."},
		{"unknown, alone", "Done.\n#frobnicate", "?frobnicate~ = Done."},
		{"unknown, near a known one", "Done.\n#asign ben", "?asign ben~assign = Done."},
		{"unknown, of words", "See you\n#friday is fine", " = See you\n#friday is fine"},
		{"near, but a sentence", "Look at\n#desktop is full of icons now", " = Look at\n#desktop is full of icons now"},
		{"near note, and a sentence", "Look at\n#intern is full of icons now", "?intern is full of icons now~note = Look at"},
		{"above the signature", "Done.\n\n#close\n\n" + block, "close = Done.\n\n\n" + block},
		{"above farewell and signature", "Done.\n\n#close\n\nBest regards,\n" + block, "close = Done.\n\n\nBest regards,\n" + block},
		{"above a line with the name and more", "Done.\n#close\nAnna Keller | Example AG", "close = Done.\nAnna Keller | Example AG"},
		{"below the signature", "Done.\n\n" + block + "\n\n#close", "close = Done.\n\n" + block},
		{"above and below it", "Done.\n#close\n" + block + "\n#assign ben", "close; assign ben = Done.\n" + block},
		{"above the phone's line", "Done.\n#close\nSent from my iPhone", "close = Done.\nSent from my iPhone"},
		{"above signature and phone's line", "Done.\n#close\n" + block + "\nGet Outlook for iOS", "close = Done.\n" + block + "\nGet Outlook for iOS"},
		{"above somebody else's name", "Done.\n#close\nBen Ortiz\nSupport", "!#close = Done.\nBen Ortiz\nSupport"},
		{"above a farewell without a name", "Done.\n#close\nBest regards", "!#close = Done.\nBest regards"},
		{"above a longer name", "Done.\n#close\nAnna Kellermann", "!#close = Done.\nAnna Kellermann"},
		{"above what is too long for a signature", "Done.\n#close\nAnna Keller" + strings.Repeat("\nline", 8), "!#close = Done.\nAnna Keller" + strings.Repeat("\nline", 8)},
		{"among the words", "Hello\n#close\nBye\n#assign ben", "assign ben; !#close = Hello\nBye"},
		{"a notice that lists its commands", "Yes.\n“#note” stays here\n#close\n#assign NAME", "close; assign NAME; !“#note” stays here = Yes.\n“#note” stays here"},
		{"a longer list", "Yes.\n#take\n#solve\n#close\n#tag x\n#wait 3d\n#undo", "take; solve; close; tag x; wait 3d; undo; !#undo = Yes."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, brief(Read(tt.words, Names{Agent: "Anna Keller"}))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What stands below the words says so: "#note" there came after they were written.
func TestLastIsTold(t *testing.T) {
	r := Read("#close #asign ben\nx\n#tag a\n#asign mia", Names{})
	got := []bool{r.Commands[0].Last, r.Unknown[0].Last, r.Commands[1].Last, r.Unknown[1].Last}
	if diff := cmp.Diff([]bool{false, false, true, true}, got); diff != "" {
		t.Error(diff)
	}
}

func TestArguments(t *testing.T) {
	for line, want := range map[string]string{
		"#tag a, b -c":                        "tag a, b -c",
		"#tag -c":                             "tag -c",
		"#cc mia@acme.example, <x@a.example>": "cc mia@acme.example, <x@a.example>",
		"#cc mia@acme.example<mailto:mia@acme.example>, x@a.example": "cc mia@acme.example, x@a.example",
		"#cc mia@acme.example [mailto:mia@acme.example]":             "cc mia@acme.example",
		"#use restart name=Mia colour=#red":                          "use restart name=Mia colour=#red",
		"#use 1042.":                                                 "use 1042",
		"#wait until mon":                                            "wait until mon",
		"#wait 3 d":                                                  "wait 3 d",
		"#merge #1042":                                               "merge #1042",
		"#merge #1042 #close":                                        "merge #1042; close",
		"#desk billing #priority urgent #tag":                        "desk billing; priority urgent; tag",
		"#call by fri 12:00":                                         "call by fri 12:00",
		"#customer Acme Instruments AG":                              "customer Acme Instruments AG",
	} {
		if got := brief(Read(line, Names{})); got != want+" = " {
			t.Errorf("%s: got %q", line, got)
		}
		if got := brief(Read("Done.\n"+line, Names{})); got != want+" = Done." {
			t.Errorf("below words, %s: got %q", line, got)
		}
	}
}

// Commands that a client broke over lines are whole again: none of them goes out.
func TestBrokenLines(t *testing.T) {
	tests := []struct{ name, lines, want string }{
		{"addresses", "#cc mia.rossi@acme.example, ben.ortiz@acme.example,\nx@acme.example", "cc mia.rossi@acme.example, ben.ortiz@acme.example, x@acme.example"},
		{"addresses, broken before a long one", "#cc maria.rossi@acme.example benjamin.ortiz@acme.example\nthe.third.of.them@acme.example", "cc maria.rossi@acme.example benjamin.ortiz@acme.example the.third.of.them@acme.example"},
		{"tags", "#tag one,\ntwo,\nthree", "tag one, two, three"},
		{"placeholders", "#use restart name=Mia\ntime=12:00\nday=Monday #close", "use restart name=Mia time=12:00 day=Monday; close"},
		{"a solution", "#solution the fan of the second controller was full of dust; it then\nneeded to be cleaned", "solution the fan of the second controller was full of dust; it then needed to be cleaned"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := brief(Read(tt.lines+"\nDone.", Names{})); got != tt.want+" = Done." {
				t.Errorf("above: %q", got)
			}
			if got := brief(Read("Done.\n"+tt.lines, Names{})); got != tt.want+" = Done." {
				t.Errorf("below: %q", got)
			}
		})
	}
	for _, words := range []string{"#cc mia@acme.example\nHello Mia", "#tag one\ntwo", "#solution short\nHello Mia", "#close\nx=1", "#use a\nHello Mia"} {
		command, rest, _ := strings.Cut(words, "\n")
		if got := brief(Read(words, Names{})); got != command[1:]+" = "+rest {
			t.Errorf("%q: %q", words, got)
		}
	}
}

func TestAsks(t *testing.T) {
	tests := []struct {
		words string
		asks  bool
		want  string
	}{
		{"?", true, " = "},
		{"??", true, " = "},
		{"\n\u00a0？\u200b\n", true, " = "},
		{"¿?", true, " = "},
		{"#?", true, " = "},
		{"*?*", true, " = "},
		{"Why?", true, " = "},
		{"WHY ?!", true, " = "},
		{"#why", true, " = "},
		{"#Warum?", true, " = "},
		{"pourquoi ?", true, " = "},
		{"¿Por qué?", true, " = "},
		{"Perché?", true, " = "},
		{"Waarom?", true, " = "},
		{"Dlaczego?", true, " = "},
		{"Porquê?", true, " = "},
		{"?\n\nBest regards\nAnna Keller\nExample AG", true, " = "},
		{"?\n\nSent from my iPhone", true, " = "},
		{"#take\n?", true, "take = "},
		{"?\n#take", true, "take = "},
		{"#why\n#take", true, "take = "},
		{"Why", false, " = Why"},
		{"Why is it so?", false, " = Why is it so?"},
		{"Why?\nIt is new.", false, " = Why?\nIt is new."},
		{"?\nBen Ortiz", false, " = ?\nBen Ortiz"},
		{"#why\nHello", false, "?why~? = Hello"},
		{"#why is it so", false, "?why is it so~ = "},
		{"#", false, " = #"},
		{"#close", false, "close = "},
		{"Hello\n#note\n?", false, "!#note = Hello\n?"},
		{"", false, " = "},
	}
	for _, tt := range tests {
		r := Read(tt.words, Names{Agent: "Anna Keller"})
		if r.Asks != tt.asks || brief(r) != tt.want {
			t.Errorf("%q: asks %v, %q", tt.words, r.Asks, brief(r))
		}
	}
}

// Whatever comes: no line with a command is left in the words, they are read as
// themselves again, and nothing is added to them.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"#close\nDone.\n#note", "Hello\n#friday\n- #close\n#x y z w", "x\n#frobnicate\n#close to the door", "?\n#why", "#a\u200b\n \n＃note\n#\nnote",
		"x\n#close\nAnna Keller\n#tag a\nSent from my iPhone\n", "Anna Keller\n#only", "x\n# note\n#b\n> #note", "#take #merge #1042 # close\n*- #undo*", "x\n#solution #close\n#no\nte",
		"x\n\n\n\n#intern\n\n\ny\n#a", "x\r#close\v#take\u2028y",
	} {
		f.Add(s)
	}
	names := Names{Agent: "Anna Keller", Commands: []string{"sound"}}
	f.Fuzz(func(t *testing.T, words string) {
		r := Read(words, names)
		for line := range strings.SplitSeq(r.Words, "\n") {
			if misplaced(fold(line), names) {
				t.Errorf("%q: a command is left: %q", words, line)
			}
		}
		rest := strings.Join(splitLines(words), "\n")
		for line := range strings.SplitSeq(r.Words, "\n") {
			_, below, ok := strings.Cut(rest, line)
			if !ok {
				t.Fatalf("%q: %q was never written", words, line)
			}
			rest = below
		}
		if r.Asks && r.Words != "" {
			t.Errorf("%q: asks, and has words", words)
		}
		again := Read(r.Words, names)
		if r.Doubtful() { // nothing leaves, and a line may be the last now
			return
		}
		if again.Words != r.Words || len(again.Commands)+len(again.Unknown)+len(again.Misplaced) > 0 {
			t.Errorf("%q: the words are %q, and read again %s", words, r.Words, brief(again))
		}
	})
}
