package wording

import (
	"strconv"
	"strings"
)

// maxFound is how many findings are listed.
const maxFound = 20

// Unsent tells somebody of the house of an answer that has not left: why, its words, and
// the steps that there are. It errs only when the languages themselves are broken.
func (c *Catalogue) Unsent(lang string, f UnsentFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateUnsent, t.unsent(f)), nil
}

func (t *tongue) unsent(f UnsentFacts) view {
	var found []string
	for _, x := range f.Found[:min(len(f.Found), maxFound+1)] {
		said := t.word("unsent_kind", x.Kind)
		if what := line(x.What, maxLine); what != "" {
			said += ": " + what
		}
		if where := line(x.Line, maxLine); where != "" {
			said += " (“" + where + "”)"
		}
		found = append(found, said)
	}
	v := view{
		"Lang":      t.tag,
		"Ticket":    number(f.Ticket),
		"Subject":   line(f.Subject, maxSubject),
		"Head":      or(t.data.Word["unsent_title"][f.Why], t.data.Word["unsent_title"]["wait"]),
		"Who":       line(f.Who, maxName),
		"Goes":      strings.Join(lines(f.To, maxAnswered), ", "),
		"Found":     bulleted(found, len(f.Found), maxFound),
		"Words":     "",
		"Other":     "",
		"At":        line(f.At, maxLine),
		"Due":       line(f.Due, maxLine),
		"CanReply":  yes(f.CanReply),
		"Guard":     yes(f.Why == UnsentGuard),
		"Review":    yes(f.Why == UnsentReview),
		"Collision": yes(f.Why == UnsentCollision),
		"Hold":      yes(f.Why == UnsentHold),
		"Returned":  yes(f.Why == UnsentReturned),
		"TakenBack": yes(f.Why == UnsentTakenBack),
		"Sent":      yes(f.Why == UnsentSent),
		"Gone":      yes(f.Why == UnsentGone),
	}
	if f.Answer != "" {
		v["Words"] = words(f.Answer)
	}
	if f.Other != "" {
		v["Other"] = words(f.Other)
	}
	t.unsentSteps(v, &f)
	return v
}

// unsentSteps puts the links into the view.
func (t *tongue) unsentSteps(v view, f *UnsentFacts) {
	about := strings.TrimSpace("#" + strconv.FormatUint(f.Ticket, 10) + " " + line(f.Subject, maxName))
	step := func(name, word, to string) {
		v[name+"To"], v[name+"Link"] = to, ""
		if to == "" {
			return
		}
		v["Steps"] = "yes"
		v[name+"Link"] = mailto(to, t.data.Phrase["unsent."+word]+" · "+about, t.data.Word["notice_does"]["send"])
	}
	v["Steps"] = ""
	step("Send", "send", f.Send)
	step("TakeBack", "take_back", f.TakeBack)
}
