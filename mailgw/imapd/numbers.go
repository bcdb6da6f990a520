package imapd

import (
	"slices"
	"sort"

	"github.com/emersion/go-imap/v2"
)

// spans are indexes of a view's mails, ascending, and none of them next to another.
type spans []span

// span are the indexes from from to before to.
type span struct{ from, to int }

func (s spans) contains(i int) bool {
	_, ok := slices.BinarySearchFunc(s, i, func(p span, i int) int {
		switch {
		case p.to <= i:
			return -1
		case p.from > i:
			return 1
		}
		return 0
	})
	return ok
}

// each are all the indexes.
func (s spans) each() []int {
	n := 0
	for _, p := range s {
		n += p.to - p.from
	}
	out := make([]int, 0, n)
	for _, p := range s {
		for i := p.from; i < p.to; i++ {
			out = append(out, i)
		}
	}
	return out
}

// merged brings them into order.
func (s spans) merged() spans {
	slices.SortFunc(s, func(a, b span) int { return a.from - b.from })
	out := s[:0]
	for _, p := range s {
		if n := len(out); n > 0 && p.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, p.to)
			continue
		}
		out = append(out, p)
	}
	return out
}

// pick returns the indexes of the mails that a set names, in order, each once.
func (x *session) pick(set imap.NumSet) ([]int, error) {
	s, err := x.named(set)
	return s.each(), err
}

// named is chosen, which also knows what the last search found (RFC 5182: "$").
func (x *session) named(set imap.NumSet) (spans, error) {
	if imap.IsSearchRes(set) {
		var out spans
		for _, uid := range x.saved {
			if i, ok := slices.BinarySearchFunc(x.view.Mails, uid, byUID); ok {
				out = append(out, span{i, i + 1})
			}
		}
		return out.merged(), nil
	}
	return chosen(x.view, set)
}

// chosen returns the indexes of a view's mails that a set of sequence numbers or UIDs
// names. UIDs that are not there name nothing; a sequence number beyond the end is a mistake
// (RFC 9051 §6.4.5). However often a set names a mail, it takes no more memory than ranges.
func chosen(v *View, set imap.NumSet) (spans, error) {
	var out spans
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
			from := sort.Search(n, func(i int) bool { return v.Mails[i].UID >= first })
			to := from + sort.Search(n-from, func(i int) bool { return v.Mails[from+i].UID > last })
			if from < to {
				out = append(out, span{from, to})
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
			out = append(out, span{int(first) - 1, int(last)})
		}
	}
	return out.merged(), nil
}

// mailsAt are the mails with these indexes.
func mailsAt(v *View, at []int) []Mail {
	out := make([]Mail, len(at))
	for i, n := range at {
		out[i] = v.Mails[n]
	}
	return out
}
