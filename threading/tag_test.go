package threading

import (
	"slices"
	"strings"
	"testing"
)

func TestTags(t *testing.T) {
	for _, c := range []struct {
		subject string
		keys    []string
	}{
		{"Printer", nil},
		{"Re: [#123] Printer", []string{"#123"}},
		{"[#T000123] Printer", []string{"#T000123"}},
		{"[Ticket#2024112210000012] Printer", []string{"TICKET#2024112210000012"}},
		{"RE: [Ticket #4711] Printer", []string{"TICKET#4711"}},
		{"Ticket #4711: Printer", []string{"TICKET#4711"}},
		{"[Ticket: 4711] Printer", []string{"TICKET#4711"}},
		{"[Ticket-ID: ab-77] Printer", []string{"TICKET#AB-77"}},
		{"[CASE-99] Printer", []string{"CASE-99"}},
		{"[case-99] Printer", []string{"CASE-99"}},
		{"[rt.example.com #123] Printer", []string{"RT.EXAMPLE.COM#123"}},
		{"##77## Printer", []string{"##77##"}},
		{"[Request ID :##RE-77##] : Printer", []string{"##RE-77##"}},
		{"Printer (Ref: AB12-3)", []string{"REF#AB12-3"}},
		{"Printer (Case No. 5)", []string{"CASE#5"}},
		{"Printer (Ticket #5)", []string{"TICKET#5"}},
		{"[JIRA] (ABC-123) Printer", []string{"ABC-123"}},
		{"Printer (ABC-123)", []string{"ABC-123"}},
		{"INC0012345 Printer", []string{"INC0012345"}},
		{"Printer [INC0012345] - RITM0099887", []string{"INC0012345", "RITM0099887"}},
		{"Printer [ ref:_00D50.5005g:ref ]", []string{"REF#_00D50.5005G"}},
		{"[Vorgang #12] Drucker [SUP-3]", []string{"VORGANG#12", "SUP-3"}},
		{"[#1] [#1] [#2]", []string{"#1", "#2"}},
		{strings.Repeat("[#1]", 3) + "[#2][#3][#4][#5][#6][#7][#8][#9]", []string{"#1", "#2", "#3", "#4", "#5", "#6"}},
		// What is none.
		{"[EXT] Printer [dev-list] (fwd)", nil},
		{"[PATCH 2/3] Printer (page-2) (2)", nil},
		{"[2024-11] Report, item #3, C# 7 and #4", nil},
		{"[#] [##] #### ## ##", nil},
		{"(order #5)", nil},
		{"reference: 12 is a ref: to case 5", nil},
		{"INC12 INCLUDED12345 XINC0012345", nil},
		{"[" + strings.Repeat("A", 90) + "-1]", nil},
		{"[[CASE-1", nil},
		{"Case closed [Case closed]", nil},
	} {
		var keys []string
		for _, tag := range Tags(c.subject) {
			keys = append(keys, tag.Key)
			if !strings.Contains(c.subject, tag.Text) {
				t.Errorf("%q: %q does not stand in it", c.subject, tag.Text)
			}
		}
		if !slices.Equal(keys, c.keys) {
			t.Errorf("Tags(%q) = %q, want %q", c.subject, keys, c.keys)
		}
	}
}

func TestSubjectTag(t *testing.T) {
	prefixes := []string{"SUP", "EU-2"}
	for _, prefix := range prefixes {
		m := matterOf("RE: Fwd: "+strings.ToLower(SubjectTag(prefix, MaxTicket))+" Re: Printer", prefixes)
		if !slices.Equal(m.own, []uint64{MaxTicket}) || m.bare != "Printer" || len(m.tags) != 0 {
			t.Errorf("%s: %+v", prefix, m)
		}
	}
	for _, s := range []string{"[SUP-0] x", "[SUP-1099511627776] x", "[OPS-1] x", "[SUP-99999999999999999] x", "[SUP-1a] x", "[SUP--] x"} {
		if m := matterOf(s, prefixes); len(m.own) != 0 {
			t.Errorf("%q names our ticket %d", s, m.own)
		}
	}
}

func TestSameMatter(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Printer", "Re: printer", true},
		{"Printer", "Scanner", false},
		{"", "", false},
		{"Printer", "Re: [SUP-12] Printer", true},
		{"Printer", "Re: [CASE-1] Printer", true},
		{"[CASE-1] Server down", "[CASE-2] Server down", false},
		{"[CASE-1] Server down", "AW: [case-1] Re: Server down", true},
		{"[CASE-1] Server down", "[CASE-1] Server up", false},
		{"[CASE-1]", "Re: [CASE-1]", true},
		{"Server down (Ref: A1)", "Re: Server down [Ref: A1]", true},
		{"[#1] [#2] x", "[#2] x", true},
		{"[list] x", "x", false},
	} {
		a, b := matterOf(c.a, []string{"SUP"}), matterOf(BareSubject(c.b), []string{"SUP"})
		if a.same(&b) != c.want || b.same(&a) != c.want {
			t.Errorf("%q and %q: same is not %v", c.a, c.b, c.want)
		}
	}
}

func FuzzTags(f *testing.F) {
	for _, s := range []string{"[#123] (Ref: A1)", "##77## ##", "[JIRA] (ABC-123)", "Ticket  #5", "ref:_0.1:ref", "[[#1](#2]", "INC0012345", "[\xff#1]", "ärende #5", "[SUP-12]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		seen, end := map[string]bool{}, 0
		for _, tag := range Tags(s) {
			if tag.Key == "" || seen[tag.Key] || tag.start < end || s[tag.start:tag.end] != tag.Text || !strings.ContainsAny(tag.Text, "0123456789") {
				t.Fatalf("%q: %+v", s, tag)
			}
			seen[tag.Key], end = true, tag.end
		}
		m, o := matterOf(s, []string{"SUP"}), matterOf("Re: "+s, []string{"SUP"})
		if m.bare != "" && !m.same(&o) {
			t.Fatalf("%q: %+v, its reply %+v", s, m, o)
		}
	})
}
