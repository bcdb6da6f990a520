package wording

// ackView is what the acknowledgement's layouts see: facts cleaned and cut, and
// what the style does not show taken away.
type ackView struct {
	Lang         string
	ReplySubject string // "" when we use our own
	Subject      string // shown in the text; "" unless listened
	Name         string
	Company      string
	Excerpt      string
	Desk         string
	Address      string
	By           string
	Emergency    string
	First        bool // the emergency comes before everything else
	Signature    string
	AskCompany   bool
	Neutral      bool
	Ticket       uint64
}

// Acknowledgement writes the first answer to a customer, in the language nearest
// to lang: what we understood, by when a person answers, that answering this
// mail is all it takes, and what to do in an emergency. It errs only when the
// languages themselves are broken.
func Acknowledgement(lang string, f AckFacts) (Message, error) {
	t, err := speak(lang)
	if err != nil {
		return Message{}, err
	}
	v := ackView{
		Lang:       t.tag,
		Desk:       line(f.DeskName, maxName),
		Address:    line(f.DeskAddress, maxLine),
		By:         line(f.By, maxLine),
		Emergency:  cut(block(f.Emergency), maxBlock),
		Signature:  cut(block(f.Signature), maxBlock),
		AskCompany: f.AskCompany,
		Ticket:     f.Ticket,
	}
	v.First = f.NextDay && v.Emergency != ""
	if v.Signature == "" {
		v.Signature = v.Desk
	}
	switch f.Style {
	case StyleListened:
		v.Subject = line(f.Subject, maxSubject)
		v.Excerpt = excerpt(f.Excerpt)
		fallthrough
	case StyleFull:
		v.ReplySubject = replySubject(line(f.Subject, maxSubject))
		v.Name = person(f.CustomerName)
		v.Company = line(f.Company, maxLine)
	default:
		v.Neutral = true
	}
	return t.write(TemplateAcknowledgement, v)
}
