/** What a person can do about what a Redis says, by the code that its errors begin with. */
const advice: readonly (readonly [RegExp, string])[] = [
  [/NOAUTH/, 'Give its URL a password, or a password-file'],
  [/WRONGPASS/, 'Check user and password'],
  [/without any password configured|no password is set/, 'It asks for no password: leave it out'],
  [/DB index is out of range/, 'It has fewer databases: give a lower number, or a namespace instead'],
  [/certificate/, 'Name its CA by ca=PATH'],
  [
    /NOPERM|ACL failure in script|user executing the script can't/,
    'Let its user run eval, get, mget, sscan, hget, select and all that the scripts call, on these keys',
  ],
  [/READONLY/, 'It has become a replica: name its master, or its Sentinels'],
  [/\bOOM\b/, 'Give it more memory, or a namespace of its own'],
  [/MISCONF/, 'It cannot save to its disk: see its log'],
  [/WRONGTYPE/, 'Somebody uses a key that begins with "novnc-tokens:": use another database or namespace'],
]

/** What to do about an error of Redis, as a sentence to append; empty where that is not known. */
export function adviceFor(message: string): string {
  const known = advice.find(([pattern]) => pattern.test(message))
  return known === undefined ? '' : `. ${known[1]}`
}
