package mailgw

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/smtpd"
)

// lookEvery is how often the configuration file is looked at, in real time.
const lookEvery = 2 * time.Second

// followConfig reads the configuration again when it is told to, and when its file,
// or an included one, or one in the folders of own phrases and canned answers, or one of holidays, has changed,
// until ctx ends.
func (g *Gateway) followConfig(ctx context.Context, o ServeOptions) {
	if o.Load == nil {
		return
	}
	c := g.settings.Load()
	file := watchedFile{path: c.Path, beside: c.Beside(), canned: c.Canned != nil, used: c.Sum, seen: c.Sum}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.Reload:
			file.take()
			file.follow(g.reload("asked for", o.Load))
		case now := <-look.C:
			if file.changed(now) {
				file.follow(g.reload("the file has changed", o.Load))
			}
		}
	}
}

// reload takes over a new configuration, or leaves the old one in use and says all
// that is wrong with the new one, tests of rules that fail among it. It returns the one
// in use.
func (g *Gateway) reload(why string, load func() (*config.Config, error)) (inUse *config.Config, err error) {
	fresh, err := load()
	var later []string
	if err == nil {
		err = testRules(fresh)
	}
	if err == nil {
		later, err = g.adopt(fresh)
	}
	g.counters.reloaded(err, time.Now())
	if err != nil {
		for _, p := range problemLines(err) {
			g.log.Error("configuration refused", "problem", p)
		}
		g.log.Error("the old configuration stays in use", "why_read", why)
		return g.settings.Load().Config, err
	}
	g.log.Info("configuration taken over", "why_read", why, "sha256", fmt.Sprintf("%x", fresh.Sum[:6]), "desks", len(fresh.Desks), "agents", len(fresh.Agents), "customers", len(fresh.Customers), "rules", len(fresh.Rules))
	if len(later) > 0 {
		g.log.Warn("takes effect at the next start: " + strings.Join(later, ", "))
	}
	return g.settings.Load().Config, nil
}

// problemLines are all problems of a configuration, or the one reason why it cannot
// be read.
func problemLines(err error) []string {
	var problems config.Problems
	if !errors.As(err, &problems) {
		return []string{err.Error()}
	}
	out := make([]string, len(problems))
	for i, p := range problems {
		out[i] = p.String()
	}
	return out
}

// adopt makes a configuration the one in use: for mails that come from now on, for
// commands, and for connections that are opened from now on. What cannot change
// while the gateway runs stays as it is, and is named.
func (g *Gateway) adopt(fresh *config.Config) (later []string, err error) {
	c := *fresh // Configs are not changed, once made
	inUse := g.settings.Load().Config
	later = keepFixed(inUse, &c)
	if fresh.ACME.Enabled() && !c.ACME.Enabled() { // which takes over at the next start
		c.SMTP.TLSCertificate, c.SMTP.TLSKey = inUse.SMTP.TLSCertificate, inUse.SMTP.TLSKey
	}
	certs, err := g.renewCertificates(&c)
	if err != nil {
		return nil, err
	}
	if err := g.loadProven(&c); err != nil {
		return nil, err
	}
	s := g.derive(&c, g.dns)
	if err := s.loadSigner(); err != nil {
		return nil, err
	}
	if err := g.seedCustomers(&c); err != nil {
		return nil, err
	}
	g.settings.Store(s)
	g.certificates.Store(certs)
	g.accounts.each(func(a *account) { a.news.ring() }) // desks may have come or gone
	g.passwordsChanged()                                // or agents
	for _, l := range g.listeners {
		l.server.Change(g.doorOptions(l.name, s, certs, nil))
	}
	return later, nil
}

// renewCertificates reads the files of a configuration's certificate. While their
// names are the same, so is what holds the pair; what cannot be used changes nothing.
func (g *Gateway) renewCertificates(c *config.Config) (*smtpd.Certificates, error) {
	old, held := g.settings.Load(), g.certificates.Load()
	if c.ACME.Enabled() {
		return held, nil // it looks at its file by itself
	}
	if held == nil || c.SMTP.TLSCertificate != old.SMTP.TLSCertificate || c.SMTP.TLSKey != old.SMTP.TLSKey {
		return certificates(c, g.log)
	}
	if err := held.Reload(); err != nil {
		return nil, fmt.Errorf("smtp.tls_certificate: %w", err)
	}
	return held, nil
}

// fixedKeys are the keys, and tables, that take effect at the next start: what is
// bound, opened or made once. docs/operations.md names them.
func fixedKeys() []string {
	return []string{"hostname", "data", "smtp.listen", "lmtp", "submission", "imap", "http", "acme", "dns", "relay", "oauth", "alarm", "outbox", "store"}
}

// keepFixed gives c the fixed keys' values of the configuration in use, and returns
// which of them it would have changed.
func keepFixed(inUse, c *config.Config) (changed []string) {
	for _, key := range fixedKeys() {
		changed = append(changed, keepField(reflect.ValueOf(inUse).Elem(), reflect.ValueOf(c).Elem(), "", strings.Split(key, "."))...)
	}
	return changed
}

// keepField follows a key's path into both configurations; below its end are all
// keys of a table.
func keepField(old, c reflect.Value, name string, path []string) (changed []string) {
	if c.Kind() != reflect.Struct {
		if reflect.DeepEqual(old.Interface(), c.Interface()) {
			return nil
		}
		c.Set(old)
		return []string{name}
	}
	for i := range c.NumField() {
		key, rest := c.Type().Field(i).Tag.Get("toml"), path
		if key == "" || key == "-" || len(path) > 0 && key != path[0] {
			continue
		}
		if len(path) > 0 {
			rest = path[1:]
		}
		changed = append(changed, keepField(old.Field(i), c.Field(i), strings.TrimPrefix(name+"."+key, "."), rest)...)
	}
	return changed
}

// watchedFile is a configuration's file that is looked at now and then, with the
// included ones, the folders of own phrases and canned answers, and the files of holidays.
type watchedFile struct {
	path   string
	beside config.Beside
	canned bool              // the configuration last used has a folder of canned answers
	used   [sha256.Size]byte // the sum of what was last read as a configuration, good or bad
	seen   [sha256.Size]byte // of what the last look found
	info   os.FileInfo       // at the last look; nil before
}

// follow looks from now on at what the configuration in use was read from; after a
// refusal for own phrases or canned answers at their folder, and for holidays at their file, so that mending them is seen.
func (w *watchedFile) follow(inUse *config.Config, refused error) {
	if refused == nil {
		w.beside, w.canned = inUse.Beside(), inUse.Canned != nil
		w.used, w.seen, w.info = inUse.Sum, inUse.Sum, nil
		return
	}
	w.followIncluded()
	var problems config.Problems
	if !errors.As(refused, &problems) {
		return
	}
	included := config.IncludedFiles(w.beside.Included)
	for _, p := range problems {
		if slices.Contains(included, p.File) {
			continue
		}
		folder, isHolidays := filepath.Dir(p.File), strings.HasSuffix(p.File, config.HolidaysSuffix)
		switch {
		case isHolidays && !slices.Contains(w.beside.Holidays, p.File):
			w.beside.Holidays = append(w.beside.Holidays, p.File)
			w.take()
			return
		case folder == w.beside.Answers:
		case folder == config.AnswersBy(w.path):
			w.beside.Answers = folder
			w.take()
			return
		case !isHolidays && p.File != w.path && folder != "." && folder != w.beside.Words:
			w.beside.Words = folder
			w.take()
			return
		}
	}
}

// followIncluded looks from now on at the files that a refused configuration includes, too:
// what is wrong may be there.
func (w *watchedFile) followIncluded() {
	before := len(w.beside.Included)
	for _, pattern := range config.IncludedBy(w.path) {
		if !slices.Contains(w.beside.Included, pattern) {
			w.beside.Included = append(w.beside.Included, pattern)
		}
	}
	if len(w.beside.Included) > before {
		w.take()
	}
}

// changed says whether the file has another content than the one last used. Two looks
// must find the same, so that a file that is being written is let alone; so is one that is
// not there, since it may be about to be replaced.
func (w *watchedFile) changed(now time.Time) bool {
	info, err := os.Stat(w.path)
	if err != nil || w.untouched(info, now) {
		return false
	}
	before := w.seen
	if !w.look(info) || w.seen == w.used || w.seen != before {
		return false
	}
	w.used = w.seen
	return true
}

// untouched says whether a file is as it was, going by its times. These say nothing
// about changes in the moments before the last look, nor about other files.
func (w *watchedFile) untouched(info os.FileInfo, now time.Time) bool {
	return !w.hasAnswers() && w.beside.Words == "" && w.beside.Holidays == nil && len(w.beside.Included) == 0 && w.seen == w.used && w.info != nil && os.SameFile(info, w.info) && info.Size() == w.info.Size() &&
		info.ModTime().Equal(w.info.ModTime()) && now.Sub(info.ModTime()) > 2*lookEvery
}

// hasAnswers reports whether there is a folder of canned answers, or was one.
func (w *watchedFile) hasAnswers() bool {
	if w.canned || w.beside.Answers == "" {
		return w.canned
	}
	_, err := os.Stat(w.beside.Answers)
	return err == nil
}

func (w *watchedFile) look(info os.FileInfo) bool {
	sum, err := config.Sum(w.path, w.beside)
	if err != nil {
		return false
	}
	w.seen, w.info = sum, info
	return true
}

// take notes that the content, as it is, is about to be used.
func (w *watchedFile) take() {
	if w.look(nil) {
		w.used = w.seen
	}
}
