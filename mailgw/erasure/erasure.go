// Package erasure decides what is of a person, and what may stay of it.
//
// [Select] reads the whole store and returns a [Plan]: which mails, entries, tickets,
// rows and drawer items are a person's, and which of others name them. [Entry],
// [Ticket], [Promise] and [Events] are what stays of each sort of record; [Rewrite]
// takes a person out of a record of somebody else. [Search] looks for texts in the
// files of a folder, and a [Log] keeps, outside of the data folder, what was erased,
// so that it is erased again when an old copy of that folder is put back.
//
// The package writes nothing but the log. It starts no goroutine; nothing in it may be
// used from several at the same time, but for a [Finder], which never changes. Failure
// policy: what cannot be read is an error, for nobody may be told that something is
// gone which nobody has looked at.
package erasure

import (
	"slices"
	"strings"

	"supportgw/mailgw/letter"
)

// Gone stands where an address or an id of an erased mail stood in somebody else's record.
const Gone = "[erased]"

// Who is whose data it is: addresses, which are compared without regard to case.
type Who struct{ addresses map[string]bool }

// NewWho makes one of bare addresses.
func NewWho(addresses []string) *Who {
	w := &Who{addresses: map[string]bool{}}
	for _, a := range addresses {
		if a != "" {
			w.addresses[strings.ToLower(a)] = true
		}
	}
	return w
}

// Is reports whether a bare address is theirs.
func (w *Who) Is(address string) bool {
	return address != "" && w.addresses[strings.ToLower(address)]
}

// In reports whether the address of "Name <addr>" is theirs.
func (w *Who) In(text string) bool {
	return text != "" && (w.Is(text) || w.Is(letter.ParseAddress(text).Addr))
}

// All reports whether there are addresses, and all of them are theirs.
func (w *Who) All(texts []string) bool {
	return len(texts) > 0 && !slices.ContainsFunc(texts, func(t string) bool { return !w.In(t) })
}

// Any reports whether one of some addresses is theirs.
func (w *Who) Any(texts []string) bool { return slices.ContainsFunc(texts, w.In) }

// Addresses are theirs, in lower case and in order.
func (w *Who) Addresses() []string {
	out := make([]string, 0, len(w.addresses))
	for a := range w.addresses {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}
