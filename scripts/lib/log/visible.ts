// Beside C0 and C1 controls: marks that reorder or hide text on a terminal, and the line separators some viewers break at.
const invisible = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * The text with its control characters written as escapes (`\n`, `\u001b`), so that a name or message from elsewhere can
 * neither begin a line of its own nor steer a terminal. The escapes are those of JSON.
 */
export function visible(text: string): string {
  return text.replace(
    invisible,
    (character) => named[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
