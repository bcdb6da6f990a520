package agent

import "strings"

// otherWords are what people call a command, by what they mean: in English, and in
// the languages of the notices.
var otherWords = makeOtherWords(map[string]string{
	Note:   "notes intern internal internally interne internes interna interno internamente wewnętrzna wewnetrzna notiz notizen nota notitie notatka opmerking private privat privé prive privado privada privato prywatne hidden memo comment kommentar commentaire comentario comentário commento komentarz remark team house",
	Close:  "closed done schliessen schließen schließe geschlossen zu erledigt fermer fermé clore clos cerrar cerrado chiudere chiudi chiuso sluiten gesloten sluit zamknij zamknąć zamknięte fechar fechado end finish finished",
	Solve:  "solved resolve resolved fixed fix gelöst geloest lösen loesen löse résolu resolu résoudre resuelto resolver solucionado risolto risolvere risolvi opgelost oplossen rozwiąż rozwiązane resolvido",
	Assign: "assigned assignee to zuweisen zugewiesen zuteilen assigner attribuer asignar assegna assegnare toewijzen przypisz przydziel atribuir give owner",
	Only:   "nur seul seulement solo soltanto sólo alleen enkel tylko só somente apenas onlyto reply-one sender",

	Take:       "mine grab own me nehmen nimm übernehmen uebernehmen übernehme meins prendre prends tomar tomo coger prendere prendo nemen neem overnemen biorę wziąć weź przejmij pegar assumir assumo",
	Wait:       "snooze later pause remind hold waiting warten warte später spaeter pausieren wiedervorlage attendre attends attente esperar espera aspettare aspetta attendere wachten wacht czekaj czekać aguardar aguarda",
	Priority:   "prio urgency urgent priorität prioritaet dringlichkeit dringend priorité priorite prioridad prioridade priorità priorita prioriteit priorytet pilne",
	Tag:        "tags label labels etikett schlagwort stichwort étiquette etiquette étiqueter etiqueta etiquetas etichetta etykieta",
	Promise:    "promised commit versprechen verspreche zusagen zusage promettre promesse promets prometer promesa prometo promettere prometto promessa beloven belofte beloof obiecaj obietnica obiecuję compromisso",
	Desk:       "queue move transfer department group abteilung gruppe verschieben übergeben service transférer transferer déplacer mover trasferisci trasferire sposta reparto afdeling verplaats verplaatsen dział przenieś transferir",
	Merge:      "join combine duplicate dup zusammenführen zusammenlegen zusammenfuehren duplikat doppelt fusionner doublon fusionar unir duplicado unire unisci duplicato samenvoegen dubbel połącz scal duplikat juntar mesclar",
	Split:      "separate divide teilen trennen aufteilen séparer separer scinder diviser separar dividir dividere dividi separare splitsen rozdziel podziel",
	Customer:   "client company account kunde kundin firma kunden cliente empresa azienda klant bedrijf klient compte société societe",
	Cc:         "copy kopie copie copia kopia cópia watcher add",
	Call:       "callback phone ring anrufen anruf rückruf rueckruf zurückrufen telefonieren appeler appel rappeler llamar llamada chiamare chiama telefonare bellen terugbellen zadzwoń zadzwonić telefon ligar chamar",
	Called:     "phoned rang angerufen telefoniert appelé rappelé llamado chiamato telefonato gebeld teruggebeld zadzwoniłem zadzwoniłam liguei ligado",
	Workaround: "bypass umgehung umgehungslösung notlösung behelf contournement palliatif rodeo alternativa aggiramento omweg tussenoplossing obejście contorno",
	Update:     "status progress zwischenstand stand neuigkeit actualité actualisation etat état actualización actualizacion avance aggiornamento stato bijwerken voortgang stand-van-zaken aktualizacja postęp atualização atualizacao",
	Solution:   "answer lösung loesung réponse solución solucion soluzione oplossing rozwiązanie solução solucao",
	Use:        "canned template snippet macro insert vorlage textbaustein baustein verwenden benutzen nutzen utiliser modèle modele usar plantilla usa usare modello gebruik gebruiken sjabloon użyj szablon modelo",
	Undo:       "revert rollback rückgängig rueckgaengig zurücknehmen annuler annule défaire deshacer annulla annullare ongedaan cofnij desfazer anular",
	Away:       "ooo vacation holiday absent abwesend urlaub weg absente ausente vacaciones férias ferias assente ferie vacanza afwezig vakantie nieobecny nieobecna urlop",
	Back:       "returned here zurück zurueck wieder-da da retour de-retour vuelta vuelto tornato tornata terug wróciłem wróciłam powrót voltei",
	Left:       "gone departed weggegangen ausgeschieden parti partie partido andato andata vertrokken odszedł odeszła saiu",
	Help:       "commands hilfe befehle aide ayuda aiuto hulp pomoc ajuda",
})

func makeOtherWords(lists map[string]string) map[string]string {
	m := map[string]string{}
	for command, list := range lists {
		for w := range strings.FieldsSeq(list) {
			m[w] = command
		}
	}
	return m
}

// nearest returns the known command that an unknown name probably means: another
// word for it, a slip of the hand (one letter in four), or a command that runs
// into the next word. "" when there is none.
func nearest(name string, names Names) string {
	const longest = 24 // nobody's slip is longer
	if command := otherWords[name]; command != "" {
		return command
	}
	if strings.HasPrefix(Note, name) { // a line broke inside of it
		return Note
	}
	if command := runsInto(name, names); command != "" {
		return command
	}
	best, least := "", 3
	for _, list := range [][]string{Known(), names.Commands} {
		for _, known := range list {
			if len(name) > longest {
				continue
			}
			if d := distance(name, known); d < least && d <= max(1, len(known)/3) {
				best, least = known, d
			}
		}
	}
	return best
}

// runsInto returns the longest command that a name begins with, "" when none does.
func runsInto(name string, names Names) string {
	longest := ""
	for _, list := range [][]string{Known(), names.Commands} {
		for _, known := range list {
			if len(known) > len(longest) && len(name) > len(known) && strings.HasPrefix(name, known) {
				longest = known
			}
		}
	}
	return longest
}

// distance counts the letters that were put in, left out, taken for another or
// swapped with their neighbour.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(x)][len(y)]
}
