package promise

func french() language {
	return language{
		today:    "au plus tard aujourd’hui, {weekday} {date}, à {time} ({zone})",
		tomorrow: "au plus tard demain, {weekday} {date}, à {time} ({zone})",
		later:    "au plus tard {weekday} {date} à {time} ({zone})",
		date:     "{day} {month}",
		first:    "1er",
		year:     " {year}",
		weekdays: [7]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
		months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin",
			"juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	}
}
