package letter

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// TestProseReports reads reports that are written for people. Each is a mail to
// me@desk.example; its recipients are given as "address action status permanent".
func TestProseReports(t *testing.T) {
	const below = "Received: from mx.desk.example (HELO x) by a.example; Mon, 5 Jan 2026 10:00:00 +0000\nMessage-ID: <orig@desk.example>\nFrom: me@desk.example\nTo: to@far.example\nSubject: hello\n\nhello\nother@far.example\n"
	for _, c := range []struct {
		name, text string
		want       []string
		id         string
	}{
		{"an address and why, as qmail", "I wasn't able to deliver your message.\n\n<one@far.example>:\nRemote host said: 550 5.1.1 no such user\n\n<two@far.example>:\n192.0.2.1 failed after I sent the message.\nRemote host said: 452 4.2.2 full\n\n--- Below this line is a copy of the message.\n\n" + below,
			[]string{"one@far.example failed 5.1.1 true", "two@far.example failed 4.2.2 false"}, "orig@desk.example"},
		{"on one line, as Postfix", "For further assistance, please contact <help@a.example>\n\n<to@far.example>: host mx.far.example[192.0.2.1] said: 554 no (in reply to RCPT TO\n    command)\n", []string{"to@far.example failed  true"}, ""},
		{"indented, as Exim", "A message that you sent has not yet been delivered:\n\n  to@far.example\n    host mx.far.example [192.0.2.1]\n    Delay reason: 450 busy\n\nDelivery attempts will continue for some time.\n", []string{"to@far.example delayed  false"}, ""},
		{"in quotes", "The following address failed:\n\n\"to@far.example\":\nSMTP error: 5.1.1 <to@far.example>... User Unknown\n", []string{"to@far.example failed 5.1.1 true"}, ""},
		{"a list with stars", "Delivery to the following recipients was aborted after 5.0 hours:\n\n  * one@far.example\n  * two@far.example\n", []string{"one@far.example failed  true", "two@far.example failed  true"}, ""},
		{"brackets behind it", "---The following addresses had delivery errors---\n\nto@far.example [User unknown]\n", []string{"to@far.example failed  true"}, ""},
		{"a label", "Original message from me@desk.example\nRecipient address: to@far.example\nReason: over quota\n", []string{"to@far.example failed  true"}, ""},
		{"the server's words first", "   ----- Transcript of session follows -----\n554 <one@far.example>... 550 Host unknown\n421 far.example (smtp)... Deferred\n>>> RCPT To:<two@far.example>\n550 5.1.2 <two@far.example>... bad\n", []string{"one@far.example failed  true", "two@far.example failed 5.1.2 true"}, ""},
		{"what was said to the server", "Sent <<< RCPT TO:<to@far.example>\nReceived >>> 550 5.1.1 <to@far.example>... user unknown\n", []string{"to@far.example failed 5.1.1 true"}, ""},
		{"in a sentence", "There was an error delivering your mail to <to@far.example>.\n\nmx.far.example did not like our DATA:\n550 5.7.26 go away\n\n" + below, []string{"to@far.example failed 5.7.26 true"}, "orig@desk.example"},
		{"with its link", "Delivery has failed to these recipients or groups:\n\nto@far.example<mailto:to@far.example>\nIt was not found.\n\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n", []string{"to@far.example failed 5.1.10 true"}, ""},
		{"only a postmaster", "The following addresses had problems:\n\npostmaster@far.example\n\nMailbox full, 5.2.2\n", []string{"postmaster@far.example failed 5.2.2 true"}, ""},
		{"fields in the text", "An error occurred:\n\nto@far.example\n\n  Reporting-MTA: dns; a.example\n\n  Final-Recipient: rfc822; to@far.example\n  Action: failed\n  Status: 5.2.1\n", []string{"to@far.example failed 5.2.1 true"}, ""},
		{"a summary of the mail above it", "Your message\n\n  To:      to@far.example\n  Subject: hello\n  Sent:    Thu, 29 Apr 2005\n\ndid not reach the following recipient(s):\n\nto@far.example on Thu, 29 Apr 2005\n    The recipient name is not recognized\n", []string{"to@far.example failed  true"}, ""},
		{"nobody named, one recipient", "Your mail could not be delivered: the mailbox is full.\n\n" + below, []string{"to@far.example failed  true"}, "orig@desk.example"},
		{"too old", "<to@far.example>: connection timed out, giving up\n", []string{"to@far.example failed  false"}, ""},
		{"nothing at all", "Your mail was lost.\n", nil, ""},
		{"only me", "me@desk.example\nis who sent it\n", nil, ""},
		{"a dialogue", "Out: 250 2.1.0 Ok\nIn:  RCPT TO:<to@far.example>\nOut: 250 2.1.5 Ok\nIn:  DATA\nOut: 451 4.3.0 queue file write error\n", []string{"to@far.example failed 4.3.0 false"}, ""},
		{"the mail below with one field", "<to@far.example>:\n550 no\n\n--- Original message follows.\nReturn-Path: <me@desk.example>\n\nsig@other.example\n", []string{"to@far.example failed  true"}, ""},
		{"words in Japanese", "以下のメールアドレスへの送信に失敗しました。\nto@far.example\n", []string{"to@far.example failed  true"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Parse([]byte("From: MAILER-DAEMON@a.example\nTo: me@desk.example\nSubject: Undeliverable mail\nContent-Type: text/plain; charset=utf-8\n\n"+c.text), "", Limits{})
			if m.Kind != Bounce {
				t.Fatalf("kind %s", m.Kind)
			}
			var got []string
			for _, r := range m.Bounce.Recipients {
				got = append(got, fmt.Sprint(r.Address, " ", r.Action, " ", r.Status, " ", r.Permanent))
			}
			if diff := cmp.Diff(c.want, got); diff != "" || m.Bounce.OriginalMessageID != c.id {
				t.Errorf("%s id %q, want %q", diff, m.Bounce.OriginalMessageID, c.id)
			}
		})
	}
}

// TestReportBelow: a relay passes on another server's report and names nobody itself.
func TestReportBelow(t *testing.T) {
	report := "From: MAILER-DAEMON@b.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nsorry\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; b.example\n\nFinal-Recipient: rfc822; to@far.example\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <orig@desk.example>\n\nhello\n--b--\n"
	want := &BounceInfo{"orig@desk.example", []BounceRecipient{{Address: "to@far.example", Action: "failed", Status: "5.1.1", Permanent: true}}}
	for name, body := range map[string]string{
		"attached": "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nThe following addresses had permanent errors:\n\n--x\nContent-Type: message/rfc822\n\n" + report + "--x--\n",
		"as text":  "\nI'm sorry to inform you.\n\n----\nReturn-Path: <>\n" + report,
	} {
		m := Parse([]byte("From: MAILER-DAEMON@a.example\nTo: me@desk.example\nSubject: Returned mail\n"+body), "", Limits{})
		if diff := cmp.Diff(want, m.Bounce); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestNameRecipients: a field that holds no address.
func TestNameRecipients(t *testing.T) {
	for _, c := range []struct {
		name, text string
		finals     []string
		want       []string
	}{
		{"a host", "<to@far.example>\n    (reason: 550 Host unknown)\n", []string{"@mx.far.example"}, []string{"to@far.example"}},
		{"a file beside an address", "one@far.example\n\ntwo@far.example\n", []string{"two@far.example", "/var/mail/one"}, []string{"two@far.example", "one@far.example"}},
		{"a file, and nobody", "sorry\n", []string{"/var/mail/one"}, []string{"/var/mail/one"}},
		{"two for one", "one@far.example\n\ntwo@far.example\n", []string{"x"}, []string{"x"}},
	} {
		var got []string
		m := Parse([]byte("From: MAILER-DAEMON@a.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n"+c.text+
			"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a\n\nFinal-Recipient: rfc822; "+strings.Join(c.finals, "\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; ")+"\nAction: failed\nStatus: 5.1.1\n\n--b--\n"), "", Limits{})
		for _, r := range m.Bounce.Recipients {
			got = append(got, r.Address)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestNextAddress(t *testing.T) {
	for in, want := range map[string]string{
		"<a@b.example>:":                        "a@b.example",
		"to a@b.example... Deferred":            "a@b.example",
		"(a.b+c=d@b-c.example)":                 "a.b+c=d@b-c.example",
		"kept by <root@localhost> and":          "root@localhost",
		"root@localhost":                        "",
		"x@[192.0.2.1]":                         "",
		"at 5@192.0.2.1":                        "",
		"@b.example":                            "",
		"a@.b.example a@b.example":              "a@b.example",
		"a@b..example":                          "",
		"ü@bücher.example!":                     "ü@bücher.example",
		"to 'a@b.example'":                      "a@b.example",
		strings.Repeat("x", 100) + "@b.example": strings.Repeat("x", 64) + "@b.example",
	} {
		got := ""
		if start, end := nextAddress(in, 0); start >= 0 {
			got = in[start:end]
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestReplyCode(t *testing.T) {
	for in, want := range map[string]string{
		"550 no": "550", "said: 452-4.2.2 x": "452", "(421)": "421", "after 4500 s": "", "port 587 x": "", "v5.550": "", "250 ok 554": "554", "192.0.2.450 x": "", "": "", "55": "", "ERROR_CODE :421, x": "421",
	} {
		if got := replyCode(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// FuzzProse checks that every recipient stands in the text or in the mail below it.
func FuzzProse(f *testing.F) {
	f.Add("<a@b.example>: 550 5.1.1 no\n\nReceived: x\nTo: c@d.example\n")
	f.Add("Final-Recipient: rfc822; a@b\nAction: failed")
	f.Add("\xff@a.b @@ <@> a@b. 5.1.1")
	f.Fuzz(func(t *testing.T, text string) {
		p := readProse(text)
		rs, _ := p.proseRecipients(&Mail{}, Header{}, nil)
		for _, r := range rs {
			if r.Status != failureStatus(r.Status) || !isAddress(r.Address) || len(r.Diagnostic) > maxFieldBytes || utf8.ValidString(text) && !isOneLine(r.Address+r.Diagnostic) {
				t.Errorf("%+v", r)
			}
			if !strings.Contains(strings.ToLower(text), strings.ToLower(r.Address)) && len(p.returned.fields) == 0 || r.Action != "failed" && r.Permanent {
				t.Errorf("%+v", r)
			}
		}
		if len(p.lines) > proseLines || len(rs) > maxBounceRecipients {
			t.Errorf("%d lines, %d recipients", len(p.lines), len(rs))
		}
	})
}

// TestProseBlind reads the texts of real reports without their machine-readable parts
// and compares with what these say.
func TestProseBlind(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpora(t), "sisimai", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	all, right, permanently := 0, 0, 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w := walker{lim: DefaultLimits(), mail: &Mail{}, sum: newSummer()}
		h, at := readHeader(raw, w.lim.HeaderBytes, w.note)
		w.walk(w.newPart(h, raw[at:], 0))
		want := readStatus(w.status, w.lim.HeaderBytes)
		m := Parse(raw, "", Limits{})
		p := readProse(m.Text)
		if len(want) == 0 || p.status != nil {
			continue
		}
		all++
		got, _ := p.proseRecipients(m, w.returned, nil)
		i := slices.IndexFunc(got, func(r BounceRecipient) bool { return strings.EqualFold(r.Address, want[0].Address) })
		if i < 0 || len(got) != len(want) {
			continue
		}
		right++
		if got[i].Permanent == want[0].Permanent {
			permanently++
		}
	}
	t.Logf("%d reports: %d with the right recipients, of these %d rightly permanent or not", all, right, permanently)
	if right*100 < all*88 || permanently*100 < right*90 || all < 150 {
		t.Errorf("too few are right")
	}
}

// TestProseBombs: texts that make a naive reader work for ever. (A runaway shows as a
// test that does not end; no time is measured.)
func TestProseBombs(t *testing.T) {
	var many, to strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&many, "<u%d@x.example>:\n", i)
		fmt.Fprintf(&to, "u%d@x.example, ", i)
	}
	const mega = 1 << 20
	for name, text := range map[string]string{
		"recipients":      many.String(),
		"one line":        strings.Repeat("<a@b.example> ", mega/14),
		"at signs":        strings.Repeat("a@", mega/2),
		"dots":            "a@" + strings.Repeat("b.", mega/2),
		"codes":           "<a@b.example>:\n" + strings.Repeat("2.0.0 ", mega/6),
		"returned fields": strings.Repeat("From: x\n", mega/8),
		"empty lines":     "<a@b.example>:\n" + strings.Repeat("\n", mega),
		"returned to":     "Sorry.\n\nReceived: x\nTo: " + to.String() + "\n",
	} {
		m := Parse([]byte("From: MAILER-DAEMON@a.example\nSubject: Undeliverable\nX-Failed-Recipients: "+to.String()[:60_000]+"\n\n"+text), "", Limits{})
		if m.Kind != Bounce || len(m.Bounce.Recipients) > maxBounceRecipients {
			t.Errorf("%s: %s %d", name, m.Kind, len(m.Bounce.Recipients))
		}
		if p := readProse(text); len(p.recipients(Header{}, nil)) > maxBounceRecipients {
			t.Errorf("%s: %d found", name, len(p.found))
		}
	}
}

func BenchmarkProse(b *testing.B) {
	for _, n := range []int{1, 25, 100} {
		raw := []byte("From: MAILER-DAEMON@a.example\nTo: me@desk.example\nSubject: failure notice\n\nI wasn't able to deliver your message.\n\n" +
			strings.Repeat("<one@far.example>:\nRemote host said: 550 5.1.1 no such user\n\n", n) + "Received: x\nMessage-ID: <a@b>\nTo: one@far.example\n\n" + strings.Repeat("hello world\n", 100))
		b.Run(fmt.Sprint(len(raw)), func(b *testing.B) {
			for b.Loop() {
				Parse(raw, "", Limits{})
			}
		})
	}
}
