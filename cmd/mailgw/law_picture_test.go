package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "draw the picture of the import law anew")

// The picture stands between these lines of docs/architecture.md.
const (
	pictureBegins = "```mermaid\n"
	pictureEnds   = "```\n"
)

// apart is the layer of the rooms that import next to nothing, in the picture only.
const apart layer = "vocabulary that stands alone"

// layerOf is a room's layer in the picture.
func layerOf(r room) layer {
	if r.alone {
		return apart
	}
	return r.layer
}

// picture draws the table of the rooms: an arrow from a layer to another one means
// that each room of it may import each room of the other; a room has arrows of its
// own for what only it may. Where there is no arrow, nothing may be imported.
func picture(rooms []room) string {
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	layers := []layer{command, gateway, machine, vocabulary, apart}
	in := map[layer][]room{}
	for _, r := range rooms {
		in[layerOf(r)] = append(in[layerOf(r)], r)
	}
	for i, l := range layers {
		title := string(l)
		if _, all := roomEdges(in[l], in[l]); all && len(in[l]) > 1 { // an arrow of a subgraph to itself cannot be drawn
			title += ", each may import the others"
		}
		fmt.Fprintf(&b, "  subgraph layer%d[\"%s\"]\n", i, title)
		for _, r := range in[l] {
			fmt.Fprintf(&b, "    %s[\"%s\"]\n", node(r), r.dir)
		}
		b.WriteString("  end\n")
	}
	for i, from := range layers {
		for j, to := range layers {
			edges, all := roomEdges(in[from], in[to])
			switch {
			case all && i == j: // its title says so
			case all:
				fmt.Fprintf(&b, "  layer%d --> layer%d\n", i, j)
			default:
				b.WriteString(edges)
			}
		}
	}
	return b.String()
}

// roomEdges draws what each of some rooms may import of others; all tells that it is everything.
func roomEdges(from, to []room) (edges string, all bool) {
	all = true
	for _, f := range from {
		for _, t := range to {
			switch {
			case f.dir == t.dir:
			case mayImport(f, t, false):
				edges += "  " + node(f) + " --> " + node(t) + "\n"
			default:
				all = false
			}
		}
	}
	return edges, all
}

// node is a room's name inside of the picture.
func node(r room) string { return strings.ReplaceAll(r.dir, "/", "_") }

// TestPictureIsCurrent holds docs/architecture.md to the table that is enforced.
func TestPictureIsCurrent(t *testing.T) {
	file := filepath.Join(theHouse(t).root, "docs", "architecture.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), pictureBegins)
	have, after, closed := strings.Cut(rest, pictureEnds)
	if !ok || !closed {
		t.Fatal("docs/architecture.md has no picture of the import law")
	}
	want := picture(house)
	if have == want {
		return
	}
	if !*update {
		t.Fatalf("docs/architecture.md shows another law; go test ./cmd/mailgw -run TestPicture -update draws\n%s", want)
	}
	if err := os.WriteFile(file, []byte(before+pictureBegins+want+pictureEnds+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The picture shows what may be imported and nothing else.
func TestPicture(t *testing.T) {
	got := picture([]room{{"cmd/mailgw", command, false}, {"mailgw", gateway, false}, {"mailgw/a", machine, false}, {"mailgw/config", machine, false}, {"mailgw/v", vocabulary, false}, {"mailgw/w", vocabulary, false}, {"rules", vocabulary, true}, {"rules/hours", vocabulary, true}})
	want := `  layer0 --> layer1
  cmd_mailgw --> mailgw_config
  layer1 --> layer2
  layer1 --> layer3
  layer1 --> layer4
  layer2 --> layer3
  layer2 --> layer4
  layer3 --> layer4
  rules --> rules_hours
`
	if !strings.Contains(got, `["vocabulary, each may import the others"]`) || !strings.Contains(got, `["machine"]`) {
		t.Errorf("who may import each other is not right in\n%s", got)
	}
	if _, arrows, _ := strings.Cut(got, "    rules_hours[\"rules/hours\"]\n  end\n"); arrows != want {
		t.Errorf("the arrows are\n%s", arrows)
	}
}
