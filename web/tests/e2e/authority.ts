import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// A certificate authority of the test, which a Chromium of that home trusts as one that its user added.
export class Authority {
  readonly home = mkdtempSync(join(tmpdir(), 'nests-authority-'));
  readonly cert = join(this.home, 'cert.pem');
  readonly key = join(this.home, 'key.pem');

  // make issues a certificate for a name.
  make(name: string): void {
    const root = join(this.home, 'root.pem');
    const rootKey = join(this.home, 'root-key.pem');
    const request = join(this.home, 'request.pem');
    const more = join(this.home, 'more');
    writeFileSync(more, `subjectAltName=DNS:${name}\nextendedKeyUsage=serverAuth\n`);
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    openssl(
      'req',
      '-x509',
      ...curve,
      '-keyout',
      rootKey,
      '-out',
      root,
      '-days',
      '2',
      '-subj',
      '/CN=Nests test authority',
    );
    openssl('req', '-new', ...curve, '-keyout', this.key, '-out', request, '-subj', `/CN=${name}`);
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      '-CA',
      root,
      '-CAkey',
      rootKey,
      '-days',
      '1',
      '-extfile',
      more,
      '-out',
      this.cert,
    );
    const store = join(this.home, '.pki', 'nssdb');
    mkdirSync(store, { recursive: true });
    certutil('-N', '--empty-password', '-d', `sql:${store}`);
    certutil('-A', '-d', `sql:${store}`, '-n', 'nests', '-t', 'C,,', '-i', root);
  }

  close(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
const certutil = (...args: string[]) => execFileSync('certutil', args, { stdio: 'pipe' });
