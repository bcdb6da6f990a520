//go:build linux

package main_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// marionette drives a program of Mozilla's: frames of "length:[0,id,command,{…}]" one way
// and "length:[1,id,error,result]" back.
type marionette struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
	id   int
}

// newMarionette connects when the program is up, and takes its own context.
func newMarionette(t testing.TB, port int) *marionette {
	t.Helper()
	m := &marionette{t: t}
	waitFor(t, "Marionette", func() bool {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		m.conn = conn
		return err == nil
	})
	t.Cleanup(func() { m.conn.Close() })
	m.in = bufio.NewReader(m.conn)
	if _, err := m.frame(); err != nil {
		t.Fatal(err)
	}
	m.call("WebDriver:NewSession", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{"unhandledPromptBehavior": "ignore"}}})
	m.call("Marionette:SetContext", map[string]any{"value": "chrome"})
	m.call("WebDriver:SetTimeouts", map[string]any{"script": patience.Milliseconds()})
	return m
}

func (m *marionette) frame() (json.RawMessage, error) {
	if err := m.conn.SetReadDeadline(time.Now().Add(2 * patience)); err != nil {
		return nil, err
	}
	length, err := m.in.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil {
		return nil, err
	}
	frame := make([]byte, n)
	_, err = io.ReadFull(m.in, frame)
	return frame, err
}

func (m *marionette) call(command string, args map[string]any) json.RawMessage {
	m.t.Helper()
	got, err := m.try(command, args)
	if err != nil {
		m.t.Fatalf("%s: %v", command, err)
	}
	return got
}

// try is call with what the program refuses as an error.
func (m *marionette) try(command string, args map[string]any) (json.RawMessage, error) {
	m.id++
	b, err := json.Marshal([]any{0, m.id, command, args})
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(m.conn, "%d:%s", len(b), b); err != nil {
		return nil, err
	}
	frame, err := m.frame()
	var got []json.RawMessage
	if err == nil {
		err = json.Unmarshal(frame, &got)
	}
	if err != nil || len(got) != 4 || string(got[2]) != "null" {
		return nil, fmt.Errorf("%w: %.600s", cmp.Or(err, errRefused), frame)
	}
	return got[3], nil
}

var errRefused = errors.New("refused")

// do runs the body of an async function in the program; what it returns comes back.
func (m *marionette) do(body string, args ...any) string {
	m.t.Helper()
	script := `const done = arguments[arguments.length-1], args = Array.from(arguments).slice(0, -1);
const {MailServices} = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const until = async (what, ok) => { for (let i = 0; i < 1000; i++) { const v = await ok(); if (v) return v; await new Promise(r => setTimeout(r, 50)); } throw new Error("waited in vain for " + what); };
(async () => {` + body + `})().then(v => done({ok: String(v)}), e => done({err: String(e) + "\n" + e.stack}));`
	raw := m.call("WebDriver:ExecuteAsyncScript", map[string]any{"script": script, "args": append([]any{}, args...), "sandbox": "system", "newSandbox": false})
	var got struct {
		Value struct{ OK, Err string }
	}
	if err := json.Unmarshal(raw, &got); err != nil || got.Value.Err != "" {
		m.t.Fatalf("%v: %s\nin %s", err, got.Value.Err, body)
	}
	return got.Value.OK
}

// alert waits for a box that wants an answer, and returns its text. While there is one,
// nothing else is done in the program.
func (m *marionette) alert() string {
	m.t.Helper()
	var text string
	waitFor(m.t, "a box", func() bool {
		raw, err := m.try("WebDriver:GetAlertText", map[string]any{})
		if err != nil {
			return false
		}
		var got struct{ Value string }
		if err := json.Unmarshal(raw, &got); err != nil {
			m.t.Fatal(err)
		}
		text = got.Value
		return true
	})
	return text
}
