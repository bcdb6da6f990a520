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

func benchFacts() Facts {
	return Facts{
		Subject: "Störung since this morning", Words: benchWords(), Sender: "bob@acme.example",
		Customer: "Acme Instruments AG", Level: "premium", Desk: "support",
	}
}

func BenchmarkEval(b *testing.B) {
	for _, n := range []int{10, 300, 3000} {
		for _, hit := range []bool{true, false} {
			name := fmt.Sprintf("rules=%d/miss", n)
			if hit {
				name = fmt.Sprintf("rules=%d/hit", n)
			}
			b.Run(name, func(b *testing.B) {
				set, problems := Compile(benchRules(n, hit))
				if problems != nil {
					b.Fatal(problems)
				}
				facts := benchFacts()
				b.ReportAllocs()
				for b.Loop() {
					set.Eval(facts)
				}
			})
		}
	}
}

func BenchmarkCompile3000(b *testing.B) {
	list := benchRules(3000, true)
	for b.Loop() {
		Compile(list)
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
