package mailgw

import (
	"encoding/json"
	"errors"
	"hash/fnv"
	"slices"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/search"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// How much of one ticket is found by its words: the first mail, and the newest.
const (
	searchedEntries = 100
	searchedBytes   = 256 << 10
)

// stampOf changes whenever a ticket does.
func stampOf(t *ticket.Ticket) uint64 {
	h := fnv.New64a()
	if err := json.NewEncoder(h).Encode(t); err != nil { // plain data: it has no reason to
		return 0
	}
	return h.Sum64()
}

// documentOf is what the index knows of a ticket; ok is false when it must not know it.
func documentOf(r store.Reader, number uint64) (d search.Document, ok bool, err error) {
	t, err := r.Ticket(number)
	if errors.Is(err, store.ErrNotFound) || err == nil && !t.ErasedAt.IsZero() {
		return d, false, nil
	}
	if err != nil {
		return d, false, err
	}
	entries, texts, err := textsOf(r, &t)
	if err != nil {
		return d, false, err
	}
	d = search.Document{Ticket: number, Stamp: stampOf(&t), Desk: t.Desk, Status: string(t.Status), Subject: t.Subject, Words: strings.Join(texts, "\n")}
	if solution, _ := solutionOf(&t, entries); solution != "" {
		d.Matter, err = matterOf(r, &t, entries)
	}
	return d, err == nil, err
}

// textsOf are the texts that a ticket is found by, but for its subject: those of the ticket itself, then
// one for each entry.
func textsOf(r store.Reader, t *ticket.Ticket) (entries []ticket.Entry, texts []string, err error) {
	if entries, err = searchedOf(r, t); err != nil {
		return nil, nil, err
	}
	texts = append(texts, strings.Join([]string{t.Customer, t.Requester, strings.Join(t.People, " "), strings.Join(t.Tags, " "), t.Workaround, t.Solution}, "\n"))
	left := searchedBytes
	for i := range entries {
		said, err := foundBy(r, &entries[i])
		if err != nil {
			return nil, nil, err
		}
		said = said[:min(len(said), left)]
		left -= len(said)
		texts = append(texts, said)
	}
	return entries, texts, nil
}

// searchedOf are the entries of a ticket by which it is found, in order.
func searchedOf(r store.Reader, t *ticket.Ticket) ([]ticket.Entry, error) {
	last, err := r.LastEntries(t.Number, 0, searchedEntries)
	if err != nil {
		return nil, err
	}
	slices.Reverse(last)
	if len(last) < searchedEntries {
		return last, nil
	}
	all, err := r.Entries(t.Number) // a long one: what opened it counts, too
	if err != nil || len(all) <= searchedEntries {
		return all, err
	}
	return append(all[:1:1], last...), nil
}

// foundBy is what a ticket is found by in one entry: who, the subject, the names of files, and what
// was said. Mails that the gateway wrote by itself say the same of all tickets.
func foundBy(r store.Reader, e *ticket.Entry) (string, error) {
	if !e.ErasedAt.IsZero() || e.Kind == ticket.MailOut && e.ByAgent == "" {
		return "", nil
	}
	texts := []string{e.From, e.Subject, strings.Join(names(e.Attachments), " ")}
	if e.Kind != ticket.MailIn {
		return strings.Join(append(texts, e.Text), "\n"), nil
	}
	said, err := saidIn(r, e)
	return strings.Join(append(texts, said), "\n"), err
}

// saidIn is what somebody wrote in a mail, without what they quoted.
func saidIn(r store.Reader, e *ticket.Entry) (string, error) {
	raw, err := r.Raw(e.ID)
	if errors.Is(err, store.ErrNotFound) { // it is being erased
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return letter.Parse(raw, "", letter.DefaultLimits()).Matter(), nil
}

// matterBytes is how much of a mail says what it is about.
const matterBytes = 8 << 10

// matterOf is what a ticket was about, in its customer's words.
func matterOf(r store.Reader, t *ticket.Ticket, entries []ticket.Entry) (string, error) {
	for i := range entries {
		if e := &entries[i]; fromCustomer(e) {
			said, err := saidIn(r, e)
			return aboutOf(t, said), err
		}
	}
	return "", nil
}

// aboutOf is what a ticket is about, without who asks: two people of one name have no matter in common by it.
func aboutOf(t *ticket.Ticket, said string) string {
	return newHider(t, t.Customer, nil, "").text(t.Subject + "\n" + said[:min(len(said), matterBytes)])
}

// How far a solution can be trusted.
const (
	solvedByAnswer = iota + 1 // an agent's last answer, and the ticket is solved
	solvedByWords             // an agent said what solved it
	solvedForSure             // and its customer says that it did
)

// solutionOf is what solved a ticket; "" when it is not solved, or nobody has said how.
func solutionOf(t *ticket.Ticket, entries []ticket.Entry) (solution string, trust int) {
	if t.Status != ticket.Solved && t.Status != ticket.Closed || t.MovedTo != 0 || t.Satisfaction == ticket.Unsatisfied {
		return "", 0
	}
	if solution, trust = t.Solution, solvedByWords; solution == "" {
		solution, trust = solvedBy(t, entries), solvedByAnswer
	}
	if solution == "" {
		return "", 0
	}
	if t.Satisfaction == ticket.Satisfied {
		trust = solvedForSure
	}
	return solution, trust
}

// solvedBy is the answer that solved a ticket: the one that asked whether it did, else the last.
func solvedBy(t *ticket.Ticket, entries []ticket.Entry) string {
	var last string
	for i := len(entries) - 1; i >= 0; i-- {
		e := &entries[i]
		if e.Kind != ticket.MailOut || e.ByAgent == "" || !e.ErasedAt.IsZero() || e.Text == "" {
			continue
		}
		if t.Closing != nil && slices.Contains(t.Closing.Mails, e.Seq) {
			return e.Text
		}
		if last == "" {
			last = e.Text
		}
	}
	return last
}
