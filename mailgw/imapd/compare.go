package imapd

import (
	"slices"

	"github.com/emersion/go-imap/v2"
)

// difference is what a client has to be told so that it knows another view.
type difference struct {
	view  *View    // what it knows then
	gone  []uint32 // sequence numbers of mails that have left, from the highest down
	more  bool     // mails have come
	flags []int    // indexes in view of mails with other flags
	lost  bool     // the two cannot be told apart mail by mail
}

// compare says what has changed between what a client knows and what is. Without expunge
// it goes on to know what has left.
func compare(old, now *View, expunge bool) difference {
	if old.Validity != now.Validity {
		return difference{lost: true}
	}
	d := difference{view: now}
	var known []Mail // what the client has, with the flags of now
	stays := true    // known is the beginning of now
	at, last := 0, uint32(0)
	if n := len(old.Mails); n > 0 {
		last = old.Mails[n-1].UID
	}
	for i, m := range old.Mails {
		for at < len(now.Mails) && now.Mails[at].UID < m.UID {
			return difference{lost: true} // a mail has come before one that was there
		}
		if at == len(now.Mails) || now.Mails[at].UID != m.UID {
			if expunge {
				d.gone = append(d.gone, uint32(i)+1)
				continue
			}
			if stays {
				known, stays = slices.Clone(now.Mails[:at]), false
			}
			known = append(known, m)
			continue
		}
		if now.Mails[at].Flags != m.Flags {
			if n := at; stays {
				d.flags = append(d.flags, n)
			} else {
				d.flags = append(d.flags, len(known))
			}
		}
		if !stays {
			known = append(known, now.Mails[at])
		}
		at++
	}
	slices.Reverse(d.gone)
	d.more = at < len(now.Mails)
	if d.more && now.Mails[at].UID <= last {
		return difference{lost: true}
	}
	if !stays {
		v := *now
		v.Mails = append(known, now.Mails[at:]...)
		d.view = &v
	}
	return d
}

// systemFlags are the flags by their bits.
var systemFlags = [...]struct {
	bit  Flags
	name imap.Flag
}{{Seen, imap.FlagSeen}, {Answered, imap.FlagAnswered}, {Flagged, imap.FlagFlagged}, {Deleted, imap.FlagDeleted}, {Draft, imap.FlagDraft}}

// flagNames are flags as the protocol says them.
func flagNames(f Flags, keywords []string) []imap.Flag {
	var out []imap.Flag
	for _, s := range systemFlags {
		if f&s.bit != 0 {
			out = append(out, s.name)
		}
	}
	for i, k := range keywords {
		if f&(FirstKeyword<<i) != 0 {
			out = append(out, imap.Flag(k))
		}
	}
	return out
}

// allFlags are those that a mail of a view can have.
func allFlags(v *View) Flags { return FirstKeyword<<len(v.Keywords) - 1 }
