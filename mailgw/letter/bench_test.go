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
