package main

import (
	"errors"

	"github.com/spf13/cobra"

	"supportgw/mailgw"
	"supportgw/mailgw/config"
)

func (a *app) alarm() *cobra.Command {
	return group("alarm", "Look at who is told outside of mail when something is wrong, and test it", a.alarmList(), a.alarmTest())
}

func (a *app) alarmList() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print who is told, and what is wrong just now",
		Args:  exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			t := &table{app: a, columns: []column{{"ALARM", 12}, {"LAST", 16}, {"TO", 24}, {"WHAT", 0}}}
			return t.end(a.ask(c.Context(), "alarm.list", struct{}{}, answer(a, func(v mailgw.AlarmView) error {
				if v.Alarm == nil {
					return t.row("! "+*v.Kind, short(*v.Since), "", *v.Text)
				}
				last, what := "-", "ok"
				if v.LastAt != nil {
					last = short(*v.LastAt)
				}
				if v.Error != nil {
					what = "not taken, " + short(*v.ErrorAt) + ": " + *v.Error
				}
				to := ""
				if v.To != nil {
					to = *v.To
				}
				return t.row(*v.Alarm, last, to, what)
			})))
		},
	}
}

func (a *app) alarmTest() *cobra.Command {
	return &cobra.Command{
		Use:   "test [NAME]",
		Short: "Send a test to one alarm, or to all",
		Args:  cobra.MaximumNArgs(1),
		ValidArgsFunction: begun(a.configured(func(c *config.Config, add func(value, meaning string)) {
			for i := range c.Alarms {
				add(c.Alarms[i].Name, c.Alarms[i].URL)
			}
		})),
		RunE: func(c *cobra.Command, args []string) error {
			conf, err := a.config()
			if err != nil {
				return err
			}
			name := ""
			if len(args) > 0 {
				name = args[0]
			}
			all, err := mailgw.TryAlarms(c.Context(), conf, name)
			if err != nil {
				return err
			}
			for i := range all {
				v := &all[i]
				if v.Error != nil {
					err = errors.New("not everybody could be told")
				}
				if perr := a.printAlarmTest(v); perr != nil {
					return perr
				}
			}
			return err
		},
	}
}

func (a *app) printAlarmTest(v *mailgw.AlarmTest) error {
	switch {
	case a.json:
		return a.line(v)
	case v.Error != nil:
		return a.printf("%s (%s): not taken: %s\n", safe(v.Alarm), safe(v.To), safe(*v.Error))
	}
	return a.printf("%s (%s): taken\n", safe(v.Alarm), safe(v.To))
}
