package alarm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// Command sends messages by starting a program: the message is its standard input, as JSON.
// No shell is asked. Its environment is PATH, HOME and MAILGW_ALARM_ID.
type Command struct {
	Args []string
}

var _ Sender = (*Command)(nil)

// commandTime is how long a program may take, with all that it has started.
const commandTime = 30 * time.Second

// Send starts the program; status 0 takes the message.
func (c *Command) Send(ctx context.Context, m *Message) error {
	body, err := m.Body()
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, commandTime)
	defer stop()
	said := &head{}
	cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(body, '\n')), said, said
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "MAILGW_ALARM_ID=" + m.ID}
	cmd.WaitDelay = time.Second // who holds the pipe open is not waited for
	ownGroup(cmd)
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s was not done within %s", c.Args[0], commandTime)
	case errors.Is(err, exec.ErrWaitDelay): // it was done; what it has left behind was not waited for
		return nil
	case err != nil:
		if text := oneLine(said.String()); text != "" {
			return fmt.Errorf("%s: %w: %s", c.Args[0], err, text)
		}
		return fmt.Errorf("%s: %w", c.Args[0], err)
	}
	return nil
}

// head keeps the beginning of what is written.
type head struct{ bytes.Buffer }

// Write takes all.
func (h *head) Write(b []byte) (int, error) {
	h.Buffer.Write(b[:min(len(b), max(0, maxText-h.Len()))])
	return len(b), nil
}
