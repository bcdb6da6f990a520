package mailgw

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// export runs the command, and returns its files.
func (h *house) export(who string) map[string][]byte {
	h.t.Helper()
	files := map[string][]byte{}
	raw, err := json.Marshal(ExportArgs{Who: who})
	if err == nil {
		err = h.command("customer.export", raw, func(v any) error {
			p := v.(ExportView)
			files[p.File] = append(files[p.File], p.Bytes...)
			return nil
		})
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return files
}

// An export has all that would be erased, and nothing of anybody else.
func TestExport(t *testing.T) {
	h := newEraseHouse(t)
	files := h.export(agnes)
	dry := h.erase(EraseArgs{Who: agnes, DryRun: true})
	var index ExportIndexView
	if err := json.Unmarshal(files[ExportIndex], &index); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(index.Tickets, dry.Tickets) || index.Records["entry"] != dry.Counts["entries"] || index.Records["receipt"] != dry.Counts["mails"] || index.Records["customer"] != 1 || index.Records["unreachable"] != 1 {
		t.Errorf("%+v, to be erased %+v", index, dry)
	}
	lines := 0
	for line := range bytes.Lines(files[ExportRecords]) {
		var r ExportRecord
		if err := json.Unmarshal(line, &r); err != nil || r.Record == "" || r.Value == nil {
			t.Errorf("%s: %v", line, err)
		}
		lines++
	}
	n := 0
	for _, k := range index.Records {
		n += k
	}
	if lines != n {
		t.Errorf("%d lines, the index says %d", lines, n)
	}
	all := string(slices.Concat(files[ExportMbox], files[ExportRecords]))
	for _, want := range []string{"She says that " + agnesWords, "X-Originating-Host: agnes-laptop.local", `"record":"promise"`} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in it", want)
		}
	}
	for _, other := range []string{"olaf@globex.example>\\nDate", "My printer hums", "It works now, thanks to the plug", "The scales of the laboratory", "globex.example\",\"level"} {
		if strings.Contains(all, other) {
			t.Errorf("%q of somebody else is in it", other)
		}
	}
	if _, err := h.try("customer.export", ExportArgs{Who: "nobody at all"}); err == nil {
		t.Error("nobody is exported")
	}
}

// readMbox prints each mail of a mbox file in hexadecimal, a line each, with the > of mboxrd taken away.
const readMbox = `
import mailbox, re, sys
box = mailbox.mbox(sys.argv[1], create=False)
for key in box.keys():
    print(re.sub(rb'(?m)^>(>*From )', rb'\1', box.get_bytes(key)).hex())
`

// Another program reads the mails from the mbox byte for byte, whatever their lines begin with.
func TestExportMbox(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: there is no python3, which reads the mbox as another program does")
	}
	h := newHouse(t)
	for _, body := range []string{"From here on\r\nit goes\r\n>From there\r\n>>>From far\r\n\r\nFrom \r\n", "\r\n\r\nFrom MAILER-DAEMON Mon Jan  1 00:00:00 2026\r\n\r\n", "plain"} {
		h.deliver(mail{body: body})
	}
	path := filepath.Join(t.TempDir(), ExportMbox)
	if err := os.WriteFile(path, h.export("mia@acme.example")[ExportMbox], 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "-c", readMbox, path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var got [][]byte
	for line := range strings.Lines(string(out)) {
		b, err := hex.DecodeString(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b)
	}
	want := 0
	h.view(func(r store.Reader) error {
		return r.Receipts(func(rc ticket.Receipt) bool {
			raw, err := r.Raw(rc.ID)
			if err != nil {
				t.Fatal(err)
			}
			want++
			if !slices.ContainsFunc(got, func(b []byte) bool { return bytes.Equal(b, raw) }) {
				t.Errorf("mail %s is not in the mbox as it came:\n%q", rc.ID, raw)
			}
			return true
		})
	})
	if want != 3 || len(got) != 6 { // with our acknowledgements
		t.Errorf("%d mails came, %d are in the mbox", want, len(got))
	}
}
