package letter

import (
	"cmp"
	"slices"
	"strings"
)

// classify decides what kind of mail m is. Order is from the surest to the least
// sure; whatever is decided, its reason is written down.
func classify(m *Mail, w *walker, reversePath string) {
	c := classifier{mail: m, header: m.Header, walk: w, null: reversePath == ""}
	for _, look := range []func() bool{c.report, c.receipt, c.feedback, c.bounce, c.verification, c.autoReply, c.calendar, c.list} {
		if look() {
			return
		}
	}
}

// classifier looks at one mail.
type classifier struct {
	mail   *Mail
	header Header
	walk   *walker
	null   bool // the null reverse path
}

// is sets the verdict.
func (c *classifier) is(kind Kind, reasons ...string) bool {
	c.mail.Kind = kind
	c.mail.Reasons = append(c.mail.Reasons, reasons...)
	return true
}

// report recognises delivery reports in the form of RFC 3464 §2.
func (c *classifier) report() bool {
	// Some name another type, or none, around the part that says what it is.
	rt := c.walk.reportType
	if rt != "delivery-status" && (c.walk.status == nil || rt == "disposition-notification" || rt == "feedback-report" || rt == "tlsrpt") {
		return false
	}
	c.mail.Bounce = readBounce(c.walk)
	return c.is(Bounce, "multipart/report; report-type=delivery-status")
}

// receipt recognises RFC 8098 §3 notifications.
func (c *classifier) receipt() bool {
	if c.walk.reportType == "disposition-notification" {
		return c.is(Receipt, "multipart/report; report-type=disposition-notification")
	}
	if c.walk.has("message/disposition-notification") {
		return c.is(Receipt, "message/disposition-notification")
	}
	// Programs that know nothing of them say it in subject and text.
	if s := c.mail.Subject; machine.receiptSubject.begin(s) {
		if p := c.says(&machine.receiptText); p != "" {
			return c.is(Receipt, "Subject: "+short(s), short(p))
		}
	}
	return false
}

// feedback recognises abuse reports (RFC 5965 §2), DMARC reports (RFC 7489 §7.2)
// and TLS reports (RFC 8460 §5.3).
func (c *classifier) feedback() bool {
	switch {
	case c.walk.reportType == "feedback-report" || c.walk.has("message/feedback-report"):
		return c.is(Report, "multipart/report; report-type=feedback-report")
	case c.walk.reportType == "tlsrpt" || c.walk.has("application/tlsrpt+gzip") || c.walk.has("application/tlsrpt+json") || c.header.Has("TLS-Report-Domain"):
		return c.is(Report, "TLS report")
	}
	if c.aggregate() {
		return true
	}
	// RFC 7489 §7.3: failure reports; some have no part that says so.
	low := strings.ToLower(c.mail.Subject)
	if strings.Contains(low, "dmarc") && strings.Contains(low, "report") && (c.walk.reportType != "" || c.unattended() != "") {
		return c.is(Report, "DMARC report: subject "+short(c.mail.Subject))
	}
	return c.complaint(low)
}

// aggregate recognises DMARC reports by two of these: the subject of RFC 7489
// §7.2.1.1, which has two names in it, a file with the name that it asks for, and a
// sender who writes nothing, takes no answers, or is who made the report. A person
// asks about such a file, and about domains.
func (c *classifier) aggregate() bool {
	subject := strings.ToLower(strings.TrimPrefix(c.mail.Subject, "[Preview] "))
	titled, file := strings.HasPrefix(subject, "report domain:"), ""
	for _, t := range c.walk.types {
		if isDMARCName(t.name) && (strings.Contains(t.media, "zip") || strings.Contains(t.media, "xml") || t.media == "application/octet-stream") {
			file = t.name
			break
		}
	}
	if titled && (file != "" || strings.Contains(subject, "submitter:") || c.unattended() != "") {
		return c.is(Report, "DMARC report: subject "+short(c.mail.Subject))
	}
	if file == "" {
		return false
	}
	maker, _, _ := strings.Cut(strings.ToLower(file), "!")
	_, domain, _ := strings.Cut(strings.ToLower(c.mail.Author().Addr), "@")
	if isBlank(c.mail.Text) || c.unattended() != "" || domain == maker || strings.HasSuffix(domain, "."+maker) || strings.HasSuffix(maker, "."+domain) {
		return c.is(Report, "DMARC report: file "+short(file))
	}
	return false
}

// complaint recognises abuse reports without the part of RFC 5965 §2: a mail is
// attached, the subject says it, and either the mail has been marked for the report
// or nobody wrote a word and the sender is one that reports.
func (c *classifier) complaint(subject string) bool {
	p := machine.complaint.in(subject)
	if c.walk.attached == nil || p == "" {
		return false
	}
	silent := strings.TrimSpace(c.mail.Text) == "" && (machine.role.begin(c.mail.Author().Addr) || c.unattended() != "")
	if !silent && !c.walk.returned.Has("X-HmXmrOriginalRecipient") {
		return false
	}
	return c.is(Report, "subject "+short(c.mail.Subject)+" and a mail to complain about")
}

// unattended returns what says that nobody reads what is sent to the author, ""
// when nothing does.
func (c *classifier) unattended() string {
	for _, v := range c.header.Values("Auto-Submitted") {
		if v != "" && keyword(v) != "no" {
			return "Auto-Submitted: " + v
		}
	}
	switch a := c.mail.Author().Addr; {
	case a == "":
		return "no address in From"
	case takesNoAnswers(a):
		return "From: " + short(a)
	}
	return ""
}

// isDMARCName tells the file names of RFC 7489 §7.2.1.1:
// receiver!policy-domain!begin!end.xml.gz.
func isDMARCName(name string) bool {
	if len(name) > 300 || strings.Count(name, "!") < 3 {
		return false
	}
	parts := strings.Split(name, "!")
	begin, ok := allDigits(parts[2])
	return ok && begin >= 9
}

// allDigits returns the length of s when it is all digits.
func allDigits(s string) (int, bool) {
	return len(s), s != "" && strings.Trim(s, "0123456789") == ""
}

// bounce recognises delivery reports of servers that do not follow RFC 3464 §2. Two
// signals are needed: who sent it, and what it says it is. When who sent it proves
// little, its subject, its text and the mail that it returns have to agree.
func (c *classifier) bounce() bool {
	who := ""
	switch {
	case c.null:
		who = "null reverse path"
	case c.daemon():
		who = "From: " + short(c.header.Get("From"))
	}
	sure, subject := who != "", bounceSubject(c.mail.Subject)
	if !sure {
		who = c.unattended()
	}
	if who != "" {
		if n := readNotice(c.mail.Text); n != nil {
			return n.judge(c)
		}
	}
	what := ""
	switch {
	case sure && c.header.Has("X-Failed-Recipients"):
		what = "X-Failed-Recipients"
	case sure && subject:
		what = "subject " + short(c.mail.Subject)
	case sure || subject:
		what = c.saysFailed(&who, sure)
	}
	if what == "" || who == "" {
		return false
	}
	c.mail.Bounce = readBounce(c.walk)
	return c.is(Bounce, who+", "+what)
}

// saysFailed returns the words by which a text says that a mail was not delivered,
// "" when it does not: they stand near its beginning, and it returns the mail or, when
// its sender surely is a mail system, says what another server answered.
func (c *classifier) saysFailed(who *string, sure bool) string {
	p := readProse(c.mail.Text)
	const near = 60 // lines
	low := strings.Join(p.low[:min(near, len(p.low))], " ")
	phrase := machine.failed.in(low)
	if phrase == "" {
		phrase = machine.delayed.in(low)
	}
	returned := c.walk.returned
	if returned.Len() == 0 {
		returned = p.returned
	}
	if phrase == "" || returned.Len() == 0 && p.status == nil && !(sure && replyCode(low) != "") {
		return ""
	}
	if *who == "" {
		*who = c.returner(p)
	}
	return short(phrase) + " and the mail that was sent"
}

// returner returns what says that a mail system sent a report when its sender alone
// does not: somebody who runs one, or that the attached mail was sent by who gets this
// one. A person who passes on such a mail asks something about it; a program names a
// recipient of it.
func (c *classifier) returner(p *prose) string {
	m, returned := c.mail, c.walk.returned
	if returned.Len() == 0 || IsForward(m.Subject) || len(m.InReplyTo) > 0 || strings.ContainsAny(m.Subject+strings.Join(p.lines, " "), "?？") {
		return ""
	}
	to := map[string]bool{}
	addAddresses(to, ParseAddresses(capped(returned.Get("To"))))
	found := p.recipients(returned, slices.Concat(m.From, m.To, m.Cc))
	if !slices.ContainsFunc(found, func(f candidate) bool { return f.line >= 0 && to[strings.ToLower(f.addr)] }) {
		return ""
	}
	switch a := m.Author().Addr; {
	case machine.role.begin(a):
		return "From: " + short(a)
	case c.wrote(returned):
		return "the returned mail is the recipient's"
	}
	return ""
}

// wrote tells whether a recipient of this mail is the author of the returned one.
func (c *classifier) wrote(returned Header) bool {
	const authors = 5 // that are looked at
	as := ParseAddresses(capped(returned.Get("From")))
	for _, a := range as[:min(len(as), authors)] {
		if slices.ContainsFunc(c.mail.To, func(to Address) bool { return strings.EqualFold(to.Addr, a.Addr) }) {
			return true
		}
	}
	return false
}

// autoReply recognises answers that programs write.
func (c *classifier) autoReply() bool {
	// RFC 3834 §5: anything but "no" is automatic. "auto-generated" too: nobody
	// reads an answer to it. A relay may have put its "no" above the sender's word.
	said := false
	for _, v := range c.header.Values("Auto-Submitted") {
		if v != "" && keyword(v) != "no" {
			return c.is(AutoReply, "Auto-Submitted: "+v)
		}
		said = said || v != ""
	}
	if said {
		return false
	}
	for _, f := range c.header.fields {
		if !vendorFields[f.key] {
			continue
		}
		v := unfold(f.value)
		if k := keyword(v); k == "no" || k == "false" {
			continue
		}
		// These say other things, too.
		low := strings.ToLower(v)
		if strings.EqualFold(f.name, "X-POST-MessageClass") && !strings.Contains(low, "autoresponder") || strings.EqualFold(f.name, "X-Apple-Action") && !strings.Contains(low, "vacation") {
			continue
		}
		return c.is(AutoReply, f.name+": "+v)
	}
	for _, name := range []string{"Precedence", "X-Precedence", "Preference"} {
		switch v := keyword(c.header.Get(name)); v {
		case "auto_reply", "auto-reply", "autoreply":
			return c.is(AutoReply, name+": "+v)
		}
	}
	if c.null {
		return c.is(AutoReply, "null reverse path")
	}
	// Outlook marks its answers by the subject alone. A second signal is needed.
	if s := c.mail.Subject; AutoSubject(s) {
		for _, name := range []string{"In-Reply-To", "References", "X-Auto-Response-Suppress"} {
			if c.header.Has(name) {
				return c.is(AutoReply, "Subject: "+short(s), name)
			}
		}
		if p := c.says(&machine.autoText); p != "" && autoSubjectEnds(s) {
			return c.is(AutoReply, "Subject: "+short(s), short(p))
		}
	}
	if c.challenge() {
		return true
	}
	return c.daemon() && !c.isPostmaster() && c.is(AutoReply, "From: "+c.header.Get("From"))
}

// says returns which of the phrases stands in the new words when these are short and
// ask nothing, as words of programs are.
func (c *classifier) says(list *phrases) string {
	const longest = 2 << 10 // bytes
	m := c.mail
	words := cmp.Or(m.NewText, m.Matter())
	if len(words) > longest || len(m.Attachments) > 0 || strings.ContainsAny(m.Subject+words, "?？") {
		return ""
	}
	return list.in(flatLower(words))
}

// challenge recognises mails that ask the sender of a mail to prove to be a person: an
// answer to a mail, words that ask for it, and a link that confirms or a sender that
// takes no answers.
func (c *classifier) challenge() bool {
	const longest = 4 << 10 // bytes
	m := c.mail
	if len(m.Text) > longest || len(m.InReplyTo) == 0 && len(m.References) == 0 && !hasPrefixFold(m.Subject, "re:") {
		return false
	}
	noAnswers := takesNoAnswers(m.Author().Addr)
	if !noAnswers && !strings.Contains(m.Text, "://") { // most mails end here, before anything costs
		return false
	}
	low := flatLower(m.Text)
	if !noAnswers && !hasConfirmLink(low) {
		return false
	}
	p := machine.challenge.in(low)
	if p == "" {
		return false
	}
	return c.is(AutoReply, "asks for a proof: "+short(p))
}

// vendorFields are the keys of fields that vendors put into automatic answers.
var vendorFields = makeFieldKeys("X-Autoreply X-Autorespond X-Auto-Reply X-Autoresponder X-AutoReply-From X-Mail-Autoreply X-POST-MessageClass X-MS-Exchange-Inbox-Rules-Loop X-FC-MachineGenerated X-Autogenerated X-Auto-Generated X-Autoresponse X-Amazon-Auto-Reply X-Vacation X-Apple-Action X-Cron-Env")

func makeFieldKeys(names string) map[uint32]bool {
	m := map[uint32]bool{}
	for name := range strings.FieldsSeq(names) {
		m[nameKey(name)] = true
	}
	return m
}

// calendar recognises answers to invitations (RFC 5546 §3.2.3). An invitation is
// a person's mail.
func (c *classifier) calendar() bool {
	return c.walk.calendar == "reply" && c.is(Calendar, "text/calendar; method=REPLY")
}

// list recognises mail that came through a list (RFC 2919 §3, RFC 2369 §3.4).
// List-Unsubscribe alone proves nothing: providers add it to what persons write.
func (c *classifier) list() bool {
	for _, name := range listFields {
		if v := c.header.Get(name); v != "" {
			return c.is(List, name+": "+v)
		}
	}
	switch v := keyword(c.header.Get("Precedence")); v {
	case "list", "bulk", "junk":
		return c.is(List, "Precedence: "+v)
	}
	return false
}

// listFields are put in by lists alone.
var listFields = []string{"List-Id", "List-Post", "Mailing-List", "X-Mailing-List"}

// has tells whether a part has that media type.
func (w *walker) has(media string) bool {
	for _, t := range w.types {
		if t.media == media {
			return true
		}
	}
	return false
}

// keyword returns a field's first word in lower case, without parameters and
// comments.
func keyword(v string) string {
	if i := strings.IndexAny(v, " ;,("); i >= 0 {
		v = v[:i]
	}
	return strings.ToLower(v)
}

// daemon tells From fields of mail systems. The local part decides; a name alone
// ("Mail Delivery System") does when there is no address.
func (c *classifier) daemon() bool {
	a := c.mail.Author()
	if a.Addr == "" {
		a.Addr = strings.Trim(c.header.Get("From"), "<>\" ")
	}
	if machine.daemon.begin(a.Addr) {
		return true
	}
	return hasPrefixFold(a.Name, "mail delivery s")
}

// isPostmaster tells the address of a person who runs a mail system (RFC 5321
// §4.5.1) and says who that is: it is no proof that a program wrote.
func (c *classifier) isPostmaster() bool {
	a := c.mail.Author()
	return hasPrefixFold(a.Addr, "postmaster@") && strings.Contains(strings.TrimSpace(a.Name), " ") && machine.system.in(strings.ToLower(a.Name)) == ""
}

// hasPrefixFold is strings.HasPrefix without regard to case; prefix is ASCII.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
