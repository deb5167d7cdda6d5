import { describe, expect, test } from 'bun:test'
import { type Mock, type OAuthClient, startMock } from '../mock-abiquo/index.ts'
import { binary } from '../support/binary.ts'
import { run } from '../support/process.ts'
import { type TempFolder, tempFolder } from '../support/temp.ts'
import { waitFor } from '../support/wait.ts'
import { lineCount, messages, startEvents } from './event-printer.ts'
import { chatty, logInsOf, regen, secretFile, writtenBy } from './log-ins.ts'
import { streamRequests } from './requests.ts'
import { secretsIn } from './secrets.ts'
import { startSite } from './support.ts'
import { fileOf, lineOf, some } from './vms.ts'

function oauthLines({ appKey, appSecret, token, tokenSecret }: OAuthClient): string {
  const values = { APP_KEY: appKey, APP_SECRET: appSecret, TOKEN: token, TOKEN_SECRET: tokenSecret }
  return Object.entries(values)
    .map(([name, value]) => `ABIQUO_API_${name}=${value}\n`)
    .join('')
}

describe('OAuth, every signature, timestamp and nonce being verified', () => {
  /** Makes credentials and the flags with which they are used. */
  async function client(mock: Mock, folder: TempFolder): Promise<{ flags: string[]; secrets: string[] }> {
    const credentials = mock.oauth.client('test', mock.username)
    const file = await secretFile(folder, 'oauth', oauthLines(credentials))
    const { appSecret, token, tokenSecret } = credentials
    return { flags: ['--oauth-file', file], secrets: [appSecret, token, tokenSecret] }
  }

  test.concurrent('regen', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 600, enterprises: 3 })
    const { flags, secrets } = await client(mock, folder)
    const { code, file, stdout, stderr } = await regen(mock, folder, flags)
    expect({ code, file, secrets: secretsIn(stdout + stderr, secrets) }).toEqual({
      code: 0,
      file: fileOf(mock),
      secrets: [],
    })
    expect(Object.keys(logInsOf(mock))).toEqual(['oauth'])
  })

  test.concurrent('run, also after 20 reconnects', async () => {
    let secrets: string[] = []
    const login = async (mock: Mock, folder: TempFolder) => {
      const made = await client(mock, folder)
      secrets = made.secrets
      return made.flags
    }
    await using site = await startSite({ login, flags: chatty })
    const { mock, daemon } = site
    for (let opened = 2; opened <= 21; opened++) {
      mock.streams.cut()
      await waitFor('the cut', () => mock.streams.open === 0)
      // HUP tries at once, where the next try would be due in up to 30 s.
      await waitFor(
        'the stream',
        () => {
          if (mock.streams.opened < opened) daemon.child.signal('SIGHUP')
          return mock.streams.opened >= opened && mock.streams.open === 1
        },
        { everyMs: 200 },
      )
    }
    const vm = mock.platform.deploy(some(mock, false).id)
    await site.has(lineOf(vm), true)
    expect(Object.keys(logInsOf(mock))).toEqual(['oauth'])
    expect(streamRequests(mock)).toBeGreaterThanOrEqual(21)
    expect(secretsIn(await writtenBy(site), secrets)).toEqual([])
  }, 60_000)

  test.concurrent('events, also after reconnects, with the API known by another name', async () => {
    await using folder = tempFolder()
    const location = 'https://abiquo.example.com:443/api'
    await using mock = await startMock({ vms: 1, oauthLocation: location.replace(':443', '') })
    const { flags, secrets } = await client(mock, folder)
    const more = ['--api-location', location, '--idle-timeout', '1s', ...chatty]
    await using child = await startEvents(mock, [...flags, ...more], { env: {} })
    await mock.streams.whenOpened(5)
    const sent = { entity: 'MACHINE', action: 'MODIFY', message: 'after five' }
    mock.platform.emit(sent)
    await lineCount(child, 1)
    expect(messages(child)).toEqual(['after five'])
    expect(Object.keys(logInsOf(mock))).toEqual(['oauth'])
    expect(secretsIn(child.stdout() + child.stderr(), secrets)).toEqual([])
  }, 60_000)

  test.concurrent('a token that is taken back ends regen with 4 after one try, and names no secret', async () => {
    await using folder = tempFolder()
    await using mock = await startMock({ vms: 1 })
    const { flags, secrets } = await client(mock, folder)
    mock.oauth.revoke(secrets[1] ?? '')
    const { code, stderr } = await regen(mock, folder, flags)
    expect({ code, secrets: secretsIn(stderr, secrets), logIns: logInsOf(mock) }).toEqual({
      code: 4,
      secrets: [],
      logIns: { 'oauth token': 1 },
    })
  })

  test.concurrent.each([
    ['ABIQUO_API_APP_KEY'],
    ['ABIQUO_API_APP_SECRET'],
    ['ABIQUO_API_TOKEN'],
    ['ABIQUO_API_TOKEN_SECRET'],
  ])('without %s is refused with 2, which names it', async (missing) => {
    const four = { appKey: 'key-1', appSecret: 'secret-1', token: 'token-1', tokenSecret: 'secret-2' }
    const lines = oauthLines(four)
      .split('\n')
      .filter((line) => !line.startsWith(`${missing}=`))
    await using folder = tempFolder()
    const file = await secretFile(folder, 'oauth', lines.join('\n'))
    const api = ['-a', 'http://127.0.0.1:9/api']
    const byFile = await run([await binary(), 'events', ...api, '--oauth-file', file])
    const env = Object.fromEntries(lines.filter((line) => line !== '').map((line) => line.split('=')))
    const byEnvironment = await run([await binary(), 'events', ...api], { env })
    for (const { code, stderr } of [byFile, byEnvironment]) {
      expect({
        code,
        named: stderr.includes(missing),
        secrets: secretsIn(stderr, ['secret-1', 'token-1', 'secret-2']),
      }).toEqual({
        code: 2,
        named: true,
        secrets: [],
      })
    }
  })
})
