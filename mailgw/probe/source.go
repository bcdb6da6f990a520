package probe

import "strings"

// message is a mail as it goes over the wire.
type message struct {
	id       string   // Message-ID without brackets, "" when it has none
	from, to string   // envelope
	parts    []string // the mail with dots stuffed and the final dot, one behind the other
	size     int      // bytes of the mail itself
	eightBit bool
}

// source gives the mails of a run, numbered from 0. It serves many goroutines.
type source interface {
	message(n int) (message, error)
}

func newSource(o *Options) (source, error) {
	if o.Corpus != "" {
		return openCorpus(o)
	}
	return newWriter(o), nil
}

// finalDot ends a mail whose last line is complete (RFC 5321 §4.1.1.4).
const finalDot = ".\r\n"

// numbered puts a number into an address.
func numbered(addr, number string) string { return strings.ReplaceAll(addr, "%d", number) }
