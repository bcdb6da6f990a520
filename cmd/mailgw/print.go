package main

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// line prints one JSON object on a line of its own.
func (a *app) line(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printf prints text for people.
func (a *app) printf(format string, args ...any) error {
	_, err := fmt.Fprintf(a.out, format, args...)
	return err
}

// count says how many: "1 rule", "2 rules".
func count[N int | uint64](n N, what string) string {
	s := strconv.FormatUint(uint64(n), 10) + " " + what
	if n != 1 {
		s += "s"
	}
	return s
}
