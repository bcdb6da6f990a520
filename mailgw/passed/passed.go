// Package passed finds in a mail the mails that its writer passes on, and makes each a
// mail of its own, as if its author had sent it: attached ones as they are, byte for
// byte; of one that stands in the text the author, the subject, the words and the files.
//
// It says what a mail looks like, and proves nothing: whoever writes a mail can put any
// name above words of their own. Who is believed is decided elsewhere.
//
// It is pure: no network, no disk, no clock, no state; everything is safe for concurrent
// use. It takes any mail, never fails, and looks only a few mails deep. In doubt it names
// nobody and says why ([Found.Unsure]): a matter in a wrong name is worse than a question.
package passed

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/letter"
)

// Unsure is why nobody can be named whose mail is passed on.
type Unsure string

// The reasons.
const (
	NoAddress Unsure = "no address" // it is not said, or by a name alone
	Guessed   Unsure = "guessed"    // an address stands there, but what it is can be taken in more than one way
	OurOwn    Unsure = "our own"    // the house itself wrote what is passed on
)

// Mail is one mail that is passed on.
type Mail struct {
	Raw   []byte         // as a mail of its own
	From  letter.Address // who wrote it, as it says itself; never without an address
	Date  time.Time      // when, as it says itself; zero when it does not
	Whole bool           // it was attached, so that Raw is what its author's program wrote
}

// Found is what a mail passes on. The zero value: nothing.
type Found struct {
	Mails  []Mail   // in order, at most 10; with one at least Unsure is ""
	Unsure Unsure   // something is passed on, and nobody can be named; "" otherwise
	Names  []string // whom it may be of, as it says: names, or "Name <addr>"; only when Unsure is set
}

// What is looked at, at most.
const (
	maxMails  = 10
	maxDepth  = 4  // mails in mails
	sureAbout = 60 // percent, see letter.Forwarded
)

// Reader reads mails of people of a house.
type Reader struct {
	// IsHouse reports whether an address is of the house: whose words are looked
	// through for those of somebody else. It must not be nil.
	IsHouse func(addr string) bool
}

// Read finds what a mail passes on. m is raw, read.
func (r Reader) Read(raw []byte, m *letter.Mail) Found { return r.read(raw, m, 0) }

func (r Reader) read(raw []byte, m *letter.Mail, depth int) (found Found) {
	if depth == maxDepth || m.Kind != letter.Person {
		return found
	}
	var whole [][]byte
	for _, f := range letter.Files(raw, letter.DefaultLimits()) {
		if isMail(&f) {
			whole = append(whole, f.Bytes)
		}
	}
	for _, inner := range whole {
		found.add(r.attached(inner, depth))
	}
	if len(whole) == 0 {
		found = r.inText(raw, m, depth)
	}
	if len(found.Mails) > 0 {
		found.Unsure, found.Names = "", nil
	}
	return found
}

func (f *Found) add(more Found) {
	f.Mails = append(f.Mails, more.Mails...)
	f.Mails = f.Mails[:min(len(f.Mails), maxMails)]
	if f.Unsure == "" || f.Unsure == OurOwn {
		f.Unsure = more.Unsure
	}
	f.Names = append(f.Names, more.Names...)
}

// isMail reports whether a file is a mail: by its type, or as clients name one.
func isMail(f *letter.File) bool {
	media, _, _ := strings.Cut(f.Type, ";")
	switch media {
	case "message/rfc822", "message/global":
		return true
	case "application/octet-stream", "text/plain", "application/eml":
		return strings.HasSuffix(strings.ToLower(f.Name), ".eml")
	}
	return false
}

// attached looks at one mail that is attached. One of the house may itself pass a
// mail on; one by anybody else is what was meant, whatever that passes on.
func (r Reader) attached(raw []byte, depth int) Found {
	raw = bytes.TrimLeft(raw, "\r\n")
	m := letter.Parse(raw, "attached", letter.DefaultLimits())
	from := m.Author()
	switch {
	case from.Addr == "" || !plain(from.Addr) || len(m.From) > 1:
		return Found{Unsure: NoAddress, Names: nameOf(from)}
	case !r.IsHouse(from.Addr):
		return Found{Mails: []Mail{{Raw: raw, From: from, Date: m.Date, Whole: true}}}
	}
	return r.orOurs(r.read(raw, m, depth+1))
}

// orOurs says that the house wrote it, when nothing was found in it.
func (r Reader) orOurs(f Found) Found {
	if len(f.Mails) == 0 && f.Unsure == "" {
		f.Unsure = OurOwn
	}
	return f
}

// inText looks at the mail that stands in the text.
func (r Reader) inText(raw []byte, m *letter.Mail, depth int) Found {
	f := m.Forwarded
	if f == nil {
		if letter.IsForward(m.Subject) && len(m.InReplyTo) == 0 {
			return Found{Unsure: NoAddress}
		}
		return Found{}
	}
	switch {
	case !plain(f.From.Addr):
		return Found{Unsure: NoAddress, Names: nameOf(f.From)}
	case f.Confidence < sureAbout:
		return Found{Unsure: Guessed, Names: []string{f.Author()}}
	}
	inner := Named(raw, m, f.From)
	if !r.IsHouse(f.From.Addr) {
		return Found{Mails: []Mail{inner}}
	}
	again := bytes.Replace(inner.Raw, []byte("\r\nSubject: "), []byte("\r\nSubject: Fwd: "), 1) // what it quotes is what is passed on
	return r.orOurs(r.read(again, letter.Parse(again, "inner", letter.DefaultLimits()), depth+1))
}

// plain reports whether an address can stand in a mail of ours.
func plain(addr string) bool {
	at := strings.LastIndexByte(addr, '@')
	return at > 0 && at < len(addr)-1 && len(addr) <= 320 && !strings.ContainsAny(addr, " \t\r\n<>,;:()\"\\")
}

// nameOf is what is known of an author without an address.
func nameOf(a letter.Address) []string {
	if a.Name == "" {
		return nil
	}
	return []string{a.Name}
}

// Named makes a mail of what m, read from raw, passes on in its text, as somebody's.
// When nothing is passed on, its own words are theirs: a person of the house says so.
func Named(raw []byte, m *letter.Mail, author letter.Address) Mail {
	subject, words, date := m.Subject, m.Matter(), m.Date
	if f := m.Forwarded; f != nil {
		subject, words, date = f.Subject, f.Text, f.Date
	}
	out := Mail{From: author, Date: date}
	if date.IsZero() {
		date = m.Date
	}
	if date.IsZero() {
		date = time.Unix(0, 0).UTC()
	}
	d := letter.Draft{
		From: author.String(), Subject: subject, Date: date, MessageID: noID, Text: words,
		References: originals(m), Headers: [][2]string{{"Resent-From", m.Author().Addr}}, Files: files(raw),
	}
	for _, a := range m.To {
		if plain(a.Addr) {
			d.To = append(d.To, a.Addr)
		}
	}
	var err error
	if out.Raw, err = letter.Compose(d); err != nil { // a name or an id that cannot be written: the words are what counts
		d.From, d.To, d.References, d.Subject = author.Addr, nil, nil, oneLine(subject)
		out.Raw, _ = letter.Compose(d)
	}
	id := ""
	if len(m.InReplyTo) == 1 && len(d.References) > 0 { // clients that name one name the mail itself
		id = "Message-ID: <" + m.InReplyTo[0] + ">\r\n"
	}
	out.Raw = bytes.Replace(out.Raw, []byte("Message-ID: <"+noID+">\r\n"), []byte(id), 1)
	return out
}

// noID stands where a mail has no Message-ID that anybody knows.
const noID = "none@passed.invalid"

// originals are the ids that a mail which passes another on names: those of the other's
// conversation, as clients write them.
func originals(m *letter.Mail) (ids []string) {
	for _, id := range append(slices.Clone(m.References), m.InReplyTo...) {
		if !slices.Contains(ids, id) && strings.Contains(id, "@") && len(id) < 200 {
			ids = append(ids, id)
		}
	}
	return ids[max(0, len(ids)-20):]
}

// files are those of a mail that may be of what it passes on: all but what clients add
// by themselves.
func files(raw []byte) []letter.File {
	return slices.DeleteFunc(letter.Files(raw, letter.DefaultLimits()), func(f letter.File) bool {
		media, _, _ := strings.Cut(f.Type, ";")
		switch media {
		case "text/vcard", "text/x-vcard", "text/directory", "application/pgp-keys":
			return true
		}
		return isMail(&f)
	})
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
