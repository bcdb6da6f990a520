package letter

import (
	"bytes"
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
	rt := c.walk.reportType
	if rt != "delivery-status" && (c.walk.status == nil || rt != "") {
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
	return c.walk.has("message/disposition-notification") && c.is(Receipt, "message/disposition-notification")
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
	// RFC 7489 §7.2.1.1: the subject is fixed, and the report is a file.
	if s := c.mail.Subject; hasPrefixFold(strings.TrimPrefix(s, "[Preview] "), "report domain:") {
		return c.is(Report, "DMARC report: subject "+short(c.mail.Subject))
	}
	for _, t := range c.walk.types {
		if isDMARCName(t.name) && (strings.Contains(t.media, "zip") || strings.Contains(t.media, "xml") || t.media == "application/octet-stream") {
			return c.is(Report, "DMARC report: file "+short(t.name))
		}
	}
	return false
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
// signals are needed: who sent it, and what it says it is.
func (c *classifier) bounce() bool {
	var who string
	switch {
	case c.null:
		who = "null reverse path"
	case c.daemon():
		who = "From: " + short(c.header.Get("From"))
	default:
		return false
	}
	switch {
	case c.header.Has("X-Failed-Recipients"):
		who += ", X-Failed-Recipients"
	case bounceSubject(c.mail.Subject):
		who += ", subject " + short(c.mail.Subject)
	default:
		return false
	}
	c.mail.Bounce = readBounce(c.walk)
	return c.is(Bounce, who)
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
		if strings.EqualFold(f.name, "X-POST-MessageClass") && !strings.Contains(strings.ToLower(v), "autoresponder") {
			continue
		}
		return c.is(AutoReply, f.name+": "+v)
	}
	switch v := keyword(c.header.Get("Precedence")); v {
	case "auto_reply", "auto-reply", "autoreply":
		return c.is(AutoReply, "Precedence: "+v)
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
	}
	return c.daemon() && c.is(AutoReply, "From: "+c.header.Get("From"))
}

// vendorFields are the keys of fields that vendors put into automatic answers.
var vendorFields = makeFieldKeys("X-Autoreply X-Autorespond X-Auto-Reply X-Autoresponder X-AutoReply-From X-Mail-Autoreply X-POST-MessageClass X-MS-Exchange-Inbox-Rules-Loop X-FC-MachineGenerated")

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

// hasPrefixFold is strings.HasPrefix without regard to case; prefix is ASCII.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// AutoSubject tells subjects that programs put before what they answer to. Alone it
// proves nothing: a person may answer such a mail.
func AutoSubject(s string) bool {
	const longest = 40 // bytes that may say it
	var buf [2 * longest]byte
	low := lowerInto(buf[:0], cutRunes(s, longest))
	for _, w := range machine.autoSubject {
		if bytes.HasPrefix(low, []byte(w)) {
			return true
		}
	}
	return false
}

// bounceSubject tells subjects that say that a mail was not delivered.
func bounceSubject(s string) bool {
	s = strings.ToLower(s)
	if machine.bounceSubject.in(s) != "" {
		return true
	}
	return strings.Contains(s, "fail") && (strings.Contains(s, "deliver") || strings.Contains(s, "return"))
}
