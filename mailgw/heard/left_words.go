package heard

// selfLeft are what somebody says of themselves, or what answers in their name.
var selfLeft = [...]string{
	"i have left the company", "i've left the company", "i left the company", "i am leaving the company", "i'm leaving the company", "i no longer work", "i don't work here any more", "i do not work here anymore", "i am no longer with", "i'm no longer with", "i am no longer employed", "i have left", "my last day was", "i am no longer working",
	"ich habe die firma verlassen", "ich habe das unternehmen verlassen", "ich bin nicht mehr bei", "ich bin nicht mehr fur", "ich arbeite nicht mehr", "ich verlasse die firma", "ich verlasse das unternehmen", "habe das unternehmen verlassen", "mein letzter arbeitstag war", "ich bin nicht mehr im unternehmen", "ich bin aus dem unternehmen ausgeschieden",
	"j'ai quitte la societe", "j'ai quitte l'entreprise", "je ne travaille plus", "je ne fais plus partie", "je quitte la societe", "je quitte l'entreprise", "j'ai quitte mes fonctions", "j'ai quitte",
	"ho lasciato l'azienda", "ho lasciato la societa", "non lavoro piu", "non faccio piu parte", "lascio l'azienda",
	"he dejado la empresa", "deje la empresa", "ya no trabajo", "ya no formo parte", "dejo la empresa",
	"deixei a empresa", "ja nao trabalho", "nao trabalho mais", "ja nao faco parte", "sai da empresa",
	"ik heb het bedrijf verlaten", "ik werk niet meer", "ik werk hier niet meer", "ik ben niet meer werkzaam", "ik ben niet langer werkzaam", "ik verlaat het bedrijf",
	"odszedlem z firmy", "odeszlam z firmy", "nie pracuje juz", "juz nie pracuje", "odchodze z firmy", "zakonczylem prace", "zakonczylam prace",
}

// otherLeft are what stands behind the name of who left.
var otherLeft = [...]string{
	"left", "has left", "has left us", "is no longer with", "no longer works", "doesn't work here any more", "does not work here anymore", "is no longer employed", "is leaving us", "is leaving the company", "is not with us any more", "is no longer working",
	"hat die firma verlassen", "hat das unternehmen verlassen", "hat uns verlassen", "ist nicht mehr bei", "ist nicht mehr fur", "arbeitet nicht mehr", "verlasst die firma", "verlasst das unternehmen", "ist ausgeschieden", "ist nicht mehr im unternehmen", "ist nicht mehr im haus", "ist gegangen",
	"a quitte la societe", "a quitte l'entreprise", "nous a quittes", "ne travaille plus", "ne fait plus partie", "a quitte", "est parti", "est partie",
	"ha lasciato l'azienda", "ha lasciato la societa", "ha lasciato la ditta", "non lavora piu", "non fa piu parte", "ci ha lasciato",
	"ha dejado la empresa", "dejo la empresa", "ya no trabaja", "ya no forma parte", "nos ha dejado", "ya no esta con nosotros",
	"deixou a empresa", "ja nao trabalha", "nao trabalha mais", "ja nao faz parte", "saiu da empresa",
	"heeft het bedrijf verlaten", "heeft ons verlaten", "werkt niet meer", "werkt hier niet meer", "is niet meer werkzaam", "is niet langer werkzaam", "is weg bij",
	"odszedl z firmy", "odeszla z firmy", "nie pracuje juz", "juz nie pracuje", "juz u nas nie pracuje", "odszedl", "odeszla",
}

// takingOver is what the one says who comes instead.
var takingOver = [...]string{
	"i'm taking over", "i am taking over", "i take over", "i have taken over", "i'll take over", "i will take over", "i am the successor", "i'm the successor", "i am her successor", "i am his successor", "i replace", "i am replacing", "i'm replacing",
	"ich ubernehme", "ich habe ubernommen", "ich bin der nachfolger", "ich bin die nachfolgerin", "ich bin ihr nachfolger", "ich bin ihre nachfolgerin", "ich bin seine nachfolgerin", "ich bin sein nachfolger", "ich bin nun zustandig", "ich bin jetzt zustandig",
	"je prends la suite", "je reprends", "je la remplace", "je le remplace", "je prends la releve", "je lui succede", "subentro", "subentro io", "prendo il suo posto", "la sostituisco", "lo sostituisco", "ocupo su lugar", "la sustituyo", "lo sustituyo", "me hago cargo", "tomo el relevo",
	"assumo", "sou o sucessor", "sou a sucessora", "substituo a", "fico responsavel", "ik neem het over", "ik neem over", "ik ben de opvolger", "ik ben haar opvolger", "ik ben zijn opvolger", "przejmuje", "przejmuje jej", "jestem nastepca", "zastepuje",
}

// notForGood are words by which somebody has left, but not their company.
var notForGood = [...]string{
	"today", "lunch", "vacation", "holiday", "holidays", "office for", "for the day", "meeting", "room", "a message", "me a", "us a", "tomorrow", "back on", "back at", "until", "work for today", "train", "behind", "building", "heute", "urlaub", "ferien", "mittag", "mittagspause", "bis", "feierabend", "besprechung", "zimmer", "gebaude", "morgen", "aujourd'hui", "vacances", "conge", "jusqu'au", "reunion", "bureau pour", "pour la journee", "oggi", "ferie", "fino", "riunione", "pranzo", "hoy", "vacaciones", "hasta", "comer", "hoje", "ferias", "almoco", "vandaag", "vakantie", "tot", "vergadering", "lunchpauze", "dzisiaj", "dzis", "urlop", "urlopie", "spotkanie", "out", "early", "unread", "connected", "logged",
}

// noNames are words with capitals that stand before a name, or in the place of one.
var noNames = [...]string{"a", "o", "mme", "m", "pan", "pani", "senor", "senora", "signor", "signora", "dr", "nothing", "we", "he", "she", "they", "who", "it", "what", "only", "has", "have", "there", "er", "sie", "es", "wer", "ist", "il", "elle", "on", "qui", "lui", "lei", "chi", "ella", "el", "ele", "ela", "quem", "hij", "zij", "wie", "on", "ona", "kto", "unfortunately", "leider", "malheureusement", "purtroppo", "lamentablemente", "infelizmente", "helaas", "niestety", "mr", "mrs", "ms", "herr", "frau", "madame", "monsieur", "hello", "hallo", "bonjour", "ciao", "hola", "ola", "colleague", "kollegin", "kollege", "customer", "printer", "time", "user", "paper", "server"}

// bareLeft are verbs that say of things, too, that somebody left them.
var bareLeft = [...]string{"left", "works", "quitte", "odszedl", "odeszla"}

// behindLeft is what then stands behind them.
var behindLeft = [...]string{"us", "the company", "our company", "and", "so", "in", "at", "last", "on", "this", "la societe", "l'entreprise", "notre societe", "z firmy", "nous", "here", "with", "for us", "recently"}

// articles before a word with a capital make it a thing.
var articles = [...]string{"the", "der", "das", "die", "den", "this", "our", "my", "unser", "mein"}

// particles stand within names.
var particles = [...]string{"de", "van", "der", "den", "von", "di", "da", "dos", "du", "la", "le", "ter", "zu"}
