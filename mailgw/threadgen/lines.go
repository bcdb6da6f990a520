// Package threadgen plays conversations whose right outcome is known to a gateway,
// as its customers, its agents and the honest mail server in front of it would,
// and scores what became of them: did each mail find its ticket, did anybody get
// in who should not, did anything leave that should not. It is for tests only.
//
// The conversations come from threadgen, a program beside the project, which
// invents them with the quirks of real mail clients; this package reads its lines
// and knows nothing of the gateway but what [House] says. A Player belongs to one
// goroutine. A line that cannot be played is counted as skipped, with its reason;
// an error means that the gateway could not be asked, and ends the replay.
package threadgen

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// Line is one line of threadgen: something that happens at a time.
type Line struct {
	Seq      int       `json:"seq"`       // numbers the lines, from 1
	Op       string    `json:"op"`        // inbound, agent-reply, capture-ack or close
	At       time.Time `json:"at"`        // when it happens
	Conv     string    `json:"conv"`      // the conversation that it belongs to
	Scenario string    `json:"scenario"`  // what kind of conversation that is
	EML      string    `json:"eml"`       // of inbound: the mail, with placeholders
	Ref      string    `json:"ref"`       // the name by which later lines mean this mail
	Ticket   string    `json:"ticket"`    // the ticket's name, of lines that are not inbound
	To       string    `json:"to"`        // of capture-ack and agent-reply: who is to get it
	Body     string    `json:"body"`      // of agent-reply: the words
	MailFrom *string   `json:"mail_from"` // the reverse path; nil when not inbound
	Rcpt     []string  `json:"rcpt"`      // the envelope's recipients, with placeholders
	Kind     string    `json:"kind"`      // human, auto-reply, bounce, list, report or attack
	Quirks   []string  `json:"quirks"`    // what is peculiar about the mail
	Expect   *Expect   `json:"expect"`    // of inbound: what a right program does
}

// Expect is what a right program does with a mail.
type Expect struct {
	Ticket      string   `json:"ticket"`                     // the name of the ticket that it belongs to; "" = none
	New         bool     `json:"new"`                        // it opens that ticket
	Accept      []string `json:"accept"`                     // other outcomes that are no error: new, quarantine, reject, ignore
	NotJoin     []string `json:"must_not_join"`              // names of tickets that it must not get on
	Ack         *bool    `json:"ack"`                        // whether it is acknowledged; nil: either is right
	DupOf       string   `json:"dup_of"`                     // it is this mail again
	Undelivered string   `json:"undelivered"`                // the recipient that a bounce tells of
	Reopen      bool     `json:"reopen"`                     // it opens a closed ticket again
	AgentReply  bool     `json:"agent_reply"`                // an agent's answer, which goes on to the customer
	NotSent     []string `json:"must_not_send_to"`           // who must not get a mail because of it
	NotHeader   []string `json:"no_such_header_in_outgoing"` // header lines that must not leave
	MaxOutgoing int      `json:"max_outgoing"`               // mails to outsiders in the whole conversation; 0 = any number
	ReplyText   string   `json:"reply_text"`                 // the visible words
}

// ErrAbsent is returned when the source of threadgen is not there.
var ErrAbsent = errors.New("threadgen is absent")

// Generate builds threadgen from its source, in a folder of its own, and returns
// the lines of so many conversations.
func Generate(source, folder string, conversations int, seed uint64, more ...string) ([]Line, error) {
	files, err := filepath.Glob(filepath.Join(source, "*.go"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(ErrAbsent, err)
	}
	build := filepath.Join(folder, "source")
	if err := os.MkdirAll(build, 0o755); err != nil {
		return nil, fmt.Errorf("make folder for threadgen: %w", err)
	}
	for _, f := range append(files, filepath.Join(source, "go.mod")) {
		text, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(filepath.Join(build, filepath.Base(f)), text, 0o644)
		}
		if err != nil {
			return nil, fmt.Errorf("copy threadgen: %w", err)
		}
	}
	program, out := filepath.Join(folder, "threadgen"), filepath.Join(folder, "lines.jsonl")
	args := append([]string{"-n", strconv.Itoa(conversations), "-seed", strconv.FormatUint(seed, 10), "-format", "jsonl", "-out", out}, more...)
	for _, c := range []*exec.Cmd{exec.Command("go", "build", "-o", program, "."), exec.Command(program, args...)} {
		c.Dir = build
		if said, err := c.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", c.Args[0], err, said)
		}
	}
	return read(out)
}

// read reads a file of lines.
func read(file string) (lines []Line, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read conversations: %w", err)
	}
	defer f.Close()
	dec := json.NewDecoder(f)
	for {
		var l Line
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			return lines, nil
		} else if err != nil {
			return nil, fmt.Errorf("read conversations: %w", err)
		}
		lines = append(lines, l)
	}
}
