package heard

import (
	"slices"
	"strings"
)

// The most of an answer that is read for a company, and that names one alone.
const (
	maxCompanyBytes = 2 << 10
	maxCompanyWords = 8
	maxCompanies    = 4
)

// Company reads an answer to the question which company somebody writes for: the
// words in which it may be named, the surest first. "We are Acme Instruments", "Im
// Auftrag der Acme AG", and "Acme" alone. What says "we are not" says nothing. Whether
// they are a company's name is for the caller to find out.
func Company(words string) (out []string) {
	list := clauses(words, maxCompanyBytes)
	total := 0
	for i := range list {
		c := &list[i]
		total += len(c.words)
		rest, n := c.behind(companyLeads[:])
		if n == 0 || len(rest) == 0 || slices.Contains(denials[:], c.plain[n]) || len(out) == maxCompanies {
			continue
		}
		out = append(out, strings.Join(rest, " "))
	}
	if len(out) == 0 && total <= maxCompanyWords {
		for i := range list {
			if !slices.ContainsFunc(list[i].plain, func(w string) bool { return slices.Contains(denials[:], w) }) && len(out) < maxCompanies {
				out = append(out, strings.Join(list[i].words, " "))
			}
		}
	}
	return out
}

// companyLeads are what stands before the name of one's own company.
var companyLeads = [...]string{
	"we are", "we're", "we are from", "we write for", "we are writing for", "i write for", "i am writing for", "i'm writing for", "i work for", "i work at", "i'm with", "i am with", "i'm from", "i am from",
	"on behalf of", "i write on behalf of", "it is", "it's", "company", "our company", "our company is", "the company is", "my company is", "for", "writing for", "from",
	"wir sind", "wir sind von", "wir sind die", "wir schreiben fur", "ich schreibe fur", "ich schreibe fur die", "ich arbeite fur", "ich arbeite bei", "ich arbeite bei der", "ich bin von", "ich bin von der", "ich bin bei", "im namen von", "im namen der", "im auftrag von", "im auftrag der",
	"firma", "die firma", "die firma ist", "unsere firma ist", "unsere firma heisst", "wir heissen", "fur", "fur die", "fur die firma", "von", "von der", "von der firma", "es ist", "es ist die", "es geht um", "es geht um die", "es handelt sich um", "unternehmen",
	"nous sommes", "nous sommes de", "nous ecrivons pour", "j'ecris pour", "je travaille pour", "je travaille chez", "pour", "pour la societe", "au nom de", "de la part de", "societe", "la societe", "la societe est", "notre societe est", "l'entreprise est", "entreprise", "c'est", "il s'agit de", "je suis de", "je suis chez",
	"siamo", "siamo di", "noi siamo", "siamo la", "scrivo per", "scriviamo per", "scrivo a nome di", "lavoro per", "lavoro da", "lavoro alla", "per conto di", "per conto della", "per", "per la", "a nome di", "a nome della", "azienda", "ditta", "societa", "la ditta", "la nostra azienda e", "si tratta di", "sono di", "sono della",
	"somos", "somos de", "nosotros somos", "escribo para", "escribimos para", "escribo de", "escribo en nombre de", "trabajo para", "trabajo en", "en nombre de", "para", "de parte de", "por parte de", "empresa", "la empresa", "la empresa es", "nuestra empresa es", "se trata de", "soy de",
	"somos a", "somos da", "somos o", "escrevo para", "escrevo em nome da", "escrevo em nome de", "escrevo pela", "escrevemos pela", "trabalho para", "trabalho na", "trabalho no", "em nome da", "em nome de", "pela", "a empresa", "a empresa e", "a nossa empresa e", "trata-se da", "sou da", "sou do", "e a",
	"wij zijn", "we zijn", "we zijn van", "wij zijn van", "ik schrijf voor", "wij schrijven voor", "ik werk voor", "ik werk bij", "namens", "voor", "bedrijf", "het bedrijf is", "ons bedrijf is", "het is", "ik ben van", "het gaat om",
	"jestesmy", "jestesmy z", "jestesmy z firmy", "pisze w imieniu", "piszemy w imieniu", "pisze z", "piszemy z", "pracuje w", "pracuje dla", "w imieniu", "z firmy", "dla", "chodzi o", "nasza firma to", "to", "jestem z",
}

// denials behind such a lead say that it is not so.
var denials = [...]string{"not", "no", "never", "nicht", "kein", "keine", "nein", "pas", "non", "nao", "niet", "geen", "nie", "neither", "unlike"}
