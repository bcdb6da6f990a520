package mailgw

import (
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/mailauth"
	"supportgw/mailgw/smtpd"
)

// suspect reports a mail that nobody shall see for now: a scanner wants it kept, or its
// author is proven to be somebody else, and its desk wants no such mail.
func (in *incoming) suspect() bool {
	if in.Quarantine != "" {
		return true
	}
	if in.auth.Result != mailauth.Fail {
		return false
	}
	return in.desk.FailingSender == config.FailQuarantine || in.desk.FailingSender == config.FailReject
}

// refused is what the sender's server is told about a mail that is not taken; nil
// when it is taken. From a server of the house such a mail is taken: a refusal would
// make that server write to the address that was forged.
//
// RFC 7489 §6.3: only "reject" asks for a refusal. RFC 7372 §3.3: X.7.26, several
// checks of the author have failed.
func (in *incoming) refused() *smtpd.ReplyError {
	if in.isSubmission() {
		return in.refusedSubmission()
	}
	if in.auth.Result != mailauth.Fail || in.desk.FailingSender != config.FailReject || !in.auth.Direct || in.auth.Policy != "reject" {
		return nil
	}
	return &smtpd.ReplyError{Code: 550, Enhanced: [3]int{5, 7, 26}, Text: "nothing proves that this mail is from its author, and the policy of the author's domain is to reject such mail", Peer: true}
}

// whySuspect says for the desk why a mail is in the junk.
func (in *incoming) whySuspect() string {
	if in.Quarantine != "" {
		return in.Quarantine
	}
	why := "it is not from whom it says"
	if n := len(in.auth.Reasons); n > 0 {
		why += ": " + in.auth.Reasons[n-1]
	}
	return why
}

// saidRefusal is a refusal as explain shows it, "" for none.
func (in *incoming) saidRefusal() string {
	r := in.refused()
	if r == nil {
		return ""
	}
	reply, _, _ := strings.Cut(r.Error(), "\n")
	return reply
}
