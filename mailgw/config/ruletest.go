package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"supportgw/rules"
)

// RuleTest is a mail, and what the rules must make of it. `mailgw check` runs all tests; a new configuration with one that fails is not taken over while the gateway runs.
type RuleTest struct {
	// What a failure calls the test; unique over all files.
	Name string `toml:"name" need:"always" eg:"an outage at night wakes somebody"`
	// The mail. What it does not say is found out as for a mail that comes in.
	Mail TestMail `toml:"mail" need:"always" eg:"{ subject = \"Production down\" }"`
	// What must come of it. What is not named is not compared; at least one thing must be.
	Expect Expect `toml:"expect" need:"always" eg:"{ priority = \"urgent\" }"`
}

// TestMail is the mail of a test.
type TestMail struct {
	// Its author, with or without a name. The customer is found by the address. Empty: somebody@customer.example.
	From string `toml:"from" eg:"Bob <bob@acme.example>"`
	// Whom it went to; the first address of a desk gets it. Empty: the desk of "desk", else the first desk.
	To []string `toml:"to" eg:"support@example.com"`
	// Name of the desk that gets it, in place of "to".
	Desk string `toml:"desk" eg:"support"`
	// Its subject.
	Subject string `toml:"subject" eg:"Production down"`
	// Its text. Quotes in it are taken for quotes.
	Text string `toml:"text" prose:"yes" eg:"We cannot work since noon."`
	// Further fields of its header.
	Header []string `toml:"header" eg:"List-Id: <news.shop.example>"`
	// Fields that our own filters have added.
	Scanner []string `toml:"scanner" eg:"X-Spam: yes"`
	// Its attached files.
	Attachments []TestFile `toml:"attachments"`
	// Its size, in bytes or like "2MB". 0: that which it has.
	Size Bytes `toml:"size"`
	// When it comes, as a TOML date and time; without an offset in the desk's time zone. Empty: Wednesday 2026-03-04 10:00 there.
	At Moment `toml:"at"`
	// Its language, as a BCP 47 tag. Empty: that of its words.
	Language string `toml:"language" eg:"de"`
	// Whether the author is really them.
	SenderAuth string `toml:"sender_auth" one:"pass|none|fail|trusted"`
	// The customer's name, whoever the author is; it need not be in this file. Empty: the one whose address or domain the author has.
	Customer string `toml:"customer" eg:"Acme Instruments AG"`
	// Name of the service level. Empty: that of the customer.
	Level string `toml:"level" eg:"premium"`
	// How many people the customer has said are affected, or "everybody". 0: what the words say.
	Affected People `toml:"affected"`
	// Whether the customer has said that they cannot work. Not given: what the words say.
	Blocked *bool `toml:"blocked"`
	// How the ticket stands that the mail goes onto. Empty: it opens one.
	Status string `toml:"status" one:"new|open|pending|solved|closed" unset:"yes"`
	// Priority of that ticket. Empty: normal.
	Priority string `toml:"priority" one:"low|normal|high|urgent" unset:"yes"`
	// Tags of that ticket.
	Tags []string `toml:"tags" eg:"outage"`
	// Names of rules that took effect when earlier mails went onto that ticket: they do not again.
	Done []string `toml:"done" eg:"production-down"`
	// Whether nobody of the customer has written before. Not given: true for a mail that opens a ticket, unless contacts says more than 1.
	FirstContact *bool `toml:"first_contact"`
	// How many mails the customer's people wrote in the last 7 days, this one counted. 0: this one alone.
	Contacts int `toml:"contacts" min:"0" max:"1000000"`
	// How many promises to the customer were broken in the last 90 days.
	BrokenPromises int `toml:"broken_promises" min:"0" max:"1000000"`
	// How many of the customer's tickets were opened again by their words in the last 90 days.
	Reopened int `toml:"reopened" min:"0" max:"1000000"`
}

// TestFile is an attached file of a test's mail.
type TestFile struct {
	// Its name.
	Name string `toml:"name" eg:"invoice.pdf"`
	// Its media type. Empty: application/octet-stream.
	Type string `toml:"type" eg:"application/pdf"`
	// Its size, in bytes or like "2MB". 0: a few bytes.
	Size Bytes `toml:"size"`
}

// Expect is what must come of a test's mail. Lists must have the same members, in any order; [] is none.
type Expect struct {
	// Priority of the ticket: one that no rule changes is normal.
	Priority string `toml:"priority" one:"low|normal|high|urgent" unset:"yes"`
	// All tags of the ticket.
	Tags []string `toml:"tags" eg:"outage"`
	// Name of the desk that has the ticket.
	Desk string `toml:"desk" eg:"support"`
	// Address of the agent who gets it; "" is nobody. Of agents to choose from nobody has any ticket yet, and all are in.
	Assignee *string `toml:"assignee"`
	// Name of the service level of the ticket.
	Level string `toml:"level" eg:"premium"`
	// The working time within which it is to be answered: that of a rule, else that of its level for its priority.
	Target time.Duration `toml:"target" min:"1s" max:"2000h" eg:"30m"`
	// The template that a rule names for the acknowledgement; "" is none.
	Template *string `toml:"template"`
	// Whether the on-call is woken.
	Page *bool `toml:"page"`
	// Agents whom rules notify.
	Notify []string `toml:"notify" eg:"anna@example.com"`
	// Notes of rules to the agents.
	Note []string `toml:"note" eg:"Look at the status page first."`
	// Whether what would go to the customer by itself is kept back.
	Hold *bool `toml:"hold"`
	// Addresses that rules forward it to.
	Forward []string `toml:"forward" eg:"security@example.com"`
	// Whether it goes to the junk.
	Junk *bool `toml:"junk"`
	// Rules that must match; others may, too.
	Rules []string `toml:"rules" eg:"production-down"`
	// Rules that must not match.
	NotRules []string `toml:"not_rules" eg:"newsletters"`
}

// Bytes is a size in bytes. In TOML it is a number, or a string like "2MB", which is
// 2·1024·1024.
type Bytes int64

// maxTestBytes is the largest size that a test may say.
const maxTestBytes = 1 << 40

// UnmarshalTOML reads a number, or one with its unit.
func (b *Bytes) UnmarshalTOML(v any) error {
	n, ok := v.(int64)
	if s, isText := v.(string); isText && !ok {
		n, ok = guessNumber(s)
	}
	if !ok || n < 0 || n > maxTestBytes {
		return fmt.Errorf(`is no size (got %s); write bytes, or a string like "500KB" or "2MB"`, show(v))
	}
	*b = Bytes(n)
	return nil
}

// People is how many people are affected. In TOML it is a number, or "everybody".
type People int64

// UnmarshalTOML reads a number or the word.
func (p *People) UnmarshalTOML(v any) error {
	n, ok := v.(int64)
	switch {
	case v == "everybody":
		*p = rules.Everybody
	case !ok || n < 0 || n >= rules.Everybody:
		return fmt.Errorf(`is no number of people (got %s); write one like 30, or "everybody"`, show(v))
	default:
		*p = People(n)
	}
	return nil
}

// Moment is when a mail comes; the zero value says nothing. In TOML it is a date and
// time, with or without an offset.
type Moment string

const localMoment = "2006-01-02T15:04:05"

// UnmarshalTOML reads a date and time, or a string with one.
func (m *Moment) UnmarshalTOML(v any) error {
	if s, ok := v.(string); ok {
		for _, layout := range []string{time.RFC3339, localMoment, "2006-01-02T15:04"} {
			if t, err := time.Parse(layout, strings.Replace(s, " ", "T", 1)); err == nil {
				if *m = Moment(t.Format(localMoment)); layout == time.RFC3339 {
					*m = Moment(t.Format(time.RFC3339))
				}
				return nil
			}
		}
	}
	t, ok := v.(time.Time)
	switch zone := t.Location().String(); {
	case ok && zone == "datetime-local": // so the library calls one without an offset
		*m = Moment(t.Format(localMoment))
	case !ok || zone == "date-local" || zone == "time-local":
		return fmt.Errorf("is no date and time (got %s); write one like 2026-11-20T16:00:00, or with an offset 2026-11-20T16:00:00+01:00", show(v))
	default:
		*m = Moment(t.Format(time.RFC3339))
	}
	return nil
}

// errNoMoment is returned by [Moment.In] for what UnmarshalTOML never makes.
var errNoMoment = errors.New("no date and time")

// In is the moment; one without an offset is in the zone. The zero Moment is the usual
// one of tests: a Wednesday at ten, which is a holiday nearly nowhere.
func (m Moment) In(zone *time.Location) (time.Time, error) {
	if m == "" {
		return time.Date(2026, 3, 4, 10, 0, 0, 0, zone), nil
	}
	if t, err := time.Parse(time.RFC3339, string(m)); err == nil {
		return t.In(zone), nil
	}
	if t, err := time.ParseInLocation(localMoment, string(m), zone); err == nil {
		return t, nil
	}
	return time.Time{}, fmt.Errorf("read %q: %w", string(m), errNoMoment)
}

// ProblemOfTest is a problem of a key of the test of that index, with the place where that
// was written.
func (c *Config) ProblemOfTest(i int, key, text string) Problem {
	return c.problem(element("test", i)+"."+key, "%s", text)
}

// Members is a list as a test would write it.
func Members(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = strconv.Quote(t)
	}
	return "[" + list(quoted) + "]"
}
