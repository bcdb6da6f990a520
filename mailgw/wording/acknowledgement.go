package wording

import "strconv"

// Acknowledgement writes the first answer to a customer, in the language nearest
// to lang: what we understood, by when a person answers, that answering this
// mail is all it takes, and what to do in an emergency. It errs only when the
// languages themselves are broken.
func (c *Catalogue) Acknowledgement(lang string, f AckFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	if own := c.templates[f.Template][t.tag]; own != nil {
		t = own
	}
	return t.write(TemplateAcknowledgement, t.acknowledgement(f)), nil
}

// acknowledgement cleans the facts and takes away what the style does not show.
func (t *tongue) acknowledgement(f AckFacts) view {
	emergency := sentence(f.Emergency)
	if f.Urgent {
		emergency = ""
	}
	desk := line(f.DeskName, maxName)
	v := view{
		"Lang":           t.tag,
		"Address":        line(f.DeskAddress, maxLine),
		"By":             line(f.By, maxLine),
		"Urgent":         yes(f.Urgent),
		"Emergency":      emergency,
		"EmergencyFirst": yes(emergency != "" && f.NextDay),
		"EmergencyLater": yes(emergency != "" && !f.NextDay),
		"Signature":      or(sentence(f.Signature), desk),
		"AskCompany":     yes(f.AskCompany),
		"Ticket":         number(f.Ticket),
		"Number":         yes(f.Ticket > 0 || f.DeskAddress != ""),
		"Name":           "",
		"Company":        "",
		"AskLink":        "",
		"NameLink":       "",
		"ReplySubject":   "",
		"Subject":        "",
		"Excerpt":        "",
		"NeutralDesk":    "",
		"Neutral":        "",
	}
	switch f.Style {
	case StyleListened, StyleFull:
		subject := line(f.Subject, maxSubject)
		v["ReplySubject"] = replySubject(subject)
		v["Name"] = person(f.CustomerName)
		v["Company"] = line(f.Company, maxLine)
		v["NameLink"] = t.nameLink(f.NameTo)
		if f.AskCompany && f.ReplyTo != "" {
			v["AskLink"] = mailto(f.ReplyTo, or(v["ReplySubject"], t.data.Phrase["ack.subject"]), t.data.Phrase["ack.we_are"]+" ")
		}
		if f.Style == StyleListened {
			v["Subject"] = bareSubject(subject)
			v["Excerpt"] = excerpt(f.Excerpt)
		}
	default:
		// Without a word of theirs, the desk's name says what this is about.
		v["Neutral"], v["NeutralDesk"] = yes(true), desk
	}
	to := ""
	if f.Impact.AskAffected || f.Impact.AskBlocked {
		to = f.ReplyTo
	}
	t.impact(v, &f.Impact, to, or(v["ReplySubject"], t.data.Phrase["ack.subject"]))
	return v
}

// number is a ticket's number, "" for none.
func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}
