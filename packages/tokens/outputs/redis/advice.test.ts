import { expect, test } from 'bun:test'
import { adviceFor } from './advice.ts'

test.each([
  ['NOAUTH, it asks for a password', '. Give its URL a password, or a password-file'],
  ['ERR AUTH <password> called without any password configured', '. It asks for no password: leave it out'],
  ['ERR Client sent AUTH, but no password is set', '. It asks for no password: leave it out'],
  ['ERR DB index is out of range', '. It has fewer databases: give a lower number, or a namespace instead'],
  ['self signed certificate in certificate chain', '. Name its CA by ca=PATH'],
  ...[
    'NOPERM this user has no permissions to access one of the keys used as arguments',
    "ERR The user executing the script can't run this command or subcommand script: 78a6, on @user_script:11",
    "ERR ACL failure in script: User u has no permissions to run the 'hget' command script: 78a6, on @user_script:11",
  ].map((message) => [
    message,
    '. Let its user run eval, get, mget, sscan, hget, select and all that the scripts call, on these keys',
  ]),
  ['connect ECONNREFUSED 127.0.0.1:6379', ''],
])('what can be done about %p is said', (message, advice) => {
  expect(adviceFor(message)).toBe(advice)
})
