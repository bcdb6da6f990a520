package rules

import (
	"fmt"
	"strings"
	"testing"
)

// benchWords is a mail of 4 KiB: words of which the rules know some.
func benchWords() string {
	var b strings.Builder
	for i := 0; b.Len() < 4<<10; i++ {
		switch i % 8 {
		case 3:
			fmt.Fprintf(&b, "Störung%d ", i%97)
		case 6:
			b.WriteString("please\r\n")
		default:
			fmt.Fprintf(&b, "%s ", []string{"the", "Server", "answers", "with", "an", "error", "since", "we", "changed", "its", "settings"}[i%11])
		}
	}
	return b.String()[:4<<10]
}

// benchRules is a list as an admin writes it: most ask for phrases, some for
// senders, levels and subjects.
func benchRules(n int, hit bool) []Rule {
	list := make([]Rule, n)
	for i := range list {
		phrase := fmt.Sprintf("error code %d", i)
		if hit && i%10 == 0 {
			phrase = fmt.Sprintf("störung%d please", i%97)
		}
		cond := &Condition{Words: &Match{Contains: []string{phrase, fmt.Sprintf("module%d down", i)}}}
		switch i % 10 {
		case 5:
			cond = &Condition{Sender: &Match{Glob: []string{fmt.Sprintf("*@customer%d.example", i)}}}
		case 6:
			cond.Level = &Match{Is: []string{"premium"}}
		case 7:
			cond = &Condition{Subject: &Match{Glob: []string{fmt.Sprintf("*[case %d]*", i)}}}
		case 8:
			cond = &Condition{Any: []Condition{*cond, {Customer: &Match{Contains: []string{fmt.Sprintf("company %d", i)}}}}}
		}
		list[i] = Rule{Name: fmt.Sprintf("rule-%d", i), If: cond, Then: Effects{Priority: "high", Tags: []string{"a"}}}
	}
	return list
}

// kindRules asks for everything that there is, each rule for a part of its own.
func kindRules(n int) []Rule {
	list := benchRules(n, true)
	for i := range list {
		cond := list[i].If
		switch i % 9 {
		case 0:
			cond = &Condition{Words: &Match{Regexp: fmt.Sprintf(`(?i)\bcase-%d\b.*[a-z]+\d{2,4}`, i)}}
		case 1:
			cond = &Condition{Attachment: &File{Name: &Match{Glob: []string{fmt.Sprintf("*report-%d.pdf", i)}}, Type: &Match{Is: []string{"application/pdf"}}}}
		case 2:
			cond.Recipient = &Match{Is: []string{fmt.Sprintf("team%d@example.com", i)}}
		case 3:
			cond = &Condition{Header: &Match{Regexp: fmt.Sprintf(`^X-Mailer: version %d\.\d+$`, i)}}
		case 4:
			cond.Tags = &Match{Is: []string{"a"}}
		case 5:
			cond = &Condition{Any: []Condition{*cond, {Scanner: &Match{Contains: []string{fmt.Sprintf("code %d", i)}}}}}
		}
		list[i].If = cond
	}
	return list
}

func benchFacts() Facts {
	return Facts{
		Subject: "Störung since this morning", Words: benchWords(), Sender: "bob@acme.example",
		Customer: "Acme Instruments AG", Level: "premium", Desk: "support", Recipients: []string{"support@example.com", "team3@example.com"},
		Header:      strings.Repeat("Received: from mx.example.net by mail.example.com; Mon, 23 Nov 2026 00:00:00 +0000\nX-Mailer: version 4.7\n", 10),
		Scanner:     "X-Spam: no, code 7",
		Attachments: []Attachment{{Name: "screenshot.png", Type: "image/png", Size: 80_000}, {Name: "report-7.pdf", Type: "application/pdf", Size: 200_000}},
	}
}

func BenchmarkEval(b *testing.B) {
	plain := benchFacts()
	plain.Words = strings.Repeat("The server answers with an error since we changed its settings, please help. ", 60)[:4<<10]
	for _, n := range []int{10, 300, 3000} {
		for _, of := range []struct {
			name  string
			list  []Rule
			facts Facts
		}{
			{"hit", benchRules(n, true), benchFacts()}, {"miss", benchRules(n, false), benchFacts()},
			{"ascii", benchRules(n, true), plain}, {"kinds", kindRules(n), benchFacts()},
		} {
			b.Run(fmt.Sprintf("rules=%d/%s", n, of.name), func(b *testing.B) {
				set, problems := Compile(of.list)
				if problems != nil {
					b.Fatal(problems)
				}
				b.ReportAllocs()
				for b.Loop() {
					set.Eval(of.facts)
				}
			})
		}
	}
}

func BenchmarkCompile3000(b *testing.B) {
	for name, list := range map[string][]Rule{"phrases": benchRules(3000, true), "kinds": kindRules(3000)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Compile(list)
			}
		})
	}
}

func BenchmarkFold(b *testing.B) {
	for name, text := range map[string]string{
		"ascii": strings.Repeat("The server answers ", 216)[:4<<10], "mixed": benchWords(),
		"cyrillic": strings.Repeat("Сервер не отвечает ", 118), "japanese": strings.Repeat("本番サーバーが停止しました。", 98),
	} {
		b.Run(name, func(b *testing.B) {
			var f folder
			var out []byte
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				out = f.append(out[:0], text)
			}
		})
	}
}

func BenchmarkScan(b *testing.B) {
	set, problems := Compile(benchRules(10, true))
	if problems != nil {
		b.Fatal(problems)
	}
	text := []byte(foldString(benchWords()))
	p := set.phrases[fieldWords]
	known, seen := make([]truth, len(set.atoms)), make([]bool, len(p.out))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		p.scan(text, known, seen)
	}
}
