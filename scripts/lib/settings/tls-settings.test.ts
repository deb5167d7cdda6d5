import { expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { Failure } from '../process/failure.ts'
import { beginReading, type Reading } from './reading.ts'
import { readTls } from './tls-settings.ts'

// A pair made for this test alone: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500
const certificate = `-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUHWqPjKVxFUzVV8DIo2y4LEczOcswCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjEyMDQ4NDBaGA8yMTI2MTAyODIwNDg0
MFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOw8
HV60/nlZdp3Pp6CWAJ5vt7z5paFmr/3TUeXIYuJw3iTC5mOr9Af+5CvMZlmhT2GZ
UIP6C4e0rly7UpJl0SajUzBRMB0GA1UdDgQWBBSg8uKZo1yQnb5gFbOnd1+JfR/F
6zAfBgNVHSMEGDAWgBSg8uKZo1yQnb5gFbOnd1+JfR/F6zAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQC8PWb4LkaS7b18+wiy5t+cY9eqIjelSZrk
AJwK+C4inQIhALEDzSHQ7vst7zJPNAS+KiIQUQnSjftQ3hrkgnsMeVvx
-----END CERTIFICATE-----
`
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg3S5ZAl1kO0bAqLNg
tD+Fns5M00XxASfZ1wKlucL2gcShRANCAATsPB1etP55WXadz6eglgCeb7e8+aWh
Zq/901HlyGLicN4kwuZjq/QH/uQrzGZZoU9hmVCD+guHtK5cu1KSZdEm
-----END PRIVATE KEY-----
`
const encryptedKey = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhn2vptUuDhwAICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECmCGlRgAm1qXCrvR+xkpWMEgZA+
/O1xbL94oDw9Ntdj0zbH68XafRFHRmX+FBlpUBnk70E4gCyHyuC5/qbzX/0E2CM2
qGytO0xkdg4xXEWvq+dE5XtBfpZX6BR69zehQzaGWN4bDfZbJGtjd8RmnHzLBEsj
oEISZEwF+UawruvMSJwNkohXhNgWe4btvVIhd+QZ1NSfvnuwHddZgiTW6yxll0Q=
-----END ENCRYPTED PRIVATE KEY-----
`
const otherKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
const damaged = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'

function begin(environment: Record<string, string>, files: Record<string, string>, worldReadable = ''): Reading {
  return beginReading(new Map(), {
    environment,
    files: { read: (path) => files[path] ?? '', isWorldReadable: (path) => path === worldReadable },
    workingDirectory: '/srv',
    defaultEnvFile: null,
  })
}

test('certificates and key are read and named for a reload', () => {
  const environment = {
    ABIQUO_API_CA_FILE: 'ca',
    ABIQUO_API_CLIENT_CERT_FILE: '/cert',
    ABIQUO_API_CLIENT_KEY_FILE: '/key',
  }
  const bundle = `# Our CAs\n${certificate}\n${certificate}`
  const reading = begin(environment, { '/srv/ca': bundle, '/cert': certificate, '/key': key }, '/key')
  const tls = readTls(reading)
  expect(tls).toMatchObject({ ca: bundle, caFile: '/srv/ca', insecure: false, cert: certificate })
  expect(tls.key?.reveal()).toBe(key)
  expect(reading.secretFiles).toEqual(['/srv/ca', '/cert', '/key'])
  expect(reading.notes).toEqual([
    'ABIQUO_API_CLIENT_KEY_FILE: every user of this machine may read "/key"; chmod o-r it',
  ])
})

const ca = { ABIQUO_API_CA_FILE: '/ca' }
const pair = { ABIQUO_API_CLIENT_CERT_FILE: '/cert', ABIQUO_API_CLIENT_KEY_FILE: '/key' }
const noPassphrase = 'a PEM without passphrase is wanted'

test.each<[string, Record<string, string>, Record<string, string>, string]>([
  [
    'an empty CA file',
    ca,
    {},
    'ABIQUO_API_CA_FILE: "/ca" holds no certificate; PEM is wanted: -----BEGIN CERTIFICATE-----',
  ],
  [
    'a key as CA',
    ca,
    { '/ca': key },
    'ABIQUO_API_CA_FILE: "/ca" holds no certificate; PEM is wanted: -----BEGIN CERTIFICATE-----',
  ],
  [
    'a damaged second CA',
    ca,
    { '/ca': certificate + damaged },
    'ABIQUO_API_CA_FILE: certificate 2 in "/ca" is damaged',
  ],
  [
    'a certificate without key',
    { ABIQUO_API_CLIENT_CERT_FILE: '/cert' },
    {},
    'ABIQUO_API_CLIENT_CERT_FILE needs --client-key or ABIQUO_API_CLIENT_KEY_FILE too',
  ],
  [
    'a key without certificate',
    { ABIQUO_API_CLIENT_KEY_FILE: '/key' },
    {},
    'ABIQUO_API_CLIENT_KEY_FILE needs --client-cert or ABIQUO_API_CLIENT_CERT_FILE too',
  ],
  [
    'a key that is none',
    pair,
    { '/cert': certificate, '/key': 'x' },
    `ABIQUO_API_CLIENT_KEY_FILE: "/key" holds no private key; ${noPassphrase}`,
  ],
  [
    'an encrypted key',
    pair,
    { '/cert': certificate, '/key': encryptedKey },
    `ABIQUO_API_CLIENT_KEY_FILE: "/key" is encrypted; ${noPassphrase}`,
  ],
  [
    'the key of another certificate',
    pair,
    { '/cert': certificate, '/key': String(otherKey) },
    'ABIQUO_API_CLIENT_KEY_FILE: the key in "/key" is not that of the certificate in "/cert"',
  ],
])('%s is refused', (_, environment, files, sentence) => {
  const reading = begin(environment, files)
  try {
    readTls(reading)
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    expect(error).toMatchObject({ sentence, exitCode: 2 })
    return
  }
  throw new Error('The settings are taken')
})
