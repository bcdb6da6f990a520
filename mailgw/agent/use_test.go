package agent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadUse(t *testing.T) {
	values := func(list ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(list); i += 2 {
			m[list[i]] = list[i+1]
		}
		return m
	}
	for _, c := range []struct {
		name, arg string
		want      UseArgs
	}{
		{"nothing", "", UseArgs{Values: values()}},
		{"a name", "install", UseArgs{Name: "install", Values: values()}},
		{"in capitals, as phones begin lines", "Install", UseArgs{Name: "install", Values: values()}},
		{"in quotes", `“install”`, UseArgs{Name: "install", Values: values()}},
		{"a number is a ticket", "1042", UseArgs{Name: "1042", Values: values()}},
		{"one value", "install version=4.2", UseArgs{Name: "install", Values: values("version", "4.2")}},
		{"space around the sign", "install version = 4.2", UseArgs{Name: "install", Values: values("version", "4.2")}},
		{"values of several words", "install version=4.2 beta date=27 November", UseArgs{Name: "install", Values: values("version", "4.2 beta", "date", "27 November")}},
		{"quotes and commas", `install version="4.2", date=„27. November“`, UseArgs{Name: "install", Values: values("version", "4.2", "date", "27. November")}},
		{"one quote belongs to the value", `install screen=24"`, UseArgs{Name: "install", Values: values("screen", `24"`)}},
		{"a link with an equals sign", "install link=https://example.com/?a=b&c=d", UseArgs{Name: "install", Values: values("link", "https://example.com/?a=b&c=d")}},
		{"a fact", "install customer.name=Berta", UseArgs{Name: "install", Values: values("customer.name", "Berta")}},
		{"an empty value", "install version=", UseArgs{Name: "install", Values: values("version", "")}},
		{"the last of two", "install a=1 a=2", UseArgs{Name: "install", Values: values("a", "2")}},
		{"words for nobody", "install and tell her", UseArgs{Name: "install", Values: values(), Stray: "and tell her"}},
		{"words before a value", "install please version=4", UseArgs{Name: "install", Values: values("version", "4"), Stray: "please"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, ReadUse(c.arg)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestUseBehindOtherCommands holds the line's reading to what stands behind #use.
func TestUseBehindOtherCommands(t *testing.T) {
	r := Read("#solve #use install version=4.2 #assign ben\nHello", Names{})
	c, ok := r.Has(Use)
	if !ok || c.Arg != "install version=4.2" || r.Words != "Hello" || len(r.Commands) != 3 {
		t.Errorf("read %+v", r)
	}
}

func FuzzReadUse(f *testing.F) {
	f.Add("install version=4.2")
	f.Add(`a b=“c” d="e", f`)
	f.Add("= =x x==")
	f.Fuzz(func(t *testing.T, arg string) {
		u := ReadUse(arg)
		if strings.Contains(u.Name, " ") || strings.ToLower(u.Name) != u.Name {
			t.Errorf("name %q", u.Name)
		}
		for place, value := range u.Values {
			if place == "" || strings.TrimSpace(value) != value {
				t.Errorf("place %q has %q", place, value)
			}
		}
	})
}
