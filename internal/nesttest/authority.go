package nesttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority is a certificate authority for tests. Only a client that has its root accepts its certificates.
type Authority struct {
	RootFile, KeyFile string // PEM
	Pool              *x509.CertPool

	root *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority returns an authority with its root in a folder of the test.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a, err := MakeAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// MakeAuthority returns an authority with its root in the folder, which may outlive a test.
func MakeAuthority(folder string) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	a := &Authority{Pool: x509.NewCertPool(), key: key, RootFile: filepath.Join(folder, "root.pem"),
		KeyFile: filepath.Join(folder, "root-key.pem")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Nests test authority"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().AddDate(1, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	if a.root, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	a.Pool.AddCert(a.root)
	return a, errors.Join(writePEM(a.RootFile, "CERTIFICATE", der), writeKey(a.KeyFile, key))
}

// Issue writes a certificate for names or addresses, and its key, as PEM files. It is valid since an hour ago.
func (a *Authority) Issue(t testing.TB, cert, key string, until time.Time, names ...string) {
	t.Helper()
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: names[0]}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &own.PublicKey, a.key)
	if err == nil {
		err = errors.Join(writePEM(cert, "CERTIFICATE", der), writeKey(key, own))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func writeKey(path string, key *ecdsa.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}
