package mailgw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/config"
)

// fileHouse is a house whose configuration is in a file of its own.
func fileHouse(t *testing.T, set ...string) (h *house, file string, load func() (*config.Config, error), log *lockedLog) {
	t.Helper()
	text, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "mailgw.toml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	h = newHouse(t, set...)
	log = &lockedLog{}
	h.log = slog.New(slog.NewTextHandler(log, nil))
	set = append([]string{fmt.Sprintf("data=%q", h.c.Data), `imap.listen=[]`, `submission.listen=[]`, `http.listen=["127.0.0.1:0"]`}, set...)
	return h, file, func() (*config.Config, error) { return config.Load(file, set) }, log
}

// edit replaces a text in a file, once.
func edit(t *testing.T, file, old, now string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), old) == 0 {
		t.Fatalf("%q is not in %s (%v)", old, file, err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, now, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestReload(t *testing.T) {
	h, file, load, log := fileHouse(t)
	if got := h.deliver(mail{subject: "Lights are out"}); got.ticket.Priority != "normal" {
		t.Fatalf("priority %s", got.ticket.Priority)
	}
	edit(t, file, `if.words = ["production down", "outage"]`, `if.words = ["lights are out"]`)
	h.reload("asked for", load)
	if got := h.deliver(mail{subject: "Lights are out"}); got.ticket.Priority != "urgent" {
		t.Errorf("the new rule does not hold: priority %s", got.ticket.Priority)
	}
	h.wantFigure(1, "mailgw_config_reloads_total")

	edit(t, file, "[\"lights are out\"]\nthen = { priority = \"urgent\"", "[\"lights are out\"]\nthen = { priority = \"soon\"")
	edit(t, file, `zone = "Europe/Zurich"`, `zone = "Europe/Zurch"`)
	h.reload("asked for", load)
	if got := h.deliver(mail{subject: "Lights are out"}); got.ticket.Priority != "urgent" {
		t.Errorf("the old configuration does not stay: priority %s", got.ticket.Priority)
	}
	h.wantFigure(1, "mailgw_config_reloads_total")
	h.wantFigure(1, "mailgw_config_reload_failures_total")
	h.wantFigure(0, "mailgw_config_last_reload_success")
	if got := log.String(); strings.Count(got, `msg="configuration refused" problem="`+file+":") != 2 ||
		!strings.Contains(got, "Europe/Zurch") || !strings.Contains(got, `\"soon\"`) || !strings.Contains(got, "the old configuration stays in use") {
		t.Errorf("both problems must be named, each in its line:\n%s", got)
	}

	edit(t, file, `priority = "soon"`, `priority = "low"`)
	edit(t, file, `zone = "Europe/Zurch"`, `zone = "Europe/Zurich"`)
	h.reload("asked for", load)
	h.wantFigure(1, "mailgw_config_last_reload_success")
	if got := h.deliver(mail{subject: "Lights are out"}); got.ticket.Priority != "low" {
		t.Errorf("priority %s", got.ticket.Priority)
	}

	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	h.reload("asked for", load)
	h.wantFigure(2, "mailgw_config_reload_failures_total")
}

// A mail keeps the settings that it began with.
func TestReloadWhileMailIsUnderWay(t *testing.T) {
	h, file, load, _ := fileHouse(t)
	in := h.newIncoming(t.Context(), h.arrival(mail{subject: "outage"}))
	edit(t, file, `"outage"`, `"nothing"`)
	h.reload("asked for", load)
	if in.verdict.Priority != "urgent" || in.s == h.settings.Load() {
		t.Errorf("it has the new settings: %+v", in.verdict)
	}
}

// TestReloadKeepsFixed: what cannot change is named in one line, all else is taken over.
func TestReloadKeepsFixed(t *testing.T) {
	h, file, load, log := fileHouse(t)
	edit(t, file, `listen = ["127.0.0.1:2525"]`, `listen = ["127.0.0.1:2526"]`)
	edit(t, file, `#inline_bytes = 16384`, `inline_bytes = 1`)
	edit(t, file, `#hostname = "localhost"`, `hostname = "mx.example.com"`)
	edit(t, file, `signature = "Example Support"`, `signature = "Yours, the support team"`)
	h.reload("asked for", load)
	s := h.settings.Load()
	if s.Desk("support").Signature != "Yours, the support team" {
		t.Errorf("the signature is %q", s.Desk("support").Signature)
	}
	if s.Hostname != h.c.Hostname || s.Store.InlineBytes != h.c.Store.InlineBytes || !slices.Equal(s.SMTP.Listen, h.c.SMTP.Listen) {
		t.Errorf("what is fixed has changed: %q %d %q", s.Hostname, s.Store.InlineBytes, s.SMTP.Listen)
	}
	if got := log.String(); !strings.Contains(got, `msg="takes effect at the next start: hostname, smtp.listen, dns.resolver, store.inline_bytes"`) {
		t.Errorf("the log says\n%s", got)
	}
	h.reload("asked for", load) // it is said again while it is so
	if n := strings.Count(log.String(), "takes effect at the next start"); n != 2 {
		t.Errorf("said %d times, want 2", n)
	}
}

// TestFixedKeys: docs/operations.md names the keys that need a restart, and each of
// them is a key of the configuration.
func TestFixedKeys(t *testing.T) {
	docs, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(docs), "These take effect at the next start:")
	list, _, _ = strings.Cut(list, "\n\n")
	var told []string
	for i, word := range strings.Split(list, "`") {
		if i%2 == 1 {
			told = append(told, strings.TrimSuffix(word, ".*"))
		}
	}
	want := fixedKeys()
	slices.Sort(told)
	slices.Sort(want)
	if !slices.Equal(told, want) {
		t.Errorf("docs/operations.md names %q, the code %q", told, want)
	}
	for _, key := range want {
		a, b := config.Default(), config.Default()
		alter(reflect.ValueOf(b).Elem(), strings.Split(key, "."))
		changed := keepFixed(a, b)
		if len(changed) == 0 || !reflect.DeepEqual(a.SMTP, b.SMTP) || !reflect.DeepEqual(a.Relay, b.Relay) || a.Hostname != b.Hostname {
			t.Errorf("%s: a change is not kept back: %q", key, changed)
		}
		for _, c := range changed {
			if c != key && !strings.HasPrefix(c, key+".") {
				t.Errorf("%s: %s was kept back", key, c)
			}
		}
	}
}

// alter gives each key below a path another value.
func alter(v reflect.Value, path []string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			key := v.Type().Field(i).Tag.Get("toml")
			switch {
			case key == "" || key == "-":
			case len(path) == 0:
				alter(v.Field(i), nil)
			case key == path[0]:
				alter(v.Field(i), path[1:])
			}
		}
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	}
}

func TestWatchedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	now := time.Now()
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("one")
	w := watchedFile{path: file}
	w.take()
	look := func(what string, want bool) {
		t.Helper()
		now = now.Add(lookEvery)
		if got := w.changed(now); got != want {
			t.Errorf("%s: changed is %v", what, got)
		}
	}
	look("as it was", false)
	look("as it was", false)
	put("two")
	look("changed just now", false)
	look("changed, and it stays", true)
	look("used", false)
	put("three")
	look("changed just now", false)
	put("four")
	look("changed again", false)
	look("and it stays", true)
	put("five")
	look("changed just now", false)
	put("four")
	look("changed back", false)
	look("changed back", false)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	look("gone", false)
	at := now.Add(3 * lookEvery / 2) // shortly before the second look
	touch := func() {
		t.Helper()
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	put("six")
	touch()
	look("there again", false)
	look("there again", true)
	put("7th") // as long, and the clock of the file system is coarse
	touch()
	look("the same times, but recent", false)
	look("the same times, but recent", true)
	put("eight")
	w.take()
	look("taken", false)
}

// offerTLS binds the listeners and reloads with a certificate.
func (h *house) offerTLS(file string, load func() (*config.Config, error), cert, key string) {
	h.t.Helper()
	doors, err := h.bind()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, d := range doors {
		h.t.Cleanup(func() { d.listen.Close() })
	}
	edit(h.t, file, `#tls_certificate = ""`, fmt.Sprintf("tls_certificate = %q", cert))
	edit(h.t, file, `#tls_key = ""`, fmt.Sprintf("tls_key = %q", key))
	h.reload("asked for", load)
}

// TestReloadCertificates: a pair that cannot be used refuses the configuration; the
// listeners offer TLS when there is one.
func TestReloadCertificates(t *testing.T) {
	cert, key := writeCertificate(t)
	h, file, load, log := fileHouse(t)
	h.offerTLS(file, load, cert, key)
	first := h.certificates.Load()
	if first == nil {
		t.Fatalf("no certificate is in use:\n%s", log)
	}
	h.reload("asked for", load)
	if h.certificates.Load() != first {
		t.Error("the same files are held twice")
	}
	if err := os.WriteFile(cert, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.reload("asked for", load)
	h.wantFigure(1, "mailgw_config_reload_failures_total")
	if !strings.Contains(log.String(), "tls_certificate") {
		t.Errorf("the log says\n%s", log)
	}
	other, otherKey := writeCertificate(t)
	edit(t, file, cert, other)
	edit(t, file, key, otherKey)
	h.reload("asked for", load)
	if h.certificates.Load() == first || h.certificates.Load() == nil {
		t.Error("the new files are not in use")
	}
}

// TestReloadACME: an authority is asked from the next start on, and until then the
// certificate of the files stays.
func TestReloadACME(t *testing.T) {
	cert, key := writeCertificate(t)
	h, file, load, log := fileHouse(t)
	h.offerTLS(file, load, cert, key)
	first := h.certificates.Load()
	edit(t, file, fmt.Sprintf("tls_certificate = %q", cert), "")
	edit(t, file, fmt.Sprintf("tls_key = %q", key), "")
	edit(t, file, "[acme]", "[acme]\nlisten = [\"127.0.0.1:1\"]\nnames = [\"mx.example.com\"]")
	h.reload("asked for", load)
	if got := h.certificates.Load(); first == nil || got != first {
		t.Error("the certificate does not stay until an authority is asked")
	}
	if want := "takes effect at the next start: acme.listen, acme.names"; !strings.Contains(log.String(), want) {
		t.Errorf("the log does not say %q:\n%s", want, log)
	}
}

func TestProblemLines(t *testing.T) {
	several := fmt.Errorf("load: %w", config.Problems{{File: "a", Line: 1, Key: "k", Text: "one"}, {File: "a", Line: 2, Key: "l", Text: "two"}})
	for _, c := range []struct {
		err  error
		want string
	}{{several, "a:1: k: one|a:2: l: two"}, {errors.New("no file"), "no file"}} {
		if got := strings.Join(problemLines(c.err), "|"); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestWarnOpenFolder(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		mode os.FileMode
		warn bool
	}{{0o700, false}, {0o750, true}, {0o701, true}} {
		if err := os.Chmod(dir, c.mode); err != nil {
			t.Fatal(err)
		}
		log := &lockedLog{}
		warnOpenFolder(dir, slog.New(slog.NewTextHandler(log, nil)))
		if got := strings.Contains(log.String(), "run: chmod 700 "+dir); got != c.warn {
			t.Errorf("%v: %q", c.mode, log)
		}
	}
}

// TestReloadLimits: connections that come are held to the new limits.
func TestReloadLimits(t *testing.T) {
	h, file, load, log := fileHouse(t, `smtp.listen=["127.0.0.1:0"]`)
	doors, err := h.bind()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.serve(ctx, doors) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	size := func() string {
		c := talk(t, doors[0].listen.Addr().String())
		defer c.Close()
		c.want("220 ")
		if _, err := fmt.Fprint(c, "EHLO h\r\n"); err != nil {
			t.Fatal(err)
		}
		for {
			line, err := c.r.ReadString('\n')
			if err != nil || strings.HasPrefix(line, "250 ") {
				t.Fatalf("no SIZE (%v)", err)
			}
			if n, ok := strings.CutPrefix(line, "250-SIZE "); ok {
				return strings.TrimSpace(n)
			}
		}
	}
	if got := size(); got != "33554432" {
		t.Errorf("SIZE %s at first", got)
	}
	edit(t, file, "#max_message_bytes = 33554432", "max_message_bytes = 5000")
	h.reload("asked for", load)
	if got := size(); got != "5000" {
		t.Errorf("SIZE %s, want 5000; the log says\n%s", got, log)
	}
}

// A mail to a desk that is taken out while it comes in is not lost.
func TestReloadWithoutDesk(t *testing.T) {
	h, file, load, log := fileHouse(t)
	a := h.arrival(mail{rcpt: []string{"billing@example.com"}})
	if err := h.Recipient(t.Context(), "billing@example.com"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	start, end := strings.LastIndex(string(text), "[[desk]]"), strings.Index(string(text), "[[agent]]")
	edit(t, file, string(text[start:end]), "")
	h.reload("asked for", load)
	if err := h.Recipient(t.Context(), "billing@example.com"); err == nil {
		t.Fatalf("the desk is still there; the log says\n%s", log)
	}
	if err := h.Deliver(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if got := h.stored(a.ID, nil); got.ticket.Desk != adminDesk {
		t.Errorf("it is on the desk %q, want %q", got.ticket.Desk, adminDesk)
	}
}
