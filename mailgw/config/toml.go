package config

import (
	"fmt"

	"github.com/BurntSushi/toml"
)

// decodeTOML is toml.Decode, with a ParseError where the library panics: it
// does so when it meets a state that it believes to be impossible, and a
// mistake in a file must not look like a crash of the gateway.
func decodeTOML(doc string, into *map[string]any) error {
	return guard(func() error {
		_, err := toml.Decode(doc, into)
		return err
	})
}

func guard(read func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = toml.ParseError{Message: fmt.Sprint(v)}
		}
	}()
	return read()
}

// normal is a decoded value with every list as []any and every table as
// map[string]any; the library has a second kind of list for [[tables]].
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			v[k] = normal(inner)
		}
		return v
	case []map[string]any:
		list := make([]any, len(v))
		for i, t := range v {
			list[i] = normal(t)
		}
		return list
	case []any:
		for i, inner := range v {
			v[i] = normal(inner)
		}
		return v
	}
	return v
}
