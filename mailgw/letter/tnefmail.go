package letter

import (
	"bytes"
	"strings"
)

// mail writes what is in a message of Outlook as a mail, so that everybody can
// read it: who wrote it, its words and its files.
func (c *tnefContent) mail() File {
	var out bytes.Buffer
	line := func(name, value string) {
		if value = cleanLine(value); value != "" {
			out.WriteString(name + ": " + value + "\r\n")
		}
	}
	from := cleanLine(c.fromName)
	if strings.Contains(c.fromAddress, "@") {
		from = strings.NewReplacer(`"`, "", `\`, "", "<", "", ">", "", ",", "").Replace(from) + " <" + c.fromAddress + ">"
	}
	line("From", from)
	line("Subject", c.subject)
	line("Message-ID", c.messageID)
	out.WriteString("MIME-Version: 1.0\r\n")
	const text = "Content-Type: text/plain; charset=utf-8\r\n\r\n"
	if len(c.files) == 0 {
		out.WriteString(text + c.readable())
	} else {
		// RFC 2045 §6.7: "=_" cannot stand in base64, and in the words no line begins so.
		const boundary = "=_tnef"
		out.WriteString("Content-Type: multipart/mixed; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n")
		out.WriteString(text + strings.ReplaceAll(c.readable(), "\n--"+boundary, "\n --"+boundary))
		for _, f := range c.files {
			out.WriteString("\r\n--" + boundary + "\r\nContent-Type: " + fileType(f.Type) + "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment")
			for _, p := range nameParams(f.Name) {
				out.WriteString(";\r\n " + p)
			}
			out.WriteString("\r\n\r\n")
			encodeBase64(&out, f.Bytes)
		}
		out.WriteString("--" + boundary + "--\r\n")
	}
	f := File{Type: "message/rfc822", Bytes: out.Bytes()}
	if !isASCII(f.Bytes) {
		f.Type = "message/global" // RFC 6532 §3.7
	}
	return f
}
