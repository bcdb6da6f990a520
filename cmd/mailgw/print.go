package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
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
func count[N int | uint64 | int64](n N, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y"):
		what = strings.TrimSuffix(what, "y") + "ie"
	}
	return strconv.FormatInt(int64(n), 10) + " " + what + "s"
}

// or is a value that may be missing.
func or(s *string, missing string) string {
	if s == nil || *s == "" {
		return missing
	}
	return *s
}

// numberOr is a number that may be missing.
func numberOr(n *uint64, missing string) string {
	if n == nil {
		return missing
	}
	return strconv.FormatUint(*n, 10)
}

// short is a time in a table, in the zone of who reads it.
func short(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }

// long is a time in a text.
func long(t time.Time) string { return t.Local().Format("Mon 2 Jan 2006 15:04 MST") }

// size is how large something is, for people.
func size(bytes int) string {
	switch {
	case bytes < 1000:
		return count(bytes, "byte")
	case bytes < 1_000_000:
		return fmt.Sprintf("%.0f kB", float64(bytes)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/1_000_000)
}
