import { createPrivateKey, X509Certificate } from 'node:crypto'
import { parseBoolean } from './booleans.ts'
import { errorCode, readNamedFile } from './files.ts'
import type { OptionKey } from './options.ts'
import type { Reading } from './reading.ts'
import { Secret } from './secret.ts'
import { badSetting, lastOf } from './sources.ts'

/** How servers are verified, and what this client shows of itself. */
export interface TlsSettings {
  /** PEM text with one certificate at least; undefined: the system's CAs. */
  ca: string | undefined
  /** The absolute path it was read from. */
  caFile: string | undefined
  /** Take any certificate. */
  insecure: boolean
  /** PEM text of the client's certificate, and chain. Given with {@link key} or not at all. */
  cert: string | undefined
  /** PEM text of its private key. */
  key: Secret | undefined
}

/**
 * The TLS settings. Every PEM is checked here: the runtime's message for a bad one leads astray.
 * @throws Failure with the exit code of bad settings
 */
export function readTls(reading: Reading): TlsSettings {
  const { sources, files, notes } = reading
  const insecure = sources.read('insecure', parseBoolean)
  const ca = readPem('ca', reading)
  const cert = readPem('clientCert', reading)
  const key = readPem('clientKey', reading)
  if (ca !== null) checkCertificates(ca)
  if (cert !== null && key === null)
    throw badSetting(`${cert.where} needs --client-key or ABIQUO_API_CLIENT_KEY_FILE too`)
  if (key !== null && cert === null)
    throw badSetting(`${key.where} needs --client-cert or ABIQUO_API_CLIENT_CERT_FILE too`)
  if (cert !== null && key !== null) checkPair(cert, key)
  if (insecure) notes.push(anyCertificate)
  if (key !== null && files.isWorldReadable(key.path)) {
    notes.push(`${key.where}: every user of this machine may read "${key.path}"; chmod o-r it`)
  }
  return {
    ca: ca?.text,
    caFile: ca?.path,
    insecure,
    cert: cert?.text,
    key: key === null ? undefined : new Secret(key.text),
  }
}

const anyCertificate =
  '--insecure takes any certificate: whoever is on the way can read the password; use --ca or ABIQUO_API_CA_FILE'

interface Pem {
  text: string
  path: string
  where: string
}

function readPem(setting: OptionKey, reading: Reading): Pem | null {
  const given = reading.sources.find(setting)
  if (given === null) return null
  const named = lastOf(given)
  if (named === '') throw badSetting(`${given.where}: the path is empty`)
  const path = reading.resolvePath(named)
  const text = readNamedFile(reading.files, path, given.where)
  reading.secretFiles.push(path)
  return { text, path, where: given.where }
}

function checkCertificates(pem: Pem): readonly X509Certificate[] {
  const blocks = pem.text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) {
    throw badSetting(`${pem.where}: "${pem.path}" holds no certificate`, 'PEM is wanted: -----BEGIN CERTIFICATE-----')
  }
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block)
    } catch {
      throw badSetting(`${pem.where}: certificate ${index + 1} in "${pem.path}" is damaged`)
    }
  })
}

function checkPair(cert: Pem, key: Pem): void {
  const [own] = checkCertificates(cert)
  let privateKey: ReturnType<typeof createPrivateKey>
  try {
    privateKey = createPrivateKey(key.text)
  } catch (error) {
    const encrypted = errorCode(error) === 'ERR_MISSING_PASSPHRASE'
    throw badSetting(
      `${key.where}: "${key.path}" ${encrypted ? 'is encrypted' : 'holds no private key'}`,
      'a PEM without passphrase is wanted',
    )
  }
  if (own?.checkPrivateKey(privateKey) !== true) {
    throw badSetting(`${key.where}: the key in "${key.path}" is not that of the certificate in "${cert.path}"`)
  }
}
