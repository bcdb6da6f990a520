package wording

import (
	"strconv"
	"strings"
)

// The most entries that a notice lists of each kind.
const (
	maxAttachments = 20
	maxEvidence    = 10
	maxTags        = 20
	maxMaybe       = 5
	maxPhones      = 5
)

// Notice writes what an agent is told about a mail, in the language nearest to
// lang: due when, who, the customer's words; then what helps, then the small
// print. It errs only when the languages themselves are broken.
func (c *Catalogue) Notice(lang string, f NoticeFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateNotice, t.notice(f)), nil
}

func (t *tongue) notice(f NoticeFacts) view {
	v := view{
		"Lang":        t.tag,
		"Ticket":      number(f.Ticket),
		"Desk":        line(or(f.DeskName, f.Desk), maxName),
		"From":        line(f.From, maxLine),
		"Company":     line(f.Company, maxLine),
		"Candidates":  strings.Join(lines(f.Candidates, maxMaybe), ", "),
		"Why":         line(f.CandidatesWhy, maxLine),
		"RuleNotes":   items(f.RuleNotes, maxMaybe),
		"Left":        line(f.Left, maxLine),
		"Unproven":    yes(f.LeftUnproven),
		"Confidence":  t.word("confidence", f.Confidence),
		"Level":       line(f.Level, maxName),
		"Priority":    "",
		"Where":       "",
		"Urgent":      yes(f.Priority == "urgent"),
		"Status":      t.word("status", f.Status),
		"Due":         line(f.Due, maxLine),
		"Subject":     line(f.Subject, maxSubject),
		"Words":       words(f.Words),
		"WordsHTML":   f.WordsHTML,
		"Attachments": items(f.Attachments, maxAttachments),
		"Evidence":    strings.Join(lines(f.Evidence, maxEvidence), "; "),
		"Tags":        strings.Join(lines(f.Tags, maxTags), ", "),
		"Maybe":       items(f.Maybe, maxMaybe),
		"Needs":       items(f.Needs, maxMaybe),
		"Phones":      strings.Join(lines(f.Phones, maxPhones), ", "),
		"Reply":       yes(f.Event == EventReply || f.Event == EventAnswered),
		"Customers":   yes(f.Event == EventReply),
		"Note":        yes(f.Event == EventNote),
		"Answered":    yes(f.Event == EventAnswered),
		"Yours":       yes(f.Event == EventYours),
		"CanReply":    yes(f.CanReply),
		"Asks":        number(f.Asks),
		"HeldID":      line(f.HeldID, maxName),
		"Said":        t.data.Word["said"][f.Said],
		"LevelWhy":    line(f.LevelWhy, maxWhy),
		"Ending":      strings.Join(lines(f.Ending, maxMaybe), "; "),
	}
	v.before(&f.Before)
	t.noticeImpact(v, &f.Impact)
	t.noticeMatter(v, &f)
	t.noticeSteps(v, &f)
	v.noticeGoes(&f.Goes)
	v["Who"] = cut(or(v["Company"], v["From"]), maxName)
	v["Where"] = v["Ticket"] + v["Desk"] + v["Status"] + v["Tags"]
	if f.Priority != "normal" { // only what is unusual is worth a word
		v["Priority"] = t.word("priority", f.Priority)
	}
	return v
}

// maxWhy is how much is said of why something is so, in bytes.
const maxWhy = 600

// before says how it went before: one line, and none when there is nothing to say.
func (v view) before(f *BeforeFacts) {
	count := func(n int) string { return number(uint64(max(0, n))) }
	v["WaitedOn"], v["WaitedHours"], v["WaitedDays"] = number(f.WaitedOn), count(f.WaitedHours), ""
	if f.WaitedHours >= 48 {
		v["WaitedDays"] = count((f.WaitedHours + 12) / 24)
	}
	v["Unkept"], v["Reopened"], v["Mails"] = count(f.Unkept), count(f.Reopened), count(f.Mails)
	v["AlsoReopened"] = v["WaitedOn"] + v["Unkept"] // what stands before it
	v["AlsoMails"] = v["AlsoReopened"] + v["Reopened"]
	v["Before"] = v["AlsoMails"] + v["Mails"]
}

// Page writes what the person on call reads at night: one screen of a phone, the
// due time and the company first. It errs only when the languages themselves are
// broken.
func (c *Catalogue) Page(lang string, f PageFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplatePage, t.page(f)), nil
}

func (t *tongue) page(f PageFacts) view {
	v := view{
		"Lang":    t.tag,
		"Ticket":  number(f.Ticket),
		"From":    line(f.From, maxLine),
		"Company": line(f.Company, maxLine),
		"Subject": line(f.Subject, maxSubject),
		"Words":   excerpt(f.Words),
		"Due":     line(f.Due, maxLine),
		"Rule":    line(f.Rule, maxName),
		"Desk":    line(f.Desk, maxName),
	}
	v["Who"] = cut(or(v["Company"], v["From"]), maxName)
	return v
}

// or is a, or b when a is empty.
func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// items lists one thing a line.
func items(list []string, limit int) string {
	list = lines(list, limit)
	if len(list) == 0 {
		return ""
	}
	return "– " + strings.Join(list, "\n– ")
}

// lines cleans each of a list, drops empty ones, keeps the first up to limit and
// says how many more there are.
func lines(list []string, limit int) []string {
	kept := make([]string, 0, min(len(list), limit+1))
	for i, s := range list {
		if len(kept) == limit {
			return append(kept, "… +"+strconv.Itoa(len(list)-i))
		}
		if s = line(s, maxLine); s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
