package wording

import "strconv"

// The most entries that a notice lists of each kind.
const (
	maxAttachments = 20
	maxHistory     = 10
	maxEvidence    = 10
	maxTags        = 20
)

// noticeView is what the notice's layouts see.
type noticeView struct {
	Lang        string
	Ticket      uint64
	Desk        string
	From        string
	Who         string // the company, else the sender: what the subject names
	Company     string
	Confidence  string
	Level       string
	Priority    string // "" when normal: only what is unusual is worth a word
	Urgent      bool
	Status      string
	Due         string
	Subject     string
	Words       string
	Attachments []string
	History     []string
	Evidence    []string
	Tags        []string
	Reply       bool
}

// Notice writes what an agent is told about a mail, in the language nearest to
// lang: due when, who, the customer's words; then what helps, then the small
// print. It errs only when the languages themselves are broken.
func Notice(lang string, f NoticeFacts) (Message, error) {
	t, err := speak(lang)
	if err != nil {
		return Message{}, err
	}
	v := noticeView{
		Lang:        t.tag,
		Ticket:      f.Ticket,
		Desk:        line(or(f.DeskName, f.Desk), maxName),
		From:        line(f.From, maxLine),
		Company:     line(f.Company, maxLine),
		Confidence:  t.word("confidence", f.Confidence),
		Level:       line(f.Level, maxName),
		Urgent:      f.Priority == "urgent",
		Status:      t.word("status", f.Status),
		Due:         line(f.Due, maxLine),
		Subject:     line(f.Subject, maxSubject),
		Words:       words(f.Words),
		Attachments: first(lines(f.Attachments), maxAttachments),
		History:     lines(last(f.History, maxHistory)),
		Evidence:    first(lines(f.Evidence), maxEvidence),
		Tags:        first(lines(f.Tags), maxTags),
		Reply:       f.Event == EventReply,
	}
	v.Who = cut(or(v.Company, v.From), maxName)
	if f.Priority != "normal" {
		v.Priority = t.word("priority", f.Priority)
	}
	return t.write(TemplateNotice, v)
}

// pageView is what the page's layouts see.
type pageView struct {
	Lang    string
	Ticket  uint64
	From    string
	Who     string
	Company string
	Subject string
	Words   string
	Due     string
	Rule    string
	Desk    string
}

// Page writes what the person on call reads at night: one screen of a phone, the
// due time and the company first. It errs only when the languages themselves are
// broken.
func Page(lang string, f PageFacts) (Message, error) {
	t, err := speak(lang)
	if err != nil {
		return Message{}, err
	}
	v := pageView{
		Lang:    t.tag,
		Ticket:  f.Ticket,
		From:    line(f.From, maxLine),
		Company: line(f.Company, maxLine),
		Subject: line(f.Subject, maxSubject),
		Words:   excerpt(f.Words),
		Due:     line(f.Due, maxLine),
		Rule:    line(f.Rule, maxName),
		Desk:    line(f.Desk, maxName),
	}
	v.Who = cut(or(v.Company, v.From), maxName)
	return t.write(TemplatePage, v)
}

// or is a, or b when a is empty.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// first keeps the first n and says how many more there are.
func first(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(list[:n:n], "… +"+strconv.Itoa(len(list)-n))
}

// last keeps the last n.
func last(list []string, n int) []string {
	return list[max(0, len(list)-n):]
}
