package view

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What is set one by one is what a plain map would have, also after it was kept.
func TestMarksAreAsAMap(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		var m Marks
		want, deleted := map[uint32]uint64{}, map[At]bool{}
		for range 200 {
			seq, bits := rnd.Uint32N(12), uint64(rnd.IntN(3))
			if rnd.IntN(50) == 0 {
				bits = 1 << 63
			}
			m.Set(seq, bits)
			want[seq] = bits
			at := At{[]string{"INBOX", "Desk\x1fsales"}[rnd.IntN(2)], rnd.Uint32N(5)}
			deleted[at] = rnd.IntN(2) == 0
			m.SetDeleted(at.Folder, at.UID, deleted[at])
			var kept Marks
			if err := ReadMarks(&kept, m.Bytes()); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(m, kept, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("kept otherwise (-as set +as read):\n%s", d)
			}
			for seq, bits := range want {
				if kept.Get(seq) != bits {
					t.Fatalf("mail %d has %d, must have %d: %v", seq, kept.Get(seq), bits, kept.Runs)
				}
			}
			for at, on := range deleted {
				if kept.IsDeleted(at.Folder, at.UID) != on {
					t.Fatalf("deleted at %v is not %v", at, on)
				}
			}
			if !slices.IsSortedFunc(kept.Runs, func(a, b MarkRun) int { return int(a.Seq) - int(b.Seq) }) {
				t.Fatalf("runs are not in order: %v", kept.Runs)
			}
		}
	}
}

func TestMarksOfAThreadAreOneRun(t *testing.T) {
	t.Parallel()
	var m Marks
	for _, seq := range rand.New(rand.NewPCG(1, 2)).Perm(2000) {
		m.Set(uint32(seq)+1, 1)
	}
	if len(m.Runs) != 1 || len(m.Bytes()) > 8 {
		t.Errorf("%d runs, %d bytes", len(m.Runs), len(m.Bytes()))
	}
	for seq := range uint32(2000) {
		m.Set(seq+1, 0)
	}
	if m.Bytes() != nil {
		t.Errorf("no marks are kept as %x", m.Bytes())
	}
}

func FuzzReadMarks(f *testing.F) {
	m := Marks{Runs: []MarkRun{{1, 3, 1}}, Deleted: []At{{"INBOX", 7}}}
	f.Add(m.Bytes())
	f.Add([]byte{1, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Marks
		if ReadMarks(&m, b) == nil {
			m.Get(1)
		}
	})
}
