package mailgw

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// picture draws the year: for each month what was promised as a bar, of which the
// part that was kept is green and the part that was announced late is orange (red
// would be what broke unannounced), and the mean time promised as a line below the target's.
func (f *yearFigures) picture() string {
	const width, height, left, bottom, top = 760, 320, 46, 270, 24
	most, longest := 1, 1.0
	for i := range f.months {
		m := &f.months[i]
		most = max(most, m.made)
		if m.made > 0 {
			longest = max(longest, m.mean(), m.target/float64(m.made))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	step := float64(width-2*left) / 12
	up := func(n int) float64 { return float64(n) / float64(most) * float64(bottom-top) }
	var mean, target []string
	for i := range f.months {
		m := &f.months[i]
		x, y := left+float64(i)*step+8, float64(bottom)
		for _, part := range []struct {
			n      int
			colour string
		}{{m.kept, "#4c9f70"}, {m.announced, "#e8a33d"}, {m.broken - m.announced, "#c0392b"}} {
			if h := up(part.n); h > 0 {
				y -= h
				fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", x, y, step-16, h, part.colour)
			}
		}
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x+(step-16)/2, bottom+16, time.Month(i + 1).String()[:3])
		if m.made > 0 {
			fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="middle" font-size="10">%.0f %%</text>`+"\n", x+(step-16)/2, y-4, 100*m.share())
			at := func(hours float64) string {
				return fmt.Sprintf("%.1f,%.1f", x+(step-16)/2, float64(bottom)-hours/longest*float64(bottom-top))
			}
			mean, target = append(mean, at(m.mean())), append(target, at(m.target/float64(m.made)))
		}
	}
	fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="#1f3a5f" stroke-width="2"/>`+"\n", strings.Join(mean, " "))
	fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="#1f3a5f" stroke-width="1" stroke-dasharray="4 4"/>`+"\n", strings.Join(target, " "))
	fmt.Fprintf(&b, `<text x="4" y="%d">%d</text><text x="%d" y="%d">%.1f h</text>`+"\n", top+4, most, width-left+4, top+4, longest)
	fmt.Fprintf(&b, `<text x="%d" y="%d">promises made: kept (green), announced later (orange), broken in silence (red) · line: mean time promised; dashed: the target's</text>`+"\n", left, height-10)
	b.WriteString("</svg>\n")
	return b.String()
}

func TestYearPicture(t *testing.T) {
	f := &yearFigures{}
	f.months[2] = tally{made: 10, kept: 8, broken: 2, announced: 1, promised: 30, target: 60}
	got := f.picture()
	for _, want := range []string{`fill="#4c9f70"`, `fill="#e8a33d"`, `fill="#c0392b"`, "80 %", "6.0 h", ">Mar<"} {
		if !strings.Contains(got, want) {
			t.Errorf("the picture has no %s", want)
		}
	}
}
