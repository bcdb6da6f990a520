package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"supportgw/mailgw"
)

// demoLine is what "demo --json" prints for each thing that happens.
type demoLine struct {
	At   time.Time        `json:"at"`   // by the gateway's clock
	What string           `json:"what"` // scene, said, wrote, left, checked, time or figures
	Text string           `json:"text"` // what is told of it
	Mail *mailgw.DemoMail `json:"mail"` // of left: as it was read from sent/
}

// screen shows the story: on a terminal with colours and a clock that runs, else
// as plain lines, or as JSON.
type screen struct {
	to      io.Writer
	json    bool
	colours bool
	live    bool // a line can be written over
	err     error
}

// screen looks where the answers go.
func (a *app) screen() *screen {
	s := &screen{to: a.stdout, json: a.json}
	f, ok := a.stdout.(*os.File)
	if !ok || s.json {
		return s
	}
	if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" {
		s.live = true
		s.colours = os.Getenv("NO_COLOR") == ""
	}
	return s
}

// The colours of the story: SGR parameters.
const (
	bold   = "1"
	dim    = "2"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func (s *screen) paint(colour, text string) string {
	if !s.colours || colour == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// write keeps the first error: nobody is told a story whose end got lost.
func (s *screen) write(text string) {
	if s.err == nil {
		_, s.err = io.WriteString(s.to, text)
	}
}

// show prints one thing: as JSON, or as the text that is made of it.
func (s *screen) show(l demoLine, text string) {
	if !s.json {
		s.write(text)
		return
	}
	j, err := json.Marshal(l)
	if err != nil && s.err == nil {
		s.err = err
	}
	s.write(string(j) + "\n")
}

// scene begins a part of the story.
func (s *screen) scene(at time.Time, title string) {
	s.show(demoLine{At: at, What: "scene", Text: title}, "\n"+s.paint(bold, at.Format("Monday 15:04")+"  "+title)+"\n")
}

// storyWidth is the longest line of the story, in columns.
const storyWidth = 84

// say tells something in the storyteller's words.
func (s *screen) say(at time.Time, text string) {
	s.show(demoLine{At: at, What: "said", Text: text}, wrap(text, storyWidth, "")+"\n")
}

// line tells something that stands on one line, cut if it must be.
func (s *screen) line(at time.Time, text string) {
	lead := quoteMarks(text)
	s.show(demoLine{At: at, What: "said", Text: strings.TrimSpace(text)}, lead+clip(text[len(lead):], storyWidth-len(lead))+"\n")
}

// checked tells what was asked of the gateway and found to be so.
func (s *screen) checked(at time.Time, text string) {
	s.show(demoLine{At: at, What: "checked", Text: text}, s.paint(green, "ok  "+wrap(text, storyWidth-4, "    "))+"\n")
}

// mail shows the fields of a mail that matter, and its words, of which at most so
// many lines.
func (s *screen) mail(l demoLine, colour string, fields []string, words string, most int) {
	var b strings.Builder
	for _, f := range fields {
		b.WriteString("    " + s.paint(colour, "| ") + s.paint(dim, clip(f, storyWidth)) + "\n")
	}
	if len(fields) > 0 {
		b.WriteString("    " + s.paint(colour, "|") + "\n")
	}
	for _, line := range cut(strings.Split(strings.TrimRight(words, "\n"), "\n"), most) {
		words := strings.Split(safe(line), " ")
		for i, w := range words {
			if strings.HasPrefix(w, "mailto:") { // as long as it is, nobody reads it
				words[i] = clip(w, storyWidth-6)
			}
		}
		for part := range strings.SplitSeq(wrap(strings.Join(words, " "), storyWidth-6, quoteMarks(line)), "\n") {
			b.WriteString("    " + strings.TrimRight(s.paint(colour, "| ")+part, " ") + "\n")
		}
	}
	s.show(l, b.String())
}

// How many lines of a mail are shown: all of most of them; of a kind that was
// shown before the beginning.
const (
	wholeMail = 24
	briefMail = 12
)

// cut leaves the first lines, and says how many more there are.
func cut(lines []string, most int) []string {
	if len(lines) <= most {
		return lines
	}
	kept := lines[: most-1 : most-1]
	for len(kept) > 0 && strings.TrimSpace(kept[len(kept)-1]) == "" {
		kept = kept[:len(kept)-1]
	}
	return append(kept, fmt.Sprintf("[… %s more]", count(len(lines)-len(kept), "line")))
}

// quoteMarks are what a quoted line begins with.
func quoteMarks(line string) string {
	return line[:len(line)-len(strings.TrimLeft(line, "> "))]
}

// clock shows the gateway's time while it is hurried: in one line that is written
// over, and where that cannot be, in none.
func (s *screen) clock(now time.Time, more string) {
	if s.live {
		s.write("\r\x1b[K" + s.paint(yellow, "    "+now.Format("Mon 2 Jan 15:04")+"  "+more))
	}
}

// passed ends the line of clock.
func (s *screen) passed(now time.Time, text string) {
	if s.live {
		s.write("\r\x1b[K")
	}
	s.show(demoLine{At: now, What: "time", Text: text}, s.paint(yellow, "    … "+now.Format("Monday 2 January 15:04")+": "+text)+"\n")
}

// wrap breaks a text into lines of at most width columns where it has blanks; the
// second and further ones begin with indent.
func wrap(text string, width int, indent string) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(text) {
		w := columns(word)
		switch {
		case i == 0:
			lead := text[:len(text)-len(strings.TrimLeft(text, " "))]
			b.WriteString(lead)
			at = columns(lead)
		case at+1+w > width:
			b.WriteString("\n" + indent)
			at = 0
		default:
			b.WriteString(" ")
			at++
		}
		b.WriteString(word)
		at += w
	}
	return b.String()
}
