//go:build linux

package main_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// editable starts a daemon whose configuration is a copy of the example.
func editable(t testing.TB) *daemon {
	t.Helper()
	d := newDaemon(t)
	text, err := os.ReadFile(filepath.Join(projectRoot(t), "config.example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	d.config = filepath.Join(d.dir, "mailgw.toml")
	replaceFile(t, d.config, text)
	d.start()
	return d
}

// edit replaces texts in the configuration; olds and news in turn. It returns the new
// content.
func (d *daemon) edit(texts ...string) []byte {
	d.t.Helper()
	b, err := os.ReadFile(d.config)
	if err != nil {
		d.t.Fatal(err)
	}
	s := string(b)
	for i := 0; i < len(texts); i += 2 {
		if !strings.Contains(s, texts[i]) {
			d.t.Fatalf("%q is not in the configuration", texts[i])
		}
		s = strings.ReplaceAll(s, texts[i], texts[i+1])
	}
	replaceFile(d.t, d.config, []byte(s))
	return []byte(s)
}

func (d *daemon) hangUp() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		d.t.Fatalf("SIGHUP: %v", err)
	}
}

// awaitTaken waits until a configuration is in use.
func (d *daemon) awaitTaken(text []byte) {
	d.t.Helper()
	sum := sha256.Sum256(text)
	d.awaitLog(fmt.Sprintf("sha256=%x ", sum[:6]))
}

func (d *daemon) awaitLog(words string) {
	d.t.Helper()
	waitFor(d.t, words, func() bool { return strings.Contains(d.log.tail(256<<10), words) })
}

// reload edits the configuration and has it read by SIGHUP.
func (d *daemon) reload(texts ...string) {
	d.t.Helper()
	text := d.edit(texts...)
	d.hangUp()
	d.awaitTaken(text)
}

// get asks over HTTP.
func (d *daemon) get(path string) (status int, body string) {
	d.t.Helper()
	client := http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://" + d.http + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// TestReload changes a rule, a desk's signature and a desk's people while serving.
func TestReload(t *testing.T) {
	t.Parallel() // it waits for a file to be looked at
	d := editable(t)
	o := &office{d, t}
	send := func(id string) ticketJSON {
		t.Helper()
		return d.ticketOf(o.deliver(draft{id: id + "@acme.example", from: "maria@acme.example", subject: "The lights are out, " + id}))
	}
	first := send("first")
	want(t, "priority before", first.Priority, "normal")
	want(t, "notices to Ben before", o.notices(first.Number)["ben@example.com"], 1)

	// SIGHUP, once for several changes.
	example, err := os.ReadFile(filepath.Join(projectRoot(t), "config.example.toml"))
	if err != nil {
		t.Fatal(err)
	}
	bens := regexp.MustCompile(`\[\[agent\]\]\nname = "Ben Ortiz"\n(?:\w.*\n)+`).FindString(string(example))
	d.reload(`"production down", "outage"`, `"lights are out"`,
		`signature = "Example Support"`, `signature = "Yours, the night watch"`,
		"\nagents = [\"anna@example.com\", \"ben@example.com\"]", "\nagents = [\"anna@example.com\"]",
		bens, "")
	second := send("second")
	want(t, "priority after", second.Priority, "urgent")
	want(t, "notices to Ben after", o.notices(second.Number)["ben@example.com"], 0)
	want(t, "notices to Anna after", o.notices(second.Number)["anna@example.com"], 1)
	words, err := o.acknowledgement("second@acme.example").plain()
	if err != nil || !strings.Contains(words, "Yours, the night watch") {
		t.Errorf("the acknowledgement has the old signature (%v):\n%s", err, words)
	}

	// A changed file is seen without a signal.
	d.awaitTaken(d.edit("Yours, the night watch", "Yours, the early shift"))
	send("third")
	if words, err = o.acknowledgement("third@acme.example").plain(); err != nil || !strings.Contains(words, "Yours, the early shift") {
		t.Errorf("the acknowledgement has the old signature (%v):\n%s", err, words)
	}

	// What cannot change while it runs is named, and all else is taken over.
	d.reload("[store]", "[store]\ninline_bytes = 1", "Yours, the early shift", "Yours")
	d.awaitLog(`msg="takes effect at the next start: store.inline_bytes"`)
	d.verifyClean()
}

// TestReloadRefused: what is wrong is said line by line, and the old configuration
// goes on.
func TestReloadRefused(t *testing.T) {
	d := editable(t)
	o := &office{d, t}
	good := d.edit(`zone = "Europe/Zurich"`, `zone = "Europe/Berlin"`)
	d.hangUp()
	d.awaitTaken(good)
	d.edit(`zone = "Europe/Berlin"`, `zone = "Europe/Zurch"`, `if.blocked = true
then = { priority = "high"`, `if.blocked = true
then = { priority = "soon"`, "[store]", "[store]\nin_line_bytes = 1")
	d.hangUp()
	d.awaitLog("the old configuration stays in use")
	for _, problem := range []string{"Europe/Zurch", "soon", "in_line_bytes"} {
		n := 0
		for line := range strings.Lines(d.log.tail(keptLog)) {
			if strings.Contains(line, `msg="configuration refused" problem="`+d.config+":") && strings.Contains(line, problem) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d lines name %s, want 1", n, problem)
		}
	}
	_, figures := d.get("/metrics")
	for _, line := range []string{"mailgw_config_last_reload_success 0", "mailgw_config_reload_failures_total 1", "mailgw_config_reloads_total 1"} {
		if !strings.Contains(figures, "\n"+line+"\n") {
			t.Errorf("no %q in\n%s", line, figures)
		}
	}
	r := d.sendOne("maria@acme.example", draft{id: "a@acme.example", from: "maria@acme.example", subject: "Outage"}.bytes())
	if r.id() == "" {
		t.Fatalf("a mail gets %s while the file is wrong", r)
	}
	replaceFile(t, d.config, append(good, "# mended\n"...))
	d.hangUp()
	d.awaitTaken(append(good, "# mended\n"...))
	d.awaitOutbox()
	want(t, "priority by the old rules", d.ticketOf(r.id()).Priority, "urgent")
	o.acknowledgement("a@acme.example")
}

// TestReloadWords: a file of own phrases is taken over when it changes, without a
// signal; one that is wrong is refused, with its line.
func TestReloadWords(t *testing.T) {
	t.Parallel() // it waits for a file to be looked at
	d := editable(t)
	o := &office{d, t}
	file := filepath.Join(d.dir, "words", "en.toml")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(id string) draft {
		return draft{id: id + "@acme.example", from: "maria@acme.example", subject: "Lamp " + id}
	}
	said := func(id, words string) {
		t.Helper()
		if text, err := o.acknowledgement(id + "@acme.example").plain(); err != nil || !strings.Contains(text, words) {
			t.Errorf("the acknowledgement does not say %q (%v):\n%s", words, err, text)
		}
	}
	d.reload(`#dir = ""`, `dir = "words"`)
	says := func(id, words string) {
		t.Helper()
		o.deliver(write(id))
		said(id, words)
	}
	says("first", "Kind regards")
	replaceFile(t, file, []byte("[phrase]\n\"ack.closing\" = \"Yours from the lake\"\n"))
	d.awaitLog(`why_read="the file has changed"`)
	says("second", "Yours from the lake")
	replaceFile(t, file, []byte("[phrase]\n\"ack.closing\" = \"{{.Nmae}}\"\n\"ack.promise\" = \"We answer ASAP\"\n"))
	d.awaitLog("the old configuration stays in use")
	for _, problem := range []string{`:2: phrase.`, `:3: phrase.`} {
		d.awaitLog(file + problem)
	}
	// Commands read the same files, so they wait for them to be mended.
	d.sendOne("maria@acme.example", write("third").bytes())
	waitFor(t, "the third acknowledgement", func() bool { return strings.Count(d.log.tail(keptLog), "kind=acknowledgement") == 3 })
	replaceFile(t, file, []byte("[phrase]\n\"ack.closing\" = \"Yours, mended\"\n"))
	waitFor(t, "the mended file", func() bool { return strings.Count(d.log.tail(keptLog), "configuration taken over") == 3 })
	said("third", "Yours from the lake")
	says("fourth", "Yours, mended")
	d.verifyClean()
}

// TestReloadCertificate: other files in the configuration, for connections that come.
func TestReloadCertificate(t *testing.T) {
	d := editable(t)
	file := func(name string) string { return filepath.Join(d.dir, name) }
	writeCertificate(t, file("cert1.pem"), file("key1.pem"), 1)
	writeCertificate(t, file("cert2.pem"), file("key2.pem"), 2)
	d.reload(`#tls_certificate = ""`, fmt.Sprintf("tls_certificate = %q", file("cert1.pem")), `#tls_key = ""`, fmt.Sprintf("tls_key = %q", file("key1.pem")))
	old := overTLS(t, d, 1)
	defer old.close()
	d.reload("cert1.pem", "cert2.pem", "key1.pem", "key2.pem")
	overTLS(t, d, 2).close()
	sendOverTLS(t, d, old, "old")

	d.edit("cert2.pem", "cert1.pem") // with a key that is another's
	d.hangUp()
	d.awaitLog("the old configuration stays in use")
	overTLS(t, d, 2).close()
}

// TestReloadUnderLoad: senders that keep their connections are not refused one mail,
// however often the configuration changes.
func TestReloadUnderLoad(t *testing.T) {
	d := editable(t)
	const senders, reloads = 4, 50
	var stop atomic.Bool
	var accepted atomic.Int64
	var wg sync.WaitGroup
	for i := range senders {
		wg.Go(func() {
			c, err := dial(d.smtp)
			if err != nil {
				t.Error(err)
				return
			}
			defer c.close()
			for n := 0; !stop.Load(); n++ {
				m := draft{id: fmt.Sprintf("%d.%d@acme.example", i, n), from: "maria@acme.example", subject: "Under load"}
				r, err := c.send(m.from, []string{"support@example.com"}, m.bytes())
				if err != nil || r.id() == "" {
					t.Errorf("mail %d of sender %d: %s, %v", n, i, r, err)
					return
				}
				accepted.Add(1)
			}
		})
	}
	for n := range reloads {
		d.edit("[smtp]", fmt.Sprintf("# change %d\n[smtp]", n))
		var text []byte
		if n%2 == 0 {
			text = d.edit("#max_errors = 20", fmt.Sprintf("max_errors = %d", 30+n))
		} else {
			text = d.edit(fmt.Sprintf("max_errors = %d", 29+n), "#max_errors = 20")
		}
		d.hangUp()
		d.awaitTaken(text)
	}
	stop.Store(true)
	wg.Wait()
	if accepted.Load() < reloads {
		t.Errorf("only %d mails came in during %d reloads", accepted.Load(), reloads)
	}
	t.Logf("reload: %d mails, %d reloads, refused 0", accepted.Load(), reloads)
	d.verifyClean()
}

// TestHealthAndFigures asks the real thing while mail comes in.
func TestHealthAndFigures(t *testing.T) {
	d := startDaemon(t)
	o := &office{d, t}
	o.deliver(draft{id: "a@acme.example", from: "maria@acme.example", subject: "Scale"})
	var all struct {
		OK     bool
		Checks []struct {
			Name   string
			OK     bool
			Detail string
		}
	}
	status, body := d.get("/healthz")
	if err := json.Unmarshal([]byte(body), &all); err != nil || status != 200 || !all.OK || len(all.Checks) != 6 {
		t.Errorf("health: %d %s (%v)", status, body, err)
	}
	status, body = d.get("/metrics")
	for _, line := range []string{`mailgw_mails_total{outcome="new"} 1`, `mailgw_mails_accepted_total 1`, `mailgw_outbox_rows 0`, `mailgw_refused_total{listener="smtp",reason="size"} 0`, `mailgw_promises_open{told="true"} 1`} {
		if !strings.Contains(body, "\n"+line+"\n") {
			t.Errorf("no %q in\n%s", line, body)
		}
	}
	want(t, "status of the figures", status, 200)
	status, _ = d.get("/")
	want(t, "status of anything else", status, 404)
	d.stop()
	d.start()
	if _, body = d.get("/metrics"); !strings.Contains(body, "\nmailgw_mails_accepted_total 1\n") {
		t.Errorf("a restart forgot the mails:\n%s", body)
	}
}

// TestOpenFolder: who can read the mails is told to the one who can change it.
func TestOpenFolder(t *testing.T) {
	d := startDaemon(t)
	if strings.Contains(d.log.tail(keptLog), "chmod") {
		t.Error("a folder that it made itself is open to others")
	}
	d.stop()
	if err := os.Chmod(d.data(), 0o755); err != nil {
		t.Fatal(err)
	}
	d.start()
	d.awaitLog("run: chmod 700 " + d.data())
}
