/** What a person can do about an error of the connection, as a phrase that follows its message; empty where unknown. */
export function adviceFor(message: string): string {
  return message.includes('certificate is not trusted') ? '; trust its CA with --ca FILE' : ''
}
