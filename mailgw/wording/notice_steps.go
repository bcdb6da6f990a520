package wording

import (
	"strconv"
	"strings"
)

// The most that a notice lists of these.
const (
	maxSimilar  = 3
	maxAnswered = 20  // people whom an answer goes to
	maxSolution = 300 // characters of what solved a similar ticket
)

// steps are what an agent does in one step, by the name of its fact, in the order in
// which they are shown.
func (l *NoticeLinks) steps() [][3]string {
	return [][3]string{
		{"Take", "take", l.Take}, {"Solve", "solve", l.Solve}, {"Wait", "wait", l.Wait}, {"Ask", "ask", l.Ask},
		{"Wrong", "wrong_customer", l.WrongCustomer}, {"NotForUs", "not_for_us", l.NotForUs}, {"Call", "call", l.Call},
	}
}

// stepFacts are the names of the facts of all steps: words, link, and line of the text.
func stepFacts() (names []string) {
	for _, s := range (&NoticeLinks{}).steps() {
		names = append(names, "Act"+s[0], "Act"+s[0]+"Link", "Act"+s[0]+"To")
	}
	return names
}

// noticeSteps puts the links of a notice into its view.
func (t *tongue) noticeSteps(v view, f *NoticeFacts) {
	about := strings.TrimSpace("#" + strconv.FormatUint(f.Ticket, 10) + " " + line(f.Subject, maxName))
	does := t.data.Word["notice_does"]
	v["Steps"] = ""
	for _, s := range f.Links.steps() {
		name, word, to := "Act"+s[0], t.data.Word["notice_act"][s[1]], s[2]
		v[name], v[name+"To"], v[name+"Link"] = word, to, ""
		if to != "" {
			v["Steps"] = "yes"
			v[name+"Link"] = mailto(to, word+" · "+about, does[s[1]]+" "+does["send"])
		}
	}
	v["Private"], v["PrivateLink"] = f.Links.Private, ""
	if f.Links.Private != "" {
		v["PrivateLink"] = mailto(f.Links.Private, t.data.Phrase["notice.noted"]+" · "+about, "")
	}
}

// noticeMatter puts what is known of the matter, and what may help, into the view.
func (t *tongue) noticeMatter(v view, f *NoticeFacts) {
	var known []string
	for _, m := range f.Matter[:min(len(f.Matter), MaxMatter)] {
		said := line(m.Text, MaxMatterLine)
		if said == "" {
			continue
		}
		if m.State != "" {
			said += ", " + t.word("notice_told", m.State)
		}
		known = append(known, t.word("notice_matter", m.Is)+": "+said)
	}
	v["Matter"] = items(known, MaxMatter)
	recent := max(0, MaxMatter-len(known))
	v["History"] = items(f.History[max(0, len(f.History)-recent):], recent)
	v["SoFar"] = v["Matter"] + v["History"]
	v["MatterToo"] = ""
	if v["History"] != "" {
		v["MatterToo"] = v["Matter"]
	}
	var similar []string
	for _, s := range f.Similar[:min(len(f.Similar), maxSimilar)] {
		similar = append(similar, "#"+strconv.FormatUint(s.Ticket, 10)+" "+line(s.Subject, maxName)+": "+line(s.Solution, maxSolution))
	}
	v["Similar"] = ""
	if len(similar) > 0 {
		v["Similar"] = "– " + strings.Join(similar, "\n– ")
	}
}

// noticeGoes puts into the view whom an answer goes to.
func (v view) noticeGoes(f *NoticeGoes) {
	v["Goes"], v["Skips"] = strings.Join(lines(f.To, maxAnswered), ", "), strings.Join(lines(f.Not, maxAnswered), ", ")
	v["Only"], v["GoesNobody"] = line(f.Only, maxLine), yes(f.Nobody)
}
