package wording

// Who is affected, as ImpactFacts.Affected has it; any other text is a number.
const (
	AffectedOne       = "one"
	AffectedSeveral   = "several"
	AffectedEverybody = "everybody"
)

// Whether they can work, as ImpactFacts.Blocked has it.
const (
	BlockedYes = "yes"
	BlockedNo  = "no"
)

// ImpactFacts are the two questions how much a matter hurts, and what we understood of
// the answer to them.
type ImpactFacts struct {
	// AskAffected asks how many people are affected, AskBlocked whether it stops their work.
	AskAffected bool `json:"ask_affected,omitempty"`
	AskBlocked  bool `json:"ask_blocked,omitempty"`
	// Understood says what we understood, in place of a thank you for the first mail.
	Understood bool `json:"understood,omitempty"`
	// Affected is one of the Affected constants or a number of people; "" when they have not said.
	Affected string `json:"affected,omitempty"`
	// Blocked is one of the Blocked constants; "" when they have not said.
	Blocked string `json:"blocked,omitempty"`
	// Sooner says that the time is earlier than the one that was told before, Stays that
	// it is that one.
	Sooner bool `json:"sooner,omitempty"`
	Stays  bool `json:"stays,omitempty"`
}

// impact adds the questions, with links to an address that write the answers (none when
// it is ""), and what was understood.
func (t *tongue) impact(v view, f *ImpactFacts, to, subject string) {
	said := t.data.Word["impact"]
	v["Me"], v["Several"], v["All"], v["Cannot"], v["Can"] = said["me"], said["several"], said["all"], said["cannot"], said["can"]
	v["AskAffected"], v["AskBlocked"] = yes(f.AskAffected), yes(f.AskBlocked)
	v["AskBoth"], v["AskImpact"] = yes(f.AskAffected && f.AskBlocked), yes(f.AskAffected || f.AskBlocked)
	v["Links"] = yes(to != "")
	body := t.data.Word["impact_body"]
	for fact, lines := range map[string][]string{
		"MeLink": {"me"}, "SeveralLink": {"several"}, "AllLink": {"all"}, "CannotLink": {"cannot"}, "CanLink": {"can"},
		"CannotMeLink": {"me", "cannot"}, "CannotSeveralLink": {"several", "cannot"}, "CannotAllLink": {"all", "cannot"},
		"CanMeLink": {"me", "can"}, "CanSeveralLink": {"several", "can"}, "CanAllLink": {"all", "can"},
	} {
		if v[fact] = ""; to != "" {
			text := body[lines[0]]
			if len(lines) > 1 {
				text += "\r\n" + body[lines[1]] // RFC 6068 §5: line breaks in a body are %0D%0A
			}
			v[fact] = mailto(to, subject, text)
		}
	}
	v["Understood"], v["Sooner"], v["Stays"] = yes(f.Understood), yes(f.Sooner), yes(f.Stays)
	v["People"], v["Work"] = line(f.Affected, maxName), yes(f.Blocked != "")
	v["PeopleOne"], v["PeopleSeveral"], v["PeopleAll"] = yes(f.Affected == AffectedOne), yes(f.Affected == AffectedSeveral), yes(f.Affected == AffectedEverybody)
	v["Stopped"] = yes(f.Blocked == BlockedYes)
}

// Impact kinds of lines that our links write.
const (
	ImpactMe      = "me"
	ImpactSeveral = "several"
	ImpactAll     = "all"
	ImpactCannot  = "cannot"
	ImpactCan     = "can"
)

// ImpactLines are what the links to answer how much a matter hurts write, each line with
// its kind, in all languages: an answer may come in another one than the question had.
// Behind the lines of kind [ImpactSeveral] a number may be filled in.
func (c *Catalogue) ImpactLines() map[string]string {
	lines := make(map[string]string)
	for _, t := range c.tongues {
		for kind, said := range t.data.Word["impact_body"] {
			lines[said] = kind
		}
	}
	return lines
}

// NoticeImpact is what an agent reads of how much a matter hurts.
type NoticeImpact struct {
	// Affected and Blocked are as in ImpactFacts.
	Affected string `json:"affected,omitempty"`
	Blocked  string `json:"blocked,omitempty"`
	// Why are the customer's words that say so; "" when they stand in another mail.
	Why string `json:"why,omitempty"`
	// AskedAffected and AskedBlocked say that we asked, and have no answer yet.
	AskedAffected bool `json:"asked_affected,omitempty"`
	AskedBlocked  bool `json:"asked_blocked,omitempty"`
}

func (t *tongue) noticeImpact(v view, f *NoticeImpact) {
	v["Affected"], v["Work"] = line(f.Affected, maxName), ""
	if said := t.data.Word["impact_said"]; f.Affected != "" || f.Blocked != "" {
		v["Affected"] = or(said[f.Affected], v["Affected"])
		v["Work"] = said["blocked_"+f.Blocked]
	}
	v["Impact"], v["ImpactBoth"] = v["Affected"]+v["Work"], ""
	if v["Affected"] != "" {
		v["ImpactBoth"] = v["Work"]
	}
	v["ImpactWhy"] = line(f.Why, maxLine)
	v["AskedAffected"], v["AskedBlocked"] = yes(f.AskedAffected), yes(f.AskedBlocked)
	v["AskedBoth"], v["AskedImpact"] = yes(f.AskedAffected && f.AskedBlocked), yes(f.AskedAffected || f.AskedBlocked)
}
