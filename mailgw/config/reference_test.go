package config

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"supportgw/rules"
)

const referenceFile = "../../docs/config.md"

// TestReference holds docs/config.md to the types: it is written from their
// comments and tags, with go test -run TestReference -update.
func TestReference(t *testing.T) {
	ref := &reference{t: t, comments: map[string]map[string]string{}, described: map[reflect.Type]string{}}
	ref.b.WriteString(referenceHead)
	ref.table("", reflect.ValueOf(Default()).Elem())
	golden(t, referenceFile, ref.b.String())
}

const referenceHead = `# Configuration

mailgw reads one TOML file: ` + "`--config FILE`, else `MAILGW_CONFIG`, else `mailgw.toml`. `mailgw check`" + `
reports everything that is wrong in it at once, and warns of what is right but can hardly be meant. [config.example.toml](../config.example.toml) runs as it is.

- A duration is a string with its unit: ` + "`\"30s\"`, `\"5m\"`, `\"8h\"`, `\"1h30m\"`" + `. Where the range ends with days, it may be whole days of 24 hours: ` + "`\"30d\"`" + `.
- Where a list of strings belongs, one string stands for a list of one.
- Names of keys are exact; a key that does not exist is an error.
- ` + "`--set key.path=VALUE`" + ` replaces one value of the file, on any command and as often as needed. VALUE is TOML,
  so a string stands in quotes: ` + "`--set 'smtp.listen=\"127.0.0.1:0\"'`" + `. A table of a list is reached by its index,
  counted from 0, or by its name: ` + "`desk[0].address`, `desk.support.address`" + `.

This file is made from the source: ` + "`go test ./mailgw/config -run TestReference -update`" + `.
`

// reference writes the tables of all keys.
type reference struct {
	t         *testing.T
	b         strings.Builder
	comments  map[string]map[string]string // by folder, by Type or Type.Field
	described map[reflect.Type]string      // types that have their section, and its title
}

// table writes the section of a table whose defaults are in v, and then those
// of the tables in it.
func (r *reference) table(title string, v reflect.Value) {
	r.described[v.Type()] = title
	if title != "" {
		fmt.Fprintf(&r.b, "\n## `%s`\n\n%s\n", title, r.comment(v.Type(), ""))
	}
	r.b.WriteString("\n| key | type | default | unit, range | meaning |\n|---|---|---|---|---|\n")
	type section struct {
		title string
		v     reflect.Value
	}
	var sections []section
	for _, f := range fieldsOf(v.Type()) {
		inner, list := f.typ, false
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			list = list || inner.Kind() == reflect.Slice
			inner = inner.Elem()
		}
		kind := r.kind(f)
		if inner.Kind() == reflect.Struct && inner != prefixType && len(fieldsOf(inner)) > 0 {
			name := "[" + member(strings.Trim(title, "[]"), f.key) + "]"
			if list {
				name = "[" + name + "]"
			}
			if known, ok := r.described[inner]; ok {
				name = known
			} else {
				r.described[inner] = name
				sections = append(sections, section{name, defaultsOf(inner, v.FieldByIndex(f.index))})
			}
			kind += ", see `" + name + "`"
		}
		owner := v.Type()
		for _, i := range f.index[:len(f.index)-1] {
			owner = owner.Field(i).Type
		}
		name := owner.Field(f.index[len(f.index)-1]).Name
		fmt.Fprintf(&r.b, "| `%s` | %s | %s | %s | %s |\n", f.key, kind, r.initial(f, v.FieldByIndex(f.index)), unit(f), r.comment(owner, name))
	}
	for _, s := range sections {
		r.table(s.title, s.v)
	}
}

// defaultsOf is a table as it is when nothing is written in it.
func defaultsOf(t reflect.Type, v reflect.Value) reflect.Value {
	if v.Type() == t {
		return v
	}
	fresh := reflect.New(t).Elem()
	setDefaults(fresh)
	return fresh
}

func (r *reference) kind(f field) string {
	switch t := f.typ; {
	case t == durationType:
		return "duration"
	case t == reflect.TypeFor[Bytes]():
		return "number, or a string like `\"2MB\"`"
	case t == reflect.TypeFor[People]():
		return "number, or `\"everybody\"`"
	case t == reflect.TypeFor[Moment]():
		return "date and time"
	case t.Kind() == reflect.Pointer && t.Elem().Kind() != reflect.Struct:
		f.typ = t.Elem()
		return r.kind(f)
	case f.one != nil:
		return strings.ReplaceAll(orText(f.one), `"`, "`")
	case t == reflect.SliceOf(prefixType):
		return "list of networks"
	case t == reflect.TypeFor[*rules.Range]():
		return "table like `{ at_least = 2, at_most = 5 }`"
	case t == reflect.TypeFor[*rules.Days](), t == reflect.TypeFor[*rules.Spans]():
		return "string or list of strings"
	case t == reflect.TypeFor[rules.Assignee]():
		return "string or table"
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Bool:
		return "truth value"
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Int64:
		return "number"
	case t.Kind() == reflect.Pointer && reflect.PointerTo(t.Elem()).Implements(unmarshalType):
		return "string, list of strings or table"
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return "list of tables"
	case t.Kind() == reflect.Slice:
		return "list of strings"
	case t.Kind() == reflect.Struct, t.Kind() == reflect.Pointer:
		return "table"
	case t.Kind() == reflect.Map && t.Elem().Kind() == reflect.String:
		return "table of strings"
	case t.Kind() == reflect.Map:
		return "table of lists of strings"
	case t.Kind() == reflect.Bool:
		return "truth value"
	case t.Kind() == reflect.String:
		return "string"
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		return "number"
	}
	r.t.Fatalf("no word for %v", f.typ)
	return ""
}

// initial is the default, as TOML.
func (r *reference) initial(f field, v reflect.Value) string {
	switch {
	case f.required:
		return "required"
	case f.typ == durationType:
		return "`" + strconv.Quote(f.short(time.Duration(v.Int()))) + "`"
	case f.key == "level" && v.Kind() == reflect.Slice:
		return "standard, premium"
	case v.Kind() == reflect.String:
		return "`" + strconv.Quote(v.String()) + "`"
	case v.CanInt(), v.Kind() == reflect.Bool:
		return fmt.Sprintf("`%v`", v)
	case v.Kind() == reflect.Slice && v.Len() == 0:
		return "`[]`"
	}
	return ""
}

func unit(f field) string {
	span := ""
	switch {
	case f.typ == durationType && f.max != "":
		span = f.min + " to " + f.max
	case f.max != "":
		span = f.min + " to " + f.max
		if f.unit != "" {
			span = f.unit + ", " + span
		}
	}
	return span
}

// comment is what the source says about a type, or about a field of it.
func (r *reference) comment(t reflect.Type, fieldName string) string {
	dir := filepath.Join("../..", strings.TrimPrefix(t.PkgPath(), "supportgw"))
	if r.comments[dir] == nil {
		r.comments[dir] = readComments(r.t, dir)
	}
	name := t.Name()
	if fieldName != "" {
		name += "." + fieldName
	}
	text := r.comments[dir][name]
	if text == "" {
		r.t.Errorf("%s.%s has no comment", t.PkgPath(), name)
	}
	text = strings.ReplaceAll(text, " Nil is not asked; an", " An")
	return strings.ReplaceAll(aboutNil.ReplaceAllString(text, ""), "|", `\|`)
}

// aboutNil is what comments say to programmers only.
var aboutNil = regexp.MustCompile(` Nil is not asked\.| \(the zero value\)`)

// readComments is the comments of all struct types of a package and of their
// fields, each in one line.
func readComments(t *testing.T, dir string) map[string]string {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no source in %s: %v", dir, err)
	}
	found := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			for _, spec := range gen.Specs {
				spec := spec.(*ast.TypeSpec)
				st, ok := spec.Type.(*ast.StructType)
				if !ok {
					continue
				}
				found[spec.Name.Name] = oneLine(gen.Doc)
				for _, f := range st.Fields.List {
					doc := f.Doc
					if doc == nil {
						doc = f.Comment
					}
					for _, n := range f.Names {
						found[spec.Name.Name+"."+n.Name] = oneLine(doc)
					}
				}
			}
		}
	}
	return found
}

func oneLine(doc *ast.CommentGroup) string {
	return strings.Join(strings.Fields(doc.Text()), " ")
}
