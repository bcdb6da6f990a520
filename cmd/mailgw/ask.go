package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"supportgw/mailgw"
)

// ask runs one command on the gateway of the configuration, in the daemon when
// one runs, and calls each with every object of its answer.
func (a *app) ask(ctx context.Context, command string, args any, each func(json.RawMessage) error) error {
	c, err := a.config()
	if err != nil {
		return err
	}
	admin, err := mailgw.Connect(c, a.quiet())
	if err != nil {
		return err
	}
	return errors.Join(admin.Do(ctx, command, args, each), admin.Close())
}

// answer is how objects of an answer are printed: as they are with --json, else
// by text, one after the other.
func answer[T any](a *app, text func(T) error) func(json.RawMessage) error {
	return func(raw json.RawMessage) error {
		if a.json {
			return a.printf("%s\n", raw)
		}
		return decoded(text)(raw)
	}
}

// decoded calls each with the objects of an answer.
func decoded[T any](each func(T) error) func(json.RawMessage) error {
	return func(raw json.RawMessage) error {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("read the gateway's answer: %w", err)
		}
		return each(v)
	}
}
