package wording

import "strings"

// maxOmitted is how many files that could not be sent are named.
const maxOmitted = 20

// Answer frames an agent's words: they stand first, whole and unchanged; below
// them the agent's name and the desk's signature, in the language nearest to
// lang. With nothing but By it is the one line that says when they hear more. It errs only when the languages themselves are broken.
func (c *Catalogue) Answer(lang string, f AnswerFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateAnswer, t.answer(f)), nil
}

func (t *tongue) answer(f AnswerFacts) view {
	v := view{
		"Lang":      t.tag,
		"Subject":   replySubject(line(f.Subject, maxSubject)),
		"Text":      strings.TrimRight(strings.Trim(visible(f.Text), "\n"), " \n\t"),
		"AgentName": line(f.AgentName, maxName),
		"Signature": or(sentence(f.Signature), line(f.DeskName, maxName)),
		"By":        line(f.By, maxLine),
		"Call":      yes(f.Call),
		"Again":     strings.TrimSpace(visible(f.Again)),
		"Omitted":   strings.Join(lines(f.Omitted, maxOmitted), ", "),
		"Question":  yes(f.Asks),
		"NameLink":  t.nameLink(f.NameTo),
	}
	t.ways(v, f.ReplyTo, v["Subject"])
	return v
}
