package imapd

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

// errReadOnly is the answer to changes in a folder that was opened by EXAMINE.
var errReadOnly = no("", "the folder was opened for reading only")

// bits are flags of a client as an account knows them. Unknown system flags are left out.
func (x *session) bits(flags []imap.Flag) (out Flags, err error) {
	for _, f := range flags {
		i := slices.IndexFunc(systemFlags[:], func(s struct {
			bit  Flags
			name imap.Flag
		}) bool {
			return strings.EqualFold(string(s.name), string(f))
		})
		switch {
		case i >= 0:
			out |= systemFlags[i].bit
		case strings.HasPrefix(string(f), "\\"):
		default:
			bit, err := x.account.Keyword(string(f))
			if err != nil {
				return 0, x.told(err)
			}
			out |= bit
		}
	}
	return out, nil
}

// Store is STORE (RFC 9051 §6.4.6).
func (x *session) Store(w *imapserver.FetchWriter, set imap.NumSet, change *imap.StoreFlags, _ *imap.StoreOptions) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.readOnly {
		return errReadOnly
	}
	at, err := x.pick(set)
	if err != nil || len(at) == 0 {
		return err
	}
	bits, err := x.bits(change.Flags)
	if err != nil {
		return err
	}
	var put, clear Flags
	switch change.Op {
	case imap.StoreFlagsAdd:
		put = bits
	case imap.StoreFlagsDel:
		clear = bits
	default:
		put, clear = bits, ^bits
	}
	if err := x.account.Mark(x.folder, mailsAt(x.view, at), put, clear); err != nil {
		return x.told(err)
	}
	return x.stored(w, at, put, clear, change.Silent)
}

// stored tells what became of flags. What else has changed is told by the poll.
func (x *session) stored(w *imapserver.FetchWriter, at []int, put, clear Flags, silent bool) error {
	now, err := x.account.Open(x.folder)
	if err != nil {
		return x.told(err)
	}
	v := *x.view
	v.Mails = slices.Clone(x.view.Mails)
	for _, i := range at {
		m := &v.Mails[i]
		if n, ok := slices.BinarySearchFunc(now.Mails, m.UID, byUID); ok {
			m.Flags = now.Mails[n].Flags
		} else { // it has left, and the client does not know that yet
			m.Flags = m.Flags&^(clear&^(Answered|Flagged)) | put&^(Answered|Flagged)
		}
		if silent {
			continue
		}
		out := w.CreateMessage(uint32(i) + 1)
		out.WriteUID(imap.UID(m.UID))
		out.WriteFlags(flagNames(m.Flags, now.Keywords))
		if err := out.Close(); err != nil {
			return err
		}
	}
	x.view = &v
	return nil
}

func byUID(m Mail, uid uint32) int { return int(int64(m.UID) - int64(uid)) }

// Copy is COPY: into a folder of tickets it moves them, as MOVE does. Its answer tells
// of no mail that has left: who goes on by sequence numbers would hit another one.
func (x *session) Copy(set imap.NumSet, to string) (*imap.CopyData, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	data, err := x.move(set, to, true)
	x.hold = err == nil
	return data, err
}

// Move is MOVE (RFC 6851). The poll behind it tells of what has left.
func (x *session) Move(w *imapserver.MoveWriter, set imap.NumSet, to string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	data, err := x.move(set, to, false)
	if err != nil || data == nil {
		return err
	}
	return w.WriteCopyData(data)
}

func (x *session) move(set imap.NumSet, to string, copied bool) (*imap.CopyData, error) {
	if x.readOnly && !copied {
		return nil, errReadOnly
	}
	at, err := x.pick(set)
	if err != nil || len(at) == 0 {
		return nil, err
	}
	mails := mailsAt(x.view, at)
	moved, err := x.account.Move(x.folder, mails, folderName(to), copied)
	if err != nil {
		return nil, x.told(err)
	}
	data := &imap.CopyData{UIDValidity: moved.Validity}
	last := uint32(0)
	var from, there imap.UIDSet
	for _, m := range mails { // COPYUID pairs them by their order (RFC 4315 §3)
		uid, ok := moved.To[m.UID]
		if !ok {
			continue
		}
		if uid <= last {
			return nil, nil
		}
		last = uid
		from.AddNum(imap.UID(m.UID))
		there.AddNum(imap.UID(uid))
	}
	if len(from) == 0 {
		return nil, nil
	}
	data.SourceUIDs, data.DestUIDs = from, there
	return data, nil
}

// Expunge is EXPUNGE, UID EXPUNGE and the first half of CLOSE (RFC 9051 §6.4.3, §6.4.1).
func (x *session) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.readOnly {
		if uids == nil { // CLOSE of what was examined changes nothing
			return nil
		}
		return errReadOnly
	}
	now, err := x.account.Open(x.folder)
	if err != nil {
		return x.told(err)
	}
	var gone []Mail
	for _, m := range x.view.Mails { // what the client does not know it does not mean
		n, ok := slices.BinarySearchFunc(now.Mails, m.UID, byUID)
		if ok && now.Mails[n].Flags&Deleted != 0 && (uids == nil || uids.Contains(imap.UID(m.UID))) {
			gone = append(gone, now.Mails[n])
		}
	}
	if len(gone) == 0 {
		return nil
	}
	return x.told(x.account.Expunge(x.folder, gone))
}

// Append is APPEND (RFC 9051 §6.3.12).
func (x *session) Append(name string, r imap.LiteralReader, o *imap.AppendOptions) (*imap.AppendData, error) {
	if r.Size() > int64(x.s.o.MaxAppend) {
		return nil, no(imap.ResponseCodeTooBig, "the mail is too big")
	}
	raw := bytes.NewBuffer(make([]byte, 0, r.Size()))
	if _, err := io.Copy(raw, r); err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	bits, err := x.bits(o.Flags)
	if err != nil {
		return nil, err
	}
	data, err := x.account.Append(folderName(name), raw.Bytes(), bits, o.Time)
	if err != nil {
		return nil, x.told(err)
	}
	if data.UID == 0 {
		return nil, nil
	}
	return &data, nil
}
