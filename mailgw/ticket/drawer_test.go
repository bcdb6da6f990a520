package ticket

import (
	"encoding/json"
	"testing"
)

func TestDrawerKindValid(t *testing.T) {
	for _, k := range []DrawerKind{"held", "junk", "unacknowledged", "undelivered"} {
		if !k.Valid() {
			t.Errorf("%s is not valid", k)
		}
	}
	for _, k := range []DrawerKind{"", "Held", "lost"} {
		if k.Valid() {
			t.Errorf("%q is valid", k)
		}
	}
}

// What is not set takes no room in the record, and a record without it reads as not set.
func TestUnsetIsLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		v    any
		keys []string
	}{
		"drawer item": {DrawerItem{ID: 1}, []string{"ticket", "own", "due_at", "listed_at"}},
		"outgoing":    {Outgoing{ID: 1, Facts: json.RawMessage("{}")}, []string{"lane", "omitted", "files", "cc", "subject"}},
	} {
		b, err := json.Marshal(c.v)
		if err != nil {
			t.Fatal(err)
		}
		var keys map[string]any
		if err := json.Unmarshal(b, &keys); err != nil {
			t.Fatal(err)
		}
		if keys["id"] != "0000000000001" {
			t.Errorf("%s: %s", name, b)
		}
		for _, k := range c.keys {
			if _, there := keys[k]; there {
				t.Errorf("%s: %s is kept: %s", name, k, b)
			}
		}
	}
	var o Outgoing
	if err := json.Unmarshal([]byte(`{"id":"0000000000001","template":"notice"}`), &o); err != nil || o.Lane != "" || o.Omitted || o.Files != nil {
		t.Errorf("an old row reads as %+v: %v", o, err)
	}
}
