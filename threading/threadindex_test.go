package threading

import (
	"encoding/base64"
	"strings"
	"testing"
)

// testRoot is a conversation of Outlook's.
func testRoot() []byte {
	return []byte{1, 0xd9, 0x3c, 0x11, 0x5a, 0x7b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
}

func TestThreadIndexRoot(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	root := b64(testRoot())
	child := b64(append(testRoot(), 9, 9, 9, 9, 9))
	grandchild := b64(append(testRoot(), 9, 9, 9, 9, 9, 8, 8, 8, 8, 8))
	for _, c := range []struct {
		name, field string
		ok          bool
	}{
		{"root", root, true},
		{"an answer", child, true},
		{"an answer to it", grandchild, true},
		{"folded", child[:20] + "\r\n " + child[20:], true},
		{"folded in the middle of everything", strings.Join(strings.Split(root, ""), "\r\n\t"), true},
		{"no filling", strings.TrimRight(root, "="), true},
		{"quoted", `"` + root + `"`, true},
		{"white space around", "  " + root + "  ", true},
		{"garbage behind the root", child[:33] + "???", true},
		{"empty", "", false},
		{"too short", root[:29], false},
		{"filling in the middle", root[:10] + "==" + root[10:], false},
		{"no base64", strings.Repeat("é", 40), false},
		{"a word", "re: your printer", false},
		{"no random number", b64(append(testRoot()[:6], make([]byte, 16)...)), false},
		{"nothing at all in it", strings.Repeat("A", 30), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ThreadIndexRoot(c.field)
			if ok != c.ok || ok && string(got[:]) != string(testRoot()) || !ok && got != [ThreadIndexBytes]byte{} {
				t.Errorf("ThreadIndexRoot(%q) = %x, %v", c.field, got, ok)
			}
		})
	}
}

func FuzzThreadIndexRoot(f *testing.F) {
	f.Add(base64.StdEncoding.EncodeToString(testRoot()))
	f.Add("\r\n" + base64.StdEncoding.EncodeToString(append(testRoot(), 1, 2, 3, 4, 5)))
	f.Add("AQHZ====")
	f.Fuzz(func(t *testing.T, field string) {
		root, ok := ThreadIndexRoot(field)
		if !ok {
			return
		}
		if again, ok := ThreadIndexRoot(base64.StdEncoding.EncodeToString(root[:])); !ok || again != root {
			t.Fatalf("%q: %x, written again %x", field, root, again)
		}
		if more, ok := ThreadIndexRoot(field + "AAAAAAA="); !ok || more != root {
			t.Fatalf("%q: an answer has another root", field)
		}
	})
}
