package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
)

func (a *app) ticketFiles() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "files NUMBER",
		Short: "Print the files of a ticket, or save them",
		Long: "Print the files of all mails on a ticket. With --save, write each into a folder, once,\n" +
			"under a name of our own: the beginning of its SHA-256, and an ending of few that are\n" +
			"harmless. What senders call their files is only printed.",
		Args: exactly("the number of a ticket"),
	}
	c.Flags().StringVar(&dir, "save", "", "write them into the folder `DIR`, which is made when it is not there")
	c.RunE = func(c *cobra.Command, list []string) error {
		n, err := ticketNumber(list[0])
		if err != nil {
			return err
		}
		args := mailgw.FilesArgs{Number: n, Bytes: c.Flags().Changed("save")}
		if !args.Bytes {
			t := &table{app: a, columns: []column{{"ENTRY", -5}, {"N", -3}, {"SIZE", -9}, {"TYPE", 24}, {"NAME", 32}, {"SHA256", 0}}}
			return t.end(a.ask(c.Context(), "ticket.files", args, answer(a, func(v mailgw.FileView) error {
				return t.row(fmt.Sprint(v.Number), fmt.Sprint(v.N), size(v.Size), v.Type, or(v.Name, "-"), v.SHA256)
			})))
		}
		if dir == "" {
			return usagef("--save: where to? name a folder, which is made when it is not there")
		}
		return a.saveFiles(c, args, dir)
	}
	return c
}

// saveFiles writes the files of a ticket into a folder.
func (a *app) saveFiles(c *cobra.Command, args mailgw.FilesArgs, dir string) error {
	var folder *os.Root // opened with the first file: a ticket that is not there makes no folder
	err := a.ask(c.Context(), "ticket.files", args, answer(&app{}, func(v mailgw.FileView) (err error) {
		if folder == nil {
			if folder, err = openFolder(dir); err != nil {
				return err
			}
		}
		if v.Bytes != "" {
			if err := saveFile(folder, &v); err != nil {
				return err
			}
		}
		v.Bytes, v.Saved = "", filepath.Join(dir, v.As)
		if a.json {
			return a.line(v)
		}
		return a.printf("%s ← %s\n", v.As, safe(or(v.Name, "without name")))
	}))
	if folder != nil {
		err = errors.Join(err, folder.Close())
	}
	return err
}

// openFolder opens the folder that files are saved in, for its owner alone when it
// is made. Whoever put a link in its place does not choose where they go.
func openFolder(dir string) (*os.Root, error) {
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("--save: %w", err)
	}
	named, err := os.Lstat(dir)
	if err != nil {
		return nil, fmt.Errorf("--save: %w", err)
	}
	if named.Mode()&fs.ModeSymlink != 0 {
		return nil, fmt.Errorf("--save: %s is a symbolic link; name the folder itself", dir)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("--save: %w", err)
	}
	if opened, err := root.Stat("."); err != nil || !os.SameFile(named, opened) {
		return nil, errors.Join(fmt.Errorf("--save: %s was replaced meanwhile", dir), err, root.Close())
	}
	return root, nil
}

// ourName is what a file on the disk may be called.
var ourName = regexp.MustCompile(`^[0-9a-f]{32}\.[a-z0-9]{1,5}$`)

// saveFile writes a file under our name. One that is there stays, and must be the same.
func saveFile(folder *os.Root, v *mailgw.FileView) error {
	content, err := base64.StdEncoding.DecodeString(v.Bytes)
	if err != nil {
		return fmt.Errorf("read the gateway's answer: %w", err)
	}
	if sum := sha256.Sum256(content); !ourName.MatchString(v.As) || hex.EncodeToString(sum[:]) != v.SHA256 || !strings.HasPrefix(v.SHA256, v.As[:32]) {
		return fmt.Errorf("read the gateway's answer: %q is not the name of these bytes", v.As)
	}
	f, err := folder.OpenFile(v.As, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return sameFile(folder, v.As, content)
	}
	if err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("--save: %w", errors.Join(err, folder.Remove(v.As))) // half a file would pass for a whole one
	}
	return nil
}

// sameFile returns an error unless a file that is there has these bytes.
func sameFile(folder *os.Root, name string, content []byte) error {
	other := fmt.Errorf("--save: %s is there already, and is something else; save into another folder", name)
	named, err := folder.Lstat(name)
	if err != nil || !named.Mode().IsRegular() || named.Size() != int64(len(content)) {
		return errors.Join(other, err)
	}
	have, err := folder.ReadFile(name)
	if err != nil || !bytes.Equal(have, content) {
		return errors.Join(other, err)
	}
	return nil
}
