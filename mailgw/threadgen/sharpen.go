package threadgen

import (
	"regexp"
	"slices"
	"strings"
)

// Sharpen adds to the lines attacks that threadgen does not make: whoever forges a
// customer's or an agent's address there knows at most a ticket's number. Behind
// each comes the same mail of one who has also seen a mail of ours: it answers its
// id, and then is written to its reply address, too, which stands in what people
// pass on.
func Sharpen(all []Line) []Line {
	var out []Line
	for i := range all {
		l := all[i]
		out = append(out, l)
		if l.Kind != "attack" || !slices.Contains(l.Quirks, "forged-from") && !slices.Contains(l.Quirks, "forged-agent") {
			continue
		}
		ours := placeholder.FindStringSubmatch(l.EML)
		if ours == nil {
			continue
		}
		out = append(out, sharper(l, ours[2], "knows-our-id", l.Rcpt[0]))
		if slices.Contains(l.Quirks, "forged-agent") { // a customer's token, in an agent's name
			more := sharper(l, ours[2], knowsToken, "@@REPLYTO:"+ours[2]+"@@")
			if !publishesPolicy(&l) { // a token is a proof, so it may join, flagged; it goes to nobody
				e := *l.Expect
				e.Ticket, e.NotJoin, more.Expect = e.NotJoin[0], nil, &e
			}
			out = append(out, more)
		}
	}
	return out
}

// knowsToken is the quirk of an attacker who has the reply address of a mail of ours.
const knowsToken = "knows-our-token"

// publishesPolicy says whether the domain that a line forges publishes a policy.
func publishesPolicy(l *Line) bool { return l.Seq%2 == 0 }

var (
	idField   = regexp.MustCompile(`(?m)^Message-ID: <`)
	linkField = regexp.MustCompile(`(?m)^(?:In-Reply-To|References): [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*`)
)

// sharper is an attack again, of one who knows a mail of ours.
func sharper(l Line, ours, quirk, rcpt string) Line {
	head, body, _ := strings.Cut(l.EML, "\r\n\r\n")
	head = linkField.ReplaceAllString(head+"\r\n", "")
	head = idField.ReplaceAllString(head, "Message-ID: <"+quirk+".")
	l.EML = head + "In-Reply-To: @@MID:" + ours + "@@\r\nReferences: @@REFS:" + ours + "@@\r\n\r\n" + body
	l.Ref += "." + quirk
	l.Rcpt = []string{rcpt}
	l.Quirks = append(slices.Clone(l.Quirks), quirk)
	return l
}
