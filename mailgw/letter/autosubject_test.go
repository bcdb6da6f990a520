package letter

import "testing"

func TestAutoSubjectEnds(t *testing.T) {
	for subject, want := range map[string]bool{
		"Automatic reply: Printer":             true,
		"Automatische Antwort":                 true,
		"自動返信：お問い合わせ":                          true,
		"自動返信の設定":                              false,
		"自动回复怎么设置":                             false,
		"Abwesenheitsnotiz einrichten":         false,
		"Automatisk svar [Printer]":            true,
		"Out of office on 9 March":             false,
		"Printer":                              false,
		"Out of Office AutoReply: the printer": true,
	} {
		if got := autoSubjectEnds(subject); got != want {
			t.Errorf("%q: %v", subject, got)
		}
	}
}

func TestIsGlued(t *testing.T) {
	for line, want := range map[string]bool{
		"On Mon, 2 Mar 2026 at 10:14, Ann<ann@example.org> wrote:   Hello": true,
		"On Mon, 2 Mar 2026 at 10:14, Ann<ann@example.org> wrote: Hello":   false,
		"On Monday Ann wrote:   Hello":                                     false,
		"Mail:  ann@example.org, since 2 Mar 2026":                         false,
	} {
		if got := isGlued(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestIsArrowLine(t *testing.T) {
	for line, want := range map[string]bool{
		">>> Ann <ann@example.org> 02.03.2026 10:14 >>>": true,
		">>> print(1)":       false,
		">>> a = 17:30 >>> ": false,
		">>> a >>>":          false,
	} {
		if got := isArrowLine(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
