package wording

// customerMail is what all mails have that go to a customer by themselves.
type customerMail struct {
	desk, address, signature string
	customer, subject        string // theirs; not shown when neutral
	ticket                   uint64
	neutral                  bool // nothing that the customer wrote
}

// toCustomer is the view of such a mail, to which a template's own facts come.
// Without a word of theirs, the desk's name says what it is about.
func (t *tongue) toCustomer(m customerMail) view {
	desk := line(m.desk, maxName)
	v := view{
		"Lang":         t.tag,
		"Address":      line(m.address, maxLine),
		"Signature":    or(sentence(m.signature), desk),
		"Ticket":       number(m.ticket),
		"Number":       yes(m.ticket > 0 || m.address != ""),
		"Name":         "",
		"ReplySubject": "",
		"NeutralDesk":  "",
		"Neutral":      yes(m.neutral),
	}
	if m.neutral {
		v["NeutralDesk"] = desk
		return v
	}
	v["Name"] = person(m.customer)
	v["ReplySubject"] = replySubject(line(m.subject, maxSubject))
	return v
}
