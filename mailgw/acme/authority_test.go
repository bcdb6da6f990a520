package acme

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority is a small ACME server that can fail at each step. It verifies no
// signature, which Pebble does in cmd/mailgw; it does ask for the proofs.
type authority struct {
	t       *testing.T
	h       *house
	server  *httptest.Server
	file    string        // the certificate of the server
	hanging chan struct{} // closed when a request hangs, with the fault "hang"
	once    sync.Once

	fault    string
	accounts map[string]bool // by their key
	orders   int
	refused  int      // requests answered 429, with the fault "busy"
	names    []string // of the last order
	chain    []byte   // of the last order, PEM
}

func newAuthority(t *testing.T, h *house) *authority {
	t.Helper()
	a := &authority{t: t, h: h, accounts: map[string]bool{}, hanging: make(chan struct{})}
	a.server = httptest.NewTLSServer(a)
	t.Cleanup(a.server.Close)
	a.file = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.server.Certificate().Raw})
	if err := os.WriteFile(a.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// request is what stands in a signed request.
type request struct {
	Protected, Payload string
	jwk                string
	Identifiers        []struct{ Value string }
	CSR                string
}

func (a *authority) read(q *http.Request) (r request) {
	if q.Method != http.MethodPost {
		return r
	}
	if err := json.NewDecoder(q.Body).Decode(&r); err != nil {
		a.t.Error(err)
	}
	payload, _ := base64.RawURLEncoding.DecodeString(r.Payload)
	if len(payload) > 0 {
		if err := json.Unmarshal(payload, &r); err != nil {
			a.t.Error(err)
		}
	}
	var head struct{ JWK json.RawMessage }
	protected, _ := base64.RawURLEncoding.DecodeString(r.Protected)
	if err := json.Unmarshal(protected, &head); err != nil {
		a.t.Error(err)
	}
	r.jwk = string(head.JWK)
	return r
}

func (a *authority) problem(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusForbidden)
	fmt.Fprintf(w, `{"type":"urn:ietf:params:acme:error:rejected","detail":%q}`, text)
}

func (a *authority) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if a.fault == "hang" {
		a.once.Do(func() { close(a.hanging) })
		<-q.Context().Done()
		return
	}
	if a.fault == "busy" {
		a.refused++
		http.Error(w, `{"detail":"too many requests"}`, http.StatusTooManyRequests)
		return
	}
	base := a.server.URL
	r := a.read(q)
	w.Header().Set("Replay-Nonce", "nonce")
	step, id, _ := strings.Cut(strings.TrimPrefix(q.URL.Path, "/"), "/")
	if a.fault == "down" || a.fault == step {
		a.problem(w, map[string]string{"account": "account refused", "order": "too many certificates"}[step])
		return
	}
	switch step {
	case "dir":
		fmt.Fprintf(w, `{"newNonce":"%s/nonce","newAccount":"%s/account","newOrder":"%s/order"}`, base, base, base)
	case "nonce":
	case "account":
		status := http.StatusCreated
		if a.accounts[r.jwk] {
			status = http.StatusOK
		}
		a.accounts[r.jwk] = true
		w.Header().Set("Location", base+"/me")
		w.WriteHeader(status)
		fmt.Fprint(w, `{"status":"valid"}`)
	case "order":
		a.orders++
		a.names = nil
		for _, i := range r.Identifiers {
			a.names = append(a.names, i.Value)
		}
		w.Header().Set("Location", base+"/state")
		w.WriteHeader(http.StatusCreated)
		a.order(w, "pending")
	case "state":
		a.order(w, "ready")
	case "authz", "challenge":
		a.authorization(w, step, id)
	case "finalize":
		a.sign(r.CSR)
		a.order(w, "valid")
	case "cert":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		w.Write(a.chain)
	default:
		a.t.Errorf("asked for %s", q.URL.Path)
	}
}

func (a *authority) order(w http.ResponseWriter, status string) {
	var authz []string
	for _, name := range a.names {
		authz = append(authz, a.server.URL+"/authz/"+name)
	}
	if err := json.NewEncoder(w).Encode(map[string]any{"status": status, "authorizations": authz, "finalize": a.server.URL + "/finalize", "certificate": a.server.URL + "/cert"}); err != nil {
		a.t.Error(err)
	}
}

// authorization asks the renewer for its proof as soon as it is told of one.
func (a *authority) authorization(w http.ResponseWriter, step, name string) {
	status, kind := "pending", "http-01"
	if a.fault == "dns-only" {
		kind = "dns-01"
	}
	ask := httptest.NewRecorder()
	a.h.ServeHTTP(ask, httptest.NewRequest(http.MethodGet, proofPath+"token-"+name, nil))
	if proof := ask.Body.String(); ask.Code == http.StatusOK && strings.HasPrefix(proof, "token-"+name+".") {
		if status = "valid"; a.fault == "proof" {
			status = "invalid"
		}
	}
	challenge := fmt.Sprintf(`{"type":%q,"url":"%s/challenge/%s","token":"token-%s","status":"pending"}`, kind, a.server.URL, name, name)
	if step == "challenge" {
		fmt.Fprint(w, challenge)
		return
	}
	fmt.Fprintf(w, `{"status":%q,"identifier":{"type":"dns","value":%q},"challenges":[%s]}`, status, name, challenge)
}

// sign makes the certificate that was ordered, or another one.
func (a *authority) sign(request string) {
	der, err := base64.RawURLEncoding.DecodeString(request)
	if err != nil {
		a.t.Error(err)
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		a.t.Error(err)
		return
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Error(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(int64(a.orders)), DNSNames: csr.DNSNames, NotBefore: a.h.now.Add(-time.Hour), NotAfter: a.h.now.Add(90*24*time.Hour - time.Hour)}
	public := csr.PublicKey
	switch a.fault {
	case "other-name":
		leaf.DNSNames = csr.DNSNames[:1]
	case "other-key":
		public = own.Public()
	case "ended":
		leaf.NotAfter = a.h.now
	}
	der, err = x509.CreateCertificate(rand.Reader, leaf, leaf, public, own)
	if err != nil {
		a.t.Error(err)
	}
	a.chain = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
