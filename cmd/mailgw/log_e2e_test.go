//go:build linux

package main_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var logField = regexp.MustCompile(`(\w+)=("(?:[^"\\]|\\.)*"|\S*)`)

// logged are the lines of the log with a message, as keys and values.
func (d *daemon) logged(message string) (out []map[string]string) {
	d.t.Helper()
	for line := range strings.Lines(d.log.tail(keptLog)) {
		fields := map[string]string{}
		for _, m := range logField.FindAllStringSubmatch(line, -1) {
			v := m[2]
			if s, err := strconv.Unquote(v); err == nil {
				v = s
			}
			fields[m[1]] = v
		}
		if fields["msg"] == message {
			out = append(out, fields)
		}
	}
	return out
}

// TestLogTies: one line for each accepted mail and each that left, and the ids that
// lead from the 250 to the ticket, its raw bytes, and what was sent for it.
func TestLogTies(t *testing.T) {
	d := startDaemon(t)
	o := &office{d, t}
	const mails = 3
	ids := map[string]string{} // of the 250 -> Message-ID
	for i := range mails {
		m := draft{id: fmt.Sprintf("m%d@acme.example", i), from: "maria@acme.example", subject: "Scale " + strconv.Itoa(i)}
		ids[o.deliver(m)] = m.id
	}
	accepted := d.logged("mail accepted")
	want(t, "lines of accepted mails", len(accepted), mails)
	tickets := map[string]bool{}
	for _, line := range accepted {
		want(t, "message_id of "+line["id"], line["message_id"], ids[line["id"]])
		want(t, "outcome in the log", line["outcome"], "new")
		want(t, "ticket in the log", line["ticket"], strconv.FormatUint(d.ticketOf(line["id"]).Number, 10))
		if raw := d.mustCommand("ticket", "raw", line["id"]); !bytes.Contains([]byte(raw), []byte("<"+ids[line["id"]]+">")) {
			t.Errorf("ticket raw %s prints another mail:\n%.300s", line["id"], raw)
		}
		delete(ids, line["id"]) // one line for each
		tickets[line["ticket"]] = true
	}

	// An acknowledgement and a notice for each; a line is written when the row is done.
	waitFor(t, "a line for each mail that left", func() bool { return len(d.logged("mail left")) >= 2*mails })
	sent := map[string]bool{}
	for _, m := range d.mails() {
		sent[m.messageID()] = true
	}
	seen := map[string]bool{}
	for _, line := range d.logged("mail left") {
		if seen[line["id"]] {
			t.Errorf("row %s has two lines", line["id"])
		}
		seen[line["id"]] = true
		if !tickets[line["ticket"]] || line["kind"] == "" || line["to"] == "" || len(line["id"]) != 13 {
			t.Errorf("a mail left without its ties: %v", line)
		}
		for id := range strings.FieldsSeq(strings.Trim(line["message_id"], `"`)) { // a notice is one mail for each agent
			if !sent[id] {
				t.Errorf("nothing in sent/ has the Message-ID %s of %v", id, line)
			}
		}
		if line["message_id"] == "" {
			t.Errorf("no Message-ID in %v", line)
		}
	}
	for _, words := range []string{"Scale 1", "shows nothing since"} {
		if strings.Contains(d.log.tail(keptLog), words) {
			t.Errorf("the log has words of a mail: %q", words)
		}
	}
}
