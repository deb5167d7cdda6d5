/** Whether colours may be shown on a terminal: not where `NO_COLOR` (https://no-color.org) or a dumb terminal forbids them. */
export function allowsColours(environment: Readonly<Record<string, string | undefined>>): boolean {
  return (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
}
