// Command certs makes the keys and certificates of a local cluster in the directory named by its argument.
// It reads a list of requests from stdin as JSON, in order; a request names the authority that signs it, which
// must come earlier, or none for a self-signed authority. Writes NAME.crt and NAME.key (NAME.pub too for a bare key).
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

type request struct {
	Name          string   `json:"name"`
	KeyOnly       bool     `json:"keyOnly"` // for signing service account tokens
	SignedBy      string   `json:"signedBy"`
	CommonName    string   `json:"commonName"`
	Organizations []string `json:"organizations"`
	DNSNames      []string `json:"dnsNames"`
	IPs           []string `json:"ips"`
}

type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "certs:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: certs DIRECTORY < requests.json")
	}
	directory := os.Args[1]
	var requests []request
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		return err
	}
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return err
	}
	authorities := map[string]authority{}
	for _, r := range requests {
		if err := issue(directory, r, authorities); err != nil {
			return fmt.Errorf("%s: %w", r.Name, err)
		}
	}
	return nil
}

func issue(directory string, r request, authorities map[string]authority) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	path := filepath.Join(directory, r.Name)
	if err := write(path+".key", "EC PRIVATE KEY", keyDER); err != nil {
		return err
	}
	if r.KeyOnly {
		publicDER, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			return err
		}
		return write(path+".pub", "PUBLIC KEY", publicDER)
	}

	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: r.CommonName, Organization: r.Organizations},
		DNSNames:     r.DNSNames,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(10, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	for _, text := range r.IPs {
		ip := net.ParseIP(text)
		if ip == nil {
			return fmt.Errorf("not an IP address: %q", text)
		}
		template.IPAddresses = append(template.IPAddresses, ip)
	}

	signer := authority{template, key}
	if r.SignedBy == "" {
		template.IsCA = true
		template.BasicConstraintsValid = true
		template.KeyUsage |= x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		template.ExtKeyUsage = nil
	} else {
		known, ok := authorities[r.SignedBy]
		if !ok {
			return fmt.Errorf("authority %q does not come before it", r.SignedBy)
		}
		signer = known
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer.certificate, key.Public(), signer.key)
	if err != nil {
		return err
	}
	if r.SignedBy == "" {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		authorities[r.Name] = authority{certificate, key}
	}
	return write(path+".crt", "CERTIFICATE", der)
}

func write(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
