package mailgw

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supportgw/mailgw/config"
)

// TestPasswd: a device's password logs in until it is taken back, over a restart, and stands
// nowhere in the data folder; the hash of a password that is typed logs in when the
// configuration has it.
func TestPasswd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	a := &Admin{local: h.Gateway}
	do := func(command, agent, device string) (map[string]any, error) {
		t.Helper()
		out, err := ask(t, a, command, DeviceArgs{agent, device})
		if len(out) == 0 {
			return nil, err
		}
		return out[0], err
	}
	logsIn := func(user, password string) string {
		t.Helper()
		door, err := h.newDoor()
		if err != nil {
			t.Fatal(err)
		}
		who, _ := door.Check(context.Background(), netip.MustParseAddr(stranger), user, password)
		return who.Address
	}
	made, err := do("passwd.device", "anna", "Anna's phone")
	if err != nil {
		t.Fatal(err)
	}
	phone := made["password"].(string)
	if len(phone) < 20 || made["agent"] != "anna@example.com" {
		t.Errorf("made %v", made)
	}
	if _, err := do("passwd.device", "ANNA@example.com", "anna's PHONE"); err == nil {
		t.Error("a second one for one device was made")
	}
	if _, err := do("passwd.device", "anna", " \n"); err == nil {
		t.Error("a device without a name got one")
	}
	if _, err := do("passwd.device", "zoe", "phone"); err == nil {
		t.Error("nobody got one")
	}
	list, err := do("passwd.list", "Anna Keller", "")
	if err != nil || list["device"] != "Anna's phone" || list["password"] != nil {
		t.Errorf("listed %v, %v", list, err)
	}
	h.reopen()
	a.local = h.Gateway
	for user, want := range map[string]string{"anna": "anna@example.com", "Anna@Example.com": "anna@example.com", "ben": "", "Anna Keller": ""} {
		if got := logsIn(user, phone); got != want {
			t.Errorf("%s logs in as %q", user, got)
		}
	}
	if got := logsIn("ben", "demo"); got != "ben@example.com" {
		t.Errorf("the example's password logs in %q", got)
	}
	filepath.WalkDir(h.c.Data, func(path string, d os.DirEntry, err error) error {
		if text, err := os.ReadFile(path); err == nil && bytes.Contains(text, []byte(phone)) {
			t.Errorf("the password stands in %s", path)
		}
		return nil
	})
	if _, err := do("passwd.revoke", "anna", "tablet"); err == nil {
		t.Error("a device that is none was taken back")
	}
	if _, err := do("passwd.revoke", "anna@example.com", "anna's phone"); err != nil {
		t.Fatal(err)
	}
	if got := logsIn("anna", phone); got != "" {
		t.Errorf("it still logs in %q", got)
	}

	salt, err := do("passwd.salt", "ben", "")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := base64.StdEncoding.DecodeString(salt["salt"].(string))
	if err != nil {
		t.Fatal(err)
	}
	v, err := MakePassword(&SaltView{Agent: "ben@example.com", Salt: raw}, "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	h.reconfigure(func(text string) string {
		i := strings.Index(text, `address = "ben@example.com"`)
		return text[:i] + strings.Replace(text[i:], "password = ", "password = \""+v.Password+"\"\nscram = \""+v.SCRAM+"\" #", 1)
	})
	if logsIn("ben", "correct horse") != "ben@example.com" || logsIn("ben", "demo") != "" {
		t.Error("the new password does not log in, or the old one does")
	}
	p, err := h.findLogin("ben")
	if err != nil || p.Keys == nil || !bytes.Equal(p.Keys.Salt, raw) {
		t.Errorf("keys %v, %v", p, err)
	}
}

func TestMakePasswordRefuses(t *testing.T) {
	t.Parallel()
	for _, p := range []string{"", "short", "with\x00zero and more", "bad\xffutf8 and more", strings.Repeat("x", 2000)} {
		if v, err := MakePassword(&SaltView{Agent: "a@b.example", Salt: []byte("0123456789abcdef")}, p); err == nil {
			t.Errorf("%.20q made %v", p, v)
		} else if len(p) > 3 && strings.Contains(err.Error(), p) {
			t.Errorf("the error shows it: %v", err)
		}
	}
}

// TestAgentByName: the part before the @ is a user name when it is one agent's alone.
func TestAgentByName(t *testing.T) {
	t.Parallel()
	c := &config.Config{Agents: []config.Agent{{Address: "anna@one.example"}, {Address: "ben@one.example"}, {Address: "Ben@two.example"}}}
	for user, want := range map[string]string{"anna": "anna@one.example", "ANNA@ONE.example": "anna@one.example", "ben": "", "ben@two.example": "Ben@two.example", "": "", "anna@": "", "@one.example": ""} {
		got := ""
		if a := agentByName(c, user); a != nil {
			got = a.Address
		}
		if got != want {
			t.Errorf("%q is %q, want %q", user, got, want)
		}
	}
}
