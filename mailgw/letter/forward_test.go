package letter

import (
	"strings"
	"testing"
	"time"
)

func mailWith(subject, body string, fields ...string) []byte {
	head := "From: Mia <mia@example.com>\r\nTo: support@example.net\r\nSubject: " + subject + "\r\nDate: Tue, 14 Jan 2025 09:30:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\n"
	for _, f := range fields {
		head += f + "\r\n"
	}
	return []byte(head + "\r\n" + body)
}

func TestForwarded(t *testing.T) {
	head := "From: Jo Doe <jo@example.org>\nSent: Monday, 6 January 2025 10:00\nTo: mia@example.com\nSubject: Late parcel\n\nWhere is it?"
	for _, c := range []struct {
		name, subject, body string
		fields              []string
		from, about, text   string
		date                string // of 2025, "" for none
		sure                int
	}{
		{name: "Gmail", subject: "Fwd: Late parcel", body: "please see\n\n---------- Forwarded message ---------\nVon: Jo Doe <jo@example.org>\nDate: Mo., 6. Jan. 2025 um 10:00 Uhr\nSubject: Late parcel\nTo: <mia@example.com>\n\n\nWhere is it?\n",
			from: "Jo Doe <jo@example.org>", about: "Late parcel", text: "Where is it?", date: "2025-01-06T10:00:00+01:00", sure: sureMarked},
		{name: "a mark is enough", subject: "a question", body: "---------- Forwarded message ---------\n" + head, from: "Jo Doe <jo@example.org>", about: "Late parcel", text: "Where is it?", date: "2025-01-06T10:00:00+01:00", sure: sureMarked},
		{name: "Apple, all quoted", subject: "Fwd: Late parcel", body: "> Anfang der weitergeleiteten Nachricht:\n>\n> Von: Jo Doe <jo@example.org>\n> Betreff: Late parcel\n> Datum: 6. Januar 2025 um 10:00:05 MEZ\n> An: mia@example.com\n>\n> Where is it?\n> Jo\n",
			from: "Jo Doe <jo@example.org>", about: "Late parcel", text: "Where is it?\nJo", date: "2025-01-06T10:00:05+01:00", sure: sureMarked},
		{name: "Outlook without a rule", subject: "WG: Late parcel", body: "fyi\n\n" + head, from: "Jo Doe <jo@example.org>", about: "Late parcel", text: "Where is it?", date: "2025-01-06T10:00:00+01:00", sure: sureHeader},
		{name: "Yahoo, one line", subject: "Fwd: Late parcel", body: "   ----- Weitergeleitete Nachricht ----- Von: Jo Doe <jo@example.org>An: \"mia@example.com\" <mia@example.com>Gesendet: Montag, 6. Januar 2025, 10:00:00 MEZBetreff: Late parcel\n Where is it?\n",
			from: "Jo Doe <jo@example.org>", about: "Late parcel", text: "Where is it?", date: "2025-01-06T10:00:00+01:00", sure: sureMarked},
		{name: "Thunderbird, the subject first", subject: "Fwd: Late parcel", body: "-------- Weitergeleitete Nachricht --------\nBetreff: \tLate parcel\nDatum: \tMon, 6 Jan 2025 10:00:00 +0000\nVon: \tJo Doe <jo@example.org>\nAn: \tmia@example.com\n\n\nWhere is it?",
			from: "Jo Doe <jo@example.org>", about: "Late parcel", text: "Where is it?", date: "2025-01-06T10:00:00Z", sure: sureMarked},
		{name: "only announced", subject: "FW: Late parcel", body: "\ufeffAm 06.01.2025 10:00 schrieb \"Jo Doe\" <jo@example.org>:\n\n    Where is it?", from: "Jo Doe <jo@example.org>", about: "Late parcel", text: "Where is it?", date: "2025-01-06T10:00:00+01:00", sure: sureAnnouncement},
		{name: "announced in an answer is a quotation", subject: "Fwd: Late parcel", body: "ok\n\nAm 06.01.2025 10:00 schrieb Jo Doe <jo@example.org>:\n> Where is it?", fields: []string{"In-Reply-To: <1@example.net>"}},
		{name: "an answer", subject: "Re: Late parcel", body: "ok\n\n" + head},
		{name: "linked addresses, on behalf of another", subject: "Fwd: x", body: "From: Jo<mailto:jo@example.org> <jo@example.org<mailto:jo@example.org>> on behalf of Desk <desk@example.org>\nDate: 2025-01-06\nTo: m@example.com\nSubject: x\n\ntext",
			from: "Jo <jo@example.org>", about: "x", text: "text", date: "2025-01-06T00:00:00+01:00", sure: sureHeader},
		{name: "only a name", subject: "Fwd: x", body: "-----Original Message-----\nFrom: Jo Doe\nSent: 6 January 2025 10:00\nTo: Mia\nSubject: x\n\ntext", from: "Jo Doe", about: "x", text: "text", date: "2025-01-06T10:00:00+01:00", sure: sureHeader - lessNameOnly},
		{name: "nothing in it", subject: "Fwd: Late parcel", body: "I meant to send it along."},
	} {
		m := Parse(mailWith(c.subject, c.body, c.fields...), "mia@example.com", DefaultLimits())
		f := m.Forwarded
		if f == nil {
			if c.sure != 0 {
				t.Errorf("%s: no forwarded mail", c.name)
			}
			continue
		}
		date := ""
		if !f.Date.IsZero() {
			date = f.Date.Format(time.RFC3339)
		}
		if f.Author() != c.from || f.Subject != c.about || f.Text != c.text || date != c.date || f.Confidence != c.sure {
			t.Errorf("%s: %q, %q, %q, %s, %d", c.name, f.Author(), f.Subject, f.Text, date, f.Confidence)
		}
	}
}

func TestForwardedAttached(t *testing.T) {
	inner := "From: Jo Doe <jo@example.org>\r\nSubject: =?utf-8?q?Sp=C3=A4t?=\r\nDate: Mon, 6 Jan 2025 10:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nWo ist es?\r\n"
	raw := "From: Mia <mia@example.com>\r\nTo: support@example.net\r\nSubject: see attached\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nplease see\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + "--b--\r\n"
	m := Parse([]byte(raw), "mia@example.com", DefaultLimits())
	f := m.Forwarded
	if f == nil || f.Author() != "Jo Doe <jo@example.org>" || f.Subject != "Spät" || f.Text != "Wo ist es?" || f.Confidence != sureAttached || m.NewText != "please see" {
		t.Errorf("%+v, new %q", f, m.NewText)
	}
	bounce := strings.Replace(raw, "multipart/mixed; boundary=b", "multipart/report; report-type=delivery-status; boundary=b", 1)
	if m := Parse([]byte(bounce), "", DefaultLimits()); m.Forwarded != nil {
		t.Errorf("kind %s passes on %+v", m.Kind, m.Forwarded)
	}
}

func TestQuotedHead(t *testing.T) {
	for _, c := range []struct {
		name, text    string
		announced, ok bool
		from, subject string
	}{
		{"a journey is no mail", "From: Bern\nTo: Rome\nDate: 5 May", false, false, "", ""},
		{"not even below a rule", "From: Bern\nTo: Rome\nDate: 5 May", false, false, "", ""},
		{"a name with all four", "From: Bob\nSent: Monday\nTo: Jane\nSubject: x", false, true, "Bob", "x"},
		{"empty lines between", "Von: b@c.d\n\nGesendet: Montag\n\nAn: Jane\n\nBetreff: x\n\ntext", false, true, "b@c.d", "x"},
		{"a list of people over two lines", "From: b@c.d\nTo: a@b.c,\n  c@d.e\nSubject: x\n\ntext", false, true, "b@c.d", "x"},
		{"a space before the colon", "De : b@c.d\nEnvoyé : lundi\nÀ : e@f.g\nObjet : x", false, true, "b@c.d", "x"},
		{"a wide colon", "发件人：b@c.d\n发送时间：2025年1月6日 10:00\n收件人：e@f.g\n主题：x", false, true, "b@c.d", "x"},
		{"two on a line", "De : b@c.d\nDate : 6/1/25\nÀ : e@f.g Objet : x\ntext", false, true, "b@c.d", "x"},
		{"two fields, announced", "From: Bob\nSubject: x\n\ntext", true, true, "Bob", "x"},
		{"two fields", "From: Bob\nSubject: x\n\ntext", false, false, "", ""},
	} {
		h, ok := readQuotedHead(c.text, 0, c.announced)
		if ok != c.ok || ok && (h.from != c.from || h.subject != c.subject) {
			t.Errorf("%s: %v %+v", c.name, ok, h)
		}
		if ok && strings.HasSuffix(c.text, "text") && strings.TrimSpace(c.text[h.end:]) != "text" {
			t.Errorf("%s: below it stands %q", c.name, c.text[h.end:])
		}
	}
}

func TestQuotedDate(t *testing.T) {
	zurich := time.FixedZone("", 3600)
	for in, want := range map[string]string{
		"Wed, 3 Nov 2021 15:51:30 +0100":               "2021-11-03T15:51:30+01:00",
		"Wed, Oct 27, 2021 at 9:31 AM":                 "2021-10-27T09:31:00+01:00",
		"Tuesday, November 2, 2021, 12:26:50 AM GMT+1": "2021-11-02T00:26:50+01:00",
		"October 28, 2021 3:36 PM":                     "2021-10-28T15:36:00+01:00",
		"26. oktober 2021 kl. 14.25.08 EEST":           "2021-10-26T14:25:08+03:00",
		"26. lokakuuta 2021 klo 14.25.08 UTC+3":        "2021-10-26T14:25:08+03:00",
		"csütörtök, 2021. október 28. 12:46":           "2021-10-28T12:46:00+01:00",
		"2021. november 2., kedd 09:26:50 CET":         "2021-11-02T09:26:50+01:00",
		"mar, 27 oct 2021 a las 9:31":                  "2021-10-27T09:31:00+01:00",
		"27 Eki 2021 Çar, 09:31":                       "2021-10-27T09:31:00+01:00",
		"четверг, 28 октября 2021 г. в 12:46":          "2021-10-28T12:46:00+01:00",
		"quarta, 27/10/2021 à(s) 09:31":                "2021-10-27T09:31:00+01:00",
		"04.07.2024  17.45  (GMT+01:00)":               "2024-07-04T17:45:00+01:00",
		"2016-11-16 02:22":                             "2016-11-16T02:22:00+01:00",
		"02/10/2023 4:52 PM EST":                       "2023-02-10T16:52:00-05:00",
		"28/10/21, 12:46":                              "2021-10-28T12:46:00+01:00",
		"2022年9月19日月曜日 17:55:44 -0400":                 "2022-09-19T17:55:44-04:00",
		"2016年12月12日，下午8:45":                           "2016-12-12T20:45:00+01:00",
		"lundi 19 septembre 2022 à 15:20:05 +0200":     "2022-09-19T15:20:05+02:00",
		"02/10/2023 16:52":                             "", "": "", "yesterday": "", "31 February 2024 10:00": "", "99:99 2024 13": "", "1 January 2024 25:00": "",
	} {
		got := ""
		if d := quotedDate(in, zurich); !d.IsZero() {
			got = d.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// FuzzForwarded: whatever a text holds, what is found in it is part of it and
// clean.
func FuzzForwarded(f *testing.F) {
	f.Add("x\n---------- Forwarded message ---------\nVon: Jo <jo@example.org>\nDate: Mo., 6. Jan. 2025 um 10:00 Uhr\nSubject: y\nTo: <m@e.c>\n\n> z")
	f.Add("  ----- F ----- From: a <a@b.c>To: b <b@c.d>Sent: 2 Kasım 2021 Salı 09:26:50 GMT+1Konu: x\n y")
	f.Add("\ufeffOn 28/10/2021 12:46, \"J\" <j@d.e> wrote:\n\n    u")
	f.Add("差出人：a@b.c\n日付：2022年9月19日 17:55 -0400\n件名：x")
	f.Fuzz(func(t *testing.T, text string) {
		got, _ := forwardedIn(text, true, time.UTC)
		if got == nil {
			return
		}
		if got.Confidence < 1 || got.Confidence > 100 || strings.ContainsAny(got.Subject+got.From.Name+got.From.Addr, "\r\n") {
			t.Errorf("%q: %+v", text, got)
		}
		for word := range strings.FieldsSeq(got.Text) {
			if !strings.Contains(text, word) {
				t.Errorf("%q: %q is not in it", text, word)
			}
		}
	})
}
