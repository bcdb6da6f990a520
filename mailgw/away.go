package mailgw

import (
	"encoding/json"
	"fmt"
	"strings"

	"supportgw/mailgw/staff"
	"supportgw/mailgw/store"
)

// awayPrefix begins the names under which absences are kept, one for each agent's
// address in lower case, as JSON.
const awayPrefix = "away/"

// staffIn are the agents and who of them is away. Absences of people who are agents no
// more are not looked at.
func (s *settings) staffIn(r store.Reader) (*staff.Staff, error) {
	var members []staff.Member
	var absences []staff.Absence
	for i := range s.Agents {
		a := &s.Agents[i]
		m := staff.Member{Address: a.Address, Name: a.Name, Skills: a.Skills, Languages: a.Languages, StandIn: a.StandIn}
		if a.Calendar != "" {
			m.Hours = s.Hours[a.Calendar]
		}
		members = append(members, m)
		b, err := r.Meta(awayPrefix + strings.ToLower(a.Address))
		if err != nil {
			return nil, fmt.Errorf("absence of %s: %w", a.Address, err)
		}
		var absence staff.Absence
		if json.Unmarshal(b, &absence) == nil { // what cannot be read keeps nobody from being reminded
			absences = append(absences, absence)
		}
	}
	return staff.New(members, absences), nil
}
