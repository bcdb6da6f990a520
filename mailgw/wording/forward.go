package wording

// ForwardFacts tells somebody outside that a mail to a desk is passed on to them.
// Empty fields leave out their part.
type ForwardFacts struct {
	// DeskName is the desk's display name; "" says "we".
	DeskName string `json:"desk_name,omitempty"`
	// Ticket is the number by which the desk knows the matter; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// Subject is that of the mail which is passed on, decoded; "" gives a subject of ours.
	Subject string `json:"subject,omitempty"`
}

// Forward writes what stands before a mail that is passed on, in the language
// nearest to lang: who passes it on, as which ticket, and where a reply goes. It
// errs only when the languages themselves are broken.
func (c *Catalogue) Forward(lang string, f ForwardFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateForward, t.forward(f)), nil
}

func (t *tongue) forward(f ForwardFacts) view {
	return view{
		"Lang":     t.tag,
		"DeskName": line(f.DeskName, maxName),
		"Ticket":   number(f.Ticket),
		"Subject":  line(f.Subject, maxSubject),
	}
}
