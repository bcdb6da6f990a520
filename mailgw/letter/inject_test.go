package letter

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// hostile are pieces of values that want to be more than a value.
var hostile = []string{
	"\r\n", "\n", "\r", "\x00", "\r\n\r\n", "\nBcc: v@v.example", "\r\nX-Evil: 1", "\r X-Evil: 1", "\u0085X-Evil: 1", "\u2028X-Evil: 1", "\x0bX-Evil: 1", "=?utf-8?q?=0D=0ABcc:_v@v.example?=",
	"@", "<", ">", ",", ";", ":", "\"", "\\", "(", ")", "<v@v.example>", "v@v.example, ", "\u202e", "\u2066", "\u200f", "\u061c", " ", "\t", "Zoë", "مريم", "三号", "👩\u200d🔧", "a", "a@b.example", "\xff", "--=_", "From ", ".",
}

// TestNoValueBecomesAField puts hostile words into every field of a draft: each of
// them, by its type, so that a new one is tested too. What is refused is not
// written; what is written has the fields that it should, and nothing else.
func TestNoValueBecomesAField(t *testing.T) {
	words := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"", "a"}).Draw(t, "front") + strings.Join(rapid.SliceOfN(rapid.SampledFrom(hostile), 0, 4).Draw(t, "pieces"), "") + "b"
	})
	written := map[string]int{}
	fields := len(textsOf(reflect.ValueOf(new(Draft)).Elem(), "Draft")) + 8 // at least: draft() fills the lists
	rapid.Check(t, func(t *rapid.T) {
		hostile, named := words.Draw(t, "words"), rapid.Bool().Draw(t, "named")
		for i := 0; ; i++ {
			d := draft()
			d.Files = []File{{Name: "a.txt", Type: "text/plain", Bytes: []byte("x")}}
			all := textsOf(reflect.ValueOf(&d).Elem(), "Draft")
			if i == len(all) {
				if len(all) < fields {
					t.Fatalf("only %d fields were found", len(all))
				}
				return
			}
			into, said := all[i], hostile
			if address := strings.HasSuffix(into.name, "From") || strings.Contains(into.name, "To") || strings.Contains(into.name, "Cc"); address && named {
				said = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(said) + `" <x@y.example>`
			}
			into.value.SetString(said)
			raw, err := Compose(d)
			if err != nil {
				if raw != nil {
					t.Fatalf("%s = %q is refused and written", into.name, said)
				}
				continue
			}
			written[into.name]++
			checkFields(t, raw, into.name)
		}
	})
	if len(written) < 12 {
		t.Errorf("only these could be written: %v", written)
	}
}

// text is a string somewhere in a value.
type text struct {
	name  string
	value reflect.Value
}

// textsOf finds all strings in a value that can be set.
func textsOf(v reflect.Value, name string) (out []text) {
	switch v.Kind() {
	case reflect.String:
		return []text{{name, v}}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return nil
		}
		if v.Kind() == reflect.Slice { // its own, not another draft's
			v.Set(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v))
		}
		for i := range v.Len() {
			out = append(out, textsOf(v.Index(i), fmt.Sprintf("%s[%d]", name, i))...)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return nil
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out = append(out, textsOf(v.Field(i), name+"."+v.Type().Field(i).Name)...)
			}
		}
	}
	return out
}

// checkFields reads the header as the simplest program does.
func checkFields(t *rapid.T, raw []byte, changed string) {
	head, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	known := []string{"From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "X-Note", "MIME-Version", "Content-Type"}
	seen := map[string]bool{}
	for i, line := range strings.Split(string(head), "\r\n") {
		if strings.ContainsAny(line, "\r\n\x00\v\f") {
			t.Fatalf("line %d of the header: %q", i, line)
		}
		if line != "" && (line[0] == ' ' || line[0] == '\t') {
			continue
		}
		name, _, ok := strings.Cut(line, ":")
		if !ok || seen[name] || !slices.Contains(known, name) && !strings.HasPrefix(changed, "Draft.Headers") {
			t.Fatalf("line %d of the header: %q", i, line)
		}
		seen[name] = true
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if bytes.ContainsAny(line, "\r\n\x00") || len(line) > 998 {
			t.Fatalf("a line of the mail: %.100q", line)
		}
	}
	m := Parse(raw, "", DefaultLimits())
	for _, a := range slices.Concat(m.From, m.To, m.Cc, m.ReplyTo) {
		if strings.ContainsAny(a.Name, "@<>,\u202e\u2066\u200f\u061c") {
			t.Fatalf("the name of an address: %q", a.Name)
		}
	}
	if len(m.From) != 1 || len(m.To) != 2 || len(m.Cc) != 1 {
		t.Fatalf("from %q, to %q, cc %q", m.From, m.To, m.Cc)
	}
}
