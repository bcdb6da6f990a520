package letter

import (
	"strings"
	"testing"
)

// announcements are how programs of many languages announce what they quote.
var announcements = []string{
	"On Mon, Jan 6, 2025 at 10:00 AM Jo Doe <jo@example.org> wrote:",
	"On Monday, January 6th, 2025 at 10:00, Jo Doe <jo@example.org> wrote:",
	"On Jan 6, 2025, 10:00 +0100, Jo Doe <jo@example.org>, wrote:",
	"Am Mo., 6. Jan. 2025 um 10:00 Uhr schrieb Jo Doe <jo@example.org>:",
	"Jo Doe <jo@example.org> schrieb am Mo., 6. Jan. 2025, 10:00:",
	"Am 06.01.25 um 10:00 schrieb Jo Doe:",
	"Le lun. 6 janv. 2025 à 10:00, Jo Doe <jo@example.org> a écrit :",
	"El lun, 6 ene 2025 a las 10:00, Jo Doe (<jo@example.org>) escribió:",
	"Il giorno lun 6 gen 2025 alle ore 10:00 Jo Doe <jo@example.org> ha scritto:",
	"Em seg., 6 de jan. de 2025 às 10:00, Jo Doe <jo@example.org> escreveu:",
	"Op ma 6 jan 2025 om 10:00 schreef Jo Doe <jo@example.org>:",
	"man. 6. jan. 2025 kl. 10.00 skrev Jo Doe <jo@example.org>:",
	"Den mån 6 jan. 2025 kl 10:00 skrev Jo Doe <jo@example.org>:",
	"ma 6. tammik. 2025 klo 10.00 Jo Doe (jo@example.org) kirjoitti:",
	"pon., 6 sty 2025 o 10:00 Jo Doe <jo@example.org> napisał(a):",
	"po 6. 1. 2025 v 10:00 odesílatel Jo Doe <jo@example.org> napsal:",
	"po 6. 1. 2025 o 10:00 Jo Doe <jo@example.org> napísal(a):",
	"Jo Doe <jo@example.org> ezt írta (időpont: 2025. jan. 6., H, 10:00):",
	"În lun., 6 ian. 2025 la 10:00, Jo Doe <jo@example.org> a scris:",
	"pon, 6. sij 2025. u 10:00 Jo Doe <jo@example.org> napisao je:",
	"пн, 6 янв. 2025 г. в 10:00, Jo Doe <jo@example.org>:",
	"Понедельник, 6 января 2025, 10:00 +03:00 от Jo Doe <jo@example.org>:",
	"06.01.2025, 10:00, \"Jo Doe\" <jo@example.org>:",
	"пн, 6 січ. 2025 р. о 10:00 Jo Doe <jo@example.org> пише:",
	"Jo Doe <jo@example.org>, 6 Oca 2025 Pzt, 10:00 tarihinde şunu yazdı:",
	"Στις Δευ 6 Ιαν 2025 στις 10:00 π.μ., ο χρήστης Jo Doe <jo@example.org> έγραψε:",
	"\u202bבתאריך יום ב׳, 6 בינו׳ 2025 ב-10:00 מאת \u202aJo Doe\u202c\u200f <\u202ajo@example.org\u202c\u200f>:\u202c",
	"في الاثنين، 6 يناير 2025 في 10:00 ص تمت كتابة ما يلي بواسطة \u202aJo Doe\u202c\u200f <\u202ajo@example.org\u202c\u200f>:\u202c",
	"2025年1月6日(月) 10:00 Jo Doe <jo@example.org>:",
	"2025년 1월 6일 (월) 오전 10:00, Jo Doe <jo@example.org>님이 작성:",
	"Jo Doe <jo@example.org> 於 2025年1月6日 週一 上午10:00寫道：",
	"在 2025-01-06 10:00:00，\"Jo Doe\" <jo@example.org> 写道：",
	"Vào Th 2, 6 thg 1, 2025 vào lúc 10:00 Jo Doe <jo@example.org> đã viết:",
	"ในวันที่ จ. 6 ม.ค. 2025 เวลา 10:00 Jo Doe <jo@example.org> เขียนว่า:",
	"E, 6. jaanuar 2025 kell 10:00 Jo Doe <jo@example.org> kirjutas:",
	"2025-01-06, pr, 10:00 Jo Doe <jo@example.org> rašė:",
	"Zitat von Jo Doe <jo@example.org>:",
	"Quoting Jo Doe <jo@example.org>:",
}

// TestAnnouncements: whether marked with ">" or not, on one line or on two, what
// follows an announcement is old.
func TestAnnouncements(t *testing.T) {
	for _, a := range announcements {
		broken := a
		if i := strings.Index(a, " <"); i > 0 {
			broken = a[:i] + "\n" + a[i+1:]
		}
		for _, c := range []struct{ name, text string }{
			{"quoted", "new words\n\n" + a + "\n\n> old\n> older\n"},
			{"quoted, no empty line", "new words\n" + a + "\n> old\n"},
			{"broken", "new words\n\n" + broken + "\n\n> old\n> older\n"},
			{"broken inside of the address", "new words\n\n" + strings.Replace(a, "<jo@", "<\njo@", 1) + "\n\n> old\n"},
			{"below a quotation mark", "new words\n\n> " + a + "\n> \n> old\n"},
		} {
			if strings.Contains(a, "Quoting") || strings.Contains(a, "Zitat") {
				continue
			}
			if fresh, quoted, _, _ := splitText(c.text, passesNone); fresh != "new words" || !strings.Contains(quoted, "old") {
				t.Errorf("%s, %s: new %q", a, c.name, fresh)
			}
		}
		fresh, _, _, _ := splitText("new words\n\n"+a+"\n> old\n\nmore\n", passesNone)
		if strings.Join(strings.Fields(fresh), " ") != "new words more" {
			t.Errorf("%s: answered below: new %q", a, fresh)
		}
		if isDated(a) {
			if fresh, _, _, _ := splitText("new words\n\n"+a+"\n\nold\n", passesNone); fresh != "new words" {
				t.Errorf("%s, not marked: new %q", a, fresh)
			}
			f, _ := forwardedIn("\n"+a+"\n\nold\n", true, nil)
			if f == nil || f.Text != "old" || strings.Contains(a, "@") && f.From.Addr != "jo@example.org" {
				t.Errorf("%s: passed on: %+v", a, f)
			} else if strings.Contains(a, "@") && f.From.Name != "Jo Doe" {
				t.Logf("%s: the name is %q", a, f.From.Name)
			}
		}
	}
}

// TestNoAnnouncement: sentences of people stay, and so does what follows.
func TestNoAnnouncement(t *testing.T) {
	for _, text := range []string{
		"On Monday we saw this:\nerror 500",
		"Here is the log:\n2025-01-06 10:00:00 smtp from <jo@example.org>:\nrefused",
		"Please write to Jo Doe <jo@example.org>:\nshe knows",
		"Our address until 2025 was (old@example.org) and these are the new ones:\na\nb",
		"I called at 10:00 and Bob wrote this down:\nstep 1",
		"Von Bern nach Rom:\nAn: 5 Mai\nDatum: x",
		"On 5 May 2025 the printer\nin room 2 broke: it burns\nand smokes",
		"from my point of view it is fine",
		"Sent from my desk",
		"-- first point\n-- second point",
		"a\n----\nb\n\n====\n\nc",
	} {
		if fresh, quoted, sign, _ := splitText(text, passesNone); fresh != text {
			t.Errorf("%q: new %q, quoted %q, signature %q", text, fresh, quoted, sign)
		}
	}
}

func TestSeparators(t *testing.T) {
	for _, sep := range []string{
		"-----Original Message-----", "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐", "------- Original Message -------", "-------- Ursprüngliche Nachricht --------",
		"------------------ 原始邮件 ------------------", "________________________________\nFrom: Jo <jo@example.org>\nSent: Monday\nTo: m@e.c\nSubject: x\n",
		"―――――\nFrom: Jo <jo@example.org>\nTo: m@e.c\nSubject: x\n", "----- Mail original -----\nDe: \"Jo\" <jo@example.org>\nÀ: m@e.c\nObjet: x\n",
		"Gesendet: Montag, 06. Januar 2025 um 10:00 Uhr\nVon: \"Jo\" <jo@example.org>\nAn: m@e.c\nBetreff: x\n",
		"---------- Původní e-mail ----------\nOd: Jo <jo@example.org>\nKomu: m@e.c\nDatum: 6. 1. 2025 10:00:00\nPředmět: x\n",
		"Message du : 12/12/2016 13:20\nDe : \"Jo\" <jo@example.org>\nA : m@e.c\nCopie à : \nSujet : x\n",
		"   ----- Forwarded Message ----- From: Jo <jo@example.org>To: m@e.c <m@e.c>Subject: x",
		"*Från:* Jo [mailto:jo@example.org]\n*Skickat:* den 6 januari 2025 10:00\n*Till:* m@e.c\n*Ämne:* x\n",
	} {
		text := "new\n\n" + sep + "\nold\n"
		spans := split(text, passesNone).spans
		if fresh, old := joined(text, spans, SpanNew), joined(text, spans, SpanQuoted, SpanForwarded); fresh != "new" || !strings.HasSuffix(old, "old") {
			t.Errorf("%s: new %q", sep, fresh)
		}
	}
}

func TestCutTail(t *testing.T) {
	legal := "This message is confidential and for the intended recipient only. If you have received this message in error, please notify the sender and delete it from your system at once."
	for _, c := range []struct{ name, in, words string }{
		{"several devices", "new\n\nSent from my TI-85\nVon meinem Mobilgerät gesendet\n<<sent by galaxy>>\n(sent from a phone)", "new"},
		{"a pardon", "new\n\nSent from my cell, please excuse any typos.", "new"},
		{"a link", "new\nGesendet von Outlook für Android<https://aka.ms/AAb9ysg>", "new"},
		{"a disclaimer", "new\n\n" + legal, "new"},
		{"a disclaimer below a rule", "new\n\n_________\n\n" + legal, "new"},
		{"a disclaimer below a device", "new\n\nSent from my iPhone\n\n" + legal, "new"},
		{"nothing else", legal, legal},
		{"one word of a lawyer", "new\n\n" + strings.Repeat("our files are confidential, and we have lost them. ", 4), "new\n\n" + strings.TrimSpace(strings.Repeat("our files are confidential, and we have lost them. ", 4))},
		{"above new words", legal + "\n\nnew", legal + "\n\nnew"},
	} {
		if words, _, _, _ := splitText(c.in, passesNone); words != c.words {
			t.Errorf("%s: %q", c.name, words)
		}
	}
}

// A code that has the digits of a year in it dates nothing: the words around it are new.
func TestCodeIsNoYear(t *testing.T) {
	for text, want := range map[string]bool{
		"On 13 Jul 2026, Jo wrote:": true, "2026年7月13日": true, "x1914m8": false, "reply+b1914m@example.com": false, "v2026": false, "2026x": false,
	} {
		if isDated(text) != want {
			t.Errorf("%q is dated: %t", text, !want)
		}
	}
	const words = "Write to support+07j4zbv1914m8p5tn@example.com or\nto me, anna@example.com."
	if fresh, _, _, _ := splitText(words+"\n\nOn Mon, 13 Jul 2026 at 10:00, Mia wrote:\n> old\n", passesNone); fresh != words {
		t.Errorf("new %q", fresh)
	}
}
