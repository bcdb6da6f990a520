package letter

import (
	"embed"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// embedded reads the files of a folder of the program, by their names without
// ".txt": its phrases are data, one file a language.
func embedded(files embed.FS, folder string) map[string]string {
	entries, err := files.ReadDir(folder)
	out := make(map[string]string, len(entries))
	for _, e := range entries {
		var text []byte
		if text, err = files.ReadFile(path.Join(folder, e.Name())); err != nil {
			break
		}
		out[strings.TrimSuffix(e.Name(), ".txt")] = string(text)
	}
	if err != nil {
		panic("letter: embedded files: " + err.Error()) // they are part of the program
	}
	return out
}

// phraseLines calls each with the lines of a folder's files that are neither empty nor
// remarks, language by language. Its error names the file and the line.
func phraseLines(folder string, files map[string]string, each func(lang, line string) error) error {
	for _, lang := range slices.Sorted(maps.Keys(files)) {
		number := 0
		for line := range strings.Lines(files[lang]) {
			number++
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			if err := each(lang, line); err != nil {
				return fmt.Errorf("%s/%s.txt: line %d: %w", folder, lang, number, err)
			}
		}
	}
	return nil
}
