package promise

func german() language {
	return language{
		today:    "bis heute, {weekday}, {date}, {time} Uhr ({zone})",
		tomorrow: "bis morgen, {weekday}, {date}, {time} Uhr ({zone})",
		later:    "bis {weekday}, {date}, {time} Uhr ({zone})",
		date:     "{day}. {month}",
		year:     " {year}",
		weekdays: [7]string{"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
		months: [12]string{"Januar", "Februar", "März", "April", "Mai", "Juni",
			"Juli", "August", "September", "Oktober", "November", "Dezember"},
	}
}
