package smtpd

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestDialogues plays the scripts in testdata. Their lines are
//
//	# a comment
//	o: NAME=VALUE     an option of the server; before all others
//	c: TEXT           the client sends TEXT and CRLF
//	c~ "TEXT"         the client sends TEXT, a Go string, as it is
//	s: TEXT           the server says this line; a * at the end stands for any rest
//	mail "TEXT"       this is the next mail taken, as the peer sent it
//	none              no further mail was taken
//	closed            the server closes the connection, without a word
//	new               a new connection; its greeting is read
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) {
			t.Parallel()
			play(t, f)
		})
	}
}

func play(t *testing.T, file string) {
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var options [][2]string
	var l *lab
	var p *peer
	mails, line := 0, 0
	for in := bufio.NewScanner(f); in.Scan(); {
		line++
		word, rest, _ := strings.Cut(in.Text(), " ")
		switch {
		case word == "" || word == "#":
			continue
		case word == "o:":
			name, value, _ := strings.Cut(rest, "=")
			options = append(options, [2]string{name, value})
			continue
		case l == nil:
			l = newLab(t, nil, func(o *Options) { setOptions(t, o, options) })
			p = l.dial()
		}
		switch word {
		case "c:":
			p.send(rest + "\r\n")
		case "c~":
			p.send(unquote(t, rest))
		case "s:":
			got, err := p.r.ReadString('\n')
			if err != nil || !matches(strings.TrimSuffix(got, "\r\n"), rest) {
				t.Fatalf("%s:%d: the server says %q (%v), want %q", file, line, got, err, rest)
			}
		case "mail":
			all := l.bodies()
			if len(all) <= mails {
				t.Fatalf("%s:%d: %d mails, want one more", file, line, len(all))
			}
			wantText(t, file, all[mails], unquote(t, rest))
			mails++
		case "none":
			if n := len(l.taken()); n != mails {
				t.Fatalf("%s:%d: %d mails, want %d", file, line, n, mails)
			}
		case "closed":
			p.closed()
		case "new":
			p = l.dial()
		default:
			t.Fatalf("%s:%d: %q?", file, line, word)
		}
	}
}

func matches(got, want string) bool {
	if prefix, any := strings.CutSuffix(want, "*"); any {
		return strings.HasPrefix(got, prefix)
	}
	return got == want
}

func unquote(t *testing.T, s string) string {
	t.Helper()
	s, err := strconv.Unquote(s)
	if err != nil {
		t.Fatal(s, err)
	}
	return s
}

func setOptions(t *testing.T, o *Options, all [][2]string) {
	for _, kv := range all {
		n, _ := strconv.Atoi(kv[1])
		switch kv[0] {
		case "lmtp":
			o.LMTP = true
		case "max_message_bytes":
			o.MaxMessageBytes = int64(n)
		case "max_recipients":
			o.MaxRecipients = n
		case "max_commands":
			o.MaxCommands = n
		case "max_errors":
			o.MaxErrors = n
		case "max_received_hops":
			o.MaxReceivedHops = n
		case "bare_newline":
			o.BareNewline = kv[1]
		case "command_timeout":
			d, err := time.ParseDuration(kv[1])
			if err != nil {
				t.Fatal(err)
			}
			o.CommandTimeout = d
		default:
			t.Fatalf("option %q?", kv[0])
		}
	}
}
