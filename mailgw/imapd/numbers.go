package imapd

import (
	"slices"
	"sort"

	"github.com/emersion/go-imap/v2"
)

// pick is chosen, which also knows what the last search found (RFC 5182: "$").
func (x *session) pick(set imap.NumSet) ([]int, error) {
	if imap.IsSearchRes(set) {
		var out []int
		for _, uid := range x.saved {
			if i, ok := slices.BinarySearchFunc(x.view.Mails, uid, byUID); ok {
				out = append(out, i)
			}
		}
		return out, nil
	}
	return chosen(x.view, set)
}

// chosen returns the indexes of a view's mails that a set of sequence numbers or UIDs
// names, in order, each once. UIDs that are not there name nothing; a sequence number
// beyond the end is a mistake (RFC 9051 §6.4.5).
func chosen(v *View, set imap.NumSet) ([]int, error) {
	var out []int
	n := len(v.Mails)
	switch set := set.(type) {
	case imap.UIDSet:
		for _, r := range set {
			first, last := uint32(r.Start), uint32(r.Stop)
			if n > 0 && first == 0 {
				first = v.Mails[n-1].UID
			}
			if n > 0 && last == 0 {
				last = v.Mails[n-1].UID
			}
			first, last = min(first, last), max(first, last)
			at := sort.Search(n, func(i int) bool { return v.Mails[i].UID >= first })
			for ; at < n && v.Mails[at].UID <= last; at++ {
				out = append(out, at)
			}
		}
	case imap.SeqSet:
		for _, r := range set {
			first, last := r.Start, r.Stop
			if first == 0 {
				first = uint32(n)
			}
			if last == 0 {
				last = uint32(n)
			}
			first, last = min(first, last), max(first, last)
			if first == 0 || last > uint32(n) {
				return nil, &imap.Error{Type: imap.StatusResponseTypeBad, Text: "there is no mail with this number"}
			}
			for i := first; i <= last; i++ {
				out = append(out, int(i)-1)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// mailsAt are the mails with these indexes.
func mailsAt(v *View, at []int) []Mail {
	out := make([]Mail, len(at))
	for i, n := range at {
		out[i] = v.Mails[n]
	}
	return out
}
