//go:build linux

package main_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	netmail "net/mail"
	"regexp"
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
	if _, figures := m.d.get("/metrics"); !regexp.MustCompile(`\nmailgw_connections_total\{listener="imap"\} [1-9]`).MatchString(figures) {
		t.Errorf("no connection of a mail client is counted:\n%s", figures)
	}
	m.d.stop()
	m.d.verifyClean()
	further := m.mails - len(m.known) // each mail is on a ticket, once: differences
	fmt.Printf("folders: %d steps, %d of them acknowledged, %d refused, %d cut off by %d kills; %d mails, %d of them on tickets that were there, %d answers, %d tickets, %d views compared, %d UIDs, none with two mails; no action lost, none done twice\n",
		m.steps, m.done.Load(), m.refused.Load(), m.cut.Load(), m.kills, m.mails, further, len(m.answers), len(m.known), m.compared, len(m.shown))
	if m.done.Load() == 0 || m.kills == 0 || m.compared == 0 || further == 0 || len(m.answers) == 0 {
		t.Error("not everything was tried")
	}
}

// modelFolders are the folders that are compared.
var modelFolders = []string{"INBOX", "Mine", "Unassigned", "Waiting", "Solved"}

// answerWord is in each answer of an agent's, and in no other.
var answerWord = regexp.MustCompile(`answer-word-[0-9]+`)

// folderModel is one run.
type folderModel struct {
	t       *testing.T
	d       *daemon
	rng     *rand.Rand
	clients []*folderClient

	steps, rounds, kills, compared, mails int
	done, refused, cut                    atomic.Int64

	mu      sync.Mutex
	shown   map[string][32]byte        // what each UID of an agent's folders has shown
	hidden  map[string]map[string]int  // by agent: mails in her Trash, by name: 1 surely, 0 perhaps
	acts    map[uint64][]folderAct     // of this round, by ticket
	wrote   map[uint64]bool            // tickets that a customer has written to in this round
	known   []ticketJSON               // as of the last round's end, by number
	seen    map[string]map[string]bool // by agent: mails that she has read, surely
	answers map[string]string          // words of the answers that were accepted, and whose they are
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
	d.sets = append(d.sets, fmt.Sprintf("imap.listen=[%q]", addr), fmt.Sprintf("submission.listen=[%q]", host+":2587"))
	d.start()
	m := &folderModel{t: t, d: d, rng: rand.New(rand.NewPCG(seed, 0)), shown: map[string][32]byte{}, hidden: map[string]map[string]int{}, seen: map[string]map[string]bool{}, answers: map[string]string{}}
	for i, agent := range []string{"anna@example.com", "ben@example.com", "anna@example.com", "ben@example.com"} {
		m.hidden[agent], m.seen[agent] = map[string]int{}, map[string]bool{}
		m.clients = append(m.clients, &folderClient{m: m, agent: agent, addr: addr, rng: rand.New(rand.NewPCG(seed, uint64(i)+1)), cache: map[string]map[uint32]mailSeen{}})
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
	m.rounds++
	m.settle()
}

// settle waits until nothing moves, and compares what each client sees.
func (m *folderModel) settle() {
	m.t.Helper()
	m.release()
	m.d.awaitOutbox()
	m.learn()
	m.checkActs()
	m.checkAnswers()
	wanted := map[string]map[string]map[string]bool{}
	for i, c := range m.clients {
		if wanted[c.agent] == nil {
			wanted[c.agent] = m.expected(c.agent)
		}
		// One of them has lost what it had downloaded.
		if err := c.compare(wanted[c.agent], m.rounds%len(m.clients) == i); err != nil {
			m.explain(c, wanted[c.agent])
			m.t.Fatalf("step %d, %s: %v", m.steps, c.agent, err)
		}
	}
}

// explain prints what helps to understand a difference: whether it goes away by itself, and
// what happened to the tickets of this round.
func (m *folderModel) explain(c *folderClient, want map[string]map[string]bool) {
	time.Sleep(time.Second)
	m.t.Logf("a second later, what was downloaded kept: %v", c.compare(want, false))
	m.t.Logf("all downloaded again: %v", c.compare(want, true))
	for number, acts := range m.acts {
		m.t.Logf("this round, ticket %d: %+v; a customer wrote: %v\n%s", number, acts, m.wrote[number], m.d.mustCommand("ticket", "log", fmt.Sprint(number)))
	}
	m.t.Logf("put away: %v", m.hidden)
}

// release lets answers go that wait for a person's word: two agents have answered the same mail.
func (m *folderModel) release() {
	for _, o := range m.d.outbox() {
		if o.Waits != nil {
			ask[any](m.d, "outbox.release", mailgw.RowsArgs{IDs: []string{o.ID}})
		}
	}
}

// learn asks for the tickets, and for the entries of those that somebody has touched.
func (m *folderModel) learn() {
	list := ask[ticketJSON](m.d, "ticket.list", mailgw.ListArgs{})
	slices.SortFunc(list, func(a, b ticketJSON) int { return cmp.Compare(a.Number, b.Number) })
	for i := range list {
		v := &list[i]
		touched := i >= len(m.known) || m.wrote[v.Number] || len(m.acts[v.Number]) > 0
		if !touched {
			v.Entries = m.known[i].Entries
			continue
		}
		*v = m.d.show(v.Number)
	}
	m.known = list
}

// checkAnswers looks whether each answer that was accepted is on a ticket, once. Each that
// came in this round is on one that somebody has touched.
func (m *folderModel) checkAnswers() {
	on := map[string]int{}
	for _, tk := range m.known {
		for _, e := range tk.Entries {
			if e.Kind == "mail_out" {
				for _, word := range answerWord.FindAllString(e.Text, -1) {
					on[word]++
				}
			}
		}
	}
	for word := range m.answers {
		if on[word] != 1 {
			m.t.Errorf("step %d: %s was accepted, and is on tickets %d times", m.steps, word, on[word])
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

// expected are the mails of an agent's folders by what the tickets say: their names, see nameOf.
func (m *folderModel) expected(agent string) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, folder := range modelFolders {
		out[folder] = map[string]bool{}
	}
	for _, tk := range m.known {
		mine := tk.Assignee != nil && *tk.Assignee == agent
		nobodys := tk.Assignee == nil
		active := tk.Status == "new" || tk.Status == "open"
		in := map[string]bool{
			"INBOX": active && (mine || nobodys), "Mine": active && mine, "Unassigned": active && nobodys,
			"Waiting": tk.Status == "pending" && (mine || nobodys), "Solved": tk.Status == "solved" && (mine || nobodys),
		}
		for _, e := range tk.Entries {
			if e.MessageID == nil || *e.MessageID == "" {
				continue
			}
			name := fmt.Sprintf("%d <%s>", tk.Number, *e.MessageID)
			if word := answerWord.FindString(e.Text); word != "" {
				name = fmt.Sprintf("%d %s", tk.Number, word)
			}
			for folder, stands := range in {
				if stands {
					out[folder][name] = true
				}
			}
		}
	}
	return out
}

// seenMail is a mail as it is shown; its name is its ticket and its Message-ID, or the word
// of an answer.
func seenMail(uid uint32, raw []byte) (mailSeen, error) {
	mail, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return mailSeen{}, err
	}
	text, err := io.ReadAll(mail.Body)
	if err != nil {
		return mailSeen{}, err
	}
	s := mailSeen{uid: uid, id: mail.Header.Get("Message-Id"), replyTo: mail.Header.Get("Reply-To"), word: string(answerWord.Find(text))}
	if _, err := fmt.Sscan(mail.Header.Get("X-Mailgw-Ticket"), &s.number); err != nil {
		return mailSeen{}, fmt.Errorf("no ticket's number in %.300q: %w", raw, err)
	}
	s.name = fmt.Sprintf("%d %s", s.number, cmp.Or(s.word, s.id)) // it leaves with a Message-ID of the gateway's
	return s, nil
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
	m.mu.Lock()
	m.wrote[tk.Number] = true
	m.mu.Unlock()
	m.send(draft{id: fmt.Sprintf("more-%d@acme.example", rng.Uint64()), from: tk.Requester, subject: "Re: " + tk.Subject, headers: []string{"In-Reply-To: <" + ours + ">"}})
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

// answered keeps an answer that was accepted.
func (m *folderModel) answered(word, agent string) {
	m.done.Add(1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers[word] = agent
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
