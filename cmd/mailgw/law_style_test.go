package main

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// topLevel is all that may stand in the root.
var topLevel = []string{
	"cmd", "mailgw", "threading", "rules", "config.example.toml", "go.mod", "go.sum", "README.md", "LICENSE",
	"CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "docs", ".ci", ".git", ".gitignore",
	"data", // made by serve with the example configuration; git ignores it
}

func TestTopLevel(t *testing.T) {
	entries, err := os.ReadDir(theHouse(t).root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !slices.Contains(topLevel, e.Name()) {
			t.Errorf("%s does not belong into the root", e.Name())
		}
	}
}

func TestPackagesHaveComments(t *testing.T) {
	said := map[string]bool{}
	for _, s := range theHouse(t).code {
		if !s.test {
			said[s.dir] = said[s.dir] || hasText(s.ast.Doc)
		}
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s has no package comment", dir)
		}
	}
}

// share is how many of all have something.
type share struct {
	have, all int
	missing   []string
}

func (s *share) add(ok bool, what string) {
	s.all++
	if ok {
		s.have++
	} else {
		s.missing = append(s.missing, what)
	}
}

// atLeast fails when the share is less than least, and prints it in any case.
func (s *share) atLeast(t *testing.T, least float64, what string) {
	t.Helper()
	if s.all == 0 {
		t.Fatalf("no %s found: the test looks at nothing", what)
	}
	got := float64(s.have) / float64(s.all)
	t.Logf("%s: %.1f%% of %d", what, 100*got, s.all)
	if got < least {
		t.Errorf("%s: must be %.0f%%; missing:\n\t%s", what, 100*least, strings.Join(s.missing, "\n\t"))
	}
}

func TestExportedNamesHaveComments(t *testing.T) {
	var names, fields share
	for _, s := range theHouse(t).code {
		if s.test || s.ast.Name.Name == "main" {
			continue
		}
		for _, d := range s.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
					names.add(hasText(d.Doc), s.at(d)+" "+d.Name.Name)
				}
			case *ast.GenDecl:
				names.addSpecs(s, d, &fields)
			}
		}
	}
	names.atLeast(t, 0.97, "exported names with a comment")
	fields.atLeast(t, 0, "exported fields and methods of interfaces with a comment")
}

// addSpecs counts the types, constants and variables of a declaration.
func (s *share) addSpecs(src *source, d *ast.GenDecl, fields *share) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() {
				s.add(hasText(spec.Doc) || hasText(d.Doc), src.at(spec)+" "+spec.Name.Name)
				fields.addFields(src, spec.Type)
			}
		case *ast.ValueSpec:
			for _, id := range spec.Names {
				if id.IsExported() {
					s.add(hasText(spec.Doc) || hasText(spec.Comment) || hasText(d.Doc), src.at(id)+" "+id.Name)
				}
			}
		}
	}
}

func (s *share) addFields(src *source, of ast.Expr) {
	var list *ast.FieldList
	switch of := of.(type) {
	case *ast.StructType:
		list = of.Fields
	case *ast.InterfaceType:
		list = of.Methods
	default:
		return
	}
	for _, f := range list.List {
		for _, id := range f.Names {
			if id.IsExported() {
				s.add(hasText(f.Doc) || hasText(f.Comment), src.at(id)+" "+id.Name)
			}
		}
	}
}

func hasText(g *ast.CommentGroup) bool { return g != nil && strings.TrimSpace(g.Text()) != "" }

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		default:
			return rootName(e)
		}
	}
}

func TestSizes(t *testing.T) {
	const maxFile, maxFunction = 600, 100
	var code, tests int
	var lengths []int
	for _, s := range theHouse(t).code {
		if s.lines > maxFile {
			t.Errorf("%s has %d lines, at most %d", s.rel, s.lines, maxFile)
		}
		if s.test {
			tests += s.lines
		} else {
			code += s.lines
			lengths = append(lengths, s.lines)
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			if n := s.fset.Position(f.End()).Line - s.fset.Position(f.Pos()).Line + 1; n > maxFunction {
				t.Errorf("%s: %s has %d lines, at most %d", s.at(f), f.Name.Name, n, maxFunction)
			}
		}
	}
	slices.Sort(lengths)
	t.Logf("code %d lines in %d files (median %d), tests %d lines (%.2f of the code)", code, len(lengths), lengths[len(lengths)/2], tests, float64(tests)/float64(code))
}

func TestErrorsAreWrapped(t *testing.T) {
	var wrapped share
	for _, s := range theHouse(t).code {
		if s.test {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || rootName(fun.X) != "fmt" || fun.Sel.Name != "Errorf" {
				return true
			}
			format, ok := call.Args[0].(*ast.BasicLit)
			wrapped.add(ok && strings.Contains(format.Value, "%w"), s.at(call))
			return true
		})
	}
	wrapped.atLeast(t, 0.60, "fmt.Errorf with %w")
}

var (
	rfc        = regexp.MustCompile(`\bRFC \d{3,5}\b`)
	rfcSection = regexp.MustCompile(`\bRFC \d{3,5} (§|appendix )`)
	workaround = regexp.MustCompile(`Workaround: \S+ v\d`)
	proof      = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*|testdata/[\w./-]*\w`)
	unfinished = regexp.MustCompile(`\b(` + "TO" + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
)

// An RFC is cited with its section, and a workaround names what proves it.
func TestComments(t *testing.T) {
	r := theHouse(t)
	tests := map[string]bool{} // folder and name
	for _, s := range r.code {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test {
				tests[s.dir+"/"+f.Name.Name] = true
			}
		}
	}
	var sections share
	for _, s := range r.code {
		for _, c := range s.ast.Comments {
			text := strings.Join(strings.Fields(c.Text()), " ")
			for _, at := range rfc.FindAllStringIndex(text, -1) {
				sections.add(rfcSection.MatchString(text[at[0]:min(len(text), at[1]+12)]), s.at(c)+" "+text[at[0]:at[1]])
			}
			if !workaround.MatchString(text) {
				continue
			}
			found := proof.FindAllString(text, -1)
			if len(found) == 0 {
				t.Errorf("%s: the workaround names no test", s.at(c))
			}
			for _, name := range found {
				if !tests[s.dir+"/"+name] && !slices.Contains(r.files, path.Join(s.dir, name)) {
					t.Errorf("%s: the workaround names %s, which is not there", s.at(c), name)
				}
			}
		}
	}
	sections.atLeast(t, 0.85, "citations of RFCs with their section")
}

// A path of somebody's machine, in any text of the repository.
var machinePath = regexp.MustCompile(`(?:^|[\s"'(=:])/(?:home|farm|work|Users)\b`)

// Nothing is left unfinished, and nothing tells where it was written.
func TestTexts(t *testing.T) {
	r := theHouse(t)
	for _, rel := range r.files {
		switch path.Ext(rel) {
		case ".go", ".md", ".toml", ".txt", ".tmpl", ".mod", "":
		default:
			continue
		}
		text, err := os.ReadFile(filepath.Join(r.root, filepath.FromSlash(rel)))
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsRune(string(text), 0) {
			continue // a program that was built here
		}
		for i, line := range strings.Split(string(text), "\n") {
			if m := machinePath.FindString(line); m != "" {
				t.Errorf("%s:%d: a path of one machine: %s", rel, i+1, m)
			}
			if m := unfinished.FindString(line); m != "" && !strings.Contains(rel, "testdata/") {
				t.Errorf("%s:%d: %s", rel, i+1, m)
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)

// A link of the documentation leads to a file that is there.
func TestLinks(t *testing.T) {
	r := theHouse(t)
	n := 0
	for _, rel := range r.files {
		if path.Ext(rel) != ".md" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(r.root, filepath.FromSlash(rel)))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], ":") {
				continue
			}
			n++
			if _, err := os.Stat(filepath.Join(r.root, path.Join(path.Dir(rel), m[1]))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", rel, m[1])
			}
		}
	}
	if n == 0 {
		t.Error("no link found: the test looks at nothing")
	}
}

var required = regexp.MustCompile(`(?m)^\s+(\S+) v\S+`)

// Each module that is imported has its reason in docs/dependencies.md.
func TestDependenciesHaveReasons(t *testing.T) {
	r := theHouse(t)
	text := func(rel string) string {
		b, err := os.ReadFile(filepath.Join(r.root, filepath.FromSlash(rel)))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	reasons := text("docs/dependencies.md")
	used := map[string]bool{}
	for _, m := range required.FindAllStringSubmatch(text("go.mod"), -1) {
		for _, s := range r.code {
			for _, p := range s.imports() {
				if p == m[1] || strings.HasPrefix(p, m[1]+"/") {
					used[m[1]] = true
				}
			}
		}
		if used[m[1]] && !strings.Contains(reasons, "`"+m[1]+"`") {
			t.Errorf("docs/dependencies.md gives no reason for %s", m[1])
		}
	}
	if len(used) == 0 {
		t.Error("no dependency found: the test looks at nothing")
	}
}
