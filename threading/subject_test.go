package threading

import (
	"strings"
	"testing"
)

func TestBareSubject(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"Printer on fire", "Printer on fire"},
		{"Re: Printer", "Printer"},
		{"RE:Printer", "Printer"},
		{"  re :  Printer \t on\r\n fire ", "Printer on fire"},
		{"Re: AW: RE[2]: 回复：Printer", "Printer"},
		{"Re(3): Printer", "Printer"},
		{"Re^2: Re*4: Re#5: Re2: Printer", "Printer"},
		{"Fwd: FW: Printer", "Printer"},
		{"[Fwd: Printer]", "Printer"},
		{"[Fwd: Re: Printer]", "Printer"},
		{"Re: Printer (fwd)", "Printer"},
		{"Antwort: WG: Drucker", "Drucker"},
		{"Réf : TR : RE : Imprimante", "Imprimante"},
		{"RÉP: RÉ: Imprimante", "RÉP: RÉ: Imprimante"},
		{"Rta: RV: Impresora", "Impresora"},
		{"R: I: RIF: Stampante", "Stampante"},
		{"Antw: Doorst: Printer", "Printer"},
		{"RES: ENC: Impressora", "Impressora"},
		{"Odp: PD: Drukarka", "Drukarka"},
		{"SV: VB: Skrivare", "Skrivare"},
		{"VS: VL: Tulostin", "Tulostin"},
		{"答复: 转发: 打印机", "打印机"},
		{"回覆：轉寄：打印機", "打印機"},
		{"返信：転送：プリンター", "プリンター"},
		{"회신: 전달: 프린터", "프린터"},
		{"Отв: Пересл: ОТВЕТ: Принтер", "Принтер"},
		{"YNT: İLT: Yazıcı", "Yazıcı"},
		{"ΑΠ: ΠΡΘ: Εκτυπωτής", "Εκτυπωτής"},
		{"השב: הועבר: מדפסת", "מדפסת"},
		{"Trả lời: Máy in", "Máy in"},
		{"[EXTERNAL] Re: [EXT] Printer", "Printer"},
		{"Re: ***SPAM*** Printer", "Printer"},
		{"Re: [JIRA-12] Printer", "[JIRA-12] Printer"},
		{"Re: [#4711] Printer", "[#4711] Printer"},
		{"Error: disk full", "Error: disk full"},
		{"Reply to this: now", "Reply to this: now"},
		{"Real: estate", "Real: estate"},
		{"Order [2]: late", "Order [2]: late"},
		{"re", "re"},
		{"Re:", ""},
		{": x", ": x"},
		{"[2]: x", "[2]: x"},
		{"Re: \xff", "\uFFFD"},
		{"Re: AW: RE[2]: Re^3: Re(4): 回复：x", "x"},
		{"Re [2]: Re 3: Printer", "Printer"},
		{"RE\u00a0: Printer", "Printer"},
		{"答复﹕Printer", "Printer"},
		{"\u200fRe\u200e: \u202bהשב\u202c: \u2067מדפסת\u2069", "מדפסת"},
		{"\ufeffRe: Printer", "Printer"},
		{"می\u200cخواهم", "می\u200cخواهم"},
		{"[dev] Re: [EXT] Fwd: Printer", "[dev] Printer"},
		{"Re: [dev][#4] Re: Printer (fwd)", "[dev][#4] Printer"},
		{"[dev] [Fwd: Printer]", "[dev] Printer"},
		{"[dev]", "[dev]"},
		{"Re: [dev] Re:", "[dev]"},
		{"{Spam?} Re: [SPAM] AW: Printer", "Printer"},
		{"EXTERNAL: Printer", "Printer"},
		{"External affairs", "External affairs"},
		{"[Fwd: [Fwd: Printer] (fwd)]", "Printer"},
	} {
		if got := BareSubject(c.in); got != c.want {
			t.Errorf("BareSubject(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestEveryPrefixIsCut(t *testing.T) {
	if len(prefixes) < 80 || len(marks) < 10 {
		t.Fatalf("the table holds %d prefixes and %d marks", len(prefixes), len(marks))
	}
	for p := range prefixes {
		for _, s := range []string{p + ": Printer", strings.ToUpper(p) + " : Printer", p + "：Printer", p + "[2]: " + p + ": Printer"} {
			if got := BareSubject(s); got != "Printer" {
				t.Errorf("BareSubject(%q) = %q", s, got)
			}
		}
	}
	for _, m := range marks {
		if got := BareSubject(m + " Printer"); got != "Printer" {
			t.Errorf("BareSubject(%q) = %q", m+" Printer", got)
		}
	}
}

// Each language has a file of its own, in which every line is read, and no word
// stands in it twice.
func TestPrefixFiles(t *testing.T) {
	list, err := prefixFiles.ReadDir("prefixes")
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 40 {
		t.Errorf("only %d languages", len(list))
	}
	for _, f := range list {
		text, err := prefixFiles.ReadFile("prefixes/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s does not say which language it is", f.Name())
		}
		seen := map[string]bool{}
		for line := range strings.Lines(string(text)) {
			kind, words, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
			if strings.HasPrefix(line, "# ") {
				continue
			}
			if !ok || kind != "reply" && kind != "forward" {
				t.Errorf("%s: %q is not read", f.Name(), line)
			}
			for _, w := range strings.Split(words, ", ") {
				if w = strings.ToLower(w); w == "" || w != strings.TrimSpace(w) || seen[w] || !prefixes[w] {
					t.Errorf("%s: %q is empty, twice, or not read", f.Name(), w)
				}
				seen[w] = true
			}
		}
	}
}

func TestSameSubject(t *testing.T) {
	if !SameSubject("Printer", "PRINTER") || SameSubject("Printer", "Scanner") || SameSubject("", "") {
		t.Error("same subjects are those that say the same thing")
	}
}

func FuzzBareSubject(f *testing.F) {
	for _, s := range []string{"Re: AW: RE[2]: 回复：x", "[Fwd: [Fwd: x]]", "[[[[", "x (fwd) (fwd)", "[EXT][EXT]", "İLT: x", "re\xff: x", "[a] Re: [b]Fwd:x", "\u202eRe:\u200fx", "[a](fwd)", "[[a] Re: x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		bare := BareSubject(s)
		if again := BareSubject(bare); again != bare {
			t.Fatalf("%q: bare %q, again %q", s, bare, again)
		}
		if re := BareSubject("Re: " + s); re != bare {
			t.Fatalf("%q: bare %q, of the reply %q", s, bare, re)
		}
		if strings.TrimSpace(bare) != bare || strings.Contains(bare, "  ") {
			t.Fatalf("%q: white space in %q", s, bare)
		}
	})
}

func BenchmarkBareSubject(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		BareSubject("Re: AW: [EXTERNAL] The printer on the third floor is on fire")
	}
}
