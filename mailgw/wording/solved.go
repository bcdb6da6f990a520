package wording

import (
	"net/url"
	"strings"
)

// The words by which a customer answers whether their matter is solved, as
// NoticeFacts.Said has them.
const (
	SaidYes    = "yes"
	SaidNo     = "no"
	SaidPartly = "partly"
)

// SolvedFacts asks a customer whether their matter is solved, or tells them that it
// will be closed unless they write. Empty fields leave out their sentence, except
// where noted.
type SolvedFacts struct {
	// DeskName is the desk's display name; it also signs when Signature is empty.
	DeskName string `json:"desk_name,omitempty"`
	// DeskAddress is the address the customer wrote to; named in the last line.
	DeskAddress string `json:"desk_address,omitempty"`
	// CustomerName is the person's display name. When "" or not like a name nobody
	// is greeted by name. Never shown when Neutral.
	CustomerName string `json:"customer_name,omitempty"`
	// Subject is theirs, decoded; the mail's own subject is made of it, and the
	// subject of the answers that the links write. Never shown when Neutral.
	Subject string `json:"subject,omitempty"`
	// Ticket is the number, said small at the end; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// By makes it the last notice: when the matter will be closed, said in the mail's
	// language and the customer's zone: "by 10:00 on Tuesday, 21 July (CEST)". "" asks.
	By string `json:"by,omitempty"`
	// ReplyTo is the address that an answer comes home to; "" offers no links.
	ReplyTo string `json:"reply_to,omitempty"`
	// Tag stands behind the subject of the answers that the links write: "[SUP-7]".
	Tag string `json:"tag,omitempty"`
	// Signature is the desk's, one or more lines, set below our closing words; ""
	// signs with DeskName.
	Signature string `json:"signature,omitempty"`
	// Neutral shows nothing that the customer wrote, for a sender who is not
	// authenticated and not known; the subject is then ours.
	Neutral bool `json:"neutral,omitempty"`
}

// Solved asks a customer whether their matter is solved, or says when it will be
// closed, in the language nearest to lang. It errs only when the languages
// themselves are broken.
func (c *Catalogue) Solved(lang string, f SolvedFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateSolved, t.solved(f)), nil
}

func (t *tongue) solved(f SolvedFacts) view {
	v := t.toCustomer(customerMail{desk: f.DeskName, address: f.DeskAddress, signature: f.Signature, customer: f.CustomerName, subject: f.Subject, ticket: f.Ticket, neutral: f.Neutral})
	v["By"] = line(f.By, maxLine)
	subject := or(v["ReplySubject"], t.data.Phrase["solved.title"])
	if tag := line(f.Tag, maxName); tag != "" && !strings.Contains(subject, tag) {
		subject += " " + tag
	}
	t.ways(v, f.ReplyTo, replySubject(subject))
	return v
}

// ways are the three answers: their words, and links that write them.
func (t *tongue) ways(v view, to, subject string) {
	for fact, word := range map[string]string{"Yes": SaidYes, "No": SaidNo, "Partly": SaidPartly} {
		v[fact], v[fact+"Link"] = t.data.Word["solved"][word], ""
		if v["Links"] = yes(to != ""); to != "" {
			v[fact+"Link"] = mailto(to, subject, v[fact])
		}
	}
}

// maxMailtoSubject is how many bytes of subject a link has; without one, clients
// leave the field empty, which says nothing new.
const maxMailtoSubject = 400

// mailto is a link that opens a mail which only has to be sent (RFC 6068 §2). Nothing
// happens before it is.
func mailto(to, subject, body string) string {
	escaped := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	link := "mailto:" + strings.ReplaceAll(escaped(to), "%40", "@") + "?"
	if s := escaped(subject); subject != "" && len(s) <= maxMailtoSubject {
		link += "subject=" + s + "&"
	}
	return link + "body=" + escaped(body)
}
