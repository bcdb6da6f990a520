package wording

// What a mail about a customer's own name says.
const (
	OwnDone    = "done"    // it is changed: New instead of Old
	OwnAsked   = "asked"   // colleagues were asked
	OwnConfirm = "confirm" // the reader is asked, with Yes and No
	OwnUndone  = "undone"  // it is Old again
	OwnStays   = "stays"   // somebody said no
	OwnRefused = "refused" // it is not changed, for Why
)

// Why a name was not taken.
const (
	OwnWhyEmpty = "empty" // there was none
	OwnWhyLong  = "long"  // more than 60 characters
	OwnWhySigns = "signs" // an address, a link, signs
	OwnWhyOurs  = "ours"  // a desk's, or ours
	OwnWhyOften = "often" // as often today as is allowed
	OwnWhyOver  = "over"  // what the link was for has been done, or is no more
)

// OwnNameFacts tells a customer about the name that they gave themselves, or asks one
// of them. Empty fields leave out their sentence.
type OwnNameFacts struct {
	// DeskName is the desk's display name; it also signs when Signature is empty.
	DeskName string `json:"desk_name,omitempty"`
	// DeskAddress is the desk's address; named in the last line.
	DeskAddress string `json:"desk_address,omitempty"`
	// Signature is the desk's, one or more lines; "" signs with DeskName.
	Signature string `json:"signature,omitempty"`
	// Reason is one of the Own constants.
	Reason string `json:"reason,omitempty"`
	// Why is one of the OwnWhy constants, of a refusal.
	Why string `json:"why,omitempty"`
	// New is the name that was asked for, Old the one before.
	New string `json:"new,omitempty"`
	Old string `json:"old,omitempty"`
	// Who asks for it, of a mail that asks the reader to confirm: a bare address.
	Who string `json:"who,omitempty"`
	// ReplyTo is the address that the links lead to; "" offers none.
	ReplyTo string `json:"reply_to,omitempty"`
}

// OwnName writes to a customer about the name that they gave themselves, in the
// language nearest to lang. It errs only when the languages themselves are broken.
func (c *Catalogue) OwnName(lang string, f OwnNameFacts) (Message, error) {
	t, err := c.speak(lang)
	if err != nil {
		return Message{}, err
	}
	return t.write(TemplateOwnName, t.ownName(f)), nil
}

func (t *tongue) ownName(f OwnNameFacts) view {
	v := t.toCustomer(customerMail{desk: f.DeskName, address: f.DeskAddress, signature: f.Signature})
	v["New"], v["Old"], v["Who"] = line(f.New, maxName), line(f.Old, maxName), line(f.Who, maxName)
	for fact, reason := range map[string]string{"Done": OwnDone, "Asked": OwnAsked, "Confirm": OwnConfirm, "Undone": OwnUndone, "Stays": OwnStays, "Refused": OwnRefused} {
		v[fact] = yes(f.Reason == reason)
	}
	v["By"] = "" // no time is promised
	v["Why"] = t.data.Word["own_why"][f.Why]
	body := t.data.Word["own_body"]
	v["Yes"], v["No"] = body["yes"], body["no"]
	v["UndoLink"], v["YesLink"], v["NoLink"] = "", "", ""
	if to, title := f.ReplyTo, t.data.Phrase["own.title"]; to != "" {
		v["UndoLink"], v["YesLink"], v["NoLink"] = mailto(to, title, body["undo"]), mailto(to, title, v["Yes"]), mailto(to, title, v["No"])
	}
	return v
}

// nameLink is the link by which a customer says how they want to be called; "" for
// no address.
func (t *tongue) nameLink(to string) string {
	if to == "" {
		return ""
	}
	return mailto(to, t.data.Phrase["own.title"], t.data.Word["own_body"]["call"]+" ")
}
