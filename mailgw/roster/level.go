package roster

import "supportgw/mailgw/customer"

// Entitled says which level a mail of somebody identified is given, see
// [customer.Directory.Entitled].
func (r *Roster) Entitled(who customer.Identity, asked customer.Asked) customer.Entitlement {
	r.mu.RLock()
	defer r.mu.RUnlock()
	e := r.d.Entitled(who, asked)
	if e.Agreement != nil { // the record may change when the lock is given back
		a := *e.Agreement
		e.Agreement = &a
	}
	return e
}
