package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// stage is where in the dialogue a reply came.
type stage string

// The stages of a dialogue.
const (
	atGreeting stage = "greeting"
	atHello    stage = "EHLO"
	atStartTLS stage = "STARTTLS"
	atMail     stage = "MAIL"
	atRcpt     stage = "RCPT"
	atData     stage = "DATA"
	atDot      stage = "the final dot"
)

// codeClosing is the reply of a server that closes the connection (RFC 5321 §3.8).
const codeClosing = 421

// refusal is a reply that was not the one that was hoped for.
type refusal struct {
	stage stage
	code  int
	text  string
}

func (e *refusal) Error() string { return fmt.Sprintf("%s: %d %s", e.stage, e.code, e.text) }

// permanent says whether sending the same again cannot help (RFC 5321 §4.2.1).
func (e *refusal) permanent() bool { return e.code >= 500 && e.code < 600 }

// client is one connection to the server.
type client struct {
	conn    net.Conn
	r       *bufio.Reader
	w       *bufio.Writer
	timeout time.Duration
	release func() bool // ends the bond to the context
	offers  map[string]bool
}

// helloName is what a load generator calls itself (RFC 5321 §4.1.3).
const helloName = "[127.0.0.1]"

// connect opens a connection and says hello. The connection breaks when ctx ends.
func connect(ctx context.Context, o *Options) (*client, error) {
	conn, err := o.Dial(ctx, "tcp", o.Addr)
	if err != nil {
		return nil, err
	}
	c := &client{timeout: o.Timeout}
	c.use(conn)
	c.release = context.AfterFunc(ctx, func() {
		_ = conn.Close() // whoever reads from it hears of it
	})
	c.use(conn)
	if err := c.open(o); err != nil {
		c.close(false)
		return nil, err
	}
	return c, nil
}

func (c *client) use(conn net.Conn) {
	c.conn, c.r, c.w = conn, bufio.NewReader(conn), bufio.NewWriterSize(conn, 32<<10)
}

func (c *client) open(o *Options) error {
	if _, err := c.expect(atGreeting, 220); err != nil {
		return err
	}
	if err := c.hello(o.LMTP); err != nil {
		return err
	}
	if o.StartTLS {
		if err := c.encrypt(); err != nil {
			return err
		}
		if err := c.hello(o.LMTP); err != nil {
			return err
		}
	}
	if o.Pipeline && !c.offers["PIPELINING"] {
		return fmt.Errorf("%s: the server does not offer PIPELINING", atHello)
	}
	return nil
}

// hello asks what the server offers.
func (c *client) hello(lmtp bool) error {
	verb := "EHLO"
	if lmtp {
		verb = "LHLO" // RFC 2033 §4.1
	}
	text, err := c.command(atHello, 250, verb+" "+helloName)
	if err != nil {
		return err
	}
	c.offers = map[string]bool{}
	for _, line := range strings.Split(text, "\n")[1:] {
		word, _, _ := strings.Cut(line, " ")
		c.offers[strings.ToUpper(word)] = true
	}
	return nil
}

func (c *client) encrypt() error {
	if _, err := c.command(atStartTLS, 220, "STARTTLS"); err != nil {
		return err
	}
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return err
	}
	t := tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true}) // see Options.StartTLS
	if err := t.Handshake(); err != nil {
		return fmt.Errorf("%s: %w", atStartTLS, err)
	}
	c.use(t)
	return nil
}

// command sends a line and wants a reply.
func (c *client) command(at stage, want int, line string) (string, error) {
	if err := c.write(line + "\r\n"); err != nil {
		return "", fmt.Errorf("%s: %w", at, withoutPorts(err))
	}
	return c.expect(at, want)
}

func (c *client) write(parts ...string) error {
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := c.w.WriteString(p); err != nil {
			return err
		}
	}
	return c.w.Flush()
}

// maxReplyLines bounds a reply: the server may be anything.
const maxReplyLines = 100

// expect reads a reply; its lines are joined by newlines (RFC 5321 §4.2.1).
func (c *client) expect(at stage, want int) (string, error) {
	if err := c.conn.SetReadDeadline(time.Now().Add(c.timeout)); err != nil {
		return "", fmt.Errorf("%s: %w", at, err)
	}
	var lines []string
	for range maxReplyLines {
		b, err := c.r.ReadSlice('\n')
		if err != nil {
			return "", fmt.Errorf("%s: %w", at, withoutPorts(err))
		}
		line := strings.TrimRight(string(b), "\r\n")
		code, rest := line[:min(3, len(line))], line[min(4, len(line)):]
		n, err := strconv.Atoi(code)
		if err != nil || n < 200 || n > 599 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
			return "", fmt.Errorf("%s: %q is not a reply", at, line)
		}
		lines = append(lines, rest)
		if len(line) > 3 && line[3] == '-' {
			continue
		}
		text := strings.Join(lines, "\n")
		if n != want {
			return "", &refusal{at, n, strings.ReplaceAll(text, "\n", " / ")}
		}
		return text, nil
	}
	return "", fmt.Errorf("%s: a reply of more than %d lines", at, maxReplyLines)
}

// withoutPorts is an error of a connection without its addresses: the same thing
// that happens to many connections is one error to tell.
func withoutPorts(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Op != "dial" {
		return fmt.Errorf("%s: %w", op.Op, op.Err)
	}
	return err
}

// close ends the connection; politely is with QUIT.
func (c *client) close(politely bool) {
	if politely {
		c.timeout = min(c.timeout, 5*time.Second)
		_, _ = c.command("QUIT", 221, "QUIT") // nothing depends on the answer
	}
	c.release()
	_ = c.conn.Close() // all that was to be said is said
}
