// Package rules answers what a mail deserves: an ordered list of rules turns
// the facts about a mail into a verdict (priority, tags, desk, target, page,
// assignee and more), with a trace of why.
//
// It decides and does nothing else: it neither parses mail nor knows which
// desks, agents, levels and customers there are (the configuration checks
// those names), reads no clock, no disk and no network, and logs nothing.
//
// # Rules
//
// In TOML a rule is a [[rule]]:
//
//	[[rule]]
//	name = "production-down"
//	if.words = ["production down", "outage"]
//	then = { priority = "urgent", target = "30m", tags = ["outage"], page = true }
//
//	[[rule]]
//	name = "newsletters"
//	if.sender = { glob = ["*@news.example", "noreply@*"] }
//	then = { priority = "low", tags = ["newsletter"] }
//	stop = true
//
//	[[rule]]
//	name = "premium-invoices"
//	then = { desk = "billing", priority = "high", assignee = "ben@example.com" }
//	[rule.if]
//	level = { is = "premium" }
//	any = [
//	  { subject = "invoice" },
//	  { words = { regexp = '(?i)\binv-\d{6}\b' } },
//	]
//	not = { sender = { glob = "*@partner.example" } }
//
// All rules are looked at, in their order, until one with stop matches. Each
// that matches takes effect. A later rule overrides an earlier one only in
// what it sets itself: a rule with just tags leaves the priority alone. Tags
// add up, and page stays true once a rule has set it. To say "the first that
// matches decides", give each rule stop = true.
//
// # Conditions
//
// A condition is a table; everything given in it must hold. Most look at a
// text of [Facts], or at several, of which one is enough: subject, words (subject and
// new words, never quotes), sender (the bare address), recipient, tags, header and so
// on. any, all and not hold conditions again. [Condition] has them all.
//
// Some look at a number, and are a range like { at_least = 2, at_most = 5 }: size (also
// "10MB"), affected (also "everybody"), broken_promises, reopened and contacts. Some are
// true or false: blocked, follow_up, working_hours. What the customer has not said is
// neither: affected and blocked then do not hold, whatever is asked.
//
// attachment holds when one file has all that is asked. day and time look at the
// desk's clock.
//
// # Follow-ups
//
// A mail that goes onto a ticket gets a rule's follow_up, when it has one. Else its then
// can only raise the priority, set the target and add tags. A rule takes effect on a
// ticket once when it is opened and once later: [Facts] says which ones did.
//
// A match is a phrase, a list of phrases, or a table with any of contains,
// glob, regexp and is. Of a list one entry is enough, of several keys all
// must hold.
//
//   - contains, the short form: whole words. "production down" is found in
//     "Production  DOWN!" and not in "reproduction downtown". An entry
//     finds its words wherever they follow each other, so "acme.example"
//     is found in "acme.example.net" too: for addresses use glob or is.
//   - glob: the whole text, with * for anything and ? for one character. There
//     is no way to ask for a star itself; use regexp.
//   - is: the whole text. is = "" holds when there is none.
//   - regexp: RE2 over the raw text, case counts. The others fold: "Störung",
//     "STORUNG" and "sto\u0308rung" are the same, ß is ss, æ is ae, full
//     width is half width, and white space is one space. "ö" is not "oe".
//
// Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese are matched as
// parts of the text, since spaces do not separate their words.
//
// # Use
//
// [Compile] reports every [Problem] of a list at once, with the path of the
// key. A [Set] is immutable and safe for concurrent use; [Set.Eval] is the
// fast path, [Set.Explain] gives the same verdict with the reasons.
//
// # Failure and cost
//
// Evaluation cannot fail. Time is linear in the text: the phrases of all rules
// are searched in one pass, and so are literals of all globs and regexps, of which
// only those are tried of which something was seen. None of them backtracks, and each
// different one is tried at most once for a mail. What lies behind [MaxTextBytes], and
// for a regexp behind [MaxRegexpBytes], is not looked at; all globs and regexps
// together do at most [MaxSteps], whatever the rules and the mail.
package rules
