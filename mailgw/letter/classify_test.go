package letter

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestClassify(t *testing.T) {
	report := func(kind, media string) []string {
		return []string{"From: a@b.c", "Content-Type: multipart/report; report-type=" + kind + "; boundary=b", "", "--b", "", "text", "--b", "Content-Type: " + media, "", "X: y", "--b--"}
	}
	// attached makes a mail that holds another one; returning, one that also has words.
	attached := func(header string) []string {
		return []string{"Content-Type: message/rfc822", "", header, "", "x"}
	}
	returning := func(text, header string) []string {
		return []string{"Content-Type: multipart/mixed; boundary=b", "", "--b", "", text, "--b", "Content-Type: message/rfc822", "", header, "", "x", "--b--"}
	}
	for _, c := range []struct {
		name   string
		mail   []string
		path   string
		want   Kind
		reason string
	}{
		{"a person", []string{"From: a@b.c", "Subject: hi", "", "x"}, "a@b.c", Person, ""},
		{"a person by their own word", []string{"From: a@b.c", "Auto-Submitted: no", "", "x"}, "a@b.c", Person, ""},
		{"no, with a comment", []string{"From: a@b.c", "Auto-Submitted: No (really)", "", "x"}, "a@b.c", Person, ""},
		{"unsubscribe link alone", []string{"From: a@b.c", "List-Unsubscribe: <x>", "", "x"}, "a@b.c", Person, ""},
		{"suppression alone", []string{"From: a@b.c", "X-Auto-Response-Suppress: All", "", "x"}, "a@b.c", Person, ""},
		{"about out of office, by a person", []string{"From: a@b.c", "Subject: Out of office: how do I set it?", "", "x"}, "a@b.c", Person, ""},
		{"answer to an automatic answer", []string{"From: a@b.c", "Subject: Re: Automatic reply: x", "In-Reply-To: <1@b>", "", "x"}, "a@b.c", Person, ""},
		{"a person about a bounce", []string{"From: a@b.c", "Subject: Undelivered Mail Returned to Sender", "", "x"}, "a@b.c", Person, ""},
		{"an invitation", []string{"From: a@b.c", "Content-Type: text/calendar; method=REQUEST", "", "x"}, "a@b.c", Person, ""},
		{"auto-replied", []string{"From: a@b.c", "Auto-Submitted: auto-replied (vacation)", "", "x"}, "a@b.c", AutoReply, "Auto-Submitted: auto-replied (vacation)"},
		{"automatic below a no", []string{"From: a@b.c", "Auto-Submitted: no", "Subject: x", "auto-submitted: auto-replied", "", "x"}, "a@b.c", AutoReply, "Auto-Submitted: auto-replied"},
		{"automatic above a no", []string{"From: a@b.c", "Auto-Submitted: auto-notified", "Auto-Submitted: no", "", "x"}, "a@b.c", AutoReply, "Auto-Submitted: auto-notified"},
		{"no, twice", []string{"From: a@b.c", "Auto-Submitted: no", "Auto-Submitted: No;x=y", "", "x"}, "a@b.c", Person, ""},
		{"nothing, then automatic", []string{"From: a@b.c", "Auto-Submitted:", "Auto-Submitted: auto-replied", "", "x"}, "a@b.c", AutoReply, "Auto-Submitted: auto-replied"},
		{"auto-generated", []string{"From: a@b.c", "Auto-Submitted: auto-generated", "", "x"}, "a@b.c", AutoReply, "Auto-Submitted: auto-generated"},
		{"vendor", []string{"From: a@b.c", "X-Autoreply: yes", "", "x"}, "a@b.c", AutoReply, "X-Autoreply: yes"},
		{"vendor says no", []string{"From: a@b.c", "X-Autoreply: no", "", "x"}, "a@b.c", Person, ""},
		{"Apple's vacation", []string{"From: a@b.c", "X-Apple-Action: VACATION/x", "", "x"}, "a@b.c", AutoReply, "X-Apple-Action"},
		{"Apple's filing", []string{"From: a@b.c", "X-Apple-Action: JUNK/Junk", "", "x"}, "a@b.c", Person, ""},
		{"precedence", []string{"From: a@b.c", "Precedence: auto_reply", "", "x"}, "a@b.c", AutoReply, "Precedence: auto_reply"},
		{"null sender, no report", []string{"From: a@b.c", "Subject: thanks", "", "x"}, "", AutoReply, "null reverse path"},
		{"outlook's subject and a reply", []string{"From: a@b.c", "Subject: Automatische Antwort: x", "In-Reply-To: <1@b>", "", "x"}, "a@b.c", AutoReply, "Subject"},
		{"list", []string{"From: a@b.c", "List-Id: <l.b.c>", "", "x"}, "a@b.c", List, "List-Id: <l.b.c>"},
		{"a list's address", []string{"From: a@b.c", "List-Post: <mailto:l@b.c>", "", "x"}, "a@b.c", List, "List-Post: <mailto:l@b.c>"},
		{"a list that takes no mail", []string{"From: a@b.c", "List-Post: NO", "", "x"}, "a@b.c", List, "List-Post: NO"},
		{"list before List-Id", []string{"From: a@b.c", "Mailing-List: contact l-help@b.c", "", "x"}, "a@b.c", List, "Mailing-List: contact l-help@b.c"},
		{"private list field", []string{"From: a@b.c", "X-Mailing-List: l@b.c", "", "x"}, "a@b.c", List, "X-Mailing-List: l@b.c"},
		{"empty list fields", []string{"From: a@b.c", "List-Id:", "List-Post:", "", "x"}, "a@b.c", Person, ""},
		{"bulk", []string{"From: a@b.c", "Precedence: bulk", "", "x"}, "a@b.c", List, "Precedence: bulk"},
		{"delivery report", report("delivery-status", "message/delivery-status"), "", Bounce, "delivery-status"},
		{"private bounce, null sender", []string{"From: a@b.c", "Subject: failure notice", "", "x"}, "", Bounce, "null reverse path, subject"},
		{"private bounce, daemon", []string{"From: MAILER-DAEMON@b.c", "Subject: Returned mail", "", "x"}, "x@b.c", Bounce, "From: "},
		{"daemon alone", []string{"From: Mail Delivery Subsystem <x@b.c>", "Subject: hello", "", "x"}, "x@b.c", AutoReply, "From: "},
		{"receipt", report("disposition-notification", "message/disposition-notification"), "a@b.c", Receipt, "disposition-notification"},
		{"abuse report", report("feedback-report", "message/feedback-report"), "a@b.c", Report, "feedback-report"},
		{"TLS report", report("tlsrpt", "application/tlsrpt+gzip"), "a@b.c", Report, "TLS"},
		{"DMARC report", []string{"From: a@b.c", "Subject: Report Domain: x.y Submitter: z Report-ID: 1", "", "x"}, "a@b.c", Report, "DMARC"},
		{"DMARC report by its file", []string{"From: a@b.c", "Content-Type: application/gzip; name=\"g.com!x.y!1500000000!1500086399.xml.gz\"", "", "x"}, "a@b.c", Report, "DMARC"},
		{"a report of another type around it", report("x", "message/delivery-status"), "a@b.c", Bounce, "delivery-status"},
		{"DMARC failure report without its part", []string{"From: noreply@b.c", "Subject: DMARC Forensic Report for x.y", "", "x"}, "a@b.c", Report, "DMARC"},
		{"DMARC report, half of its subject", []string{"From: noreply@b.c", "Subject: Report Domain: x.y", "", "x"}, "a@b.c", Report, "DMARC"},
		{"DMARC report from who made it", dmarcFile("From: postmaster@mx.g.com"), "a@b.c", Report, "DMARC"},
		{"a person passes on such a file", dmarcFile("From: a@b.c"), "a@b.c", Person, ""},
		{"a person reports a domain", []string{"From: a@b.c", "Subject: Report domain: shop.example uses your logo", "", "x"}, "a@b.c", Person, ""},
		{"a person about DMARC reports", []string{"From: a@b.c", "Subject: How do I read a DMARC report?", "", "x"}, "a@b.c", Person, ""},
		{"a complaint by its mark", append([]string{"From: staff@b.c", "Subject: complaint about message from 192.0.2.1"}, attached("X-HmXmrOriginalRecipient: x@b.c")...), "a@b.c", Report, "complain"},
		{"a complaint by its sender", append([]string{"From: fbl-no-reply@b.c", "Subject: Email Feedback Report for IP 192.0.2.1"}, attached("Subject: x")...), "a@b.c", Report, "complain"},
		{"a person passes on spam", append([]string{"From: a@b.c", "Subject: abuse from your network"}, attached("Subject: x")...), "a@b.c", Person, ""},
		{"receipt in words", []string{"From: a@b.c", "Subject: Read: your offer", "", "Your message", "  To: a@b.c", "was read on Monday 10:00."}, "a@b.c", Receipt, "was read on"},
		{"a person has read it", []string{"From: a@b.c", "Subject: Read: your offer", "", "It was read on Monday by my boss. Can you lower the price?"}, "a@b.c", Person, ""},
		{"away by words alone", []string{"From: a@b.c", "Subject: Abwesenheitsnotiz", "Content-Type: text/plain; charset=utf-8", "", "Ich bin bis Montag im Urlaub."}, "a@b.c", AutoReply, "im urlaub"},
		{"asks about such words", []string{"From: a@b.c", "Subject: Out of office reply", "", "My out of office does not work while I'm on vacation, can you help?"}, "a@b.c", Person, ""},
		{"another desk's answer", []string{"From: a@b.c", "Subject: [Request received] printer", "", "Your request has been received (#12)."}, "a@b.c", AutoReply, "has been received"},
		{"asks for a proof", []string{"From: a@b.c", "Subject: Re: your request", "In-Reply-To: <1@d>", "", "Before your message can be delivered, click", "https://b.c/confirm/123"}, "a@b.c", AutoReply, "proof"},
		{"a person about such a link", []string{"From: a@b.c", "Subject: Re: your request", "In-Reply-To: <1@d>", "", "The link does not work:", "https://b.c/confirm/123"}, "a@b.c", Person, ""},
		{"bounce that says so only in its text", []string{"From: mailer-daemon@b.c", "Subject: hello", "", "Your message could not be delivered:", "<x@y.z>: 550 no such user"}, "a@b.c", Bounce, "could not be delivered"},
		{"bounce from a silent sender", append([]string{"From: no-reply@b.c", "To: me@d.e", "Subject: Delivery failure"}, returning("could not be delivered to <x@y.z>", "From: me@d.e")...), "a@b.c", Bounce, "no-reply"},
		{"bounce from an admin", append([]string{"From: sysadmin@b.c", "Subject: Undeliverable Message"}, returning("Unknown user <x@y.z>", "To: X@y.z")...), "a@b.c", Bounce, "sysadmin"},
		{"bounce that returns our mail", append([]string{"From: gate@b.c", "To: me@d.e", "Subject: Undeliverable: hi"}, returning("x@y.z: user unknown", "From: <me@d.e>\r\nTo: x@y.z")...), "a@b.c", Bounce, "recipient's"},
		{"a person returns our mail", append([]string{"From: a@b.c", "To: me@d.e", "Subject: rejected", "In-Reply-To: <1@d.e>"}, returning("x@y.z: could not be delivered", "From: <me@d.e>\r\nTo: x@y.z")...), "a@b.c", Person, ""},
		{"a person passes on a bounce", append([]string{"From: a@b.c", "To: me@d.e", "Subject: Fwd: Undeliverable: hi"}, returning("x@y.z: user unknown", "From: <me@d.e>\r\nTo: x@y.z")...), "a@b.c", Person, ""},
		{"a person about undelivered mail", append([]string{"From: a@b.c", "To: me@d.e", "Subject: mails are rejected"}, returning("x@y.z: user unknown", "From: <a@b.c>\r\nTo: x@y.z")...), "a@b.c", Person, ""},
		{"an admin asks", append([]string{"From: admin@b.c", "To: me@d.e", "Subject: mail rejected"}, returning("x@y.z: user unknown. Can you check?", "From: <me@d.e>\r\nTo: x@y.z")...), "a@b.c", Person, ""},
		{"an admin shows a log", []string{"From: admin@b.c", "To: me@d.e", "Subject: mail rejected", "", "550 user unknown x@y.z", "", "Received: by x", "From: me@d.e"}, "a@b.c", Person, ""},
		{"a parcel that did not arrive", []string{"From: no-reply@parcel.example", "To: me@d.e", "Subject: Delivery attempt failed", "", "Your parcel could not be delivered to me@d.e."}, "a@b.c", Person, ""},
		{"an answer to an automatic one, precedence of old", []string{"From: a@b.c", "Preference: auto_reply", "", "x"}, "a@b.c", AutoReply, "Preference"},
		{"answer to an invitation", []string{"From: a@b.c", "Content-Type: text/calendar; method=REPLY", "", "x"}, "a@b.c", Calendar, "REPLY"},
		{"answer to an invitation, method in the text", []string{"From: a@b.c", "Content-Type: text/calendar", "", "BEGIN:VCALENDAR", "METHOD:REPLY"}, "a@b.c", Calendar, "REPLY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := Parse(crlf(c.mail...), c.path, Limits{})
			if reasons := strings.Join(m.Reasons, "; "); m.Kind != c.want || !strings.Contains(reasons, c.reason) || (c.reason == "") != (reasons == "") {
				t.Errorf("%s because of %q, want %s because of %q", m.Kind, reasons, c.want, c.reason)
			}
			if (m.Bounce != nil) != (c.want == Bounce) {
				t.Errorf("bounce data: %v", m.Bounce)
			}
		})
	}
}

// dmarcFile is a mail with words and the file of a DMARC report.
func dmarcFile(from string) []string {
	return []string{from, "Subject: strange file", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "What is this?",
		"--b", "Content-Type: application/gzip; name=\"g.com!x.y!1500000000!1500086399.xml.gz\"", "", "x", "--b--"}
}

func TestReadBounce(t *testing.T) {
	m := Parse(crlf("From: MAILER-DAEMON@b.c", "Content-Type: multipart/report; report-type=delivery-status; boundary=b", "",
		"--b", "", "sorry",
		"--b", "Content-Type: message/delivery-status", "",
		"Reporting-MTA: dns; mx.b.c", "",
		"Final-Recipient: rfc822; new@d.e", "Original-Recipient: rfc822;old@d.e", "Action: failed", "Status: 5.0.0", "Diagnostic-Code: smtp; 550 5.1.1 no such", "  user", "",
		"Final-Recipient: RFC822; <full@d.e>", "Action: failed", "Status: 4.2.2 (full)", "",
		"Final-Recipient: rfc822; slow@d.e", "Action: delayed", "Status: 5.4.7", "",
		"Final-Recipient: rfc822; fine@d.e", "Action: delivered", "Status: 2.0.0",
		"--b", "Content-Type: text/rfc822-headers", "", "From: support@desk.example", "Message-ID: <orig@desk.example>", "--b--"), "", Limits{})
	want := &BounceInfo{OriginalMessageID: "orig@desk.example", Recipients: []BounceRecipient{
		{"old@d.e", "failed", "5.1.1", "550 5.1.1 no such user", true},
		{"full@d.e", "failed", "4.2.2", "", false},
		{"slow@d.e", "delayed", "5.4.7", "", false},
		{"fine@d.e", "delivered", "2.0.0", "", false},
	}}
	if diff := cmp.Diff(want, m.Bounce); diff != "" || m.Kind != Bounce {
		t.Errorf("%s: %s", m.Kind, diff)
	}
}

// TestReadBounceBroken: reports whose empty lines are missing or misplaced.
func TestReadBounceBroken(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []string
	}{
		{"no first group", "Final-Recipient: rfc822; a@b\nAction: failed", []string{"a@b failed"}},
		{"no line between", "Reporting-MTA: x\nFinal-Recipient: rfc822; a@b\nAction: failed\nFinal-Recipient: rfc822; c@d\nAction: delayed", []string{"a@b failed", "c@d delayed"}},
		{"a line within", "Final-Recipient: rfc822; a@b\n\nAction: failed", []string{"a@b failed"}},
		{"leading lines", "\n\nReporting-MTA: x\n\n\nFinal-Recipient: rfc822; a@b\nAction: failed\n\n\n", []string{"a@b failed"}},
		{"nothing", "", nil},
		{"prose", "we are sorry\nto say", nil},
	} {
		var got []string
		for _, r := range readStatus([]byte(c.in), 1<<16) {
			got = append(got, r.Address+" "+r.Action)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestPrivateBounce(t *testing.T) {
	m := parse("From: Mail Delivery System <MAILER-DAEMON@b.c>", "Subject: Mail delivery failed", "X-Failed-Recipients: a@d.e, b@d.e", "",
		"550 5.1.1 unknown", "------ This is a copy of the message ------", "Message-ID: <orig@desk.example>")
	want := &BounceInfo{OriginalMessageID: "orig@desk.example", Recipients: []BounceRecipient{
		{Address: "a@d.e", Action: "failed", Status: "5.1.1", Permanent: true}, {Address: "b@d.e", Action: "failed", Status: "5.1.1", Permanent: true},
	}}
	if diff := cmp.Diff(want, m.Bounce); diff != "" {
		t.Error(diff)
	}
}

func TestFindStatus(t *testing.T) {
	for in, want := range map[string]string{
		"550 5.1.1 x": "5.1.1", "5.7.26": "5.7.26", "at 192.0.2.5.1.1": "", "v5.1.1": "", "5.1": "", "5.1.1.1": "", "(4.4.7)": "4.4.7", "3.1.1": "", "5..1": "", "said 5.2.2.": "5.2.2", "": "",
	} {
		if got := findStatus(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzBounce(f *testing.F) {
	f.Add([]byte("Reporting-MTA: x\n\nFinal-Recipient: rfc822; a@b\nAction: failed\nStatus: 5.1.1\n\nx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		rs := readStatus(b, 1<<16)
		if len(rs) > 2*maxBounceRecipients {
			t.Errorf("%d recipients", len(rs))
		}
		for _, r := range rs {
			if r.Permanent && (r.Action != "failed" && r.Action != "" || strings.HasPrefix(r.Status, "4")) {
				t.Errorf("permanent: %+v", r)
			}
			if r.Status != findStatus(r.Status) || !isOneLine(r.Address+r.Action+r.Status+r.Diagnostic) || len(r.Diagnostic) > maxFieldBytes {
				t.Errorf("%+v", r)
			}
		}
	})
}
