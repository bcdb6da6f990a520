package wording_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/wording"
)

// Words in other directions, and words that fit on no phone.
const (
	arabic  = "توقف الخط 3 عن العمل منذ الصباح.\nيظهر الخطأ E-217 كل خمس دقائق.\n\n- غيرنا المصهر\n- أعدنا التشغيل"
	hebrew  = "שלום מריה,\n\nאנא כבו את הבקר למשך 10 שניות.\nפרטים: https://example.com/manual\n\n1. כיבוי\n2. הדלקה"
	longish = "https://example.com/a/" + "very-long-address-of-a-file-that-nobody-can-break-anywhere-because-it-has-no-space-in-it-at-all-0123456789012345678901234567890123456789"
	chinese = "今天早上七点四十分起，三号线的控制器显示错误代码E-217，并且每五分钟重新启动一次。我们已经更换了保险丝。👩‍🔧🚨"
)

// customersHTML is what a customer may write, and what a stranger would.
const customersHTML = `<div dir="ltr"><p>Since <b>7:40</b> the controller of line 3 shows <code>E-217</code>:</p>
<table border="1"><tr><th>Line</th><th>Error</th><th>Restarts since this morning</th></tr><tr><td>3</td><td>E-217</td><td align="right">41</td></tr><tr><td>4</td><td></td><td align="right">0</td></tr></table>
<ul><li>changed the fuse<li>restarted it<ol><li>cold<li>warm</ol></ul><hr>
<pre>07:40:12 E-217 controller restarts   ` + longish + `</pre>
<p>See <a href="` + longish + `">the log</a> or <a href="https://evil.example/login">bank.example</a>. <img src="https://t.example/p.gif" alt="our logo"></p>
<table><tr><td>A layout</td><td><p>in two</p><p>columns</p></td></tr></table></div>
<p>` + chinese + `</p><p>توقف الخط 3 عن العمل منذ الصباح <b>E-217</b>.</p><ul><li>غيرنا المصهر</ul><table border=1><tr><td>خطأ<td>E-217</table>
<div style="background:url(https://t.example/b.png);color:#fff;width:2000px;position:fixed;top:0">white words in a box</div>
</div></div></blockquote></body><table><tr><td><h1>A heading that is not closed<marquee>`

// pictured are the mails that are looked at, by name.
func pictured(t *testing.T) map[string]wording.Message {
	t.Helper()
	out := map[string]wording.Message{}
	add := func(name string, m wording.Message, err error) {
		if err != nil {
			t.Fatal(err)
		}
		out[name] = m
	}
	allPictures := os.Getenv("MAILGW_ALL_PICTURES") == "1"
	clean, ok := letter.CleanHTML(customersHTML, nil)
	if !ok {
		t.Fatal("the customer's HTML is not clean")
	}
	for _, lang := range wording.Languages() {
		for name, write := range goldens(lang) {
			// Forms are the same in all languages: of most, only what is longest is looked at.
			whole := allPictures && slices.Contains([]string{"en", "de", "pl"}, lang) && (lang == "en" || !strings.Contains(name, "solved"))
			long := lang == "de" && !strings.Contains(name, "solved") && !strings.Contains(name, "clock") || lang == "pl" && name == "notice-reply"
			like := strings.HasPrefix(name, "done-") || strings.HasPrefix(name, "clock-") && name != "clock-noted" && name != "clock-unread" // one form with other words
			if whole || lang == "en" && !like || long || name == "solved-last" || name == "clock-away-open" || slices.Contains([]string{"acknowledgement-next-day", "notice-held", "due-new-time"}, name) {
				m, err := write()
				add(lang+"-"+name, m, err)
			}
		}
		if lang != "en" && lang != "de" {
			continue // words of customers stand alike between those of other languages
		}
		for name, words := range map[string]string{"arabic": arabic, "hebrew": hebrew, "chinese": chinese, "long": longish + "\n\n> " + longish + "\n- " + longish} {
			ack, notice := ackFacts(lang, wording.StyleListened), noticeFacts(lang)
			ack.Excerpt, ack.Subject, notice.Words, notice.Subject = words, words, words, words
			m, err := wording.Builtin().Acknowledgement(lang, ack)
			add(lang+"-acknowledgement-"+name, m, err)
			m, err = wording.Builtin().Notice(lang, notice)
			add(lang+"-notice-"+name, m, err)
			m, err = wording.Builtin().Answer(lang, wording.AnswerFacts{Subject: words, Text: words, AgentName: "Anna Keller", Signature: "Example Support"})
			add(lang+"-answer-"+name, m, err)
		}
		notice := noticeFacts(lang)
		notice.WordsHTML = clean
		m, err := wording.Builtin().Notice(lang, notice)
		add(lang+"-notice-html", m, err)
	}
	return out
}

// asText shows a text part as clients do.
func asText(text string) string {
	var b strings.Builder
	b.WriteString(`<!DOCTYPE html><html style="color-scheme:light dark"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><body style="font:15px/1.4 monospace;overflow-wrap:anywhere">`)
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(`<div dir="auto" style="white-space:pre-wrap;min-height:1.4em">` + html.EscapeString(line) + "</div>")
	}
	return b.String() + "</body></html>"
}

// looks is the script that looks at each mail in its frame.
const looks = `<script>
function light(c) { return c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0) }
function over(top, a, below) { return top.map((v, i) => v * a + below[i] * (1 - a)) }
function rgba(s) { const m = s.match(/[\d.]+/g).map(Number); return [m.slice(0, 3), m.length > 3 ? m[3] : 1] }
function look(f) {
	const d = f.contentDocument, w = f.contentWindow, dark = w.matchMedia('(prefers-color-scheme: dark)').matches
	const out = {name: f.title, dark, width: d.documentElement.clientWidth, scroll: d.documentElement.scrollWidth, texts: 0, contrast: 99, faint: '', turned: '', tiny: ''}
	const walk = d.createTreeWalker(d.body, NodeFilter.SHOW_TEXT)
	for (let n; n = walk.nextNode();) {
		const words = n.data.trim()
		if (!words || !n.parentElement.getClientRects().length) continue
		out.texts++
		let back = dark ? [18, 18, 18] : [255, 255, 255], chain = [], alpha = 1
		for (let e = n.parentElement; e; e = e.parentElement) { chain.unshift(e); alpha *= Number(w.getComputedStyle(e).opacity) }
		for (const e of chain) { const [c, a] = rgba(w.getComputedStyle(e).backgroundColor); back = over(c, a, back) }
		const style = w.getComputedStyle(n.parentElement), [c, a] = rgba(style.color), ink = over(c, a * alpha, back)
		const l = [light(ink), light(back)].sort((x, y) => y - x), ratio = (l[0] + .05) / (l[1] + .05)
		if (ratio < out.contrast) { out.contrast = ratio; out.faint = words.slice(0, 40) }
		const strong = words.match(/\p{L}/u)
		if (strong && /[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(strong[0]) && style.direction != 'rtl' && style.display != 'inline') out.turned = words.slice(0, 40)
		if (parseFloat(style.fontSize) < 11) out.tiny = words.slice(0, 40)
	}
	return out
}
onload = () => { document.getElementById('figures').textContent = JSON.stringify([...document.querySelectorAll('iframe')].map(look)) }
</script>`

// figures is what looks says of a mail in a frame.
type figures struct {
	Name          string
	Dark          bool
	Width, Scroll int
	Texts         int
	Contrast      float64
	Faint         string
	Turned, Tiny  string
}

// TestPictures shows each mail in a browser, as wide as a phone and as a desk, light
// and dark. Nothing is wider than the window, words differ from what is behind them
// (contrast 4.5: WCAG 2.2 §1.4.3), Arabic and Hebrew run from right to left, and
// nothing is asked from the network.
func TestPictures(t *testing.T) {
	if os.Getenv("MAILGW_ALL_PICTURES") == "0" {
		t.Skip("SKIPPED: MAILGW_ALL_PICTURES=0: no mail was looked at in a browser; CI looks at all of them in a run of their own")
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("SKIPPED: no chromium here: how our mails look was not tested")
	}
	mails := pictured(t)
	var page strings.Builder
	page.WriteString(`<!DOCTYPE html><html style="color-scheme:light dark"><meta charset="utf-8"><body><pre id="figures"></pre>`)
	frames := 0
	for name, m := range mails {
		for _, width := range []int{360, 900} {
			if width == 900 && !strings.HasPrefix(name, "en-") {
				continue // a line of another language is no wider
			}
			frames++
			fmt.Fprintf(&page, `<iframe title="%s" style="border:0;width:%dpx;height:900px" srcdoc="%s"></iframe>`, name, width, html.EscapeString(m.HTML))
		}
	}
	page.WriteString(looks + "</body></html>")
	file := filepath.Join(t.TempDir(), "all.html")
	if err := os.WriteFile(file, []byte(page.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := listener(t)
	for scheme, number := range map[string]string{"light": "1", "dark": "0"} {
		t.Run(scheme, func(t *testing.T) {
			cmd := exec.Command(chromium, browser(t, number, asked.port, "--dump-dom", "file://"+file)...)
			dom, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			_, said, _ := strings.Cut(string(dom), `<pre id="figures">`)
			said, _, _ = strings.Cut(said, "</pre>")
			var all []figures
			if err := json.Unmarshal([]byte(html.UnescapeString(said)), &all); err != nil || len(all) != frames {
				t.Fatalf("%d of %d frames, %v: %.200s", len(all), frames, err, said)
			}
			for _, f := range all {
				f.check(t, scheme)
			}
		})
	}
	asked.mu.Lock()
	defer asked.mu.Unlock()
	if len(asked.lines) > 0 {
		t.Errorf("a mail of ours asks for something: %q", asked.lines)
	}
	seesRequests(t, chromium)
	if dir := os.Getenv("MAILGW_PICTURES"); dir != "" {
		keepPictures(t, chromium, dir, mails)
	}
}

// seesRequests shows that a picture from elsewhere would have been noticed.
func seesRequests(t *testing.T, chromium string) {
	t.Helper()
	asked := listener(t)
	file := filepath.Join(t.TempDir(), "asks.html")
	if err := os.WriteFile(file, []byte(`<img src="http://t.example/p.gif">`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(chromium, browser(t, "1", asked.port, "--dump-dom", "file://"+file)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %.200s", err, out)
	}
	asked.mu.Lock()
	defer asked.mu.Unlock()
	if len(asked.lines) == 0 || !strings.Contains(asked.lines[0], "t.example/p.gif") {
		t.Errorf("a picture from elsewhere is not noticed: %q", asked.lines)
	}
}

func (f figures) check(t *testing.T, scheme string) {
	t.Helper()
	switch {
	case f.Dark != (scheme == "dark") || f.Texts == 0 && !strings.HasSuffix(f.Name, "-bare") || f.Width == 0:
		t.Errorf("%s: was not shown: %+v", f.Name, f)
	case f.Scroll > f.Width:
		t.Errorf("%s: %d pixels wide in a window of %d", f.Name, f.Scroll, f.Width)
	case f.Contrast < 4.5:
		t.Errorf("%s, %s: %q has a contrast of %.2f", f.Name, scheme, f.Faint, f.Contrast)
	case f.Turned != "":
		t.Errorf("%s: %q runs from left to right", f.Name, f.Turned)
	case f.Tiny != "":
		t.Errorf("%s: %q is too small", f.Name, f.Tiny)
	}
}

// asked keeps what was asked of the network.
type asked struct {
	port  string
	mu    sync.Mutex
	lines []string
}

// browsersOwn are hosts that a browser asks on its own account.
var browsersOwn = regexp.MustCompile(`^[A-Z]+ (https?://)?([a-z0-9-]+\.)*(google|googleapis|gstatic|gvt1)\.com[:/]`)

// take reads what a connection asks for.
func (a *asked) take(c net.Conn) {
	defer c.Close()
	line, _ := bufio.NewReader(c).ReadString('\n')
	// A browser opens connections ahead, and ends with some on which it asked nothing.
	if line != "" && !browsersOwn.MatchString(line) {
		a.mu.Lock()
		a.lines = append(a.lines, line)
		a.mu.Unlock()
	}
}

// listener takes the connections to every name and address that a browser asks for.
func listener(t *testing.T) *asked {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &asked{}
	_, a.port, _ = net.SplitHostPort(l.Addr().String())
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { a.take(c) }) // one that says nothing holds up no other
		}
	})
	t.Cleanup(func() { l.Close(); running.Wait() })
	return a
}

// browser is how the browser is called: quiet, and with one place for all names.
func browser(t *testing.T, scheme, port string, more ...string) []string {
	t.Helper()
	return append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--user-data-dir=" + t.TempDir(), "--blink-settings=preferredColorScheme=" + scheme,
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--no-default-browser-check", "--disable-default-apps", "--disable-extensions",
		"--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication,CertificateTransparencyComponentUpdater", "--virtual-time-budget=5000",
		"--proxy-server=127.0.0.1:" + port, "--proxy-bypass-list=<-loopback>",
	}, more...)
}

// keepPictures writes pictures of some of the mails, to be looked at.
func keepPictures(t *testing.T, chromium, dir string, mails map[string]wording.Message) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"en-acknowledgement-listened", "de-acknowledgement-arabic", "en-answer-hebrew", "pl-answer", "en-notice-html", "de-notice-arabic", "en-notice-long", "en-notice-reply", "pl-notice-new", "de-late-neutral"} {
		for part, page := range map[string]string{"html": mails[name].HTML, "text": asText(mails[name].Text)} {
			file := filepath.Join(t.TempDir(), "mail.html")
			for scheme, number := range map[string]string{"light": "1", "dark": "0"} {
				for _, width := range []int{360, 900} {
					if part == "text" && (scheme == "dark" || width == 900) {
						continue
					}
					// A window is not made as narrow as a phone: the mail stands in a frame.
					frame := fmt.Sprintf(`<!DOCTYPE html><html style="color-scheme:light dark"><meta charset="utf-8"><body style="margin:0"><iframe style="border:0;width:%dpx;height:1400px" srcdoc="%s"></iframe>`, width, html.EscapeString(page))
					if err := os.WriteFile(file, []byte(frame), 0o600); err != nil {
						t.Fatal(err)
					}
					picture := filepath.Join(dir, fmt.Sprintf("%s-%s-%s-%d.png", name, part, scheme, width))
					cmd := exec.Command(chromium, browser(t, number, "9", fmt.Sprintf("--window-size=%d,1400", max(width, 500)), "--screenshot="+picture, "file://"+file)...)
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Errorf("%s: %v: %.300s", picture, err, out)
					}
				}
			}
		}
	}
}
