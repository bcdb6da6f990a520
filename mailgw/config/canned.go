package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	unsaid "supportgw/mailgw/guard"
	"supportgw/mailgw/wording"
)

// defaultAnswers is the folder of canned answers that is looked for when none is named.
const defaultAnswers = "answers"

// AnswersFolder is the folder of wording.answers as it is opened; "" when there shall be
// none. The default one need not be there.
func (c *Config) AnswersFolder() string {
	return c.beside(c.Wording.Answers)
}

// AnswersBy is the folder of canned answers that a configuration file names, whatever else
// is wrong in it; "" when it names none, or cannot be read that far.
func AnswersBy(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	doc, _, _ := document(file, strings.TrimPrefix(string(text), "\ufeff"))
	table, _ := doc["wording"].(map[string]any)
	name, _ := table["answers"].(string)
	return (&Config{Path: file}).beside(name)
}

// readAnswers reads the files of a folder of canned answers; one that is not there has none.
func readAnswers(folder string) (files map[string][]byte, failed map[string]error) {
	files, failed = readWords(folder)
	if errors.Is(failed["."], fs.ErrNotExist) {
		return nil, nil
	}
	return files, failed
}

// sumAnswers puts canned answers among the files of which a configuration's sum is made,
// under names that no other file has.
func sumAnswers(files, answers map[string][]byte) {
	for name, data := range answers {
		files["\x01"+name] = data
	}
}

// addAnswers reads the folder of canned answers into files.
func addAnswers(files map[string][]byte, folder string) error {
	answers, failed := readAnswers(folder)
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		return fmt.Errorf("read %s: %w", filepath.Join(folder, name), failed[name])
	}
	sumAnswers(files, answers)
	return nil
}

// canned reads the folder of canned answers, and has its files count as part of the
// configuration.
func (c *Config) canned(r *reporter, others map[string][]byte) {
	const key = "wording.answers"
	if c.Wording.Answers == "" || r.has(key) {
		return
	}
	folder := c.AnswersFolder()
	files, failed := readWords(folder)
	if err := failed["."]; err != nil {
		if r.given(key) || !errors.Is(err, fs.ErrNotExist) {
			r.at(key, "%s (got %s); write a folder with files like install.en.txt, or leave it out", reason(err), show(c.Wording.Answers))
		}
		return
	}
	sumAnswers(others, files)
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		r.other(Problem{File: filepath.Join(folder, name), Text: reason(failed[name]) + " (got " + show(name) + "); write a file that the gateway can read, or take it out of the folder"})
	}
	answers, wrong := wording.LoadCanned(files, c.avoided)
	for _, p := range wrong {
		r.other(Problem{File: filepath.Join(folder, p.File), Line: p.Line, Text: p.Text})
	}
	c.Canned = answers
}

// noPhrases is the one phrase of wording.avoid that stands for none.
const noPhrases = "none"

// Avoided are the phrases that must not stand in an agent's answer.
func (c *Config) Avoided() []string {
	switch list := c.Wording.Avoid; {
	case len(list) == 0:
		return unsaid.Avoid()
	case len(list) == 1 && list[0] == noPhrases:
		return nil
	default:
		return list
	}
}

// avoided finds what is not said in a canned answer, of which its agent would be asked
// each time.
func (c *Config) avoided(text string) (phrases []string) {
	for _, f := range unsaid.Phrases(text, c.Avoided()) {
		phrases = append(phrases, f.What)
	}
	return phrases
}
