package wording

// WhyUndelivered says in plain words why a mail was refused or did not arrive:
// code is the server's SMTP reply, 0 when there was none; enhanced its enhanced
// code, zero when it gave none; lang as everywhere. It is never "".
func (c *Catalogue) WhyUndelivered(code int, enhanced [3]int, lang string) string {
	t, err := c.speak(lang)
	if err != nil {
		return ""
	}
	if key := whyEnhanced(code, enhanced); key != "" {
		return t.word("undelivered", key)
	}
	return t.word("undelivered", whyCode(code))
}

// whyEnhanced chooses by RFC 3463 §3 and the codes that were added to its
// registry; "" when the enhanced code says no more than the reply's own code.
func whyEnhanced(code int, e [3]int) string {
	if e[0] != 4 && e[0] != 5 {
		return ""
	}
	switch [2]int{e[1], e[2]} {
	case [2]int{1, 1}, [2]int{1, 0}:
		return "no_mailbox"
	case [2]int{1, 2}, [2]int{4, 4}:
		return "no_host"
	case [2]int{1, 3}:
		return "bad_address"
	case [2]int{1, 6}:
		return "moved"
	case [2]int{1, 10}:
		return "takes_no_mail"
	case [2]int{1, 7}, [2]int{1, 8}:
		return "sender"
	case [2]int{2, 1}:
		return "disabled"
	case [2]int{2, 2}:
		return "full"
	case [2]int{2, 3}, [2]int{3, 4}:
		return "too_large"
	case [2]int{4, 1}, [2]int{4, 2}, [2]int{4, 7}, [2]int{4, 3}:
		return "no_answer"
	case [2]int{4, 6}:
		return "loop"
	case [2]int{3, 1}, [2]int{3, 2}, [2]int{4, 5}:
		return "busy"
	case [2]int{7, 8}, [2]int{7, 9}, [2]int{5, 1}:
		return whyOurs(code)
	}
	switch e[1] {
	case 6:
		return "content"
	case 7:
		return "policy"
	}
	return ""
}

// whyOurs tells a refusal to let us in from one that only has its number.
func whyOurs(code int) string {
	switch code {
	case 530, 534, 535, 538:
		return "login"
	case 0:
		return "login"
	}
	return ""
}

// whyCode chooses by the reply's code alone (RFC 5321 §4.2.3).
func whyCode(code int) string {
	switch code {
	case 0:
		return "no_answer"
	case 421, 450, 451, 454, 455:
		return "busy"
	case 452, 552:
		return "full_or_large"
	case 550:
		return "refused_address"
	case 551:
		return "moved"
	case 553, 501:
		return "bad_address"
	case 521, 556:
		return "takes_no_mail"
	case 530, 534, 535, 538:
		return "login"
	case 554:
		return "policy"
	}
	if code >= 400 && code < 500 {
		return "busy"
	}
	return "other"
}
