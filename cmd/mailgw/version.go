package main

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionLine is what "version --json" prints.
type versionLine struct {
	Version  string  `json:"version"`  // of the module; "(devel)" when it was built from a working copy
	Revision *string `json:"revision"` // of version control; null when it was built without
	Modified bool    `json:"modified"` // whether the working copy was changed
	Go       string  `json:"go"`
	OS       string  `json:"os"`
	Arch     string  `json:"arch"`
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print what this program was built from",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			v := built()
			if a.json {
				return a.line(v)
			}
			revision := or(v.Revision, "no revision")
			if v.Modified {
				revision += ", modified"
			}
			return a.printf("mailgw %s (%s) %s %s/%s\n", v.Version, revision, v.Go, v.OS, v.Arch)
		},
	}
}

// built reads what the compiler wrote into the program.
func built() versionLine {
	v := versionLine{Version: "(devel)", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = &s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
