package config

import (
	"strconv"
	"strings"
)

// A path names a value in a document: desk[0].address, smtp.listen[1]. Keys
// that are not bare stand in quotes, so that a path is read in one way only.

// member is the path of the key in the table at path.
func member(path, key string) string {
	if !bareKey(key) {
		key = strconv.Quote(key)
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

// element is the path of the i-th value of the list at path.
func element(path string, i int) string {
	return path + "[" + strconv.Itoa(i) + "]"
}

// parent is the path of what holds the value at path; "" is the document.
func parent(path string) string {
	inQuotes, cut := false, 0
	for i := 0; i < len(path); i++ {
		switch path[i] {
		case '\\':
			i++
		case '"':
			inQuotes = !inQuotes
		case '.', '[':
			if !inQuotes {
				cut = i
			}
		}
	}
	return path[:cut]
}

// within says whether path lies inside of what outer names.
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && rest != "" && (outer == "" || rest[0] == '.' || rest[0] == '[')
}

// bareKey says whether TOML lets a key stand without quotes.
func bareKey(key string) bool {
	for _, c := range []byte(key) {
		if !isBare(c) {
			return false
		}
	}
	return key != ""
}

func isBare(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}
