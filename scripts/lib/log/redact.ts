const shown = '[secret]'
// Shorter ones are parts of ordinary words: replacing them would show where they are.
const shortest = 4

/** A function that replaces every occurrence of the secrets in the strings (keys too) of a JSON-like value by `[secret]`. */
export function redactor(secrets: readonly string[]): (value: unknown) => unknown {
  // The longest first: a secret that begins another one would leave the rest of it.
  const sorted = secrets.filter((secret) => secret.length >= shortest).sort((a, b) => b.length - a.length)
  if (sorted.length === 0) return (value) => value
  const text = (value: string) => sorted.reduce((clean, secret) => clean.replaceAll(secret, () => shown), value)
  const redact = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(redact)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [text(key), redact(each)]))
  }
  return redact
}

/** {@link redactor} for a single text. */
export function redactText(text: string, secrets: readonly string[]): string {
  return String(redactor(secrets)(text))
}
