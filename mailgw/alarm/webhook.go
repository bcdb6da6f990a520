package alarm

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Webhook sends messages as Standard Webhooks (https://www.standardwebhooks.com).
type Webhook struct {
	URL        string
	SecretFile string            // its first lines are the secrets, whsec_ and base64; two while one takes the other's place
	Transport  http.RoundTripper // nil: HTTP with the system's authorities, by no proxy
	Now        func() time.Time  // nil: time.Now
}

var _ Sender = (*Webhook)(nil)

// sendTime is how long a message may take.
const sendTime = 20 * time.Second

// Send posts a message; an answer of 2xx takes it.
func (w *Webhook) Send(ctx context.Context, m *Message) error {
	secrets, err := w.secrets()
	if err != nil {
		return err
	}
	body, err := m.Body()
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, sendTime)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("the URL is none") // it may have a secret in it
	}
	now := time.Now
	if w.Now != nil {
		now = w.Now
	}
	at := strconv.FormatInt(now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "mailgw")
	req.Header.Set("webhook-id", m.ID)
	req.Header.Set("webhook-timestamp", at)
	req.Header.Set("webhook-signature", signatures(secrets, m.ID, at, body))
	transport := w.Transport
	if transport == nil {
		transport = &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: sendTime}).DialContext, TLSHandshakeTimeout: sendTime}
	}
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		var inner interface{ Unwrap() error }
		if errors.As(err, &inner) && inner.Unwrap() != nil {
			err = inner.Unwrap() // without the URL
		}
		if ctx.Err() != nil {
			err = fmt.Errorf("no answer within %s", sendTime)
		}
		return err
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, maxText)) // only to tell it
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return nil
	case resp.StatusCode == http.StatusGone:
		return ErrGone
	}
	return fmt.Errorf("it answers %s: %s", resp.Status, oneLine(string(said)))
}

// secrets reads the secrets of the file; none when there is no file.
func (w *Webhook) secrets() (out [][]byte, err error) {
	if w.SecretFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(w.SecretFile)
	if err != nil {
		return nil, fmt.Errorf("secret_file: %w", err)
	}
	return ParseSecrets(string(text))
}

// ParseSecrets reads secrets, one on each line: whsec_ and base64 of 24 to 64 bytes.
func ParseSecrets(text string) (out [][]byte, err error) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "whsec_"))
		if err != nil || !strings.HasPrefix(line, "whsec_") || len(key) < 24 || len(key) > 64 {
			return nil, errors.New(`a line is no secret; write whsec_ and 24 to 64 random bytes in base64, as "echo whsec_$(openssl rand -base64 32)" makes them`)
		}
		out = append(out, key)
	}
	if len(out) == 0 {
		return nil, errors.New(`there is no secret in it; write what "echo whsec_$(openssl rand -base64 32)" prints`)
	}
	return out, nil
}

// signatures are those by each secret, separated by spaces.
func signatures(secrets [][]byte, id, at string, body []byte) string {
	var out []string
	for _, key := range secrets {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(id + "." + at + "."))
		m.Write(body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(m.Sum(nil)))
	}
	return strings.Join(out, " ")
}
