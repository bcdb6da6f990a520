// Command mailgw is an email-first support gateway: mail comes in, becomes a
// ticket, and the sender is told by what time a person will answer.
//
// Each subcommand is one file and does three things: it reads its flags, asks
// package mailgw, and prints the answer. A command asks the daemon through the
// socket in the data folder when one runs, and opens the store itself when none
// does; it cannot tell the difference.
//
// Standard output carries answers only, so that it can be piped. The exit status
// is 0 when it is done, 1 when it failed and 2 when the command was typed wrong;
// in both cases standard error says why in one line.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"supportgw/mailgw"
)

// Exit statuses; people script against them.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program without the process around it. A command that runs
// until it is told to stop ends with ctx, too.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := bufio.NewWriter(stdout)
	a := &app{in: stdin, out: out, stdout: stdout, err: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	err := a.complete(root)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	err = errors.Join(err, out.Flush())
	if err == nil {
		return exitDone
	}
	fmt.Fprintf(stderr, "mailgw: %s\n", oneLine(err))
	if isUsage(err) {
		return exitUsage
	}
	return exitFailed
}

// isUsage says whether the command was typed wrong, as far as cobra, the command
// or the gateway found out.
func isUsage(err error) bool {
	var typed *usageError
	var refused *mailgw.CommandError
	return errors.As(err, &typed) || errors.As(err, &refused) && refused.Usage
}
