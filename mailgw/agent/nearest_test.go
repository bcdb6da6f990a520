package agent

import (
	"strings"
	"testing"
)

// What people call a command in the languages of the notices, in this order: en de
// fr es it nl pl pt.
func TestOtherWords(t *testing.T) {
	for command, said := range map[string]string{
		Take:       "mine nehmen prendre tomar prendere nemen weź assumir",
		Wait:       "snooze warten attendre esperar aspettare wachten czekaj aguardar",
		Note:       "internal notiz interne interna interno notitie wewnętrzna privado",
		Solve:      "fixed gelöst résolu resuelto risolto opgelost rozwiązane resolvido",
		Close:      "done schließen fermer cerrar chiudere sluiten zamknij fechar",
		Assign:     "give zuweisen attribuer asignar assegnare toewijzen przypisz atribuir",
		Promise:    "commit zusage promettre promesa promettere beloven obietnica compromisso",
		Priority:   "urgency priorität priorité prioridad priorità prioriteit priorytet prioridade",
		Tag:        "label schlagwort étiquette etiqueta etichetta labels etykieta etiquetas",
		Desk:       "queue abteilung transférer mover trasferire afdeling dział transferir",
		Merge:      "duplicate zusammenführen fusionner unir unire samenvoegen połącz juntar",
		Split:      "separate trennen séparer dividir dividere splitsen rozdziel separar",
		Customer:   "client kunde compte cliente azienda klant klient empresa",
		Cc:         "copy kopie copie copia copia kopie kopia cópia",
		Call:       "callback anrufen rappeler llamar chiamare bellen zadzwonić ligar",
		Called:     "phoned angerufen appelé llamado chiamato gebeld zadzwoniłam liguei",
		Update:     "progress zwischenstand actualité actualización aggiornamento voortgang aktualizacja atualização",
		Solution:   "answer lösung réponse solución soluzione oplossing rozwiązanie solução",
		Use:        "template vorlage modèle plantilla modello sjabloon szablon modelo",
		Undo:       "revert rückgängig annuler deshacer annulla ongedaan cofnij desfazer",
		Away:       "vacation abwesend absente ausente assente afwezig nieobecna férias",
		Back:       "returned zurück retour vuelta tornato terug powrót voltei",
		Left:       "gone ausgeschieden parti partido andato vertrokken odeszła saiu",
		Only:       "sender nur seulement sólo soltanto alleen tylko somente",
		Help:       "commands hilfe aide ayuda aiuto hulp pomoc ajuda",
		Workaround: "bypass umgehung contournement rodeo aggiramento omweg obejście contorno",
	} {
		for word := range strings.FieldsSeq(said) {
			if got := brief(Read("#"+strings.ToUpper(word)+" x\nwords", Names{})); got != "?"+word+" x~"+command+" = words" {
				t.Errorf("#%s: got %q, want %s", word, got, command)
			}
		}
	}
}

// A word that means a command is none itself, and asks for nothing else.
func TestOtherWordsAreNoCommands(t *testing.T) {
	for word, command := range otherWords {
		if (Names{}).has(word) || !(Names{}).has(command) || isWhy("#"+word) {
			t.Errorf("%s means %s", word, command)
		}
		if commandName("#"+word) != word {
			t.Errorf("#%s is read as %q", word, commandName("#"+word))
		}
	}
}

func TestNearest(t *testing.T) {
	for name, want := range map[string]string{
		"slove": Solve, "tke": Take, "wiat": Wait, "prioirty": Priority, "prio": Priority, "tagg": Tag, "assing": Assign, "udno": Undo, "mege": Merge,
		"customers": Customer, "calledback": Called, "callme": Call, "solutions": Solution, "workarund": Workaround, "halp": Help, "n": Note, "notee": Note,
		"xyzzy": "", "friday": "", "frobnicate": "", strings.Repeat("x", 1000): "",
	} {
		if got := nearest(name, Names{}); got != want {
			t.Errorf("#%s: got %q, want %q", name, got, want)
		}
	}
}
