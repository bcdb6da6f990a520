package wording

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"text/template/parse"

	"golang.org/x/text/unicode/bidi"
)

// view is the facts of one message by the name under which templates know them,
// cleaned and cut. Every fact of a template is there, "" when there is nothing
// to say; what is asked by {{if}} is true when it is not "".
type view map[string]string

// yes makes a fact that is only asked for.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

// program is a template ready to run. The templates are a small part of
// text/template's language: {{.Fact}}, {{quote .Fact}}, {{rich .Fact}}, {{clean .WordsHTML}}, {{if .Fact}}
// with {{else}}, and {{template "name" .}}. Nothing else compiles, so a language file
// can do no harm, and running needs no reflection: that makes a message in a
// fraction of the time which text/template and html/template need.
type program []step

// step is a literal, a fact, or a choice; the first that is set counts.
type step struct {
	literal string
	fact    string
	shape   shape
	// choice asks for a fact; yes and no are what follows.
	choice  string
	yes, no program
}

// shape is how a fact is shown.
type shape string

const (
	asItIs shape = ""
	quoted shape = "quote" // in text: each line marked as somebody else's
	rich   shape = "rich"  // in HTML: paragraphs, lists and links of what was written as text
	clean  shape = "clean" // in HTML: as it is, since it was cleaned
)

// cleanFact is the one fact that is HTML.
const cleanFact = "WordsHTML"

// isName tells the facts that stand within sentences of ours and may be of another
// direction: their words must not turn those around them.
var isName = map[string]bool{"Subject": true, "From": true, "Company": true, "CustomerName": true, "Who": true, "Goes": true, "Skips": true, "Only": true}

// turns tells whether letters run from right to left.
func turns(s string) bool {
	for _, r := range s {
		if p, _ := bidi.LookupRune(r); r > 0x590 && (p.Class() == bidi.R || p.Class() == bidi.AL) {
			return true
		}
	}
	return false
}

// run appends what p says of v. In HTML each fact is escaped for element
// content and quoted attributes, and its line breaks become <br>: not every mail
// client knows white-space: pre-wrap.
func (p program) run(b *strings.Builder, v view, html bool) {
	for i := range p {
		s := &p[i]
		switch {
		case s.literal != "":
			b.WriteString(s.literal)
		case s.fact != "" && html && s.shape == rich:
			b.WriteString(richHTML(v[s.fact]))
		case s.fact != "" && html && s.shape == clean:
			b.WriteString(v[s.fact])
		case s.fact != "" && html && isName[s.fact] && turns(v[s.fact]):
			b.WriteString("<bdi>" + htmltemplate.HTMLEscapeString(v[s.fact]) + "</bdi>")
		case s.fact != "" && html:
			b.WriteString(strings.ReplaceAll(htmltemplate.HTMLEscapeString(v[s.fact]), "\n", "<br>\n"))
		case s.shape == quoted:
			b.WriteString(quote(v[s.fact]))
		case s.fact != "":
			b.WriteString(v[s.fact])
		case v[s.choice] != "":
			s.yes.run(b, v, html)
		default:
			s.no.run(b, v, html)
		}
	}
}

// join appends q to p; a literal that follows another becomes one with it.
func (p program) join(q program) program {
	if len(p) > 0 && len(q) > 0 && p[len(p)-1].literal != "" && q[0].literal != "" {
		p[len(p)-1].literal += q[0].literal
		q = q[1:]
	}
	return append(p, q...)
}

// quote marks each line as somebody else's words, so that no word of theirs can
// pass for one of ours.
func quote(s string) string {
	return "> " + strings.ReplaceAll(s, "\n", "\n> ")
}

// maxNesting is how deep templates may call each other: enough for all we have,
// and an end for one that calls itself.
const maxNesting = 8

// compiler makes programs of parsed templates.
type compiler struct {
	trees map[string]*parse.Tree
	facts view // the names that exist
}

// source parses a file of templates, or one phrase under its name.
func (c *compiler) source(name, text string) error {
	trees, err := parse.Parse(name, text, "", "", map[string]any{"quote": quote, "rich": richHTML, "clean": richHTML})
	if err != nil {
		return err
	}
	for name, tree := range trees {
		c.trees[name] = tree
	}
	return nil
}

// compile makes the program of the named template.
func (c *compiler) compile(name string, depth int) (program, error) {
	tree := c.trees[name]
	if tree == nil {
		return nil, fmt.Errorf("no template or phrase %q", name)
	}
	if depth > maxNesting {
		return nil, fmt.Errorf("template %q calls itself", name)
	}
	p, err := c.list(tree.Root, depth)
	if err != nil {
		return nil, fmt.Errorf("template %q: %w", name, err)
	}
	return p, nil
}

func (c *compiler) list(list *parse.ListNode, depth int) (program, error) {
	if list == nil {
		return nil, nil
	}
	var p program
	for _, node := range list.Nodes {
		switch n := node.(type) {
		case *parse.TextNode:
			p = p.join(program{{literal: string(n.Text)}})
		case *parse.ActionNode:
			s, err := c.action(n.Pipe)
			if err != nil {
				return nil, err
			}
			if (s.shape == clean) != (s.fact == cleanFact) {
				return nil, fmt.Errorf("%s: only %s is shown as it is, and not otherwise", n, cleanFact)
			}
			p = append(p, s)
		case *parse.IfNode:
			s, err := c.choice(n, depth)
			if err != nil {
				return nil, err
			}
			p = append(p, s)
		case *parse.TemplateNode:
			called, err := c.compile(n.Name, depth+1)
			if err != nil {
				return nil, err
			}
			p = p.join(called)
		default:
			return nil, fmt.Errorf("%s: not for wording", node)
		}
	}
	return p, nil
}

func (c *compiler) choice(n *parse.IfNode, depth int) (step, error) {
	asked, err := c.action(n.Pipe)
	if err != nil {
		return step{}, err
	}
	if asked.shape != asItIs {
		return step{}, errors.New("if asks for a fact alone")
	}
	s := step{choice: asked.fact}
	if s.yes, err = c.list(n.List, depth); err != nil {
		return step{}, err
	}
	s.no, err = c.list(n.ElseList, depth)
	return s, err
}

// noFact is the name of a fact that the template does not have.
type noFact string

func (f noFact) Error() string { return "no fact " + string(f) }

// action reads {{.Fact}}, {{quote .Fact}}, {{rich .Fact}} and {{clean .Fact}}.
func (c *compiler) action(pipe *parse.PipeNode) (step, error) {
	if len(pipe.Decl) == 0 && len(pipe.Cmds) == 1 {
		args := pipe.Cmds[0].Args
		how := asItIs
		if name, ok := args[0].(*parse.IdentifierNode); ok && len(args) == 2 {
			how, args = shape(name.Ident), args[1:]
		}
		if field, ok := args[0].(*parse.FieldNode); ok && len(args) == 1 && len(field.Ident) == 1 {
			if _, known := c.facts[field.Ident[0]]; !known {
				return step{}, noFact(field.Ident[0])
			}
			return step{fact: field.Ident[0], shape: how}, nil
		}
	}
	return step{}, fmt.Errorf("%s: not for wording", pipe)
}
