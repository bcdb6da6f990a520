package wording

// Phrases are the built-in phrases by language and name.
func Phrases() map[string]map[string]string {
	all := make(map[string]map[string]string)
	for tag, t := range Builtin().tongues {
		all[tag] = t.data.Phrase
	}
	return all
}
