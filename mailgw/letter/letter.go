// Package letter is a mail as the gateway sees it: [Parse] reads whatever comes,
// [Compose] writes what the gateway says. It is the eyes and the mouth, and
// decides nothing: which ticket a mail belongs to, and whether its sender may
// write there, is asked elsewhere.
//
// Parse never fails, never panics and never hangs. What is broken is read as well
// as it can be and noted in [Mail.Problems]; what cannot be read is left out of
// the text, never out of the hash. The raw bytes stay with the caller and are the
// truth. Work is counted ([Limits]), not timed: past a limit the rest is skipped
// and the skipping is noted.
//
// The package is pure: no network, no disk, no clock, no goroutine, no state. All
// functions may be called at the same time; a Mail belongs to whoever called
// Parse, and holds no part of the raw bytes.
package letter

import (
	"time"

	"supportgw/mailgw/ticket"
)

// Kind is what sort of mail this is, as far as the mail itself tells.
type Kind string

// The kinds of mail.
const (
	Person       Kind = "person"       // nothing says otherwise
	AutoReply    Kind = "auto-reply"   // a program answered: vacation, "we got your mail"
	Bounce       Kind = "bounce"       // a delivery report, good or bad
	Report       Kind = "report"       // abuse feedback, DMARC or TLS report
	List         Kind = "list"         // came through a mailing list or bulk sender
	Receipt      Kind = "receipt"      // "your mail was read" (RFC 8098 §3)
	Calendar     Kind = "calendar"     // an answer to an invitation
	Verification Kind = "verification" // a third service's one-time code or sign-up mail
)

// Limits bounds the work that one mail may cause. A zero field means the default.
type Limits struct {
	HeaderBytes  int   // bytes of the top header and of each part's header; the rest of it is skipped
	Parts        int   // MIME parts in all; further ones are skipped
	Depth        int   // nesting of multiparts; deeper ones are not opened
	Addresses    int   // addresses per field; further ones are skipped
	DecodedBytes int64 // bytes of all parts after transfer decoding; further parts are not decoded
}

// DefaultLimits returns 256 KiB of header, 500 parts, depth 20, 500 addresses
// and 64 MiB decoded.
func DefaultLimits() Limits {
	return Limits{HeaderBytes: 256 << 10, Parts: 500, Depth: 20, Addresses: 500, DecodedBytes: 64 << 20}
}

// orDefault fills the fields that are not set.
func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.HeaderBytes <= 0 {
		l.HeaderBytes = d.HeaderBytes
	}
	if l.Parts <= 0 {
		l.Parts = d.Parts
	}
	if l.Depth <= 0 {
		l.Depth = d.Depth
	}
	if l.Addresses <= 0 {
		l.Addresses = d.Addresses
	}
	if l.DecodedBytes <= 0 {
		l.DecodedBytes = d.DecodedBytes
	}
	return l
}

// Mail is one mail, read. Every string is valid UTF-8; the strings that come
// from the header hold no line breaks and no control characters.
type Mail struct {
	From    []Address // the authors; empty when the field is missing or holds no address
	Sender  []Address // who handed it in for the authors; mostly empty
	ReplyTo []Address // where answers should go; never proof of who wrote
	To      []Address // as the header says; the envelope may differ
	Cc      []Address // as the header says

	Subject    string    // decoded; "" when missing
	MessageID  string    // without brackets; "" when missing
	InReplyTo  []string  // ids without brackets, in order
	References []string  // ids without brackets, in order: the oldest first
	Date       time.Time // in the writer's zone; zero when missing or not readable
	HasZone    bool      // the Date names its zone; false also for -0000, see parseDate

	Header   Header // every field, raw and in order
	Received int    // how many Received fields it has

	Text       string // the readable body with "\n" line ends, HTML turned to text
	Split      []Span // what the lines of Text are: in order, without gaps, from its first byte to its last; nil when there is no text
	NewText    string // what was written in this mail: the spans that are new; "" when nothing was
	OldOnly    bool   // nothing was written in this mail, or what was cannot be told from older words, which NewText then holds: of a text over 1 MiB, or below an announcement with nothing above it
	QuotedText string // earlier mails, repeated below or between
	Signature  string // below "-- ", without that line, and a phone's own line

	Forwarded   *Forwarded          // the mail that this one passes on; nil when none was recognised
	Attachments []ticket.Attachment // parts with a file name or disposition attachment, in order; an attached mail is one

	// Bodies says where in the raw bytes the bodies of large files lie, as they are
	// encoded, in order: two mails with one file mostly have the same bytes there.
	// None of a file within what is encoded itself.
	Bodies []Range

	Kind    Kind        // Person unless there is evidence
	Reasons []string    // why that kind, such as "Auto-Submitted: auto-replied"; empty for Person
	Bounce  *BounceInfo // what a delivery report says; nil for other kinds

	Language string   // ISO 639-1 code of the new words; "" when not sure
	Phones   []string // phone numbers in the new words and the signature, as +41446681800, each once, at most 10; only of a Person

	Problems []string // what was broken and how it was read; each at most once

	// Hash is SHA-256 over the subject and the decoded parts in order. Date,
	// Received and all other fields do not count, so the same mail over two
	// routes has one hash.
	Hash [32]byte

	source  htmlSource // see MatterHTML
	unnamed bool       // it has a part that is neither text nor an attachment, such as a picture without a name
}

// Range is some of the raw bytes.
type Range struct {
	Start int // of the first, from 0
	End   int // behind the last
}

// Forwarded is a mail inside of a mail, passed on by the author.
type Forwarded struct {
	From       Address   // who wrote it; zero when not known, without an address when only a name is
	Subject    string    // its subject, decoded
	Date       time.Time // zero when not known; in the zone of the mail that passes it on when it names none
	Text       string    // its readable body
	Confidence int       // how sure it is that From is right, in percent, 1 to 100
}

// BounceInfo is what a delivery report says.
type BounceInfo struct {
	OriginalMessageID string            // of the mail that was reported on, without brackets; "" when the report does not show it
	Recipients        []BounceRecipient // in the report's order; empty when it names none
}

// BounceRecipient is the fate of a mail at one recipient (RFC 3464 §2.3).
type BounceRecipient struct {
	Address    string // local@domain
	Action     string // failed, delayed, delivered, relayed, expanded; "" when not given
	Status     string // enhanced code such as 5.1.1; "" when not given
	Diagnostic string // the remote server's words
	Permanent  bool   // no later attempt will be made
}

// Author returns who wrote the mail: the first From address, else the Sender,
// else the zero Address.
func (m *Mail) Author() Address {
	if len(m.From) > 0 {
		return m.From[0]
	}
	if len(m.Sender) > 0 {
		return m.Sender[0]
	}
	return Address{}
}
