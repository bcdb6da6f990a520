package mailgw

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/ticket"
	"supportgw/rules"
	"supportgw/threading"
)

// RuleFailure is one thing that the rules make of a test's mail and should not.
type RuleFailure struct {
	// Where it is expected, and all that is below in one sentence.
	Problem config.Problem
	// The test's name.
	Test string
	// The key of what is expected, like "priority".
	Key string
	// What is expected, and what came, as TOML.
	Want, Got string
	// Why it came, by which rule.
	Why string
}

// CheckRules runs the tests of a configuration and returns what fails, in their order. The
// mails take the way of mails that come in, to a gateway that has no tickets: read, judged,
// identified and triaged by the same code, without any network or disk.
func CheckRules(c *config.Config) ([]RuleFailure, error) {
	if len(c.Tests) == 0 {
		return nil, nil
	}
	clock, err := ParseClock("")
	if err != nil {
		return nil, err
	}
	keys, err := threading.NewKeyring(threading.Key{ID: 1, Secret: make([]byte, 32)}) // its tokens lead nowhere
	if err != nil {
		return nil, fmt.Errorf("make a key for tests of rules: %w", err)
	}
	g := &Gateway{store: emptyStore{}, clock: clock, budget: &budget{}, ids: newIDSource(0), log: slog.New(slog.DiscardHandler), keys: keys}
	s := newSettings(c, nil)
	g.settings.Store(s)
	var failures []RuleFailure
	for i := range c.Tests {
		run := &ruleTest{g: g, s: s, test: &c.Tests[i], index: i}
		failed, err := run.failures()
		if err != nil {
			return nil, fmt.Errorf("test of rules %q: %w", run.test.Name, err)
		}
		failures = append(failures, failed...)
	}
	return failures, nil
}

// testRules is CheckRules with what fails as problems of the configuration.
func testRules(c *config.Config) error {
	failures, err := CheckRules(c)
	if err != nil || len(failures) == 0 {
		return err
	}
	problems := make(config.Problems, len(failures))
	for i := range failures {
		problems[i] = failures[i].Problem
	}
	return problems
}

// warnTests says in the log which tests fail. The gateway starts all the same: no mail is
// lost because of a test.
func (g *Gateway) warnTests(c *config.Config) {
	if err := testRules(c); err != nil {
		for _, p := range problemLines(err) {
			g.log.Warn("a test of the rules fails", "problem", p)
		}
	}
}

// ruleTest is one test that is run.
type ruleTest struct {
	g     *Gateway
	s     *settings
	test  *config.RuleTest
	index int
}

// decide takes the test's mail as far as its promise. With why, the verdict has its reasons.
func (r *ruleTest) decide(why bool) (*decision, error) {
	in, err := r.incoming()
	if err != nil {
		return nil, err
	}
	d := &decision{g: r.g, in: in, r: emptyStore{}, now: in.At, explain: why, given: r.given, newNumber: func() (uint64, error) { return 1, nil }}
	if err := d.classify(); err != nil {
		return nil, err
	}
	d.final = false // what the rules say of it is what is asked
	if status := ticket.Status(r.test.Mail.Status); status != "" {
		d.admitted = threading.Append
		d.before = r.before(in, status)
	}
	for _, step := range []func() error{d.place, d.identify, r.level(d), d.triage, d.promise} {
		if err := step(); err != nil {
			return nil, err
		}
		if d.final { // in the junk
			break
		}
	}
	return d, nil
}

// before is the ticket that the mail goes onto.
func (r *ruleTest) before(in *incoming, status ticket.Status) ticket.Ticket {
	m := &r.test.Mail
	t := ticket.Ticket{
		Number: 1, Desk: in.desk.Name, Status: status, Priority: ticket.Normal, Subject: in.mail.Subject, Requester: in.requester(), Address: in.author,
		People: []string{in.author}, CreatedAt: in.At.Add(-24 * time.Hour), UpdatedAt: in.At.Add(-24 * time.Hour), PromiseIs: "none", Language: in.mail.Language, Entries: 1,
		Customer: in.identity.Customer, CustomerID: in.identity.ID, Confidence: in.identity.Confidence, Level: in.level(in.identity.Level, in.desk),
	}
	if m.Priority != "" {
		t.Priority = ticket.Priority(m.Priority)
	}
	for _, tag := range m.Tags {
		if i, have := slices.BinarySearch(t.Tags, tag); !have {
			t.Tags = slices.Insert(t.Tags, i, tag)
		}
	}
	for _, name := range m.Done {
		t.RulesDone = append(t.RulesDone, doneFollowUp+name)
	}
	return t
}

// level gives the ticket the level that the test names.
func (r *ruleTest) level(d *decision) func() error {
	return func() error {
		if l := r.s.Level(r.test.Mail.Level); l != nil {
			d.level, d.ticket.Level = l, l.Name
		}
		return nil
	}
}

// given puts into the facts what the test says instead of the mail, or of the store.
func (r *ruleTest) given(f *rules.Facts) {
	m := &r.test.Mail
	if c := r.s.Customer(f.Customer); c != nil { // without a store nobody has a number by which to find them
		f.CustomerAlso = c.Aliases
	}
	if m.Size > 0 {
		f.Size = int64(m.Size)
	}
	if m.Affected > 0 {
		f.Affected = int64(m.Affected)
	}
	if m.Blocked != nil {
		f.Blocked = rules.No
		if *m.Blocked {
			f.Blocked = rules.Yes
		}
	}
	f.BrokenPromises, f.Reopened, f.Contacts = m.BrokenPromises, m.Reopened, max(1, m.Contacts)
	f.FirstContact = m.Status == "" && m.Contacts <= 1
	if m.FirstContact != nil {
		f.FirstContact = *m.FirstContact
	}
}
