package mailgw

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// FilesArgs of "ticket.files".
type FilesArgs struct {
	Number uint64 `json:"number"`
	Bytes  bool   `json:"bytes"` // whether the files' bytes are wanted, too
}

// FileView is a file of a ticket as "ticket files" prints it.
type FileView struct {
	Entry  ticket.ID `json:"entry"`           // the mail that it came or went with
	Number uint32    `json:"number"`          // of that entry on its ticket
	N      int       `json:"n"`               // which of the mail's files, from 1
	Name   *string   `json:"name"`            // the sender's, cleaned; never where it is written
	Type   string    `json:"type"`            // media type, as the sender says
	Size   int       `json:"size"`            // bytes
	SHA256 string    `json:"sha256"`          // of its bytes, hexadecimal
	Inline bool      `json:"inline"`          // a picture within the text
	As     string    `json:"as"`              // our own name for it on a disk; the same bytes have the same on a ticket
	Bytes  string    `json:"bytes,omitempty"` // base64: when they are wanted, with the first that has them
	Saved  string    `json:"saved,omitempty"` // where the command wrote it
}

// nameDigits is how many digits of its hash name a file on a disk: no two files of
// a desk will share them by chance, and nobody can make two that do.
const nameDigits = 32

// fileNameOf is our own name for a file. Nothing of it is the sender's.
func fileNameOf(f *letter.File, digits string) string {
	media, _, _ := strings.Cut(f.Type, ";")
	return digits[:nameDigits] + letter.Extension(media, f.Bytes)
}

// listFiles shows the files of all mails on a ticket.
func (g *Gateway) listFiles(a FilesArgs, emit func(any) error) error {
	var entries []ticket.Entry
	err := g.store.View(func(r store.Reader) (err error) {
		if _, err = theTicket(r, a.Number); err == nil {
			entries, err = r.Entries(a.Number)
		}
		return err
	})
	as := map[string]string{} // by hash, under what name the answer has the bytes
	for i := range entries {
		if err != nil {
			break
		}
		err = g.filesOf(&entries[i], func(v *FileView, content []byte) error {
			if first := as[v.SHA256]; first != "" {
				v.As = first
				return emit(*v)
			}
			as[v.SHA256] = v.As
			if a.Bytes {
				v.Bytes = base64.StdEncoding.EncodeToString(content)
			}
			return emit(*v)
		})
	}
	return err
}

// filesOf calls each with the files of one entry. Its mail is read for itself: who
// reads the list slowly holds no state of the store.
func (g *Gateway) filesOf(e *ticket.Entry, each func(*FileView, []byte) error) error {
	var raw []byte
	err := g.store.View(func(r store.Reader) (err error) {
		raw, err = g.rawOf(r, e)
		return err
	})
	if errors.Is(err, store.ErrNotFound) { // a note that no mail brought
		return nil
	}
	if err != nil {
		return err
	}
	for i, f := range letter.Files(raw, letter.DefaultLimits()) {
		sum := sha256.Sum256(f.Bytes)
		digits := hex.EncodeToString(sum[:])
		v := FileView{Entry: e.ID, Number: e.Seq, N: i + 1, Name: orNull(f.Name), Type: f.Type, Size: len(f.Bytes), SHA256: digits, As: fileNameOf(&f, digits), Inline: f.Inline}
		if err := each(&v, f.Bytes); err != nil {
			return err
		}
	}
	return nil
}
