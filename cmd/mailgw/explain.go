package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

func (a *app) explain() *cobra.Command {
	var args mailgw.ExplainArgs
	var from, at string
	c := &cobra.Command{
		Use:   "explain FILE...",
		Short: "Show what would become of mails, and why; changes nothing",
		Long: `Show how each mail would be parsed, judged, classified, matched, admitted, identified,
triaged, promised and acknowledged, and why. Nothing is changed, and no data folder is
needed; when there is one, the mail is matched against its tickets. FILE - is standard input.`,
		Args: some("a file with a mail"),
	}
	c.Flags().StringVar(&from, "envelope-from", "", "`ADDRESS` of MAIL FROM, empty for the null sender; else Return-Path, else From")
	c.Flags().StringArrayVar(&args.EnvelopeTo, "envelope-to", nil, "`ADDRESS` of RCPT TO, repeatable; else the first one of a desk in To, Cc and Delivered-To, else the first desk's")
	c.Flags().StringVar(&args.ClientIP, "client-ip", "127.0.0.1", "`ADDRESS` that the mail comes from")
	c.Flags().StringVar(&args.Helo, "helo", "", "`NAME` that the client gives itself")
	c.Flags().StringVar(&at, "at", "", "`TIME` of arrival, like 2026-11-20T16:00:00+01:00; else now")
	c.RunE = func(c *cobra.Command, files []string) error {
		if c.Flags().Changed("envelope-from") {
			args.EnvelopeFrom = &from
		}
		if at != "" {
			t, err := time.Parse(time.RFC3339, at)
			if err != nil {
				return usagef("--at: %q is not a time; write one like 2026-11-20T16:00:00+01:00", at)
			}
			args.At = t
		}
		return a.explainFiles(c, args, files)
	}
	return c
}

// explainFiles explains every file that can be read, and then says which could not.
func (a *app) explainFiles(c *cobra.Command, args mailgw.ExplainArgs, files []string) error {
	conf, err := a.config()
	if err != nil {
		return err
	}
	admin, err := a.connectToExplain(conf)
	if err != nil {
		return err
	}
	var unreadable []string
	var result error
	for i, file := range files {
		args.File = file
		if args.Raw, err = a.read(file); err != nil {
			unreadable = append(unreadable, err.Error())
			continue
		}
		result = admin.Do(c.Context(), "explain", args, answer(a, func(v mailgw.ExplainView) error {
			if i > 0 {
				if err := a.printf("\n"); err != nil {
					return err
				}
			}
			return a.printf("%s", explainStory(&v))
		}))
		if result != nil {
			break
		}
	}
	if len(unreadable) > 0 {
		result = errors.Join(result, fmt.Errorf("cannot read %s", strings.Join(unreadable, ", ")))
	}
	return errors.Join(result, admin.Close())
}

// connectToExplain finds the tickets that a mail may belong to. Without a data
// folder there are none, and none is made.
func (a *app) connectToExplain(conf *config.Config) (*mailgw.Admin, error) {
	kept, err := os.ReadDir(conf.Data)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(kept) == 0:
		return mailgw.Explainer(conf)
	case errors.Is(err, fs.ErrPermission):
		fmt.Fprintf(a.err, "mailgw: explained as if there were no tickets: %v\n", err)
		return mailgw.Explainer(conf)
	}
	return mailgw.Connect(conf, a.quiet())
}

// maxExplained is the largest mail that is read to be explained, in bytes.
const maxExplained = 256 << 20

var errTooLarge = fmt.Errorf("it is larger than %d MiB", maxExplained>>20)

// read reads a regular file, or standard input.
func (a *app) read(file string) ([]byte, error) {
	var raw []byte
	var err error
	if file == "-" {
		raw, err = readUpTo(a.in, maxExplained)
	} else {
		raw, err = readRegular(file)
	}
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return raw, nil
}

// readRegular reads a file that has an end. It waits for nobody at the other end
// of a pipe.
func readRegular(file string) (raw []byte, err error) {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, syscall.EISDIR
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file; write - and pipe the mail in")
	case info.Size() > maxExplained:
		return nil, errTooLarge
	}
	return readUpTo(f, maxExplained)
}

// readUpTo reads all, which may be so many bytes.
func readUpTo(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(raw)) > limit {
		return nil, errTooLarge
	}
	return raw, err
}
