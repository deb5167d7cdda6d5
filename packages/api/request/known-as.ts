/**
 * Names URLs below the API as the platform knows them; any other URL stays as it is.
 *
 * @param api the API's URL, without a slash at its end
 * @param apiLocation the same as the platform knows it
 */
export function knownAs(api: string, apiLocation: string): (url: string) => string {
  return (url) => {
    const rest = url.startsWith(api) ? url.slice(api.length) : null
    return rest !== null && /^([/?]|$)/.test(rest) ? apiLocation + rest : url
  }
}
