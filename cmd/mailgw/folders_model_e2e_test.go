//go:build linux

package main_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supportgw/mailgw"
)

// TestFoldersAgainstStore lets four mail clients of two agents, and customers, change the
// same folders at random, and kills the daemon meanwhile. After each round every client
// looks at all folders: they are what the tickets say, no UID has ever shown two mails, and
// what was acknowledged is there, once.
func TestFoldersAgainstStore(t *testing.T) {
	t.Parallel()
	steps := envNumber(t, "MAILGW_FOLDERS", 80)
	seed := uint64(envNumber(t, "MAILGW_FOLDERS_SEED", int(time.Now().UnixNano()&0xffffff)))
	fmt.Printf("folders: seed %d (MAILGW_FOLDERS_SEED)\n", seed)
	m := newFolderModel(t, seed)
	for m.steps < steps {
		m.round()
	}
	m.d.stop()
	m.d.verifyClean()
	fmt.Printf("folders: %d steps, %d of them acknowledged, %d refused, %d cut off by %d kills; %d mails, %d tickets, %d views compared, %d UIDs: none with two mails, no action lost\n",
		m.steps, m.done.Load(), m.refused.Load(), m.cut.Load(), m.kills, m.mails, m.tickets, m.compared, len(m.shown))
	if m.done.Load() == 0 || m.kills == 0 || m.compared == 0 {
		t.Error("nothing was tried")
	}
}

// modelFolders are the folders that are compared.
var modelFolders = []string{"INBOX", "Mine", "Unassigned", "Waiting", "Solved"}

// folderModel is one run.
type folderModel struct {
	t       *testing.T
	d       *daemon
	rng     *rand.Rand
	clients []*folderClient

	steps, kills, compared, mails, tickets int
	done, refused, cut                     atomic.Int64

	mu     sync.Mutex
	shown  map[string][32]byte        // what each UID of an agent's folders has shown
	hidden map[string]map[string]int  // by agent: mails in her Trash, by name: 1 surely, 0 perhaps
	acts   map[uint64][]folderAct     // of this round, by ticket
	wrote  map[uint64]bool            // tickets that a customer has written to in this round
	known  []ticketJSON               // as of the last round's end
	seen   map[string]map[string]bool // by agent: mails that she has read, surely
}

// folderAct is what a client has done to a ticket.
type folderAct struct {
	agent, to string
	sure      bool // it was acknowledged
}

func newFolderModel(t *testing.T, seed uint64) *folderModel {
	d := newDaemon(t, `outbox.yield="0s"`)
	host, _, _ := strings.Cut(d.smtp, ":")
	addr := host + ":2143"
	d.sets = append(d.sets, fmt.Sprintf("imap.listen=[%q]", addr))
	d.start()
	m := &folderModel{t: t, d: d, rng: rand.New(rand.NewPCG(seed, 0)), shown: map[string][32]byte{}, hidden: map[string]map[string]int{}, seen: map[string]map[string]bool{}}
	for i, agent := range []string{"anna@example.com", "ben@example.com", "anna@example.com", "ben@example.com"} {
		m.hidden[agent], m.seen[agent] = map[string]int{}, map[string]bool{}
		m.clients = append(m.clients, &folderClient{m: m, agent: agent, addr: addr, rng: rand.New(rand.NewPCG(seed, uint64(i)+1))})
	}
	t.Cleanup(func() {
		for _, c := range m.clients {
			c.hangUp()
		}
	})
	for range 6 {
		m.newMail(m.rng)
	}
	m.settle()
	return m
}

// round lets everybody work at the same time, kills the daemon in the first and then in
// every other one by chance, and compares.
func (m *folderModel) round() {
	const each = 4
	m.acts, m.wrote = map[uint64][]folderAct{}, map[uint64]bool{}
	var wg sync.WaitGroup
	for _, c := range m.clients {
		wg.Go(func() {
			for range each {
				c.step()
			}
		})
	}
	customers := rand.New(rand.NewPCG(m.rng.Uint64(), 1))
	wg.Go(func() {
		for range each {
			m.customerStep(customers)
		}
	})
	if chance := m.rng.IntN(2) == 0; chance || m.kills == 0 {
		pause(m.rng, 60*time.Millisecond)
		m.d.kill()
		m.kills++
		m.d.start()
	}
	wg.Wait()
	m.steps += each * (len(m.clients) + 1)
	m.settle()
}

// settle waits until nothing moves, and compares what each client sees.
func (m *folderModel) settle() {
	m.t.Helper()
	m.d.awaitOutbox()
	m.known = m.known[:0]
	for _, v := range ask[ticketJSON](m.d, "ticket.list", mailgw.ListArgs{}) {
		m.known = append(m.known, m.d.show(v.Number))
	}
	m.tickets = len(m.known)
	m.checkActs()
	for _, c := range m.clients {
		if err := c.compare(); err != nil {
			m.t.Fatalf("step %d, %s: %v", m.steps, c.agent, err)
		}
	}
}

// checkActs looks whether what one client did to a ticket, and nobody else touched, is so.
func (m *folderModel) checkActs() {
	for _, tk := range m.known {
		acts := m.acts[tk.Number]
		if len(acts) != 1 || !acts[0].sure || m.wrote[tk.Number] {
			continue
		}
		a := acts[0]
		assignee, status := "", tk.Status
		if tk.Assignee != nil {
			assignee = *tk.Assignee
		}
		ok := true
		switch a.to {
		case "Mine":
			ok = assignee == a.agent
		case "Unassigned":
			ok = assignee == ""
		case "Waiting":
			ok = status == "pending"
		case "Solved":
			ok = status == "solved"
		}
		if !ok {
			m.t.Errorf("ticket %d is %s of %q after %s was told that it is in %s", tk.Number, status, assignee, a.agent, a.to)
		}
	}
}

// expected are the mails of a folder by what the tickets say: their names, see nameOf.
func (m *folderModel) expected(agent, folder string) map[string]bool {
	out := map[string]bool{}
	for _, tk := range m.known {
		mine := tk.Assignee != nil && *tk.Assignee == agent
		nobodys := tk.Assignee == nil
		active := tk.Status == "new" || tk.Status == "open"
		in := map[string]bool{
			"INBOX": active && (mine || nobodys), "Mine": active && mine, "Unassigned": active && nobodys,
			"Waiting": tk.Status == "pending" && (mine || nobodys), "Solved": tk.Status == "solved" && (mine || nobodys),
		}[folder]
		if !in {
			continue
		}
		for _, e := range tk.Entries {
			if e.MessageID != nil && *e.MessageID != "" {
				out[fmt.Sprintf("%d <%s>", tk.Number, *e.MessageID)] = true
			}
		}
	}
	return out
}

// nameOf is the ticket and the Message-ID of a mail as it is shown.
func nameOf(raw []byte) (name string, number uint64, err error) {
	mail, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return "", 0, err
	}
	if _, err := fmt.Sscan(mail.Header.Get("X-Mailgw-Ticket"), &number); err != nil {
		return "", 0, fmt.Errorf("no ticket's number in %.300q: %w", raw, err)
	}
	return fmt.Sprintf("%d %s", number, mail.Header.Get("Message-Id")), number, nil
}

// shows notes what a UID shows, which it has shown always.
func (m *folderModel) shows(agent, folder string, validity, uid uint32, raw []byte) error {
	key := fmt.Sprintf("%s %s %d %d", agent, folder, validity, uid)
	sum := sha256.Sum256(raw)
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, ok := m.shown[key]; ok && old != sum {
		return fmt.Errorf("UID %d of %s shows another mail than before: %.200q", uid, folder, raw)
	}
	m.shown[key] = sum
	return nil
}

// customerStep is a new mail, or a further one on a ticket.
func (m *folderModel) customerStep(rng *rand.Rand) {
	if rng.IntN(3) == 0 || len(m.known) == 0 {
		m.newMail(rng)
		return
	}
	tk := m.known[rng.IntN(len(m.known))]
	var ours string
	for _, e := range tk.Entries {
		if e.Kind == "mail_out" && e.MessageID != nil {
			ours = *e.MessageID
		}
	}
	from := tk.Requester[strings.Index(tk.Requester, "<")+1 : len(tk.Requester)-1]
	m.mu.Lock()
	m.wrote[tk.Number] = true
	m.mu.Unlock()
	m.send(draft{id: fmt.Sprintf("more-%d@acme.example", rng.Uint64()), from: from, subject: "Re: " + tk.Subject, headers: []string{"In-Reply-To: <" + ours + ">"}})
}

func (m *folderModel) newMail(rng *rand.Rand) {
	n := rng.Uint64()
	m.send(draft{id: fmt.Sprintf("new-%d@acme.example", n), from: fmt.Sprintf("p%d@acme.example", n), subject: fmt.Sprintf("Scale %d", n)})
}

// send sends a mail until it is accepted.
func (m *folderModel) send(mail draft) {
	for range 2000 {
		if sendMail(m.d, mail.from, "support@example.com", mail.bytes()) {
			m.mu.Lock()
			m.mails++
			m.mu.Unlock()
			return
		}
	}
	m.t.Errorf("%s was not accepted", mail.id)
}

// note keeps what a client did to a ticket.
func (m *folderModel) note(number uint64, a folderAct) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.acts[number] = append(m.acts[number], a)
}

// reads keeps that an agent has read a mail.
func (m *folderModel) reads(agent, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen[agent][name] = true
}

// wasRead reports whether an agent has read a mail.
func (m *folderModel) wasRead(agent, name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[agent][name]
}

// hides keeps that an agent has put a mail away, or taken it out again.
func (m *folderModel) hides(agent, name string, sure, away bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case !sure:
		m.hidden[agent][name] = 0
	case away:
		m.hidden[agent][name] = 1
	default:
		delete(m.hidden[agent], name)
	}
}

// differences are what one of two sets has and the other has not; maybe are neither.
func differences(want map[string]bool, got []string, maybe map[string]int) (out []string) {
	have := map[string]int{}
	for _, name := range got {
		have[name]++
	}
	for name, n := range have {
		if n > 1 {
			out = append(out, fmt.Sprintf("%s is there %d times", name, n))
		}
		if how, away := maybe[name]; away && how == 1 {
			out = append(out, name+" is there, and was put away")
		} else if !want[name] {
			out = append(out, name+" is there, and should not be")
		}
	}
	for name := range want {
		if _, away := maybe[name]; !away && have[name] == 0 {
			out = append(out, name+" is missing")
		}
	}
	slices.Sort(out)
	return out
}
