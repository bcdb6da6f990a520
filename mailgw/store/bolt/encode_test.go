package bolt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// TestEncodeAsJSON fills every field that a record has, in all its depth, with
// what is hard to write, and holds the appender to encoding/json. A field that
// the appender does not know is a difference.
func TestEncodeAsJSON(t *testing.T) {
	for _, like := range []any{&ticket.Receipt{}, &ticket.Ticket{}, &ticket.Entry{}, &[]ticket.Event{}, &ticket.Outgoing{}, &promise.Promise{}} {
		kind := reflect.TypeOf(like).Elem()
		t.Run(kind.String(), func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for i := range 500 {
				v := reflect.New(kind)
				filler{r: r, empty: i % 4, depth: 0}.fill(v.Elem())
				same(t, v)
			}
		})
	}
}

func same(t *testing.T, v reflect.Value) {
	t.Helper()
	record := v.Interface()
	if v.Elem().Kind() == reflect.Slice {
		record = v.Elem().Interface()
	}
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(record); err != nil {
		t.Fatal(err)
	}
	var a arena
	got, err := a.encode(record)
	if err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != want.String() {
		t.Fatalf("got  %s\nwant %s", got, want.String())
	}
}

// filler puts random values into the fields of a record. Of empty, 0 leaves
// none without a value, 3 leaves most of them so.
type filler struct {
	r     *rand.Rand
	empty int
	depth int
}

// hard are texts that need escapes, or nearly.
var hard = []string{
	"plain", "Jörg \"the\\fox\" <j@x.example> & co", "\x00\x01\x1f\x7f\b\f\n\r\t", "a\u2028b\u2029c", "cut \xe2\x82", "\xff", "日本語 🦊", "", " ", "'`</script>",
}

func (f filler) fill(v reflect.Value) {
	if f.r.IntN(4) < f.empty {
		return
	}
	f.depth++
	switch v.Interface().(type) {
	case time.Time:
		zone := time.FixedZone("", []int{0, 3600, -12600, 20700}[f.r.IntN(4)])
		v.Set(reflect.ValueOf(time.Unix(f.r.Int64N(1<<33), []int64{0, 5e8, 123456789}[f.r.IntN(3)]).In(zone)))
		return
	case json.RawMessage:
		v.Set(reflect.ValueOf(json.RawMessage(fmt.Sprintf(`{"n":%d,"s":"\u003c é"}`, f.r.IntN(9)))))
		return
	case ticket.ID:
		v.SetUint(f.r.Uint64())
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(v.Field(i))
		}
	case reflect.Pointer:
		if f.depth < 4 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), f.r.IntN(3), 3))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.String:
		v.SetString(hard[f.r.IntN(len(hard))])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(f.r.Int64N(1<<40) - 1<<20)
	case reflect.Uint64, reflect.Uint32:
		v.SetUint(f.r.Uint64N(1 << 32))
	case reflect.Uint8:
		v.SetUint(f.r.Uint64N(256))
	default:
		panic("a record has a field of a kind that this test does not fill: " + v.Type().String())
	}
}

// TestNextAt: the time is the row's own, whatever its texts say.
func TestNextAt(t *testing.T) {
	want := time.Date(2026, 7, 14, 15, 0, 0, 5e8, time.FixedZone("", 7200))
	o := ticket.Outgoing{NextAt: want, Subject: `"next_at":"2000-01-01T00:00:00Z"`, Facts: json.RawMessage(`{"next_at":"2001-01-01T00:00:00Z"}`), LastReply: `450 "next_at":"2002-01-01T00:00:00Z"`}
	var a arena
	raw, err := a.encode(&o)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := nextAt(raw); err != nil || !got.Equal(want) {
		t.Errorf("nextAt = %v, %v", got, err)
	}
	for _, bad := range []string{``, `{}`, `{"next_at":"tomorrow"}`, `{"next_at":"`} {
		if _, err := nextAt([]byte(bad)); !errors.Is(err, errDamaged) {
			t.Errorf("nextAt(%q): %v", bad, err)
		}
	}
}

// TestEncodeRefuses: what could not be read again is not written.
func TestEncodeRefuses(t *testing.T) {
	for name, v := range map[string]any{
		"facts that are not JSON": &ticket.Outgoing{Facts: json.RawMessage(`{"a":`)},
		"a year of five digits":   &ticket.Receipt{At: time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		var a arena
		if got, err := a.encode(v); err == nil {
			t.Errorf("%s: written as %s", name, got)
		}
		if _, err := a.encode(&ticket.Receipt{}); err != nil {
			t.Errorf("%s: the next record fails: %v", name, err)
		}
	}
}

// BenchmarkEncode compares the two ways on an acknowledgement's row.
func BenchmarkEncode(b *testing.B) {
	o := &ticket.Outgoing{ID: 1 << 60, Ticket: 12345, Kind: ticket.Acknowledgement, EnvelopeTo: []string{"anna@example.net"}, From: "Support <support@example.com>",
		To: []string{"Anna <anna@example.net>"}, ReplyTo: "support+074e22qa31t34c3gy2bknwxhwx1vvnv6@example.com", MessageID: "05v6ryf2x09gd0ekdc6hm008bh70n68b@example.com",
		Date: time.Now(), Facts: json.RawMessage(`{"subject":"printer","by":"15:00 today, Tuesday 14 July (CEST)","ticket":12345}`), NextAt: time.Now()}
	b.Run("appender", func(b *testing.B) {
		var buf []byte
		b.ReportAllocs()
		for b.Loop() {
			a := appender{b: buf[:0]}
			a.record(o)
			buf = a.b
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		b.ReportAllocs()
		for b.Loop() {
			buf.Reset()
			if err := enc.Encode(o); err != nil {
				b.Fatal(err)
			}
		}
	})
}
