package gist

import (
	"slices"
	"strings"
	"unicode"

	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
)

// The most characters of a question, and of what was answered.
const (
	mostQuestion = 56
	mostAnswer   = 34
)

// question is one that the desk asked, and what became of it.
type question struct{ is, text string }

// asked are the last questions of the desk to its customer, oldest first.
func (s *Story) asked() (list []question) {
	for i := len(s.Before) - 1; i >= 0 && len(list) < mostAsked; i-- {
		e := &s.Before[i]
		if e.Kind != ticket.MailOut || e.ByAgent == "" || !e.ErasedAt.IsZero() {
			continue
		}
		answer, answered := s.answerTo(i)
		for _, q := range slices.Backward(questions(e.Text)) {
			if len(list) == mostAsked {
				break
			}
			one := question{wording.MatterOpen, who(e) + ": “" + cut(q, mostQuestion) + "”"}
			if answered {
				one.is = wording.MatterAsked
			}
			if answer != "" {
				one.text += " → “" + cut(answer, mostAnswer) + "”"
			}
			list = append(list, one)
		}
	}
	slices.Reverse(list)
	return list
}

// answerTo is what the customer wrote next after an entry. Words that stand in the mail
// itself are not said again.
func (s *Story) answerTo(i int) (words string, answered bool) {
	for j := i + 1; j < len(s.Before); j++ {
		if e := &s.Before[j]; s.isMail(e) {
			return "", true
		} else if byCustomer(e) {
			return flat(e.Excerpt), true
		}
	}
	return "", s.Reply
}

// questions are the sentences of a text that ask something.
func questions(text string) (list []string) {
	for _, sentence := range sentences(text) {
		if strings.HasSuffix(sentence, "?") || strings.HasSuffix(sentence, "？") {
			list = append(list, sentence)
		}
	}
	return list
}

// done is the first sentence in which the customer says what they have done already.
func (s *Story) done() string {
	for i := range s.Before {
		e := &s.Before[i]
		if !byCustomer(e) || s.isMail(e) {
			continue
		}
		all := sentences(e.Excerpt)
		for n, sentence := range all {
			if e.Seq == 1 && n == 0 { // it stands in the first line
				continue
			}
			if !strings.HasSuffix(sentence, "?") && hasCue(sentence) {
				return "“" + sentence + "”"
			}
		}
	}
	return ""
}

// cues are words by which people say that they have done something already, with a
// space around each.
func cues() []string {
	return []string{
		" already ", " tried ", " bereits ", " schon ", " versucht ", " probiert ", " déjà ", " essayé ", " già ", " provato ",
		" ya hemos ", " ya he ", " probado ", " intentado ", " já ", " tentei ", " tentámos ", " geprobeerd ", " hebben al ", " heb al ", " już ", " próbowaliśmy ", " próbowałem ", " próbowałam ",
	}
}

func hasCue(sentence string) bool {
	plain := " " + strings.Join(strings.FieldsFunc(strings.ToLower(sentence), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
	return slices.ContainsFunc(cues(), func(cue string) bool { return strings.Contains(plain, cue) })
}

// sentences are the sentences of a text, each on one line.
func sentences(text string) (list []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-–•*>"))
		for line != "" {
			end := sentenceEnd(line)
			if one := flat(line[:end]); one != "" {
				list = append(list, one)
			}
			line = strings.TrimSpace(line[end:])
		}
	}
	return list
}

// sentenceEnd is where the first sentence of a line ends: behind a sign that is
// followed by a space.
func sentenceEnd(line string) int {
	for i, r := range line {
		next := i + len(string(r))
		switch r {
		case '？', '。', '！':
			return next
		case '.', '!', '?', '…':
			if next == len(line) || line[next] == ' ' {
				return next
			}
		}
	}
	return len(line)
}

// flat is a text on one line.
func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// cut shortens a text to so many characters, at the end of a word where one is near.
func cut(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	short := string(runes[:most-1])
	if i := strings.LastIndexByte(short, ' '); i > len(short)/2 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,;:") + "…"
}
