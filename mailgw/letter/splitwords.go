package letter

import (
	"strings"
	"unicode/utf8"
)

// headerLabel is a field's role in a header that was repeated as text.
type headerLabel int

const (
	labelNone headerLabel = iota
	labelFrom
	labelSent
	labelTo
	labelSubject
	labels
)

// labelWords are the names that clients give to those fields, by role.
var labelWords = makeLabelWords(map[headerLabel]string{
	labelFrom:    "from von de da van från fra od от mittente lähettäjä expéditeur remitente gönderen kimden feladó 发件人 差出人 보낸사람",
	labelSent:    "sent date gesendet datum envoyé enviado fecha inviato data verzonden skickat sendt dato wysłano отправлено дата lähetetty päivämäärä odesláno tarih 发送时间 日期 送信日時 날짜",
	labelTo:      "to an à para a aan till til do komu кому vastaanottaja pour destinataire destinatario kime címzett 收件人 宛先 받는사람",
	labelSubject: "subject betreff objet asunto oggetto onderwerp ämne emne assunto temat předmět тема aihe konu tárgy 主题 主旨 件名 제목",
})

func makeLabelWords(lists map[headerLabel]string) map[string]headerLabel {
	m := map[string]headerLabel{}
	for l, list := range lists {
		for w := range strings.FieldsSeq(list) {
			m[w] = l
		}
	}
	return m
}

// label returns the role of a line "Von: …", also when it is bold ("*Von:* …").
func label(line string) headerLabel {
	line = strings.Trim(line, "*> \t")
	const longest = 40
	i := strings.IndexAny(line[:min(len(line), longest)], ":：")
	if i <= 0 {
		return labelNone
	}
	return labelWords[strings.ToLower(strings.Trim(line[:i], "* \t\u00a0"))]
}

// separatorWords stand between dashes where an earlier mail begins.
var separatorWords = []string{
	"original message", "original appointment", "forwarded message", "forwarded by", "reply message", "begin forwarded",
	"ursprüngliche nachricht", "originalnachricht", "original-nachricht", "weitergeleitete nachricht", "ursprüngliche mail",
	"message d'origine", "message original", "message transféré", "message d’origine",
	"mensaje original", "mensaje reenviado", "messaggio originale", "messaggio inoltrato", "oorspronkelijk bericht", "doorgestuurd bericht",
	"ursprungligt meddelande", "oprindelig meddelelse", "opprinnelig melding", "mensagem original", "mensagem encaminhada",
	"wiadomość oryginalna", "исходное сообщение", "alkuperäinen viesti", "původní zpráva",
}

// isSeparator tells "-----Original Message-----" and its translations.
func isSeparator(t string) bool {
	if len(t) > 120 || !strings.HasPrefix(t, "--") && !strings.HasPrefix(t, "__") && !strings.HasPrefix(t, "==") {
		return false
	}
	t = strings.ToLower(strings.Trim(t, "-_= "))
	for _, w := range separatorWords {
		if strings.HasPrefix(t, w) {
			return true
		}
	}
	return false
}

// announcementStarts are the first words of "On Monday, X wrote:".
var announcementStarts = makeSet("on am le el il op em den på w dnia dne а в le: del da em: à")

// announcementEnds end it, before the colon. Some languages put the name last
// ("schrieb Max:"), so the word may stand anywhere after a digit.
var announcementEnds = []string{
	"wrote", "schrieb", "écrit", "ecrit", "escribió", "escribio", "ha scritto", "scritto", "schreef", "skrev", "escreveu",
	"napisał", "napisała", "napisał(a)", "написал", "пишет", "kirjoitti", "napsal", "writes", "geschreven", "gesendet", "sent",
}

func makeSet(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// startsAnnouncement tells whether a line may begin an announcement: with its
// first word, with a date, or by being one in itself ("X wrote:").
func startsAnnouncement(t string) bool {
	first, _, _ := strings.Cut(t, " ")
	if len(first) <= 8 && announcementStarts[strings.ToLower(strings.Trim(first, "*,\"'"))] {
		return true
	}
	return strings.HasSuffix(t, ":") && endsAnnouncement(t) || first != "" && first[0] >= '0' && first[0] <= '9' && endsAnnouncement(t)
}

// endsAnnouncement tells whether the text, joined so far, is a whole
// announcement: it ends with a colon and says that somebody wrote at some time or
// from some address.
func endsAnnouncement(t string) bool {
	t = strings.TrimRight(t, "*_ ")
	if !strings.HasSuffix(t, ":") && !strings.HasSuffix(t, "：") {
		return false
	}
	low := strings.ToLower(t)
	dated := strings.ContainsAny(low, "0123456789@")
	for _, w := range announcementEnds {
		i := strings.LastIndex(low, w)
		if i < 0 || (i > 0 && !boundaryBefore(low, i)) {
			continue
		}
		rest := strings.Trim(low[i+len(w):], ": *_\u00a0(a)")
		if rest == "" && (dated || strings.Count(t, " ") <= 4) {
			return true
		}
		if dated && len(rest) < 80 {
			return true
		}
	}
	return false
}

// boundaryBefore tells whether s[i] begins a word.
func boundaryBefore(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return !isWordRune(r)
}

// isWordRune tells letters, roughly.
func isWordRune(r rune) bool {
	return 'a' <= r && r <= 'z' || r >= 0xc0 && r != '»'
}
