package letter

import (
	"strings"
	"testing"
	"time"
)

// TestHTMLReplies: mail programs mark an earlier mail by elements; its text is
// cut and read like that of a plain mail.
func TestHTMLReplies(t *testing.T) {
	for name, h := range map[string]string{
		"gmail reply":   `<div dir="ltr">new words</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Mon, Jan 6, 2025 at 10:00 AM Jo Doe &lt;<a href="mailto:jo@example.org">jo@example.org</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0"><div>old words</div></blockquote></div>`,
		"gmail fwd":     `<div dir="ltr">see<br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>From: <strong class="gmail_sendername" dir="auto">Jo Doe</strong> <span dir="auto">&lt;<a href="mailto:jo@example.org">jo@example.org</a>&gt;</span><br>Date: Mon, Jan 6, 2025 at 10:00 AM<br>Subject: x<br>To:  &lt;<a href="mailto:m@e.c">m@e.c</a>&gt;<br></div><br><br><div>old words</div></div></div>`,
		"outlook reply": `<div class="WordSection1"><p class="MsoNormal">new words<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>From:</b> Jo Doe &lt;jo@example.org&gt; <br><b>Sent:</b> Monday, January 6, 2025 10:00 AM<br><b>To:</b> Mia &lt;m@e.c&gt;<br><b>Subject:</b> x<o:p></o:p></p></div></div><p class="MsoNormal">old words</p></div>`,
		"owa":           `<div>new words</div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>Von:</b> Jo Doe &lt;jo@example.org&gt;<br><b>Gesendet:</b> Montag, 6. Januar 2025 10:00<br><b>An:</b> Mia<br><b>Betreff:</b> x</font><div>&nbsp;</div></div><div>old words</div>`,
		"apple":         `<html><body>new words<br><div><br><blockquote type="cite"><div>On 6. Jan 2025, at 10:00, Jo Doe &lt;<a href="mailto:jo@example.org">jo@example.org</a>&gt; wrote:</div><br><div>old words</div></blockquote></div></body></html>`,
		"apple fwd":     `<html><body>see<br><div><br><blockquote type="cite"><div>Begin forwarded message:</div><br><div style="margin:0"><span><b>From: </b></span><span>Jo Doe &lt;<a href="mailto:jo@example.org">jo@example.org</a>&gt;<br></span></div><div><span><b>Subject: </b></span><span><b>x</b><br></span></div><div><span><b>Date: </b></span><span>6. January 2025 at 10:00:00 CET<br></span></div><div><span><b>To: </b></span><span>m@e.c<br></span></div><br><div>old words</div></blockquote></div></body></html>`,
		"thunderbird":   `<p>new words</p><div class="moz-cite-prefix">Am 06.01.25 um 10:00 schrieb Jo Doe:<br></div><blockquote type="cite" cite="mid:1"><p>old words</p></blockquote>`,
		"tb fwd":        `<p>see</p><div class="moz-forward-container"><br><br>-------- Weitergeleitete Nachricht --------<table class="moz-email-headers-table" cellspacing="0"><tbody><tr><th align="RIGHT">Betreff: </th><td>x</td></tr><tr><th>Datum: </th><td>Mon, 6 Jan 2025 10:00:00 +0100</td></tr><tr><th>Von: </th><td>Jo Doe <a href="mailto:jo@example.org">&lt;jo@example.org&gt;</a></td></tr><tr><th>An: </th><td>m@e.c</td></tr></tbody></table><br><br>old words</div>`,
		"yahoo":         `<div>new words</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div><div>On Monday, January 6, 2025 at 10:00:00 AM GMT+1, Jo Doe &lt;jo@example.org&gt; wrote: </div><div><br></div><div><br></div><div>old words</div></div></div>`,
		"proton":        `<div>new words</div><div class="protonmail_signature_block">Sent with <a href="https://proton.me/">Proton Mail</a> secure email.</div><div class="protonmail_quote">On Monday, January 6th, 2025 at 10:00, Jo Doe &lt;jo@example.org&gt; wrote:<br><blockquote class="protonmail_quote" type="cite">old words<br></blockquote></div>`,
		"notes":         `<font>new words</font><br><br><table><tr><td>From:</td><td>"Jo Doe" &lt;jo@example.org&gt;</td></tr><tr><td>To:</td><td>m@e.c</td></tr><tr><td>Date:</td><td>06.01.2025 10:00</td></tr><tr><td>Subject:</td><td>x</td></tr></table><br>old words`,
		"gmx":           `<div>new words<div name="quote" style="border-left:2px solid"><div><b>Gesendet:</b>&nbsp;Montag, 06. Januar 2025 um 10:00 Uhr<br/><b>Von:</b>&nbsp;"Jo Doe" &lt;jo@example.org&gt;<br/><b>An:</b>&nbsp;m@e.c<br/><b>Betreff:</b>&nbsp;x</div><div>old words</div></div></div>`,
	} {
		raw := strings.Replace(string(mailWith("Re: x", h)), "text/plain", "text/html", 1)
		m := Parse([]byte(raw), "mia@example.com", DefaultLimits())
		if m.NewText != "new words" && m.NewText != "see" {
			t.Errorf("%s: new %q of %q", name, m.NewText, m.Text)
		}
		f, _ := forwardedIn(m.Text, true, time.UTC)
		if f == nil || f.Text != "old words" || f.Date.IsZero() || f.From.Addr != "jo@example.org" && strings.Contains(h, "jo@") {
			t.Errorf("%s: earlier mail %+v of %q", name, f, m.Text)
		}
	}
}
