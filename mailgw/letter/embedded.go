package letter

import (
	"embed"
	"path"
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
