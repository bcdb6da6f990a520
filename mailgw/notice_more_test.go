package mailgw

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/ticket"
)

// goesTo is the list in a notice of those whom an answer goes to, as bare addresses, and
// of those whom one with #only goes to.
func goesTo(t *testing.T, notice string) (all, only []string) {
	t.Helper()
	if strings.Contains(notice, "\nAn answer would reach nobody") {
		return nil, nil
	}
	_, said, ok := strings.Cut(notice, "\nYour answer goes to: ")
	if !ok {
		t.Fatalf("no list in %s", notice)
	}
	said, _, _ = strings.Cut(said, "\n")
	said, alone, hasOnly := strings.Cut(said, "; with “#only”: ")
	said, _, _ = strings.Cut(said, "; not to: ")
	for _, a := range letter.ParseAddresses(said) {
		all = append(all, strings.ToLower(a.Addr))
	}
	if only = all; hasOnly {
		only = []string{strings.ToLower(letterAddr(alone))}
	}
	slices.Sort(all)
	return all, only
}

// The list of recipients in a notice is that of the answer which leaves, whoever wrote to
// whom, proven or not.
func TestNoticeSaysWhomTheAnswerReaches(t *testing.T) {
	const seed, mails = 10, 40
	rnd := rand.New(rand.NewSource(seed))
	people := []string{
		"Mia Meier <mia@acme.example>", "tom@acme.example", `"Doe, Jo" <jo@globex.example>`, "x@elsewhere.example", "Support <support@example.com>", "billing@example.com",
		"Ben Ortiz <ben@example.com>", "anna@example.com", "MIA@acme.example", "support+nothing@example.com", "Zoë <zoe@acme.example>", `"quoted local"@acme.example`,
	}
	some := func(most int) (list []string) {
		for range rnd.Intn(most + 1) {
			list = append(list, people[rnd.Intn(len(people))])
		}
		return list
	}
	h := newHouse(t)
	several, skipped := 0, 0
	for i := range mails {
		m := mail{id: fmt.Sprintf("m%d@acme.example", i), from: people[rnd.Intn(4)], rcpt: append([]string{"support@example.com"}, some(2)...), subject: fmt.Sprintf("Matter %d", i)}
		if cc := some(4); len(cc) > 0 {
			m.head = append(m.head, "Cc: "+strings.Join(cc, ", "))
		}
		if replyTo := some(2); len(replyTo) > 0 && rnd.Intn(2) == 0 {
			m.head = append(m.head, "Reply-To: "+strings.Join(replyTo, ", "))
		}
		if rnd.Intn(3) == 0 {
			m.client = stranger
		}
		if i > 0 && rnd.Intn(3) == 0 {
			m.head = append(m.head, fmt.Sprintf("In-Reply-To: <m%d@acme.example>", rnd.Intn(i)))
		}
		h.deliver(m)
		list := to(h.flush(), "anna@example.com")
		if len(list) == 0 {
			continue
		}
		n := list[len(list)-1]
		all, only := goesTo(t, n.read.Text)
		for _, words := range []string{"Here you are.", "#only\nFor you."} {
			h.deliver(n.reply(anna, words))
			var got []string
			for _, row := range h.rows() {
				if row.Kind == ticket.Answer {
					got = append(got, row.EnvelopeTo...)
				}
			}
			h.flush()
			want := all
			if strings.HasPrefix(words, "#only") {
				want = only
			}
			for i := range got {
				got[i] = strings.ToLower(got[i])
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("mail %d (seed %d), %q: the notice says %v, the answer goes to %v:\n%s", i, seed, words, want, got, h.raw(m))
			}
		}
		if len(all) > 1 {
			several++
		}
		if strings.Contains(n.read.Text, "; not to: ") {
			skipped++
		}
	}
	if several < mails/4 || skipped < mails/4 {
		t.Errorf("%d mails with several readers, %d with people who are left out: the mails are too much alike", several, skipped)
	}
}

// Who gets the ticket reads there what was asked, answered and sent, without a word of the
// notes, which count.
func TestNoticeSaysTheMatter(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example", subject: "Export", body: "The export hangs. We have already restarted the server."})
	n := h.noticeTo("anna@example.com")
	if strings.Contains(n.read.Text, "The matter so far") {
		t.Errorf("a first mail has no matter before it: %s", n.read.Text)
	}
	h.deliver(n.reply(anna, "Hello Mia,\n\nwhich version do you use?"))
	h.flushDue()
	h.deliver(n.reply(anna, "#note\nThey are behind with their bills."))
	h.deliver(mail{id: "two@acme.example", subject: "Re: Export", head: []string{"In-Reply-To: <one@acme.example>"}, body: "Version 4.2."})
	h.flush()
	h.deliver(mail{id: "three@acme.example", subject: "Re: Export", head: []string{"In-Reply-To: <one@acme.example>"}, body: "Any news?"})
	said := h.noticeTo("ben@example.com").read.Text
	for _, want := range []string{
		"– First: 2026-07-13 Mia Meier: The export hangs. We have already restarted the server.\n", "– Asked: Anna Keller: “which version do you use?” → “Version 4.2.”\n",
		"– Done already: “We have already restarted the server.”\n", "– Has had it: anna@example.com\n", "– Notes of the house, in mails of their own: 1\n", " Mia Meier: Version 4.2.\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %s", want, said)
		}
	}
	if strings.Contains(said, "bills") {
		t.Errorf("a note in %s", said)
	}
}

// Who is given a ticket reads what has been since its customer wrote last, too.
func TestHandingOverCarriesTheMatter(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{id: "one@acme.example", subject: "Export", body: "The export hangs. 40 people cannot work.\r\n\r\nMia Meier\r\nTel. +41 44 668 18 00"})
	n := h.noticeTo("anna@example.com")
	h.deliver(n.reply(anna, "Hello Mia,\n\nwhich version do you use?"))
	h.flush()
	h.deliver(n.reply(anna, "#assign ben\n\nMy colleague Ben goes on with it."))
	list := to(h.flush(), "ben@example.com")
	i := slices.IndexFunc(list, func(m sentMail) bool { return strings.Contains(m.read.Text, "\nNow yours: Export\n") })
	if i < 0 {
		t.Fatalf("ben was not given it: %v", list)
	}
	said := list[i].read.Text
	for _, want := range []string{"– Asked, no answer yet: Anna Keller: “which version do you use?”\n", "Anna Keller: My colleague Ben goes on with it.\n", "> The export hangs. 40 people cannot work.\n", "Affected: 40", "Phone: +41446681800\n", "Call back: support+"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in %s", want, said)
		}
	}
	if strings.Count(said, "The export hangs") != 1 || strings.Contains(said, "Take it") {
		t.Errorf("said twice, or to take it: %s", said)
	}
}
