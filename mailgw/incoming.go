package mailgw

import (
	"context"
	"crypto/sha256"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/customer"
	"supportgw/mailgw/imapd"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/passed"
	"supportgw/mailgw/shown"
	"supportgw/mailgw/ticket"
	"supportgw/rules"
)

// incoming is a mail on its way through the pipeline: what is known of it before
// the store is asked. It is not changed by the transaction, which may run twice.
type incoming struct {
	*letter.Arrival
	s       *settings
	mail    *letter.Mail
	auth    mailauth.Verdict
	author  string      // bare address of From, domain in lower case; "" when there is none
	hash    []byte      // what makes it the same mail again, see sameness
	copies  []ticket.ID // of what an agent hands in, in her Sent
	excerpt string      // its first words
	files   answerFiles
	desk    *config.Desk
	others  []*config.Desk // further desks among the recipients
	unbar   []func()       // lets go of rows that were kept from leaving while the mail is recorded
	budget  *verdictOfBudget
	// forwards are the budget's answers for whom rules forward the mail to.
	forwards map[string]*verdictOfBudget
	machine  *string // why its writer is a machine, "" for none; nil: not asked yet
	// passed are the customers' mails that this one of an agent's passes on; unsure says
	// that it does and nobody can be named. vouched: this mail itself was passed on.
	passed  []*incoming
	unsure  passed.Found
	vouched *voucher
	listed  *imapd.Listing // what agents' mail clients ask about it; nil where there are none. A Reply-To of ours is to stand in front of it
	apart   *imapd.Listing // the same where no such line stands in front: in a drawer
	proves  string         // the desk whose reply addresses it proves to come in; "" = nothing new

	// What a new ticket would be given. Most mails open one, and the store
	// is not asked for it, so that it need not be found inside the commit.
	identity customer.Identity
	entitled customer.Entitlement
	verdict  rules.Verdict
	impact   impact         // how much the author says it hurts
	away     *absenceChange // what an agent's own absence mail says; nil of others
	needs    []NeedView     // by when its customer needs something, as desk reads the hours; nil: not asked
}

// verdictOfBudget is the budget's answer for one mail, asked at most once.
type verdictOfBudget struct {
	ok    bool
	why   string
	spent spend // what was booked, if ok
}

// newIncoming parses and judges a mail.
func (g *Gateway) newIncoming(ctx context.Context, a *letter.Arrival) *incoming {
	return g.readMail(ctx, g.settings.Load(), a)
}

// readMail is newIncoming under given settings.
func (g *Gateway) readMail(ctx context.Context, s *settings, a *letter.Arrival) *incoming {
	in := &incoming{Arrival: a, s: s, mail: letter.Parse(a.Raw[a.Body:], a.ReversePath, letter.DefaultLimits())}
	in.author = in.mail.Author().Addr
	in.mail.Problems = append(in.mail.Problems, a.Notes...)
	g.knowEchoes(in)
	if a.Source == sourcePassed { // it comes again, out of a drawer
		in.vouched = &voucher{agent: "an agent"}
		in.auth = in.vouched.verdict()
	} else if in.isSubmission() {
		in.believe()
	} else {
		in.auth = s.auth.Examine(ctx, handover(a, in.mail))
	}
	in.hash = in.sameness()
	if s.ShowsFolders() {
		in.listed = newBareListing(a.Raw, true)
		if in.apart = in.listed; int64(len(shown.Disarm(a.Raw, false))) != in.listed.Size {
			in.apart = newBareListing(a.Raw, false)
		}
	}
	in.excerpt = letter.Excerpt(in.mail.Matter(), maxExcerpt)
	if in.isSubmission() && s.ShowsFolders() {
		in.copies = g.copiesInSent(in.ReversePath, in.mail.MessageID)
	}
	in.route()
	in.proves = g.proves(in)
	in.files = in.answerFiles()
	in.away = in.absenceMail()
	in.know()
	if a.Source != sourcePassed {
		g.readPassed(in)
	}
	return in
}

// know finds what a new ticket would be given, when author, sender and desk are known.
func (in *incoming) know() {
	in.identity = in.remembered(in.s.customers.IdentifyMail(in.author, in.auth.Authenticated(), in.said()))
	in.entitled = in.entitle(in.identity, in.desk)
	in.knowCustomer()
	in.identity.Level = in.entitled.Level
	if k := in.mail.Kind; in.needs == nil && (k == letter.Person || k == letter.List) && !in.isAgent() {
		in.needs = in.s.needs(in.mail, in.mail.Language, in.desk, in.At)
	}
	in.impact = in.readImpact()
	in.verdict = in.s.RuleSet.Eval(in.openingFacts())
}

// handover is a mail as mailauth examines it.
func handover(a *letter.Arrival, m *letter.Mail) *mailauth.Handover {
	early, _ := a.Early.(*mailauth.Early)
	sent := a.Sent
	if sent == nil {
		sent = a.Raw[a.Body:]
	}
	return &mailauth.Handover{
		Peer: a.ClientIP, Helo: a.Helo, ReversePath: a.ReversePath, Raw: sent, Mail: m, Relayed: a.Source == sourceLMTP, Early: early,
	}
}

// beginEarly starts to find out about the sender of a mail that still comes in.
func (g *Gateway) beginEarly(ctx context.Context, a *letter.Arrival) any {
	if a.Source == sourceLMTP {
		return nil
	}
	if early := g.settings.Load().auth.Begin(ctx, a.ClientIP, a.Helo, a.ReversePath); early != nil {
		return early
	}
	return nil
}

// sameness is the hash by which a mail that comes again is known: over subject and
// decoded parts, not over Date and trace fields. It also tells where an answer goes
// and whether a person wrote: somebody who was in Cc must not send the mail first
// with another Reply-To, as an automatic one or a forged one, and have the true one
// thrown away.
//
// What an agent hands in is known also when its program has wrapped it otherwise: a second
// answer with the same words helps nobody.
func (in *incoming) sameness() []byte {
	h := sha256.New()
	if in.isSubmission() {
		words := in.mail.WordsHash()
		h.Write(words[:])
	} else {
		h.Write(in.mail.Hash[:])
	}
	for _, a := range in.mail.ReplyTo {
		h.Write([]byte(strings.ToLower(a.Addr)))
		h.Write([]byte{0})
	}
	if k := in.mail.Kind; k == letter.Person || k == letter.List {
		h.Write([]byte{1})
	}
	if in.auth.Result == mailauth.Fail {
		h.Write([]byte{2})
	}
	return h.Sum(nil)
}

// level is the level of a customer, or the desk's for one who has none.
func (in *incoming) level(name string, d *config.Desk) string {
	if in.s.Level(name) == nil {
		return d.Level
	}
	return name
}

// route finds the desks: of the envelope's recipients the first desk takes the
// ticket; postmaster's only when there is no other.
func (in *incoming) route() {
	seen := map[string]bool{}
	for _, rcpt := range in.Recipients {
		d := in.s.route(rcpt)
		if d == nil || seen[d.Name] {
			continue
		}
		seen[d.Name] = true
		switch {
		case in.desk == nil:
			in.desk = d
		case in.desk == in.s.admin:
			in.others = append(in.others, in.desk)
			in.desk = d
		default:
			in.others = append(in.others, d)
		}
	}
	if in.desk == nil && in.isSubmission() {
		in.desk = in.submittedDesk()
	}
	if in.desk == nil {
		in.desk = in.s.admin
	}
}

// requester is the author as a mail header shows him.
func (in *incoming) requester() string {
	if in.author == "" {
		return ""
	}
	return in.mail.Author().String()
}

// recipients are the bare addresses of envelope, To and Cc, tokens in plus form.
func (in *incoming) recipients() []string {
	var out []string
	for _, addr := range in.Recipients {
		out = append(out, in.s.plusForm(addr))
	}
	for _, list := range [][]letter.Address{in.mail.To, in.mail.Cc} {
		for _, a := range list {
			out = append(out, in.s.plusForm(a.Addr))
		}
	}
	return out
}

// answerTo is where an automatic answer goes: Reply-To says where to answer, when
// it names somebody else than us; else the author.
func (in *incoming) answerTo() letter.Address {
	if in.vouched == nil && len(in.mail.ReplyTo) == 1 && !in.s.isOwn(in.mail.ReplyTo[0].Addr) {
		return in.mail.ReplyTo[0]
	}
	return in.mail.Author()
}

// language is the mail's when we speak it, else the desk's.
func (in *incoming) language() string { return in.s.spoken(in.mail.Language, in.desk) }

// isAgent reports whether the author is really one of the agents.
func (in *incoming) isAgent() bool {
	return in.author != "" && in.auth.Authenticated() && in.s.Agent(in.author) != nil
}

// said is where the author may name a company.
func (in *incoming) said() customer.Said {
	m := in.mail
	display := m.Author().Name
	if comment := commentOf(m.Header.Get("From")); comment != "" {
		display += " (" + comment + ")"
	}
	words, passed := m.NewText, m.PassedOn()
	if m.OldOnly { // who signs there may be anybody
		words, passed = "", m.Matter()
	}
	return customer.Said{Display: display, Signature: m.Signature, Words: unquotedLines(words), Passed: unquotedLines(passed), Disclaimer: m.Of(letter.SpanDisclaimer), Subject: m.Subject}
}

// unquotedLines leaves out lines with the mark of a quotation that nothing announces:
// they count as words, but not as the author's own company.
func unquotedLines(s string) string {
	if !strings.Contains(s, ">") {
		return s
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, ">") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// commentOf is what stands in brackets in a From field, decoded: companies do.
func commentOf(from string) string {
	i, j := strings.IndexByte(from, '('), strings.LastIndexByte(from, ')')
	if i < 0 || j < i {
		return ""
	}
	return letter.ParseAddress(from[i:j+1] + " <x@example.com>").Name
}

// people are the bare addresses that belong to the conversation: the author and
// those on To and Cc, without ours. Of those that a mail names whose author is not
// proven, colleagues of the author alone: a forger would name himself.
func (in *incoming) people(have []string) []string {
	out := append([]string(nil), have...)
	add := func(addr string) {
		if addr == "" || in.s.isOwn(addr) || len(out) >= maxPeople {
			return
		}
		for _, h := range out {
			if strings.EqualFold(h, addr) {
				return
			}
		}
		out = append(out, addr)
	}
	add(in.author)
	for _, list := range [][]letter.Address{in.mail.To, in.mail.Cc} {
		for _, a := range list {
			if in.auth.Authenticated() || in.s.customers.Colleagues(in.author, a.Addr) {
				add(a.Addr)
			}
		}
	}
	return out
}

// maxPeople bounds a ticket's people: a mail can name hundreds.
const maxPeople = 100

// isKnown reports whether an address is registered, or in a registered customer's
// domain, if it is really theirs.
func (in *incoming) isKnown(addr string) bool {
	c := in.s.customers.Identify(addr, true).Confidence
	return c == ticket.Known || c == ticket.Domain
}

// areColleagues reports whether two addresses are of one registered customer, if
// they are really theirs.
func (in *incoming) areColleagues(a, b string) bool {
	one, other := in.s.customers.Identify(a, true), in.s.customers.Identify(b, true)
	return in.isKnown(a) && in.isKnown(b) && one.Customer == other.Customer
}
