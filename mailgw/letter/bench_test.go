package letter

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// plainMail is a mail of size bytes as relays hand it over: 20 fields and text.
func plainMail(size int) []byte {
	var b strings.Builder
	b.WriteString("Return-Path: <jane@example.com>\r\nReceived: from mx.example.com (mx.example.com [192.0.2.7])\r\n\tby desk.example with ESMTPS id 0123456789abc\r\n\tfor <support@desk.example>; Tue, 14 Jul 2026 10:00:00 +0200\r\n")
	b.WriteString("Received: from laptop (unknown [198.51.100.9]) by mx.example.com; Tue, 14 Jul 2026 09:59:58 +0200\r\nDKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s1; h=from:to:subject;\r\n\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=" + strings.Repeat("A", 200) + "\r\n")
	b.WriteString("From: Jane Doe <jane@example.com>\r\nTo: Support <support@desk.example>, Bob <bob@example.com>\r\nCc: carol@example.com\r\nSubject: Invoice 64364 is wrong\r\nDate: Tue, 14 Jul 2026 09:59:57 +0200\r\nMessage-ID: <20260714095957.1@example.com>\r\nIn-Reply-To: <1@desk.example>\r\nReferences: <0@desk.example>\r\n <1@desk.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\nUser-Agent: Mozilla Thunderbird\r\n\r\n")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "Line %d: we have only 9 seats, but the invoice says 12 of them.\r\n", i)
	}
	return []byte(b.String())
}

// htmlMail is a mail of HTML alone, size bytes in all, as clients write it.
func htmlMail(size int) []byte {
	head, _, _ := strings.Cut(string(plainMail(0)), "\r\n\r\n")
	var b strings.Builder
	b.WriteString(strings.Replace(head, "text/plain", "text/html", 1) + "\r\n\r\n<html><head><style>p {}</style></head><body>\r\n")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "<p class=\"MsoNormal\"><span style=\"font-size:11.0pt\">Line %d: see <a href=\"https://example.com/%d\">the invoice</a></span></p>\r\n", i, i)
	}
	return []byte(b.String())
}

// multipartMail holds text, HTML and a base64 file, size bytes in all.
func multipartMail(size int) []byte {
	head, text, _ := strings.Cut(string(plainMail(4<<10)), "\r\n\r\n")
	head = strings.Replace(head, "text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit", "multipart/mixed; boundary=b1", 1)
	file := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("binary\x00\xff", size/13)))
	var b strings.Builder
	b.WriteString(head + "\r\n\r\n--b1\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text)
	b.WriteString("\r\n--b2\r\nContent-Type: text/html\r\n\r\n<p>" + strings.ReplaceAll(text, "\r\n", "<br>\r\n") + "</p>\r\n--b2--\r\n--b1\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n")
	for len(file) > 76 {
		b.WriteString(file[:76] + "\r\n")
		file = file[76:]
	}
	b.WriteString(file + "\r\n--b1--\r\n")
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct {
		name string
		raw  []byte
	}{{"plain-4KiB", plainMail(4 << 10)}, {"html-4KiB", htmlMail(4 << 10)}, {"multipart-60KiB", multipartMail(60 << 10)}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.raw)))
			for b.Loop() {
				if m := Parse(c.raw, "jane@example.com", Limits{}); m.Kind != Person || m.Text == "" {
					b.Fatal(m.Kind, m.Reasons)
				}
			}
		})
	}
}

// bounceMail is a delivery report of size bytes: with its machine-readable part, or in
// a form of the server's own.
func bounceMail(size int, private bool) []byte {
	var b strings.Builder
	b.WriteString("From: Mail Delivery System <MAILER-DAEMON@mx.example.com>\r\nTo: support@desk.example\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: Tue, 14 Jul 2026 09:59:57 +0200\r\nMessage-ID: <1@mx.example.com>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n")
	returned := "Received: from desk.example by mx.example.com; Tue, 14 Jul 2026 09:59:50 +0200\r\nFrom: Support <support@desk.example>\r\nTo: jane@example.com\r\nSubject: Re: Invoice 64364\r\nMessage-ID: <2@desk.example>\r\nDate: Tue, 14 Jul 2026 09:59:49 +0200\r\n\r\n"
	if private {
		b.WriteString("\r\nHi. This is the program at mx.example.com.\r\nI'm afraid I wasn't able to deliver your message to the following addresses.\r\nThis is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n<jane@example.com>:\r\n192.0.2.7 does not like recipient.\r\nRemote host said: 550 5.1.1 no such user here\r\nGiving up on 192.0.2.7.\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n" + returned)
	} else {
		b.WriteString("Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system at host mx.example.com.\r\n\r\nI'm sorry to have to inform you that your message could not be delivered.\r\n\r\n<jane@example.com>: host 192.0.2.7 said: 550 5.1.1 no such user here\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; jane@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user here\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + returned)
	}
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "Line %d: we have only 9 seats, but the invoice says 12 of them.\r\n", i)
	}
	if !private {
		b.WriteString("--b--\r\n")
	}
	return []byte(b.String())
}

// BenchmarkParseSmall is what PERFORMANCE asks: mails of 2 KiB of each sort.
func BenchmarkParseSmall(b *testing.B) {
	phone := append(plainMail(2<<10), "-- \r\nJane Doe\r\nTel. +41 44 668 18 00\r\n"...)
	for _, c := range []struct {
		name string
		raw  []byte
		kind Kind
	}{
		{"plain", plainMail(2 << 10), Person}, {"phone", phone, Person}, {"html", htmlMail(2 << 10), Person},
		{"bounce", bounceMail(2<<10, false), Bounce}, {"private-bounce", bounceMail(2<<10, true), Bounce},
	} {
		b.Run(c.name+"-2KiB", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.raw)))
			for b.Loop() {
				m := Parse(c.raw, "jane@example.com", Limits{})
				if m.Kind != c.kind || (m.Bounce == nil) != (c.kind != Bounce) || m.Bounce != nil && len(m.Bounce.Recipients) != 1 || (len(m.Phones) == 1) != (c.name == "phone") {
					b.Fatal(m.Kind, m.Reasons, m.Bounce, m.Phones)
				}
			}
		})
	}
}
