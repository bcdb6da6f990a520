package imapd

import "testing"

// TestCompareLost has folders in which a mail stands before one that was there: numbers
// would mean other mails, and the two are not compared.
func TestCompareLost(t *testing.T) {
	t.Parallel()
	view := func(validity uint32, uids ...uint32) *View {
		v := &View{Validity: validity}
		for _, uid := range uids {
			v.Mails = append(v.Mails, Mail{UID: uid})
		}
		return v
	}
	old := view(1, 10, 20, 30)
	for _, now := range []*View{view(2, 10, 20, 30), view(1, 5, 10, 20, 30), view(1, 10, 15, 20, 30), view(1, 10, 20, 25), view(1, 10, 25, 40)} {
		for _, expunge := range []bool{false, true} {
			if d := compare(old, now, expunge); !d.lost {
				t.Errorf("%v is %v", now.Mails, d)
			}
		}
	}
	for _, now := range []*View{view(1), view(1, 10, 30), view(1, 30, 31), view(1, 40)} {
		if d := compare(old, now, true); d.lost {
			t.Errorf("%v is lost", now.Mails)
		}
	}
}
