package wording

import "strconv"

// SlowFacts tells the people of a desk that its own history exceeds a target.
// Empty fields leave out their part.
type SlowFacts struct {
	// DeskName is the desk's display name.
	DeskName string `json:"desk_name,omitempty"`
	// Priority is low, normal, high or urgent; an unknown one is shown as it is.
	Priority string `json:"priority,omitempty"`
	// Target is the time in which the desk wants to answer: "8h".
	Target string `json:"target,omitempty"`
	// Took is the time in which 95 of 100 were answered: "9h10m".
	Took string `json:"took,omitempty"`
	// AtLeast says that it is longer, nobody knows by how much.
	AtLeast bool `json:"at_least,omitempty"`
	// Cases is how many answers that is made of; 0 is not said.
	Cases int `json:"cases,omitempty"`
	// Waiting is how many still wait; 0 is not said.
	Waiting int `json:"waiting,omitempty"`
	// Since is the day of the first of the answers: "2026-05-01".
	Since string `json:"since,omitempty"`
	// Around says that the times count nights, weekends and holidays, too.
	Around bool `json:"around,omitempty"`
	// Honest says that customers are told the later time, and that the target counts as missed.
	Honest bool `json:"honest,omitempty"`
}

// Slow tells the people of a desk that it answers later than its target, in the
// language nearest to lang: how much later, what customers are told, what helps.
// It errs only when the languages themselves are broken.
func (c *Catalogue) Slow(lang string, f SlowFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateSlow, t.slow(f)), nil
}

func (t *tongue) slow(f SlowFacts) view {
	v := view{
		"Lang":     t.tag,
		"DeskName": line(f.DeskName, maxName),
		"Priority": t.word("priority", f.Priority),
		"Target":   line(f.Target, maxName),
		"Took":     line(f.Took, maxName),
		"Since":    line(f.Since, maxName),
		"AtLeast":  yes(f.AtLeast),
		"Around":   yes(f.Around),
		"Honest":   yes(f.Honest),
		"Cases":    "",
		"Waiting":  "",
	}
	if f.Cases > 0 {
		v["Cases"] = strconv.Itoa(f.Cases)
	}
	if f.Waiting > 0 {
		v["Waiting"] = strconv.Itoa(f.Waiting)
	}
	return v
}
