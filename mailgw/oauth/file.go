package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// record is what is kept of an account, in NAME.json. Its tokens are secrets.
type record struct {
	Account   string    `json:"account"`
	User      string    `json:"user"`      // whose mailbox the login is for
	ClientID  string    `json:"client_id"` // the program that it was given to
	Login     time.Time `json:"login"`     // when a person has logged in
	LoginEnds time.Time `json:"login_ends,omitzero"`
	Got       time.Time `json:"got"`              // when the access token came
	Expires   time.Time `json:"expires,omitzero"` // when it ends; zero: the provider did not say
	Access    string    `json:"access_token"`
	Refresh   string    `json:"refresh_token"`
}

// LogValue keeps the tokens out of logs.
func (r record) LogValue() slog.Value { return slog.StringValue(r.String()) }

// String names the account, and none of its tokens.
func (r record) String() string { return fmt.Sprintf("oauth %q of %s", r.Account, r.User) }

// trouble is the last failure of an account, in NAME.trouble, while nothing has gone
// well since.
type trouble struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// disk is where records are. Its steps can be made to fail.
type disk struct {
	folder string
	fault  func(step string) error // called before each step; nil = never
}

// The steps of a write.
const (
	stepCreate = "create"
	stepWrite  = "write"
	stepSync   = "sync"
	stepRename = "rename"
	stepFolder = "sync the folder"
)

func (d *disk) step(name string, do func() error) error {
	if d.fault != nil {
		if err := d.fault(name); err != nil {
			return err
		}
	}
	return do()
}

func (d *disk) file(name, kind string) string { return filepath.Join(d.folder, name+"."+kind) }

// read reads a record. It returns fs.ErrNotExist when there is none.
func (d *disk) read(name string) (r record, err error) {
	text, err := os.ReadFile(d.file(name, "json"))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil || r.Refresh == "" {
		return record{}, fmt.Errorf("%s is damaged", d.file(name, "json")) // the error of the JSON quotes it
	}
	return r, nil
}

// write puts a record on the disk: when it returns nil, the record is there after a
// power cut, too; when it does not, the record before is, or this one.
func (d *disk) write(name string, r *record) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return d.replace(d.file(name, "json"), append(text, '\n'))
}

// replace writes a file beside, and gives it its name when all of it is on the disk.
// Who calls has the account's lock, so the name beside is free.
func (d *disk) replace(file string, text []byte) error {
	beside := file + ".new"
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var f *os.File
	err := d.step(stepCreate, func() (err error) {
		f, err = os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		return err
	})
	if err != nil {
		return err
	}
	err = d.step(stepWrite, func() error { _, err := f.Write(text); return err })
	if err == nil {
		err = d.step(stepSync, f.Sync)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.step(stepRename, func() error { return os.Rename(beside, file) })
	}
	if err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	return d.step(stepFolder, func() error { return syncFolder(d.folder) })
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// make makes the folder.
func (d *disk) make() error {
	if _, err := os.Stat(d.folder); err == nil {
		return nil
	}
	if err := os.MkdirAll(d.folder, 0o700); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(d.folder))
}

// lockEvery is how often a lock that another process has is asked for.
const lockEvery = 20 * time.Millisecond

// lock keeps other processes away from an account until the function that it returns
// is called. The end of ctx ends the waiting.
func (d *disk) lock(ctx context.Context, name string) (unlock func() error, err error) {
	if err := d.make(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(d.file(name, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f.Close, nil // which unlocks
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
		}
		timer := time.NewTimer(lockEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, errors.Join(fmt.Errorf("lock %s: another process has it: %w", f.Name(), ctx.Err()), f.Close())
		case <-timer.C:
		}
	}
}

// note keeps the last failure for others to see; nil takes it away. It is no part of
// what must not be lost.
func (d *disk) note(name string, t *trouble) error {
	file := d.file(name, "trouble")
	if t == nil {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	beside := file + ".new"
	if err := os.WriteFile(beside, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(beside, file)
}

// noted is the last failure; nil when there is none.
func (d *disk) noted(name string) *trouble {
	text, err := os.ReadFile(d.file(name, "trouble"))
	var t trouble
	if err != nil || json.Unmarshal(text, &t) != nil {
		return nil
	}
	return &t
}
