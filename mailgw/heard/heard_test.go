package heard

import (
	"testing"
	"time"
)

func TestFirst(t *testing.T) {
	c := Context{Now: time.Date(2026, 11, 18, 10, 30, 0, 0, time.UTC), Lang: "en"}
	got := Promises("I'll get back to you by 3 pm.", c)
	if len(got) != 1 || !got[0].Sure || got[0].At.Hour() != 15 {
		t.Errorf("got %+v", got)
	}
	if _, err := Time("soon", c); err == nil {
		t.Error("no error")
	}
}
