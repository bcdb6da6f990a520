package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
)

// layer is one of the layers of the house; what a room may import depends on it.
type layer string

const (
	vocabulary layer = "vocabulary" // pure: no network, no disk, no clock of its own, no goroutine; all may import it
	machine    layer = "machine"    // imports vocabulary, never another machine
	gateway    layer = "gateway"    // joins the machines
	command    layer = "command"    // imports mailgw and mailgw/config
)

// room is a folder with all that is below it, as far as that is no room of its own.
type room struct {
	dir   string
	layer layer
	alone bool // imports nothing of the house but rules/hours
}

// house is the table of the rooms. A new room gets a line here and in docs/architecture.md.
var house = []room{
	{"cmd/mailgw", command, false},
	{"mailgw", gateway, false},
	{"mailgw/acme", machine, false},
	{"mailgw/agent", machine, false},
	{"mailgw/alarm", machine, false},
	{"mailgw/config", machine, false},
	{"mailgw/customer", vocabulary, false},
	{"mailgw/dkim", machine, false},
	{"mailgw/erasure", machine, false},
	{"mailgw/guard", vocabulary, false},
	{"mailgw/gist", vocabulary, false},
	{"mailgw/heard", vocabulary, false},
	{"mailgw/imapd", machine, false},
	{"mailgw/letter", vocabulary, false},
	{"mailgw/login", machine, false},
	{"mailgw/mailauth", machine, false},
	{"mailgw/notify", vocabulary, false},
	{"mailgw/oauth", machine, false},
	{"mailgw/outbox", machine, false},
	{"mailgw/passed", vocabulary, false},
	{"mailgw/passhash", vocabulary, false},
	{"mailgw/probe", machine, false},
	{"mailgw/promise", vocabulary, false},
	{"mailgw/rehearsal", vocabulary, false},
	{"mailgw/roster", machine, false},
	{"mailgw/scanner", machine, false},
	{"mailgw/search", machine, false},
	{"mailgw/scheduler", machine, false},
	{"mailgw/shelves", machine, false},
	{"mailgw/shown", vocabulary, false},
	{"mailgw/smtpd", machine, false},
	{"mailgw/setup", vocabulary, false},
	{"mailgw/deed", vocabulary, false},
	{"mailgw/staff", vocabulary, false},
	{"mailgw/store", machine, false}, // with its engines and their suite
	{"mailgw/ticket", vocabulary, false},
	{"mailgw/view", vocabulary, false},
	{"mailgw/wording", vocabulary, false},
	{"mailgw/web", machine, false},
	{"rules", vocabulary, true},
	{"rules/hours", vocabulary, true},
	{"rules/hours/holiday", vocabulary, true},
	{"threading", vocabulary, true},
}

// module is the path that imports of the house begin with.
const module = "supportgw/"

// source is one Go file of the house.
type source struct {
	rel, dir string // with slashes, from the root
	test     bool
	lines    int
	fset     *token.FileSet
	ast      *ast.File
}

// at names a place in the file.
func (s *source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.rel, s.fset.Position(n.Pos()).Line)
}

// tree is the repository as the laws see it.
type tree struct {
	root  string
	files []string // all, with slashes, from the root
	code  []*source
	err   error
}

// repository reads the tree once for all laws.
var repository = sync.OnceValue(func() *tree {
	t := &tree{}
	if t.root, t.err = filepath.Abs("../.."); t.err != nil {
		return t
	}
	t.err = filepath.WalkDir(t.root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(t.root, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && (rel == ".git" || rel == "data"): // .git can be a file, where SkipDir would skip all the rest
			return filepath.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		t.files = append(t.files, rel)
		if strings.HasSuffix(rel, ".go") && !strings.Contains(rel, "testdata/") {
			return t.parse(file, rel)
		}
		return nil
	})
	return t
})

func (t *tree) parse(file, rel string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	s := &source{rel: rel, dir: path.Dir(rel), test: strings.HasSuffix(rel, "_test.go"), fset: token.NewFileSet()}
	s.lines = strings.Count(string(text), "\n")
	if s.ast, err = parser.ParseFile(s.fset, file, text, parser.ParseComments|parser.SkipObjectResolution); err != nil {
		return fmt.Errorf("%s: %w", rel, err)
	}
	t.code = append(t.code, s)
	return nil
}

// theHouse is the tree, for a test.
func theHouse(t *testing.T) *tree {
	t.Helper()
	r := repository()
	if r.err != nil {
		t.Fatal(r.err)
	}
	return r
}

// roomOf finds the room that a folder belongs to.
func roomOf(dir string) (room, bool) {
	for at := dir; at != "."; at = path.Dir(at) {
		for _, r := range house {
			if r.dir == at {
				return r, true
			}
		}
	}
	return room{}, false
}

// mayImport says whether one room may import another. A command's tests may use the vocabulary.
func mayImport(from, to room, test bool) bool {
	switch {
	case from.dir == to.dir:
		return true
	case from.alone:
		return to.dir == "rules/hours" && (from.dir == "rules" || from.dir == "rules/hours/holiday")
	case from.layer == gateway:
		return to.layer != command
	case from.layer == command:
		return to.dir == "mailgw" || to.dir == "mailgw/config" || test && to.layer == vocabulary
	}
	return to.layer == vocabulary
}

// imports lists a file's imports.
func (s *source) imports() []string {
	var out []string
	for _, i := range s.ast.Imports {
		out = append(out, strings.Trim(i.Path.Value, `"`))
	}
	return out
}

// TestRoomsAreListed: each folder in the gateway's is a room of its own, with a line
// in the table, unless it is made for tests alone.
func TestRoomsAreListed(t *testing.T) {
	forTests := map[string]bool{"mailgw/threadgen": true}
	for _, s := range theHouse(t).code {
		parts := strings.Split(s.dir, "/")
		if len(parts) < 2 || parts[0] != "mailgw" {
			continue
		}
		dir := parts[0] + "/" + parts[1]
		if r, _ := roomOf(dir); r.dir != dir && !forTests[dir] {
			t.Errorf("%s: %s is no room of the table", s.rel, dir)
		}
	}
}

func TestRoomsImportWhatTheyMay(t *testing.T) {
	have := map[string]bool{}
	for _, s := range theHouse(t).code {
		from, ok := roomOf(s.dir)
		if !ok {
			t.Errorf("%s: the folder is no room of the house", s.rel)
			continue
		}
		have[from.dir] = true
		for _, p := range s.imports() {
			dir, ours := strings.CutPrefix(p, module)
			if !ours {
				continue
			}
			if to, ok := roomOf(dir); !ok || !mayImport(from, to, s.test) {
				t.Errorf("%s: %s (%s) must not import %s (%s)", s.rel, from.dir, from.layer, dir, to.layer)
			}
		}
	}
	for _, r := range house {
		if !have[r.dir] {
			t.Errorf("the table has the room %s, which is not there", r.dir)
		}
	}
}

// The laws that mayImport holds, so that a change of it is seen.
func TestMayImport(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"mailgw/smtpd", "mailgw/letter", true}, {"mailgw/smtpd", "mailgw/store", false}, {"mailgw/store/bolt", "mailgw/store", true},
		{"mailgw/outbox", "mailgw/store/bolt", false}, {"mailgw/letter", "mailgw/config", false}, {"mailgw/letter", "threading", true},
		{"threading", "rules/hours", false}, {"threading", "mailgw/ticket", false}, {"rules", "rules/hours", true}, {"rules", "threading", false},
		{"rules/hours/holiday", "rules/hours", true}, {"rules/hours", "rules/hours/holiday", false}, {"rules", "rules/hours/holiday", false},
		{"rules/hours", "rules", false}, {"mailgw", "mailgw/store/bolt", true}, {"mailgw", "cmd/mailgw", false}, {"mailgw/ticket", "mailgw", false},
		{"cmd/mailgw", "mailgw", true}, {"cmd/mailgw", "mailgw/config", true}, {"cmd/mailgw", "mailgw/store", false}, {"cmd/mailgw", "mailgw/ticket", false},
	} {
		from, _ := roomOf(c.from)
		to, _ := roomOf(c.to)
		if got := mayImport(from, to, false); got != c.want {
			t.Errorf("mayImport(%s, %s) = %v, must be %v", c.from, c.to, got, c.want)
		}
	}
}

// impure are imports through which a vocabulary room would touch the world.
var impure = regexp.MustCompile(`^(net|net/.*|os|os/.*|syscall|unsafe|log|log/.*|io/ioutil|crypto/rand|math/rand|math/rand/v2|golang\.org/x/sys/.*)$`)

// pure are exceptions: they only hold values.
var pure = []string{"net/netip", "net/mail", "net/url"}

// clocks are the functions of package time that look at a clock or wait.
var clocks = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local"}

func TestVocabularyIsPure(t *testing.T) {
	r := theHouse(t)
	globals := packageVars(r)
	for _, s := range r.code {
		if in, _ := roomOf(s.dir); s.test || in.layer != vocabulary {
			continue
		}
		for _, p := range s.imports() {
			if impure.MatchString(p) && !slices.Contains(pure, p) {
				t.Errorf("%s: a vocabulary room must not import %s", s.rel, p)
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a goroutine in a vocabulary room", s.at(n))
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
					t.Errorf("%s: time.%s in a vocabulary room; time is a parameter", s.at(n), n.Sel.Name)
				}
			case *ast.FuncDecl:
				for _, bad := range assigned(n, globals[s.dir]) {
					t.Errorf("%s: %s changes the package variable %s", s.at(n), n.Name.Name, bad)
				}
			}
			return true
		})
	}
}

func TestNoInit(t *testing.T) {
	for _, s := range theHouse(t).code {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && !s.test && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init hides what it does", s.at(f))
			}
		}
	}
}

// packageVars are the variables of each folder's code.
func packageVars(r *tree) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, s := range r.code {
		for _, d := range s.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR || s.test {
				continue
			}
			for _, spec := range g.Specs {
				for _, id := range spec.(*ast.ValueSpec).Names {
					if out[s.dir] == nil {
						out[s.dir] = map[string]bool{}
					}
					out[s.dir][id.Name] = id.Name != "_" // an assertion is no variable
				}
			}
		}
	}
	return out
}

// assigned are those of globals that a function assigns to, wholly or in part.
// A name that the function declares for itself is its own.
func assigned(f *ast.FuncDecl, globals map[string]bool) []string {
	own, set := map[string]bool{}, map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, id := range n.Names {
				own[id.Name] = true
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				own[id.Name] = true
			}
		case *ast.AssignStmt:
			for _, to := range n.Lhs {
				if n.Tok == token.DEFINE {
					own[rootName(to)] = true
				} else {
					set[rootName(to)] = true
				}
			}
		case *ast.RangeStmt:
			for _, to := range []ast.Expr{n.Key, n.Value} {
				if to != nil && n.Tok == token.DEFINE {
					own[rootName(to)] = true
				}
			}
		case *ast.IncDecStmt:
			set[rootName(n.X)] = true
		}
		return true
	})
	var out []string
	for name := range set {
		if globals[name] && !own[name] {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}

// rootName is the variable that an expression is a part of.
func rootName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return rootName(e.X)
	case *ast.IndexExpr:
		return rootName(e.X)
	case *ast.StarExpr:
		return rootName(e.X)
	case *ast.ParenExpr:
		return rootName(e.X)
	}
	return ""
}
