package gist

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

var start = time.Date(2026, 7, 13, 8, 0, 0, 0, time.UTC)

const (
	mia  = "Mia Meier <mia@acme.example>"
	anna = "Anna Keller <support@example.com>"
)

// in, out and note are entries, an hour apart.
func in(seq uint32, words string, files ...ticket.Attachment) ticket.Entry {
	return ticket.Entry{Seq: seq, Kind: ticket.MailIn, From: mia, At: hour(seq), Excerpt: words, Outcome: ticket.OutcomeAppended, Attachments: files}
}

func out(seq uint32, words string) ticket.Entry {
	return ticket.Entry{Seq: seq, Kind: ticket.MailOut, From: anna, At: hour(seq), Text: words, ByAgent: "anna@example.com"}
}

func note(seq uint32, words string) ticket.Entry {
	return ticket.Entry{Seq: seq, Kind: ticket.Note, From: anna, At: hour(seq), Text: words, Excerpt: "#note " + words, ByAgent: "anna@example.com"}
}

func hour(seq uint32) time.Time { return start.Add(time.Duration(seq) * time.Hour) }

// story is one of a ticket that Mia opened.
func story(before ...ticket.Entry) *Story {
	return &Story{
		Ticket: &ticket.Ticket{Number: 12, Requester: mia, Address: "mia@acme.example", Subject: "Export", CreatedAt: hour(1)},
		Before: before, At: hour(100), Zone: time.UTC, Reply: true,
	}
}

func shown(lines []wording.MatterLine) (out []string) {
	for _, l := range lines {
		out = append(out, strings.TrimSuffix(l.Is+": "+l.Text+", "+l.State, ", "))
	}
	return out
}

func TestKnown(t *testing.T) {
	log, logo := ticket.Attachment{Name: "export.log", Type: "text/plain", Size: 100, SHA256: "a"}, ticket.Attachment{Name: "image001.png", Type: "image/png", Size: 900}
	for name, c := range map[string]struct {
		story *Story
		set   func(*Story)
		want  []string
	}{
		"a new ticket":                   {story: story()},
		"what it was about first":        {story: story(in(1, "It\nhangs. Since Monday."), out(2, "We look at it.")), want: []string{"first: 2026-07-13 Mia Meier: It hangs. Since Monday."}},
		"the first mail is too long ago": {story: story(out(900, "We look at it.")), want: []string{"first: 2026-07-13 Mia Meier: Export"}},
		"asked and answered, in order": {
			story: story(in(1, "It hangs."), out(2, "Hello Mia,\n\nWhich version is it? Since when?\n\nAnna"), in(3, "Version 4.2, since May."), out(4, "Does it help to log out?")),
			want: []string{
				"first: 2026-07-13 Mia Meier: It hangs.", "asked: Anna Keller: “Which version is it?” → “Version 4.2, since May.”",
				"asked: Anna Keller: “Since when?” → “Version 4.2, since May.”", "asked: Anna Keller: “Does it help to log out?”",
			},
		},
		"asked, and the mail is no answer": {
			story: story(in(1, "It hangs."), out(2, "Which version is it?")), set: func(s *Story) { s.Reply = false },
			want: []string{"first: 2026-07-13 Mia Meier: It hangs.", "open: Anna Keller: “Which version is it?”"},
		},
		"the mail stands among the rest": {
			story: story(in(1, "It hangs. We tried all.", log), out(2, "Which version is it?"), in(3, "Version 4.2"), out(4, "Since when?")),
			set:   func(s *Story) { s.Reply, s.Mail = false, 3; s.Before[2].ID = 3 },
			want: []string{
				"first: 2026-07-13 Mia Meier: It hangs. We tried all.", "asked: Anna Keller: “Which version is it?”", "open: Anna Keller: “Since when?”", "done: “We tried all.”", "sent: export.log",
			},
		},
		"the mail is the first of all": {
			story: story(in(1, "It hangs. We tried all.", log), out(2, "Which version is it?")),
			set:   func(s *Story) { s.Reply, s.Mail = false, 1; s.Before[0].ID = 1 },
			want:  []string{"open: Anna Keller: “Which version is it?”"},
		},
		"a machine asks nothing": {
			story: story(in(1, "It hangs."), ticket.Entry{Seq: 2, Kind: ticket.MailOut, From: anna, Text: "How many are affected?"}),
			want:  []string{"first: 2026-07-13 Mia Meier: It hangs."},
		},
		"done already": {
			story: story(in(1, "It hangs. We have already restarted it. Is that bad?"), in(2, "Wir haben schon alles probiert.")),
			want:  []string{"first: 2026-07-13 Mia Meier: It hangs. We have already restarted it. Is that bad?", "done: “We have already restarted it.”"},
		},
		"a question is nothing done": {
			story: story(in(1, "It hangs. Have you already looked?")), want: []string{"first: 2026-07-13 Mia Meier: It hangs. Have you already looked?"},
		},
		"files, without those of this mail and of signatures": {
			story: story(in(1, "It hangs.", log, logo), in(2, "See.", ticket.Attachment{Name: "b.pdf"}, ticket.Attachment{Name: "copy.log", SHA256: "c"})),
			set:   func(s *Story) { s.Files = []ticket.Attachment{{Name: "other.log", SHA256: "c"}} },
			want:  []string{"first: 2026-07-13 Mia Meier: It hangs.", "sent: export.log, b.pdf"},
		},
		"the last time told that is over": {
			story: story(in(1, "It hangs.")),
			set: func(s *Story) {
				s.Ticket.PromiseID = 4
				s.Promises = []promise.Promise{
					{ID: 1, Told: true, State: promise.Kept, DueAt: hour(3)}, {ID: 2, Told: true, State: promise.Broken, DueAt: hour(5)},
					{ID: 3, State: promise.Kept, DueAt: hour(6)}, {ID: 4, Told: true, State: promise.Kept, DueAt: hour(7)},
				}
			},
			want: []string{"first: 2026-07-13 Mia Meier: It hangs.", "told: 2026-07-13 13:00, broken"},
		},
		"workaround, solution, who has had it": {
			story: story(in(1, "It hangs.")),
			set: func(s *Story) {
				s.Ticket.Workaround, s.Ticket.Solution = "Use the menu.", "Version 4.3."
				for i, what := range []string{"created", "assigned to anna@example.com", "assigned to nobody", "assigned to ben@example.com", "assigned to anna@example.com"} {
					s.Events = append(s.Events, ticket.Event{What: what, At: hour(uint32(i))})
				}
				s.Events = append(s.Events, ticket.Event{What: "assigned to late@example.com", At: hour(101)})
			},
			want: []string{"first: 2026-07-13 Mia Meier: It hangs.", "solution: Version 4.3.", "workaround: Use the menu.", "had: anna@example.com, ben@example.com"},
		},
		"who has it, without events": {
			story: story(in(1, "It hangs.")), set: func(s *Story) { s.Ticket.Assignee = "ben@example.com" }, want: []string{"first: 2026-07-13 Mia Meier: It hangs.", "had: ben@example.com"},
		},
		"notes are counted": {
			story: story(in(1, "It hangs."), note(2, "They have not paid?"), ticket.Entry{Seq: 3, Kind: ticket.Note, From: "mailgw", Text: "not delivered"}),
			want:  []string{"first: 2026-07-13 Mia Meier: It hangs.", "notes: 1"},
		},
		"a note may tell notes": {
			story: story(in(1, "It hangs."), note(2, "They have not paid?")), set: func(s *Story) { s.Private = true },
			want: []string{"first: 2026-07-13 Mia Meier: It hangs."},
		},
		"what the new words say": {
			story: story(in(1, "It hangs.")), set: func(s *Story) { s.Words, s.Ticket.Workaround = "I tried: use the\nmenu. No.", "Use the menu." },
			want: []string{"first: 2026-07-13 Mia Meier: It hangs."},
		},
		"what was erased": {story: story(ticket.Entry{Seq: 1, Kind: ticket.MailIn, From: mia, Excerpt: "secret", Outcome: ticket.OutcomeNew, ErasedAt: start}), want: []string{"first: 2026-07-13 Mia Meier: Export"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.set != nil {
				c.set(c.story)
			}
			if diff := cmp.Diff(c.want, shown(c.story.Known())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What was said last stands there, but no note of the house, and nothing that an agent's
// mail says which did not leave the house.
func TestRecent(t *testing.T) {
	kept := ticket.Entry{Seq: 4, Kind: ticket.MailIn, From: "Anna Keller <anna@example.com>", At: hour(4), Excerpt: "#nota they are broke", ByAgent: "anna@example.com", Outcome: ticket.OutcomeAppended}
	copied := kept
	copied.Seq, copied.To, copied.Excerpt = 5, []string{mia}, "I sent you a link."
	bounce := in(6, "Delivery has failed")
	bounce.Outcome = ticket.OutcomeBounce
	s := story(in(1, "It hangs."), out(2, "Which version?"), note(3, "They have not paid."), kept, copied, bounce, in(7, ""), in(8, "Version 4.2"))
	want := []string{"2026-07-13 10:00 Anna Keller: Which version?", "2026-07-13 12:00 Anna Keller: I sent you a link.", "2026-07-13 16:00 Mia Meier: Version 4.2"}
	if diff := cmp.Diff(want, s.Recent(2)); diff != "" {
		t.Error(diff)
	}
	if got := s.Recent(8); len(got) != 2 || got[1] != want[2] {
		t.Errorf("with room for two: %q", got)
	}
	s.Private = true
	if got := strings.Join(s.Recent(0), "\n"); !strings.Contains(got, "They have not paid.") || strings.Contains(got, "broke") {
		t.Errorf("of a note: %s", got)
	}
}

func TestSentences(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                    nil,
		"One. Two? Three":                     {"One.", "Two?", "Three"},
		"- version 4.2 is bad\n• e.g. here":   {"version 4.2 is bad", "e.g.", "here"},
		"何ですか？はい。":                            {"何ですか？", "はい。"},
		"What?! Really":                       {"What?!", "Really"},
		"See https://example.com/?a=1 please": {"See https://example.com/?a=1 please"},
	} {
		if diff := cmp.Diff(want, sentences(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// FuzzSentences: nothing but white space and marks of lists is lost.
func FuzzSentences(f *testing.F) {
	f.Add("One. Two? Three\n- four… five！六")
	f.Add("?.?.\xff ? ")
	f.Fuzz(func(t *testing.T, text string) {
		for _, s := range sentences(text) {
			if s == "" || !strings.Contains(flat(text), s) {
				t.Errorf("%q of %q", s, text)
			}
		}
		if short := cut(text, 10); utf8.ValidString(text) && utf8.RuneCountInString(short) > 10 {
			t.Errorf("%q is too long", short)
		}
	})
}

// Whatever the story: the lines are bounded, and no word of a note stands in a mail that
// is none.
func TestAnyStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := story()
		words := rapid.SampledFrom([]string{"Which one?", "We tried. It is " + strings.Repeat("very ", 40) + "slow?", "", "Ja.\n\nWir haben schon alles versucht."})
		for seq := range uint32(rapid.IntRange(0, 30).Draw(t, "entries")) {
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				s.Before = append(s.Before, in(seq+1, words.Draw(t, "words"), ticket.Attachment{Name: strings.Repeat("f", int(seq))}))
			case 1:
				s.Before = append(s.Before, out(seq+1, words.Draw(t, "words")))
			default:
				s.Before = append(s.Before, note(seq+1, "SECRET already? "+words.Draw(t, "words")))
			}
		}
		known := s.Known()
		recent := s.Recent(len(known))
		if len(known)+len(recent) > wording.MaxMatter {
			t.Fatalf("%d and %d lines", len(known), len(recent))
		}
		for _, line := range append(shown(known), recent...) {
			if utf8.RuneCountInString(line) > wording.MaxMatterLine+len("solution: ") || strings.Contains(line, "SECRET") || strings.Contains(line, "\n") {
				t.Fatalf("%q", line)
			}
		}
	})
}
