import { version } from '../../../package.json'

declare const BUILD_VERSION: string | undefined

/** The version of this program: the one it was built with (`--define BUILD_VERSION`), else that of package.json. */
export const programVersion: string = typeof BUILD_VERSION === 'string' ? BUILD_VERSION : version
