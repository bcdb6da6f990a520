package letter

import (
	"strings"
	"unicode"
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
	const longest = 40
	line = strings.TrimLeft(line, "*> \t")
	head := line[:min(len(line), longest)]
	i := strings.IndexByte(head, ':')
	if i < 0 {
		i = strings.Index(head, "：")
	}
	if i <= 0 {
		return labelNone
	}
	head = strings.TrimRight(head[:i], "* \t")
	if strings.IndexByte(head, ' ') >= 0 && head[0] < utf8.RuneSelf {
		return labelNone
	}
	head = strings.Trim(head, "\u00a0")
	var buf [longest]byte
	return labelWords[string(lowerInto(buf[:0], head))]
}

// lowerInto appends s in lower case to buf.
func lowerInto(buf []byte, s string) []byte {
	for _, r := range s {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		} else if r >= utf8.RuneSelf {
			r = unicode.ToLower(r)
		}
		buf = utf8.AppendRune(buf, r)
	}
	return buf
}

// separatorWords stand between dashes where an earlier mail begins.
var separatorWords = []string{
	"original message", "original appointment", "forwarded message", "forwarded by", "reply message", "begin forwarded",
	"ursprüngliche nachricht", "originalnachricht", "original-nachricht", "weitergeleitete nachricht", "ursprüngliche mail",
	"message d'origine", "message original", "message transféré", "message d’origine",
	"mensaje original", "mensaje reenviado", "messaggio originale", "messaggio inoltrato", "oorspronkelijk bericht", "doorgestuurd bericht",
	"ursprungligt meddelande", "oprindelig meddelelse", "opprinnelig melding", "mensagem original", "mensagem encaminhada",
	"wiadomość oryginalna", "oryginalna wiadomość", "исходное сообщение", "alkuperäinen viesti", "původní zpráva", "邮件原件", "原始邮件", "转发邮件",
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
	"napisał", "napisała", "napisał(a)", "написал", "пишет", "kirjoitti", "napsal", "writes", "geschreven", "写道", "のメール",
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
	if strings.HasPrefix(t, "在") {
		return true
	}
	const longest = 8
	first := t[:min(len(t), longest+1)]
	if i := strings.IndexByte(first, ' '); i > 0 {
		first = first[:i]
	}
	var buf [2 * longest]byte
	if len(first) <= longest && announcementStarts[string(lowerInto(buf[:0], strings.Trim(first, "*,\"'")))] {
		return true
	}
	if strings.HasSuffix(t, ":") {
		return endsAnnouncement(t)
	}
	return strings.Contains(t, "@") && hasVerb(t)
}

// endsAnnouncement tells whether the text, joined so far, is a whole
// announcement: it ends with a colon and says that somebody wrote at some time or
// from some address.
func endsAnnouncement(t string) bool {
	t = strings.TrimRight(t, "*_ \u00a0")
	if !strings.HasSuffix(t, ":") && !strings.HasSuffix(t, "：") {
		return false
	}
	dated := strings.ContainsAny(t, "0123456789@")
	if !dated && strings.Count(t, " ") > 4 {
		return false
	}
	low := strings.ToLower(t)
	for _, w := range announcementEnds {
		i := strings.LastIndex(low, w)
		if i < 0 || (i > 0 && !boundaryBefore(low, i)) {
			continue
		}
		rest := strings.Trim(low[i+len(w):], ":： *_\u00a0(a)")
		// A name, and perhaps an address with a token in it.
		if rest == "" || dated && (len(rest) < 80 || len(rest) < 200 && strings.Contains(rest, "@")) {
			return true
		}
	}
	return false
}

// hasVerb tells whether a line says that somebody wrote.
func hasVerb(t string) bool {
	low := strings.ToLower(t)
	for _, w := range announcementEnds {
		if i := strings.LastIndex(low, w); i > 0 && boundaryBefore(low, i) {
			return true
		}
	}
	return false
}

// deviceStarts begin the line that phones and mail programs add at the end.
var deviceStarts = []string{
	"sent from", "sent with", "sent via", "get outlook for", "get bluemail", "gesendet von", "gesendet mit", "gesendet aus", "von meinem", "von unterwegs",
	"diese nachricht wurde von", "diese nachricht wurde mit", "holen sie sich outlook", "outlook für", "envoyé de", "envoyé depuis", "envoyé avec",
	"télécharger outlook", "obtenir outlook", "enviado desde", "enviado con", "enviado do", "enviado a partir", "obtener outlook", "obter o outlook",
	"inviato da", "scarica outlook", "verzonden met", "verzonden vanaf", "verstuurd vanaf", "skickat från", "sendt fra", "hämta outlook", "hent outlook",
	"wysłane z", "wysłano z", "pobierz outlook", "lähetetty", "отправлено с", "发自", "从我的", "iphoneから送信", "iphone'dan gönder", "odesláno z",
}

// IsDeviceLine tells a line that phones and mail programs add by themselves, such
// as "Sent from my iPhone". One with a comma is a sentence of somebody's.
func IsDeviceLine(line string) bool {
	const longest = 200 // whole mails are asked about, too
	if len(line) > longest || strings.ContainsAny(line, ",\n") {
		return false
	}
	line = strings.ToLower(strings.Trim(line, "*_ \t<>[]"))
	for _, w := range deviceStarts {
		if strings.HasPrefix(line, w) {
			return true
		}
	}
	return false
}

// forwardMarks stand before the subject of a mail that is passed on.
var forwardMarks = makeSet("fw fwd wg tr rv enc i doorst vb vs pd 转发 轉寄")

// IsForward tells whether a subject says that the mail passes another one on.
func IsForward(subject string) bool {
	subject = strings.ReplaceAll(cutRunes(strings.TrimLeft(subject, " ["), 20), "：", ":")
	first, _, ok := strings.Cut(subject, ":")
	return ok && forwardMarks[strings.ToLower(strings.TrimSpace(first))]
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

// IsAttribution tells whether a line, with those that follow it when a client
// broke it, announces a quotation: "On Monday, X wrote:" in any language that we
// know.
func IsAttribution(line string, more ...string) bool {
	line = strings.TrimSpace(line)
	if len(line) > longestAnnouncement || !startsAnnouncement(line) {
		return false
	}
	for _, m := range more {
		line += " " + strings.TrimSpace(m)
	}
	return len(line) <= longestAnnouncement && endsAnnouncement(line)
}
