import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A key and its certificate, as PEM text. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/** What is on a certificate. Default: 127.0.0.1 and localhost, from an hour ago for two days. */
export interface Subject {
  readonly name?: string
  /** As openssl writes them. */
  readonly altNames?: string
  /** `YYYYMMDDHHMMSSZ` */
  readonly from?: string
  readonly to?: string
  readonly isAuthority?: boolean
}

const HERE = 'IP:127.0.0.1,DNS:localhost'
const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
const CONFIG = `[ca]
default_ca = only
[only]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
default_days = 2
policy = any
[any]
commonName = supplied
`

/** A fresh self-signed certificate for 127.0.0.1: nobody trusts it unless told to. */
export function selfSigned(subject: Subject = {}): Certificate {
  return inFolder((folder) => {
    const files = ['-keyout', 'key.pem', '-out', 'cert.pem', '-days', '2', ...subjectOf(subject)]
    openssl(folder, 'req', '-x509', ...CURVE, ...files, '-addext', `subjectAltName=${subject.altNames ?? HERE}`)
    return readCertificate(folder)
  })
}

/** A fresh certificate that this authority has issued: one that is self-signed, or has been issued by another. */
export function issue(authority: Certificate, subject: Subject = {}): Certificate {
  return inFolder((folder) => {
    const { altNames = HERE, from, to, isAuthority = false } = subject
    const files = { 'ca.pem': authority.cert, 'ca.key': authority.key, 'index.txt': '', 'index.txt.attr': '' }
    const extensions = `subjectAltName=${altNames}\nbasicConstraints=CA:${String(isAuthority).toUpperCase()}\n`
    for (const [name, text] of Object.entries({ ...files, config: CONFIG, extensions })) {
      writeFileSync(join(folder, name), text)
    }
    openssl(folder, 'req', '-new', ...CURVE, '-keyout', 'key.pem', '-out', 'request.pem', ...subjectOf(subject))
    const dates = [...(from === undefined ? [] : ['-startdate', from]), ...(to === undefined ? [] : ['-enddate', to])]
    const signing = ['-batch', '-notext', '-config', 'config', '-cert', 'ca.pem', '-keyfile', 'ca.key', ...dates]
    openssl(folder, 'ca', ...signing, '-extfile', 'extensions', '-in', 'request.pem', '-out', 'cert.pem')
    return readCertificate(folder)
  })
}

function subjectOf({ name = '127.0.0.1' }: Subject): string[] {
  return ['-subj', `/CN=${name}`]
}

function readCertificate(folder: string): Certificate {
  return {
    key: readFileSync(join(folder, 'key.pem'), 'utf8'),
    cert: readFileSync(join(folder, 'cert.pem'), 'utf8'),
  }
}

function openssl(folder: string, ...args: readonly string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'plateau-tls-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
