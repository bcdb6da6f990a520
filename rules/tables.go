package rules

// Marks in the tables of folding.
const (
	foldNone = 0 // no entry, or no second byte
	foldDrop = 1 // folds to nothing
)

// twoByteLead is the first UTF-8 byte of U+00C0.
const twoByteLead = 0xc3

// twoByteAt returns the place in twoByteFold of the character with these two
// bytes, or -1 when it has none there.
func twoByteAt(lead, next byte) int {
	if next&0xc0 != 0x80 || lead < twoByteLead || lead > 0xdf {
		return -1
	}
	at := (int(lead-twoByteLead)*64 + int(next&0x3f)) * 2
	if twoByteFold[at] == foldNone {
		return -1
	}
	return at
}

// asciiFold has the folded form of each ASCII character, zero for the bytes
// that are not ASCII.
const asciiFold = "" +
	"                " +
	"                " +
	" !\"#$%&'()*+,-./" +
	"0123456789:;<=>?" +
	"@abcdefghijklmno" +
	"pqrstuvwxyz[\\]^_" +
	"`abcdefghijklmno" +
	"pqrstuvwxyz{|}~ " +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// twoByteFold has the folded form of U+00C0 to U+07FF in two bytes each. It
// only saves time: the test of folding compares it with the long way. Hebrew
// and Arabic letters are escaped so that the source reads from left to right.
const twoByteFold = "" +
	"a\x00a\x00a\x00a\x00a\x00a\x00aec\x00e\x00e\x00e\x00e\x00i\x00i\x00i\x00i\x00" +
	"d\x00n\x00o\x00o\x00o\x00o\x00o\x00×o\x00u\x00u\x00u\x00u\x00y\x00þss" +
	"a\x00a\x00a\x00a\x00a\x00a\x00aec\x00e\x00e\x00e\x00e\x00i\x00i\x00i\x00i\x00" +
	"d\x00n\x00o\x00o\x00o\x00o\x00o\x00÷o\x00u\x00u\x00u\x00u\x00y\x00þy\x00" +
	"a\x00a\x00a\x00a\x00a\x00a\x00c\x00c\x00c\x00c\x00c\x00c\x00c\x00c\x00d\x00d\x00" +
	"d\x00d\x00e\x00e\x00e\x00e\x00e\x00e\x00e\x00e\x00e\x00e\x00g\x00g\x00g\x00g\x00" +
	"g\x00g\x00g\x00g\x00h\x00h\x00ħħi\x00i\x00i\x00i\x00i\x00i\x00i\x00i\x00" +
	"i\x00i\x00ijijj\x00j\x00k\x00k\x00ĸl\x00l\x00l\x00l\x00l\x00l\x00\x00\x00" +
	"\x00\x00l\x00l\x00n\x00n\x00n\x00n\x00n\x00n\x00\x00\x00ŋŋo\x00o\x00o\x00o\x00" +
	"o\x00o\x00oeoer\x00r\x00r\x00r\x00r\x00r\x00s\x00s\x00s\x00s\x00s\x00s\x00" +
	"s\x00s\x00t\x00t\x00t\x00t\x00ŧŧu\x00u\x00u\x00u\x00u\x00u\x00u\x00u\x00" +
	"u\x00u\x00u\x00u\x00w\x00w\x00y\x00y\x00y\x00z\x00z\x00z\x00z\x00z\x00z\x00s\x00" +
	"ƀɓƃƃƅƅɔƈƈɖɗƌƌƍǝə" +
	"ɛƒƒɠɣƕɩɨƙƙƚƛɯɲƞɵ" +
	"o\x00o\x00ƣƣƥƥʀƨƨʃƪƫƭƭʈu\x00" +
	"u\x00ʊʋƴƴƶƶʒƹƹƺƻƽƽƾƿ" +
	"ǀǁǂǃdzdzdzljljljnjnjnja\x00a\x00i\x00" +
	"i\x00o\x00o\x00u\x00u\x00u\x00u\x00u\x00u\x00u\x00u\x00u\x00u\x00ǝa\x00a\x00" +
	"a\x00a\x00aeaeǥǥg\x00g\x00k\x00k\x00o\x00o\x00o\x00o\x00ʒʒ" +
	"j\x00dzdzdzg\x00g\x00ƕƿn\x00n\x00a\x00a\x00aeaeo\x00o\x00" +
	"a\x00a\x00a\x00a\x00e\x00e\x00e\x00e\x00i\x00i\x00i\x00i\x00o\x00o\x00o\x00o\x00" +
	"r\x00r\x00r\x00r\x00u\x00u\x00u\x00u\x00s\x00s\x00t\x00t\x00ȝȝh\x00h\x00" +
	"ƞȡȣȣȥȥa\x00a\x00e\x00e\x00o\x00o\x00o\x00o\x00o\x00o\x00" +
	"o\x00o\x00y\x00y\x00ȴȵȶȷȸȹ\x00\x00ȼȼƚ\x00\x00ȿ" +
	"ɀɂɂƀʉʌɇɇɉɉɋɋɍɍɏɏ" +
	"ɐɑɒɓɔɕɖɗɘəɚɛɜɝɞɟ" +
	"ɠɡɢɣɤɥɦɧɨɩɪɫɬɭɮɯ" +
	"ɰɱɲɳɴɵɶɷɸɹɺɻɼɽɾɿ" +
	"ʀʁʂʃʄʅʆʇʈʉʊʋʌʍʎʏ" +
	"ʐʑʒʓʔʕʖʗʘʙʚʛʜʝʞʟ" +
	"ʠʡʢʣʤʥʦʧʨʩʪʫʬʭʮʯ" +
	"h\x00ɦj\x00r\x00ɹɻʁw\x00y\x00ʹʺʻʼʽʾʿ" +
	"ˀˁ˂˃˄˅ˆˇˈˉˊˋˌˍˎˏ" +
	"ːˑ˒˓˔˕˖˗\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00˞˟" +
	"ɣl\x00s\x00x\x00ʕ˥˦˧˨˩˪˫ˬ˭ˮ˯" +
	"˰˱˲˳˴˵˶˷˸˹˺˻˼˽˾˿" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"ͱͱͳͳʹ͵ͷͷ͸͹\x00\x00ͻͼͽ;\x00ϳ" +
	"΀΁΂΃\x00\x00\x00\x00α·εηι΋ο΍υω" +
	"ιαβγδεζηθικλμνξο" +
	"πρ΢στυφχψωιυαεηι" +
	"υαβγδεζηθικλμνξο" +
	"πρσστυφχψωιυουωϗ" +
	"βθυυυφπϗϙϙϛϛϝϝϟϟ" +
	"ϡϡϣϣϥϥϧϧϩϩϫϫϭϭϯϯ" +
	"κρσϳθε϶ϸϸσϻϻϼͻͼͽ" +
	"ееђгєѕііјљњћкиуџ" +
	"абвгдежзииклмноп" +
	"рстуфхцчшщъыьэюя" +
	"абвгдежзииклмноп" +
	"рстуфхцчшщъыьэюя" +
	"ееђгєѕііјљњћкиуџ" +
	"ѡѡѣѣѥѥѧѧѩѩѫѫѭѭѯѯ" +
	"ѱѱѳѳѵѵѵѵѹѹѻѻѽѽѿѿ" +
	"ҁҁ҂\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00\x00ҋҋҍҍҏҏ" +
	"ґґғғҕҕҗҗҙҙққҝҝҟҟ" +
	"ҡҡңңҥҥҧҧҩҩҫҫҭҭүү" +
	"ұұҳҳҵҵҷҷҹҹһһҽҽҿҿ" +
	"ӏжжӄӄӆӆӈӈӊӊӌӌӎӎӏ" +
	"ааааӕӕееәәәәжжзз" +
	"ӡӡииииооөөөөээуу" +
	"ууууччӷӷыыӻӻӽӽӿӿ" +
	"ԁԁԃԃԅԅԇԇԉԉԋԋԍԍԏԏ" +
	"ԑԑԓԓԕԕԗԗԙԙԛԛԝԝԟԟ" +
	"ԡԡԣԣԥԥԧԧԩԩԫԫԭԭԯԯ" +
	"\u0530\u0561\u0562\u0563\u0564\u0565\u0566\u0567\u0568\u0569\u056a\u056b\u056c\u056d\u056e\u056f" +
	"\u0570\u0571\u0572\u0573\u0574\u0575\u0576\u0577\u0578\u0579\u057a\u057b\u057c\u057d\u057e\u057f" +
	"\u0580\u0581\u0582\u0583\u0584\u0585\u0586\u0557\u0558\u0559\u055a\u055b\u055c\u055d\u055e\u055f" +
	"\u0560\u0561\u0562\u0563\u0564\u0565\u0566\u0567\u0568\u0569\u056a\u056b\u056c\u056d\u056e\u056f" +
	"\u0570\u0571\u0572\u0573\u0574\u0575\u0576\u0577\u0578\u0579\u057a\u057b\u057c\u057d\u057e\u057f" +
	"\u0580\u0581\u0582\u0583\u0584\u0585\u0586\x00\x00\u0588\u0589\u058a\u058b\u058c\u058d\u058e\u058f" +
	"\u0590\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\u05be\x01\x00" +
	"\u05c0\x01\x00\x01\x00\u05c3\x01\x00\x01\x00\u05c6\x01\x00\u05c8\u05c9\u05ca\u05cb\u05cc\u05cd\u05ce\u05cf" +
	"\u05d0\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6\u05d7\u05d8\u05d9\u05da\u05db\u05dc\u05dd\u05de\u05df" +
	"\u05e0\u05e1\u05e2\u05e3\u05e4\u05e5\u05e6\u05e7\u05e8\u05e9\u05ea\u05eb\u05ec\u05ed\u05ee\u05ef" +
	"\u05f0\u05f1\u05f2\u05f3\u05f4\u05f5\u05f6\u05f7\u05f8\u05f9\u05fa\u05fb\u05fc\u05fd\u05fe\u05ff" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\u0606\u0607\u0608\u0609\u060a\u060b\u060c\u060d\u060e\u060f" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\u061b\x01\x00\u061d\u061e\u061f" +
	"\u0620\u0621\u0627\u0627\u0648\u0627\u064a\u0627\u0628\u0629\u062a\u062b\u062c\u062d\u062e\u062f" +
	"\u0630\u0631\u0632\u0633\u0634\u0635\u0636\u0637\u0638\u0639\u063a\u063b\u063c\u063d\u063e\u063f" +
	"\u0640\u0641\u0642\u0643\u0644\u0645\u0646\u0647\u0648\u0649\u064a\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00" +
	"\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u066a\u066b\u066c\u066d\u066e\u066f" +
	"\x01\x00\u0671\u0672\u0673\u0674\x00\x00\x00\x00\x00\x00\x00\x00\u0679\u067a\u067b\u067c\u067d\u067e\u067f" +
	"\u0680\u0681\u0682\u0683\u0684\u0685\u0686\u0687\u0688\u0689\u068a\u068b\u068c\u068d\u068e\u068f" +
	"\u0690\u0691\u0692\u0693\u0694\u0695\u0696\u0697\u0698\u0699\u069a\u069b\u069c\u069d\u069e\u069f" +
	"\u06a0\u06a1\u06a2\u06a3\u06a4\u06a5\u06a6\u06a7\u06a8\u06a9\u06aa\u06ab\u06ac\u06ad\u06ae\u06af" +
	"\u06b0\u06b1\u06b2\u06b3\u06b4\u06b5\u06b6\u06b7\u06b8\u06b9\u06ba\u06bb\u06bc\u06bd\u06be\u06bf" +
	"\u06d5\u06c1\u06c1\u06c3\u06c4\u06c5\u06c6\u06c7\u06c8\u06c9\u06ca\u06cb\u06cc\u06cd\u06ce\u06cf" +
	"\u06d0\u06d1\u06d2\u06d2\u06d4\u06d5\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\u06de\x01\x00" +
	"\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\u06e5\u06e6\x01\x00\x01\x00\u06e9\x01\x00\x01\x00\x01\x00\x01\x00\u06ee\u06ef" +
	"\u06f0\u06f1\u06f2\u06f3\u06f4\u06f5\u06f6\u06f7\u06f8\u06f9\u06fa\u06fb\u06fc\u06fd\u06fe\u06ff" +
	"\u0700\u0701\u0702\u0703\u0704\u0705\u0706\u0707\u0708\u0709\u070a\u070b\u070c\u070d\u070e\x01\x00" +
	"\u0710\x00\x00\u0712\u0713\u0714\u0715\u0716\u0717\u0718\u0719\u071a\u071b\u071c\u071d\u071e\u071f" +
	"\u0720\u0721\u0722\u0723\u0724\u0725\u0726\u0727\u0728\u0729\u072a\u072b\u072c\u072d\u072e\u072f" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\u074b\u074c\u074d\u074e\u074f" +
	"\u0750\u0751\u0752\u0753\u0754\u0755\u0756\u0757\u0758\u0759\u075a\u075b\u075c\u075d\u075e\u075f" +
	"\u0760\u0761\u0762\u0763\u0764\u0765\u0766\u0767\u0768\u0769\u076a\u076b\u076c\u076d\u076e\u076f" +
	"\u0770\u0771\u0772\u0773\u0774\u0775\u0776\u0777\u0778\u0779\u077a\u077b\u077c\u077d\u077e\u077f" +
	"\u0780\u0781\u0782\u0783\u0784\u0785\u0786\u0787\u0788\u0789\u078a\u078b\u078c\u078d\u078e\u078f" +
	"\u0790\u0791\u0792\u0793\u0794\u0795\u0796\u0797\u0798\u0799\u079a\u079b\u079c\u079d\u079e\u079f" +
	"\u07a0\u07a1\u07a2\u07a3\u07a4\u07a5\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\u07b1\u07b2\u07b3\u07b4\u07b5\u07b6\u07b7\u07b8\u07b9\u07ba\u07bb\u07bc\u07bd\u07be\u07bf" +
	"\u07c0\u07c1\u07c2\u07c3\u07c4\u07c5\u07c6\u07c7\u07c8\u07c9\u07ca\u07cb\u07cc\u07cd\u07ce\u07cf" +
	"\u07d0\u07d1\u07d2\u07d3\u07d4\u07d5\u07d6\u07d7\u07d8\u07d9\u07da\u07db\u07dc\u07dd\u07de\u07df" +
	"\u07e0\u07e1\u07e2\u07e3\u07e4\u07e5\u07e6\u07e7\u07e8\u07e9\u07ea\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\u07f4\u07f5\u07f6\u07f7\u07f8\u07f9\u07fa\u07fb\u07fc\x00\x00\u07fe\u07ff"

// wordClass says of each byte of a folded text: w is part of a word, u is
// not ASCII, the rest stands between words.
const wordClass = "" +
	"................" +
	"................" +
	"................" +
	"wwwwwwwwww......" +
	"................" +
	"................" +
	".wwwwwwwwwwwwwww" +
	"wwwwwwwwwww....." +
	"uuuuuuuuuuuuuuuu" +
	"uuuuuuuuuuuuuuuu" +
	"uuuuuuuuuuuuuuuu" +
	"uuuuuuuuuuuuuuuu" +
	"uuuuuuuuuuuuuuuu" +
	"uuuuuuuuuuuuuuuu" +
	"uuuuuuuuuuuuuuuu" +
	"uuuuuuuuuuuuuuuu"
