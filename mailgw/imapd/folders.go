package imapd

import (
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// delimiter stands between the parts of a folder's name.
const delimiter = '/'

// folderName is a name as an Account knows it: INBOX is the same in any case (RFC 9051 §5.1).
func folderName(name string) string {
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	return strings.TrimSuffix(name, string(delimiter))
}

// List is LIST and LSUB (RFC 9051 §6.3.9, RFC 5258, RFC 5819, RFC 6154).
func (x *session) List(w *imapserver.ListWriter, ref string, patterns []string, o *imap.ListOptions) error {
	if len(patterns) == 0 || len(patterns) == 1 && patterns[0] == "" { // it asks for the delimiter
		return w.WriteList(&imap.ListData{Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}, Delim: delimiter})
	}
	all, err := x.account.Folders()
	if err != nil {
		return x.told(err)
	}
	parents := parentsIn(all)
	for _, f := range all {
		if !matches(f.Name, ref, patterns) || o.SelectSubscribed && !f.Subscribed || o.SelectSpecialUse && !isSpecial(f) {
			continue
		}
		data := &imap.ListData{Delim: delimiter, Mailbox: f.Name, Attrs: attributes(f, parents[f.Name], o)}
		if o.ReturnStatus != nil && !f.NoSelect {
			if data.Status, err = x.status(f.Name, o.ReturnStatus); err != nil {
				return err
			}
		}
		if err := w.WriteList(data); err != nil {
			return err
		}
	}
	return nil
}

func matches(name, ref string, patterns []string) bool {
	for _, p := range patterns {
		if strings.EqualFold(p, "INBOX") && ref == "" {
			p = "INBOX"
		}
		if below, ok := under(name, ref, &p); ok && fits(below, p) {
			return true
		}
	}
	return false
}

// under is what is left of a name below the reference of LIST. A pattern that begins with the
// delimiter stands for itself, without the delimiter.
func under(name, ref string, pattern *string) (string, bool) {
	if p, ok := strings.CutPrefix(*pattern, string(delimiter)); ok {
		ref, *pattern = "", p
	}
	if ref != "" && !strings.HasSuffix(ref, string(delimiter)) {
		ref += string(delimiter)
	}
	return strings.CutPrefix(name, ref)
}

// fits reports whether a name is one of a pattern's (RFC 9051 §6.3.9): "*" stands for any
// octets, "%" for those without the delimiter. Its work is the product of both lengths.
//
// Workaround: that of go-imap's doubles with each star; TestListPatterns.
func fits(name, pattern string) bool {
	at := make([]bool, len(name)+1) // whether what there is of the pattern fits so many octets
	at[0] = true
	for i := range len(pattern) {
		c := pattern[i]
		if c != '*' && c != '%' {
			for n := len(name); n > 0; n-- {
				at[n] = at[n-1] && name[n-1] == c
			}
			at[0] = false
			continue
		}
		for n := 1; n <= len(name); n++ {
			at[n] = at[n] || at[n-1] && (c == '*' || name[n-1] != delimiter)
		}
	}
	return at[len(name)]
}

// parentsIn are the names of folders that have others below them.
func parentsIn(all []Folder) map[string]bool {
	out := map[string]bool{}
	for _, f := range all {
		for i := range len(f.Name) {
			if f.Name[i] == delimiter {
				out[f.Name[:i]] = true
			}
		}
	}
	return out
}

func attributes(f Folder, children bool, o *imap.ListOptions) []imap.MailboxAttr {
	out := append([]imap.MailboxAttr{}, f.Attributes...)
	if f.NoSelect {
		out = append(out, imap.MailboxAttrNoSelect)
	}
	if children {
		out = append(out, imap.MailboxAttrHasChildren)
	} else {
		out = append(out, imap.MailboxAttrHasNoChildren)
	}
	if f.Subscribed && (o.ReturnSubscribed || o.SelectSubscribed) {
		out = append(out, imap.MailboxAttrSubscribed)
	}
	return out
}

func isSpecial(f Folder) bool { return len(f.Attributes) > 0 }

// Status is STATUS (RFC 9051 §6.3.11).
func (x *session) Status(name string, o *imap.StatusOptions) (*imap.StatusData, error) {
	return x.status(folderName(name), o)
}

func (x *session) status(name string, o *imap.StatusOptions) (*imap.StatusData, error) {
	v, err := x.account.Open(name)
	if err != nil {
		return nil, x.told(err)
	}
	var unseen, deleted uint32
	for i := range v.Mails {
		if v.Mails[i].Flags&Seen == 0 {
			unseen++
		}
		if v.Mails[i].Flags&Deleted != 0 {
			deleted++
		}
	}
	n, zero, limit := uint32(len(v.Mails)), uint32(0), x.s.o.MaxAppend
	data := &imap.StatusData{Mailbox: name, NumMessages: &n, NumRecent: &zero, UIDNext: imap.UID(v.Next), UIDValidity: v.Validity, NumUnseen: &unseen, NumDeleted: &deleted, AppendLimit: &limit}
	if o.Size || o.DeletedStorage {
		var size, away int64
		err := x.account.Listings(v.Mails, func(i int, l *Listing) error {
			size += l.Size
			if v.Mails[i].Flags&Deleted != 0 {
				away += l.Size
			}
			return nil
		})
		if err != nil {
			return nil, x.told(err)
		}
		data.Size, data.DeletedStorage = &size, &away
	}
	return data, nil
}

// Select is SELECT and EXAMINE (RFC 9051 §6.3.2).
func (x *session) Select(name string, o *imap.SelectOptions) (*imap.SelectData, error) {
	name = folderName(name)
	v, err := x.account.Open(name)
	if err != nil {
		return nil, x.told(err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.folder, x.view, x.hold, x.last, x.saved = name, v, false, body{}, nil
	x.readOnly = o != nil && o.ReadOnly
	data := &imap.SelectData{
		Flags: flagNames(allFlags(v), v.Keywords), NumMessages: uint32(len(v.Mails)), UIDNext: imap.UID(v.Next), UIDValidity: v.Validity,
		List: &imap.ListData{Delim: delimiter, Mailbox: name},
	}
	if !x.readOnly {
		data.PermanentFlags = append(flagNames(allFlags(v)&^(Answered|Flagged), v.Keywords), imap.FlagWildcard)
	}
	for i := range v.Mails {
		if v.Mails[i].Flags&Seen == 0 {
			data.FirstUnseenSeqNum = uint32(i) + 1
			break
		}
	}
	return data, nil
}

// Unselect ends the selection.
func (x *session) Unselect() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.folder, x.view, x.hold, x.last = "", nil, false, body{}
	return nil
}
