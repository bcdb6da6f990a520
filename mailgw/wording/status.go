package wording

import "strings"

// How an open matter stands, as [StatusItem] tells it.
const (
	StatusPromised = "promised" // they hear from us by By
	StatusLate     = "late"     // they were to hear from us by By, and have not
	StatusWorking  = "working"  // no time was promised
	StatusYours    = "yours"    // it waits for the customer
)

// StatusItem is one open matter.
type StatusItem struct {
	// Ticket is its number.
	Ticket uint64 `json:"ticket"`
	// Subject is the customer's, decoded; "" is said.
	Subject string `json:"subject,omitempty"`
	// State is one of the Status constants.
	State string `json:"state"`
	// By is the time, said in the mail's language and the customer's zone: "by 15:00
	// today, Tuesday 14 July (CEST)".
	By string `json:"by,omitempty"`
}

// StatusFacts is the list of a customer's open matters.
type StatusFacts struct {
	// DeskName is the desk's display name; it also signs when Signature is empty.
	DeskName string `json:"desk_name,omitempty"`
	// DeskAddress is the address the customer wrote to; named in the last line.
	DeskAddress string `json:"desk_address,omitempty"`
	// CustomerName is the person's display name. When "" or not like a name nobody
	// is greeted by name.
	CustomerName string `json:"customer_name,omitempty"`
	// Subject is of their mail; the mail's own subject is made of it.
	Subject string `json:"subject,omitempty"`
	// Signature is the desk's, one or more lines; "" signs with DeskName.
	Signature string `json:"signature,omitempty"`
	// Items are the matters, the oldest first; 100 are listed.
	Items []StatusItem `json:"items,omitempty"`
}

// maxStatus is how many matters are listed.
const maxStatus = 100

// Status lists a customer's open matters, in the language nearest to lang. It errs only
// when the languages themselves are broken.
func (c *Catalogue) Status(lang string, f StatusFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateStatus, t.status(f)), nil
}

func (t *tongue) status(f StatusFacts) view {
	v := t.toCustomer(customerMail{desk: f.DeskName, address: f.DeskAddress, signature: f.Signature, customer: f.CustomerName, subject: f.Subject})
	var list []string
	for _, i := range f.Items {
		said := t.word("status_of", i.State)
		if by := line(i.By, maxLine); by != "" {
			said += " " + by
		}
		subject := or(line(i.Subject, maxSubject), v["NeutralDesk"])
		list = append(list, strings.TrimSpace(subject+" ("+number(i.Ticket)+")")+": "+said)
	}
	v["Items"], v["By"] = "", "" // each matter has its own time
	if len(list) > 0 {
		v["Items"] = "– " + strings.Join(list[:min(len(list), maxStatus)], "\n– ")
	}
	return v
}
