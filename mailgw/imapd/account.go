package imapd

import (
	"time"

	"github.com/emersion/go-imap/v2"
)

// Account is what one agent sees. Its methods are called from many goroutines.
//
// An error that is an *imap.Error is told to the client as it is; its text is a
// sentence that a person reads. Any other error is logged, and answered NO with
// [imap.ResponseCodeServerBug] and without its text.
type Account interface {
	// Name is how the log calls it.
	Name() string
	// Ended says in a sentence why nobody may use the account any more, "" while somebody may.
	Ended() string
	// Folders lists all folders, parents before what is below them.
	Folders() ([]Folder, error)
	// Subscribe keeps whether clients show a folder without being asked to.
	Subscribe(folder string, on bool) error
	// Open returns a folder as it is now. Two calls between which nothing has changed
	// return the same View.
	Open(folder string) (*View, error)
	// Watch returns a channel that gets a value, without waiting, when something of the
	// account may have changed; stop ends that.
	Watch() (news <-chan struct{}, stop func())
	// Listings calls fn for each of the mails with what is known of it without reading it.
	Listings(mails []Mail, fn func(i int, l *Listing) error) error
	// Bytes returns the whole of a mail, lines ending in CRLF.
	Bytes(m Mail) ([]byte, error)
	// Mark changes the flags of mails in a folder: set is put, clear is taken away. Flagged
	// and Answered are not the client's and stay as they are, without an error.
	Mark(folder string, mails []Mail, set, clear Flags) error
	// Keyword returns the bit of a keyword, which it gets when it has none.
	Keyword(name string) (Flags, error)
	// Move moves mails from one folder into another, which moves their tickets. With
	// copied, the client means to take them out of the folder by itself.
	Move(from string, mails []Mail, to string, copied bool) (Moved, error)
	// Append puts a mail into a folder: a draft, a copy of what was sent, or one that
	// is known and is thereby moved.
	Append(folder string, raw []byte, flags Flags, at time.Time) (imap.AppendData, error)
	// Expunge takes out of a folder those mails that have Deleted in it still. Nothing is destroyed.
	Expunge(folder string, mails []Mail) error
	// FindText reports which mails of a view have all of these words: as TEXT does with
	// their headers, as BODY does without.
	FindText(v *View, words string, body bool) (func(Mail) bool, error)
}

// Moved says where mails went.
type Moved struct {
	Validity uint32            // of the folder that they went to
	To       map[uint32]uint32 // by their old UIDs; one that is in no folder of the reader's has none
}

// Folder is a line of LIST.
type Folder struct {
	Name       string // UTF-8, "/" between its parts
	Attributes []imap.MailboxAttr
	Subscribed bool
	NoSelect   bool // only a parent of others
}

// View is a folder at one instant. Nobody changes it.
type View struct {
	Name     string
	Validity uint32   // UIDVALIDITY
	Next     uint32   // UIDNEXT
	Mails    []Mail   // by UID
	Keywords []string // of the account: what the bits from FirstKeyword on mean
}

// Flags are flags and keywords of a mail.
type Flags uint64

// The flags of RFC 9051 §2.3.2. Keywords have the bits from FirstKeyword on, at most MaxKeywords.
const (
	Seen Flags = 1 << iota
	Answered
	Flagged
	Deleted
	Draft
	FirstKeyword
)

// MaxKeywords is how many keywords an account can have.
const MaxKeywords = 59

// Mail is a mail in a View.
type Mail struct {
	UID    uint32
	Flags  Flags
	Ticket uint64 // its ticket and which entry of it, or
	Seq    uint32
	Item   uint64 // the mail that is on none
}

// Listing is what is known of a mail without reading it.
type Listing struct {
	Size      int64     // of all its bytes, RFC822.SIZE
	Date      time.Time // INTERNALDATE
	Envelope  *imap.Envelope
	Structure imap.BodyStructure
}
