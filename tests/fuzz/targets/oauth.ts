import { ApiError, authorize, basic } from '@novnc-tokens/api'
import { readAnswers, scripted } from '../answers.ts'
import { mustHide, secret } from '../oracles.ts'
import { SteppedClock } from '../stepped-clock.ts'
import { must, type Target } from '../target.ts'
import { apiWords } from './words.ts'

/** What the answers of the corpus give as secrets. */
const given = ['app-s3cr3t', 'request-s3cr3t', 'access-s3cr3t']

/** The steps by which an application is authorized. */
export const oauth: Target = {
  name: 'oauth',
  about: 'answers of the API to authorize: four credentials, or an error without secrets',
  words: [
    ...apiWords,
    'oauth_token=',
    '&oauth_token_secret=',
    'oauth_verifier=',
    '%',
    '%zz',
    '\n> /oauth/access_token 401\n',
  ],
  async run(input, random) {
    const clock = new SteppedClock()
    const answers = readAnswers(input)
    const { fetch } = scripted(answers)
    // What an answer tells in its head, and Abiquo's own words, are shown.
    const heads = answers.map(({ headers }) => [...headers].flat().join(' ')).join(' ')
    const hidden = given.filter((each) => !heads.includes(each))
    try {
      const credentials = await clock.through(
        authorize({
          api: 'http://h/api',
          authorization: basic('admin', secret),
          application: random() < 0.7 ? { name: 'fuzz' } : { key: 'k', secret },
          clock,
          nonce: () => 'nonce',
          fetch,
        }),
      )
      for (const value of Object.values(credentials))
        must(typeof value === 'string' && value !== '', 'a credential is empty')
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      mustHide(error, error.abiquoCode === null ? [secret, ...hidden] : [secret])
    }
  },
}
