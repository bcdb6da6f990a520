package alarm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func aMessage() *Message {
	return &Message{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", At: time.Unix(1614265330, 0), Host: "gw.example", List: []Report{{Key: "a", Kind: "store", State: Raised, Text: "x"}}}
}

// TestSignature is the example of the specification (Standard Webhooks, "Signature scheme" and its libraries' tests).
func TestSignature(t *testing.T) {
	t.Parallel()
	keys, err := ParseSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "signature", signatures(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`)), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	two, err := ParseSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n\nwhsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")
	if err != nil || len(strings.Fields(signatures(two, "a", "1", nil))) != 2 {
		t.Errorf("two secrets: %v, %v", two, err)
	}
	for _, text := range []string{"", "\n", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_AAAA", "whsec_!", "whsec_" + strings.Repeat("A", 100)} {
		if _, err := ParseSecrets(text); err == nil {
			t.Errorf("%q is taken for secrets", text)
		}
	}
}

// answers is a server that answers each message so.
type answers func(r *http.Request) (*http.Response, error)

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := f(r)
	if resp != nil {
		resp.Request = r
	}
	return resp, err
}

// TestWebhook: what is sent, and which answers take it.
func TestWebhook(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var got *http.Request
	var body []byte
	say := func(status int, text string) answers {
		return func(r *http.Request) (*http.Response, error) {
			got = r
			body, _ = io.ReadAll(r.Body)
			return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: http.Header{"Location": {"https://elsewhere.example/"}}, Body: io.NopCloser(strings.NewReader(text))}, nil
		}
	}
	for name, c := range map[string]struct {
		answer answers
		want   string // of the error; "" when it is taken
	}{
		"200":        {say(200, ""), ""},
		"204":        {say(204, ""), ""},
		"500":        {say(500, "oh\nno"), "it answers 500: oh no"},
		"400":        {say(400, strings.Repeat("x", 1<<20)), "it answers 400: xxx"},
		"410":        {say(410, ""), "410 Gone"},
		"301":        {say(301, ""), "it answers 301"},
		"307":        {say(307, ""), "it answers 307"},
		"no server":  {func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }, "connection refused"},
		"no answer":  {func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, "no answer within 20s"},
		"no secret":  {nil, "secret_file: open /nowhere"},
		"no secrets": {nil, "there is no secret in it"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &Webhook{URL: "https://ops.example/hook?key=hidden", SecretFile: secret, Transport: c.answer, Now: func() time.Time { return time.Unix(1614265330, 0) }}
				switch name {
				case "no secret":
					w.SecretFile = "/nowhere"
				case "no secrets":
					w.SecretFile = os.DevNull
				}
				err := w.Send(context.Background(), aMessage())
				if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hidden") || len(err.Error()) > 700) {
					t.Errorf("%v, want %q", err, c.want)
				}
				if errors.Is(err, ErrGone) != (name == "410") {
					t.Errorf("gone: %v", err)
				}
			})
		})
	}
	if err := (&Webhook{URL: "https://ops.example/hook", SecretFile: secret, Transport: say(200, ""), Now: func() time.Time { return time.Unix(1614265330, 0) }}).Send(context.Background(), aMessage()); err != nil {
		t.Fatal(err)
	}
	keys, _ := ParseSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	equal(t, "method", got.Method+" "+got.Header.Get("Content-Type"), "POST application/json")
	equal(t, "id and time", got.Header.Get("webhook-id")+" "+got.Header.Get("webhook-timestamp"), "msg_p5jXN8AQM9LWM0D4loKWxJek 1614265330")
	equal(t, "signature", got.Header.Get("webhook-signature"), signatures(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body))
}

// TestWebhookServer is TestWebhook with a server, which never ends its answer.
func TestWebhookServer(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(500)
		for r.Context().Err() == nil {
			if _, err := w.Write([]byte(strings.Repeat("x", 1<<16))); err != nil {
				return
			}
		}
	}))
	defer s.Close()
	if err := (&Webhook{URL: s.URL, SecretFile: secret}).Send(context.Background(), aMessage()); err == nil || !strings.Contains(err.Error(), "500") {
		t.Error(err)
	}
}

// TestCommand: a program gets the message, and is not waited for for ever.
func TestCommand(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("!!! SKIPPED: there is no sh")
	}
	dir := t.TempDir()
	send := func(ctx context.Context, script string) (time.Duration, error) {
		at := time.Now()
		err := (&Command{Args: []string{"sh", "-c", script, "sh", dir}}).Send(ctx, aMessage())
		return time.Since(at), err
	}
	if _, err := send(context.Background(), `cat > "$1/got" && echo "$MAILGW_ALARM_ID" > "$1/id" && env > "$1/env"`); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "got"))
	var got map[string]any
	if err != nil || json.Unmarshal(text, &got) != nil || got["type"] != "mailgw.alarm.raised" {
		t.Errorf("it got %s, %v", text, err)
	}
	if id, err := os.ReadFile(filepath.Join(dir, "id")); err != nil || string(id) != "msg_p5jXN8AQM9LWM0D4loKWxJek\n" {
		t.Errorf("id %s, %v", id, err)
	}
	if env, err := os.ReadFile(filepath.Join(dir, "env")); err != nil || strings.Contains(string(env), "GOCACHE") || strings.Contains(string(env), "MAILGW_CONFIG") {
		t.Errorf("environment:\n%s%v", env, err)
	}
	for script, want := range map[string]string{
		"echo no route >&2; exit 3":          "sh: exit status 3: no route",
		"yes | head -c 10000000 >&2; exit 1": "sh: exit status 1: y y y",
		"exit 0":                             "",
		"sleep 30 & exit 0":                  "", // what is left behind holds the pipe
	} {
		took, err := send(context.Background(), script)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || len(err.Error()) > 700) {
			t.Errorf("%s: %v, want %q", script, err, want)
		}
		if took > 20*time.Second {
			t.Errorf("%s took %s", script, took)
		}
	}
	if err := (&Command{Args: []string{filepath.Join(dir, "none")}}).Send(context.Background(), aMessage()); err == nil {
		t.Error("what is not there was started")
	}
	ctx, stop := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer stop()
	took, err := send(ctx, `(sleep 3; echo late > "$1/late") & sleep 1000`)
	if err == nil || took > 10*time.Second {
		t.Errorf("a program that hangs: %v after %s", err, took)
	}
	time.Sleep(3500*time.Millisecond - took)
	if _, err := os.Stat(filepath.Join(dir, "late")); err == nil {
		t.Error("what a program had started went on after its end")
	}
}
