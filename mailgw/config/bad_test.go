package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the expected files instead of comparing with them")

// TestBadConfigurations parses every file in testdata/bad; what is wrong with
// it must be exactly what the .txt beside it says.
func TestBadConfigurations(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.toml")
	if err != nil || len(files) < 110 {
		t.Fatalf("found %d files in testdata/bad, want at least 110 (%v)", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".toml")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Parse(name+".toml", data, nil)
			var problems Problems
			if !errors.As(err, &problems) || c != nil {
				t.Fatalf("Parse = %v, %v; want Problems", c, err)
			}
			golden(t, strings.TrimSuffix(file, ".toml")+".txt", problems.Error()+"\n")
			for _, p := range problems {
				checkForm(t, p)
			}
		})
	}
}

// TestProblemsOfOtherPackages: the words are theirs, the places are ours. The
// .txt has the places only.
func TestProblemsOfOtherPackages(t *testing.T) {
	for _, name := range []string{"calendar", "customer", "rule"} {
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile("testdata/elsewhere/" + name + ".toml")
			if err != nil {
				t.Fatal(err)
			}
			_, err = Parse(name+".toml", data, nil)
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("error = %v, want Problems", err)
			}
			var places strings.Builder
			for _, p := range problems {
				fmt.Fprintf(&places, "%s:%d: %s\n", p.File, p.Line, p.Key)
				if p.Text == "" {
					t.Errorf("%+v says nothing", p)
				}
			}
			golden(t, "testdata/elsewhere/"+name+".txt", places.String())
		})
	}
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		name, _, _ := strings.Cut(t.Name(), "/")
		t.Errorf("%s is not what it should be (-file +now); if now is right, renew it: go test ./mailgw/config -run %s -update\n%s", file, name, diff)
	}
}

// checkForm holds every problem to what is promised of problems: a place, one
// line, and what to do instead.
func checkForm(t *testing.T, p Problem) {
	t.Helper()
	if p.File == "" || p.File != setFile && p.Line < 1 {
		t.Errorf("%q has no place", p)
	}
	if strings.ContainsAny(p.Text, "\n\r") || p.Text == "" {
		t.Errorf("%q is not one line", p)
	}
	for _, way := range []string{"write ", "remove ", "leave it out", "give ", "name each day once"} {
		if strings.Contains(p.Text, way) {
			return
		}
	}
	t.Errorf("%q does not say what to write instead", p)
}
