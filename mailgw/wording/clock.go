package wording

// maxAlso is how many further times of an agent's words are listed.
const maxAlso = 20

// Clock tells an agent of a time that they promised, or might promise, and what to
// reply. It errs only when the languages themselves are broken.
func (c *Catalogue) Clock(lang string, f ClockFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateClock, t.clock(f)), nil
}

func (t *tongue) clock(f ClockFacts) view {
	v := view{
		"Lang":     t.tag,
		"Ticket":   number(f.Ticket),
		"Subject":  line(f.Subject, maxSubject),
		"Title":    t.data.Word["clock_title"][f.Reason],
		"What":     t.data.Word["clock"][f.Reason],
		"Now":      t.data.Word["clock_now"][f.Reason],
		"When":     line(f.When, maxLine),
		"Words":    "",
		"Also":     items(f.Also, maxAlso),
		"Detail":   line(f.Detail, maxLine),
		"CanReply": yes(f.CanReply),
	}
	if f.Words != "" {
		v["Words"] = words(f.Words)
	}
	return v
}

// Update tells a customer who waits how their matter stands, and by when they hear
// more, in the language nearest to lang. It errs only when the languages themselves
// are broken.
func (c *Catalogue) Update(lang string, f UpdateFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateUpdate, t.update(f)), nil
}

func (t *tongue) update(f UpdateFacts) view {
	v := t.toCustomer(customerMail{desk: f.DeskName, address: f.DeskAddress, signature: f.Signature, customer: f.CustomerName, subject: f.Subject, ticket: f.Ticket, neutral: f.Neutral})
	v["OnIt"], v["Passed"], v["Nobody"] = yes(f.State == UpdateOnIt), yes(f.State == UpdatePassed), yes(f.State == UpdateNobody)
	v["Agent"], v["To"], v["Since"] = line(f.Agent, maxName), line(f.To, maxName), line(f.Since, maxName)
	v["Told"], v["By"] = line(f.Told, maxLine), line(f.By, maxLine)
	return v
}
