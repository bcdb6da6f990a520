package threadgen

import (
	"mime"
	"regexp"
	"strings"
)

// placeholder stands in a mail for something that our own mail with that name says.
var placeholder = regexp.MustCompile(`@@(MID|REFS|SUBJ|REPLYTO|ENVFROM|TAG):([\w.]+)@@`)

// tag is a ticket's number in a subject of ours.
var tag = regexp.MustCompile(`\[[A-Za-z0-9#]*[-#]?\d+\]`)

// filler fills placeholders from the mails that left.
type filler struct {
	mail   func(ref string) *Mail // nil when there is no such mail
	number func(ref string) string
	absent string // why something could not be filled
}

// one is what one placeholder stands for.
func (f *filler) one(what, ref string) string {
	m := f.mail(ref)
	if m == nil {
		f.absent = "there is no mail of ours that it could mean"
		return ""
	}
	switch what {
	case "MID":
		return "<" + m.read.MessageID + ">"
	case "REFS":
		ids := append(append([]string{}, m.read.References...), m.read.MessageID)
		return "<" + strings.Join(ids, "> <") + ">"
	case "SUBJ":
		return m.read.Subject
	case "REPLYTO":
		return m.answersTo()
	case "ENVFROM":
		if m.From == "" {
			f.absent = nothingToAnswer
		}
		return m.From
	}
	if t := tag.FindString(m.read.Subject); t != "" {
		return t
	}
	return f.number(ref) // what a stranger would guess
}

// nothingToAnswer is why no program answers a mail with a null reverse path.
const nothingToAnswer = "RFC 3834 §3.3: nothing answers a null reverse path"

// text fills a text that needs no encoding: a body, an address.
func (f *filler) text(s string) string {
	return placeholder.ReplaceAllStringFunc(s, func(p string) string {
		m := placeholder.FindStringSubmatch(p)
		return f.one(m[1], m[2])
	})
}

// header fills a header: lists of ids are folded, other scripts encoded.
func (f *filler) header(s string) string {
	return placeholder.ReplaceAllStringFunc(s, func(p string) string {
		m := placeholder.FindStringSubmatch(p)
		v := f.one(m[1], m[2])
		if m[1] == "REFS" {
			return strings.ReplaceAll(v, " ", "\r\n\t")
		}
		if m[1] == "SUBJ" {
			return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", v), "?= =?", "?=\r\n =?")
		}
		return v
	})
}

// mail fills a whole mail.
func (f *filler) whole(eml string) string {
	if !strings.Contains(eml, "@@") {
		return eml
	}
	head, body, _ := strings.Cut(eml, "\r\n\r\n")
	return f.header(head) + "\r\n\r\n" + f.text(body)
}
