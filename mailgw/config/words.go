package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"supportgw/mailgw/wording"
)

// maxWordFile is the longest file of phrases that is read, in bytes: many times
// all the built-in ones.
const maxWordFile = 1 << 20

// Folder is the folder of wording.dir as it is opened; "" when there is none.
func (c *Config) Folder() string {
	return c.beside(c.Wording.Dir)
}

// Beside are the files and folders beside a configuration file that count as part of it.
type Beside struct {
	Words    string   // as [Config.Folder]
	Answers  string   // as [Config.AnswersFolder]
	Holidays []string // as [Config.HolidayFiles]
	Included []string // as [Config.Included]
}

// Beside are those of this configuration.
func (c *Config) Beside() Beside {
	return Beside{Words: c.Folder(), Answers: c.AnswersFolder(), Holidays: c.HolidayFiles(), Included: c.Included()}
}

// Sum is what [Config.Sum] would be if the file and what is beside it were loaded now. It
// errs when one of them cannot be read.
func Sum(file string, beside Beside) ([sha256.Size]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return [sha256.Size]byte{}, fmt.Errorf("read configuration: %w", err)
	}
	words, failed := readWords(beside.Words)
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		return [sha256.Size]byte{}, fmt.Errorf("read %s: %w", name, failed[name])
	}
	files := inSum(words)
	if err := addAnswers(files, beside.Answers); err != nil {
		return [sha256.Size]byte{}, err
	}
	for _, path := range beside.Holidays {
		if files[path], err = readWordFile(path); err != nil {
			return [sha256.Size]byte{}, fmt.Errorf("read %s: %w", path, err)
		}
	}
	for _, pattern := range beside.Included {
		found, err := matching(pattern)
		if err != nil {
			return [sha256.Size]byte{}, fmt.Errorf("read %s: %w", pattern, err)
		}
		for _, path := range found {
			if files[path], err = readIncluded(file, path); err != nil {
				return [sha256.Size]byte{}, fmt.Errorf("read %s: %w", path, err)
			}
		}
	}
	return sumOf(text, files), nil
}

// inSum are the files of the folder of own phrases under names that no other file has.
func inSum(words map[string][]byte) map[string][]byte {
	named := map[string][]byte{}
	for name, data := range words {
		named["\x00"+name] = data
	}
	return named
}

// sumOf is that of the text alone when there are no files beside it.
func sumOf(text []byte, files map[string][]byte) [sha256.Size]byte {
	if len(files) == 0 {
		return sha256.Sum256(text)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%x\n", sha256.Sum256(text))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%q %x\n", name, sha256.Sum256(files[name]))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// readWords reads all files of a folder but hidden ones and copies that editors
// leave behind; failed are those that cannot be read, "." the folder itself.
func readWords(folder string) (files map[string][]byte, failed map[string]error) {
	files, failed = map[string][]byte{}, map[string]error{}
	if folder == "" {
		return files, failed
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		failed["."] = err
		return files, failed
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "#") || strings.HasSuffix(name, "~") {
			continue
		}
		if files[name], err = readWordFile(filepath.Join(folder, name)); err != nil {
			delete(files, name)
			failed[name] = err
		}
	}
	return files, failed
}

func readWordFile(path string) ([]byte, error) { return readFile(path, maxWordFile) }

// readFile reads a whole file of at most so many bytes.
func readFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path) // follows links, and does not wait for a pipe
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is no file")}
	case info.Size() > limit:
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("it has %d bytes, and at most %d are read", info.Size(), limit)}
	}
	return os.ReadFile(path)
}

// words reads the folder of own phrases, makes the catalogue with them, and has
// the files, those of holidays and of include too, count as part of the configuration.
func (c *Config) words(r *reporter, text []byte, others map[string][]byte) {
	const key = "wording.dir"
	c.Sum = sumOf(text, others)
	if c.Wording.Dir == "" || r.has(key) {
		c.templates(r, c.Words)
		return
	}
	files, failed := readWords(c.Folder())
	if err := failed["."]; err != nil {
		r.at(key, "%s (got %s); write a folder with files like en.toml, or leave it out", reason(err), show(c.Wording.Dir))
		return
	}
	maps.Copy(others, inSum(files))
	c.Sum = sumOf(text, others)
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		r.other(Problem{File: filepath.Join(c.Folder(), name), Text: reason(failed[name]) + " (got " + show(name) + "); write a file that the gateway can read, or take it out of the folder"})
	}
	where := map[string]lines{}
	broken := map[string]Problems{}
	for name, data := range files {
		if filepath.Ext(name) != ".toml" {
			continue // what it is instead is told below
		}
		doc, mended, syntax := document(filepath.Join(c.Folder(), name), strings.TrimPrefix(string(data), "\ufeff"))
		broken[name] = syntax
		if files[name] = []byte(mended); doc == nil {
			delete(files, name)
			continue
		}
		where[name] = locate(mended)
	}
	catalogue, wrong := wording.Load(files)
	for _, p := range wrong {
		if said := wordProblem(c.Folder(), p, where[p.File]); !slices.ContainsFunc(broken[p.File], func(s Problem) bool { return s.Line == said.Line }) {
			r.other(said)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(broken)) {
		r.other(broken[name]...)
	}
	c.Words = catalogue
	c.templates(r, catalogue)
}

// templates reports templates of rules for which there are no words; it is silent when
// the words could not be read.
func (c *Config) templates(r *reporter, words *wording.Catalogue) {
	if words == nil {
		return
	}
	check := func(path, name string) {
		if name == "" || slices.Contains(words.Templates(), name) || r.has(path) {
			return
		}
		r.at(path, "there are no words of that template (got %s); write %s", show(name), suggest(name, words.Templates(), "a file "+name+".en.toml in the folder of wording.dir"))
	}
	for i := range c.Rules {
		rule := &c.Rules[i]
		check(element("rule", i)+".then.template", rule.Then.Template)
		if rule.FollowUp != nil {
			check(element("rule", i)+".follow_up.template", rule.FollowUp.Template)
		}
	}
}

// wordProblem is a problem of package wording with its place.
func wordProblem(folder string, p wording.Problem, where lines) Problem {
	path := ""
	for _, key := range p.Path {
		path = member(path, key)
	}
	text := p.Text
	if p.Wrong != "" {
		text += "; write " + suggest(p.Wrong, p.Names, "words alone")
	}
	line := 0
	if path != "" {
		line = where.of(path)
	}
	return Problem{File: filepath.Join(folder, p.File), Line: line, Key: plain(path), Text: text}
}
