package heard

import (
	"strings"
	"unicode/utf8"

	"supportgw/rules"
)

// Impact is what a customer says about how much a matter hurts.
type Impact struct {
	// People is how many people are affected; 0: not said, or nobody; [rules.Everybody]: all of
	// them. Of a range it is the higher end; vague words are counted low ("a few" is 3,
	// "many" and "half the company" 10, see docs/heard.md).
	People int64
	// Blocked is whether their work has stopped; [rules.Unsaid] when they do not say, or say both.
	Blocked rules.Answer
	// Why are the words it was read from, for the agent, at most 200 bytes of each
	// sentence; empty when nothing was read.
	Why string
}

// The most that is read of a text, and that is shown of a sentence, in bytes.
const (
	maxImpactBytes  = 16 << 10
	maxAnswerBytes  = 4 << 10
	maxImpactShown  = 200
	impactNear      = 6 // words between who is affected and what they cannot do
	maxSoftLine     = 45
	maxImpactDigits = 6 // more are no number of people
)

// ReadImpact reads how many people are affected, and whether their work has stopped, from the
// subject and new words of any mail: only what is clearly said. Conditions, questions,
// the past and numbers of other things say nothing. language is the BCP 47 tag
// of the words; when its table is not known those of all languages are asked.
func ReadImpact(text, language string) Impact {
	t := readImpactText(text, language, maxImpactBytes, false)
	var found impactFound
	for _, s := range t.segments() {
		found.mail(t, s)
	}
	if t.any(impactOver) { // it works again: whatever was, is over
		return Impact{}
	}
	return found.impact(t)
}

// ReadImpactAnswer reads the new words of an answer to the questions how many people are
// affected and whether it stops their work. Short forms count: "5", "just me", "3 / no".
// A yes or no belongs to the second question. Other words besides do not matter.
func ReadImpactAnswer(text, language string) Impact {
	t := readImpactText(text, language, maxAnswerBytes, true)
	var found impactFound
	var context impactContext
	for _, s := range t.segments() {
		if context.follow(t, s) {
			found.mail(t, s)
			found.answer(t, s, context.now)
		}
	}
	return found.impact(t)
}

// impactFound collects what the segments of a text say.
type impactFound struct {
	people  int64
	yes, no bool         // said in words of their own: "we cannot work"
	short   rules.Answer // a yes or no to the question; the first counts
	both    bool         // "partly": neither
	where   []int        // tokens that it was read from, in their order
}

func (f *impactFound) count(n int64, token int) {
	if n > f.people {
		f.people = n
	}
	f.where = append(f.where, token)
}

func (f *impactFound) stopped(token int) {
	f.yes = true
	f.where = append(f.where, token)
}

func (f *impactFound) goesOn(token int) {
	f.no = true
	f.where = append(f.where, token)
}

func (f *impactFound) impact(t *impactText) Impact {
	i := Impact{People: f.people}
	switch {
	case f.yes && f.no, f.both && !f.no:
	case f.yes:
		i.Blocked = rules.Yes
	case f.no:
		i.Blocked = rules.No
	default:
		i.Blocked = f.short
	}
	if i != (Impact{}) {
		i.Why = t.shown(f.where)
	}
	return i
}

// shown are the sentences that hold some tokens, each once.
func (t *impactText) shown(tokens []int) string {
	var out []string
	last := int32(-1)
	for _, k := range tokens {
		s := t.tokens[k].sentence
		if s <= last {
			continue
		}
		last = s
		from, to := k, k
		for from > 0 && t.tokens[from-1].sentence == s {
			from--
		}
		for to+1 < len(t.tokens) && t.tokens[to+1].sentence == s {
			to++
		}
		words := strings.Join(strings.Fields(strings.ToValidUTF8(t.text[t.tokens[from].start:t.tokens[to].end], "")), " ")
		if len(words) > maxImpactShown {
			words = words[:maxImpactShown]
			for !utf8.ValidString(words) {
				words = words[:len(words)-1]
			}
		}
		out = append(out, words)
		if len(out) == 3 {
			break
		}
	}
	return strings.Join(out, " … ")
}
