package heard

import (
	"slices"
	"strings"
)

// Status tells whether words ask how one's matters stand, and say nothing else:
// "status", "Stand?", "État s'il vous plaît". Who writes it in a sentence asks
// something that a person must read.
func Status(words string) bool {
	const maxBytes = 200
	if len(words) > maxBytes {
		return false
	}
	var kept []string
	for _, w := range verdictWords(words) {
		if !slices.Contains(courtesies[:], w.text) {
			kept = append(kept, w.text)
		}
	}
	return slices.Contains(statusWords[:], strings.Join(kept, " "))
}

// statusWords are all that such a mail says.
var statusWords = [...]string{
	"status", "my status", "open tickets", "my open tickets", "open matters",
	"stand", "stand der dinge", "aktueller stand", "sachstand", "offene tickets", "meine offenen tickets",
	"etat", "statut", "etat d'avancement", "situation", "tickets ouverts", "mes tickets",
	"stato", "stato attuale", "stato delle richieste", "ticket aperti",
	"estado", "estatus", "estado actual", "mis tickets", "tickets abiertos",
	"estado atual", "situacao", "ponto de situacao", "os meus tickets",
	"stand van zaken", "openstaande tickets", "mijn tickets",
	"stan", "stan spraw", "otwarte zgloszenia", "moje zgloszenia",
}

// courtesies add nothing to it.
var courtesies = [...]string{"please", "pls", "bitte", "svp", "stp", "s'il", "vous", "te", "plait", "per", "por", "favore", "favor", "cortesia", "prosze", "alstublieft", "alsjeblieft", "graag", "aub", "thanks", "danke", "merci", "grazie", "gracias", "obrigado", "obrigada", "bedankt", "dziekuje", "🙂", "🙏"}
