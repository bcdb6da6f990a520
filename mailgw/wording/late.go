package wording

// Late tells a customer that the told time will not be kept, in the language
// nearest to lang: first that, then by when now, and that nothing is asked of
// them. It errs only when the languages themselves are broken.
func (c *Catalogue) Late(lang string, f LateFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateLate, t.late(f)), nil
}

func (t *tongue) late(f LateFacts) view {
	v := t.toCustomer(customerMail{desk: f.DeskName, address: f.DeskAddress, signature: f.Signature, customer: f.CustomerName, subject: f.Subject, ticket: f.Ticket, neutral: f.Neutral})
	v["Told"], v["By"], v["Emergency"] = line(f.Told, maxLine), line(f.By, maxLine), sentence(f.Emergency)
	v["EmergencyFirst"], v["EmergencyLater"] = yes(v["Emergency"] != "" && f.NextDay), yes(v["Emergency"] != "" && !f.NextDay)
	return v
}

// Due tells agents and the person on call that a promise breaks, in the language
// nearest to lang: the time that counts now, who waits, the customer's words,
// what to do. It errs only when the languages themselves are broken.
func (c *Catalogue) Due(lang string, f DueFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateDue, t.due(f)), nil
}

func (t *tongue) due(f DueFacts) view {
	v := view{
		"Lang":     t.tag,
		"Ticket":   number(f.Ticket),
		"Desk":     line(or(f.DeskName, f.Desk), maxName),
		"From":     line(f.From, maxLine),
		"Company":  line(f.Company, maxLine),
		"Level":    line(f.Level, maxName),
		"Subject":  line(f.Subject, maxSubject),
		"Words":    excerpt(f.Words),
		"Due":      line(f.Due, maxLine),
		"NewDue":   line(f.NewDue, maxLine),
		"Broken":   yes(f.Broken),
		"Early":    yes(f.Early),
		"Target":   yes(f.Target),
		"Unsent":   yes(f.Unsent),
		"CanReply": yes(f.CanReply),
	}
	v["Who"] = cut(or(v["Company"], v["From"]), maxName)
	v["Where"] = v["Ticket"] + v["Desk"]
	return v
}
