package wording

import (
	"strconv"
	"strings"
)

// Digest writes the list of what is new since the last one. It errs only when the
// languages themselves are broken.
func (c *Catalogue) Digest(lang string, f DigestFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateDigest, t.digest(f)), nil
}

func (t *tongue) digest(f DigestFacts) view {
	var text, html, settled []string
	for i := range f.Items[:min(len(f.Items), MaxDigest)] {
		plain, rich := t.digestItem(&f.Items[i])
		text, html = append(text, plain), append(html, rich)
	}
	all := len(f.Items) + max(0, f.More)
	rest := more(all, len(text))
	for _, n := range f.Settled[:min(len(f.Settled), MaxDigest)] {
		settled = append(settled, "#"+strconv.FormatUint(n, 10))
	}
	for _, s := range rest {
		html = append(html, `<p style="margin:0 0 16px">`+escape(s)+"</p>")
	}
	return view{
		"Lang":      t.tag,
		"DeskName":  line(f.DeskName, maxName),
		"Count":     strconv.Itoa(all),
		"One":       yes(all == 1),
		"Items":     strings.Join(append(text, rest...), "\n\n"),
		"WordsHTML": strings.Join(html, "\n"),
		"Settled":   strings.Join(append(settled, more(len(f.Settled), len(settled))...), ", "),
	}
}

// digestItem is one ticket, as text and in HTML: due when, whose, what about, its first
// words, and what can be done.
func (t *tongue) digestItem(it *DigestItem) (text, html string) {
	head := "#" + strconv.FormatUint(it.Ticket, 10)
	if it.Urgent {
		head += " · " + t.data.Phrase["page.urgent"]
	}
	for _, s := range []string{line(it.Company, maxName), line(it.Subject, maxSubject)} {
		if s != "" {
			head += " · " + s
		}
	}
	due := line(it.Due, maxLine)
	if due != "" {
		due = t.data.Phrase["page.due"] + " " + due
	}
	lines := []string{"– " + head}
	parts := []string{"<strong><bdi>" + escape(head) + "</bdi></strong>"}
	for _, s := range []string{due, line(it.From, maxLine), line(it.Words, 2*maxLine)} {
		if s != "" {
			lines, parts = append(lines, "   "+s), append(parts, "<bdi>"+escape(s)+"</bdi>")
		}
	}
	var links []string
	about := strings.TrimSpace("#" + strconv.FormatUint(it.Ticket, 10) + " " + line(it.Subject, maxName))
	does := t.data.Word["notice_does"]
	for _, l := range [][3]string{
		{t.data.Phrase["digest.answer"], it.Reply, ""},
		{t.data.Word["notice_act"]["take"], it.Links.Take, does["take"] + " " + does["send"]},
		{t.data.Word["notice_act"]["solve"], it.Links.Solve, does["solve"] + " " + does["send"]},
	} {
		if l[1] == "" {
			continue
		}
		subject := l[0] + " · " + about
		if l[2] == "" { // the customer reads it, should no other subject be there
			subject = "Re: " + about
		}
		lines = append(lines, "   "+l[0]+": "+l[1])
		links = append(links, `<a href="`+escape(mailto(l[1], subject, l[2]))+`" style="color:inherit">`+escape(l[0])+"</a>")
	}
	if len(links) > 0 {
		parts = append(parts, strings.Join(links, " · "))
	}
	return strings.Join(lines, "\n"), `<p dir="auto" style="margin:0 0 16px">` + strings.Join(parts, "<br>\n") + "</p>"
}
