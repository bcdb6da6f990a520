package main

import (
	"fmt"
	"mime"
	"strings"
	"time"

	"supportgw/mailgw"
)

// person is somebody in the story, with a mail client of their own.
type person struct {
	name, addr string
	client     string // User-Agent
}

func (p person) String() string { return p.name + " <" + p.addr + ">" }

// first is how others call them.
func (p person) first() string {
	first, _, _ := strings.Cut(p.name, " ")
	return first
}

// sheet is a mail that a person of the story writes.
type sheet struct {
	from    person
	to      string
	subject string
	id      string // Message-ID, without brackets
	words   string
	answers *mailgw.DemoMail // the mail that it replies to, quoted below the words; nil = none
	outside bool             // it came over another server, as all mail from the internet does
}

// reply presses reply on a mail of the gateway: the client fills in where the answer
// goes, the thread, and the quotation.
func (p person) reply(m *mailgw.DemoMail, id, words string) sheet {
	subject := m.Subject
	if !strings.HasPrefix(strings.ToLower(subject), "re:") {
		subject = "Re: " + subject
	}
	return sheet{from: p, to: m.ReplyTo, subject: subject, id: id, words: words, answers: m}
}

// bytes is the mail as the client hands it in.
func (s *sheet) bytes(now time.Time) []byte {
	var b strings.Builder
	if s.outside {
		fmt.Fprintf(&b, "Received: from laptop.elsewhere.example (192.0.2.66) by relay.elsewhere.example; %s\r\n", now.Format(time.RFC1123Z))
	}
	fmt.Fprintf(&b, "Message-ID: <%s>\r\nDate: %s\r\nMIME-Version: 1.0\r\nUser-Agent: %s\r\n", s.id, now.Format(time.RFC1123Z), s.from.client)
	fmt.Fprintf(&b, "From: %s\r\nTo: %s\r\nSubject: %s\r\n", s.from, s.to, mime.QEncoding.Encode("utf-8", s.subject))
	if m := s.answers; m != nil {
		fmt.Fprintf(&b, "In-Reply-To: <%s>\r\nReferences: %s\r\n", m.MessageID, "<"+strings.Join(append(m.References[:len(m.References):len(m.References)], m.MessageID), ">\r\n <")+">")
	}
	b.WriteString("Content-Type: text/plain; charset=UTF-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n\r\n")
	b.WriteString(strings.ReplaceAll(s.body(), "\n", "\r\n"))
	return []byte(b.String())
}

// body is the words and, as Thunderbird quotes it, the mail that they answer.
func (s *sheet) body() string {
	body := s.words + "\n"
	if m := s.answers; m != nil {
		name, _, _ := strings.Cut(m.From, " <")
		body += fmt.Sprintf("\nOn %s, %s wrote:\n", m.Date.Format("02.01.06 15:04"), strings.Trim(name, `"`))
		for line := range strings.SplitSeq(strings.TrimRight(m.Text, "\n"), "\n") {
			body += strings.TrimRight("> "+line, " ") + "\n"
		}
	}
	return body
}

// quoted says how much of the mail is quotation.
func (s *sheet) quoted() string {
	if s.answers == nil {
		return ""
	}
	return fmt.Sprintf("\n\n[… and below it, as every client does, the %d lines that it answers]", strings.Count(strings.TrimRight(s.answers.Text, "\n"), "\n")+1)
}
