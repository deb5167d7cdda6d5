/**
 * The JSON text of an event from a message's data; null for control traffic: blank padding, heartbeats. A platform with
 * Atmosphere's length interceptor prefixes each message with its length, as in `17|{...}`.
 */
export function unwrap(data: string): string | null {
  // Nearly all are bare: what follows costs a fifth of parsing them.
  if (data.startsWith('{') && data.endsWith('}')) return data
  const text = data.trim().replace(/^\d+\|/, '')
  return text.startsWith('{') ? text : null
}
