/** A table in Markdown; the first row is its head. Columns are padded as the formatter of this checkout wants them. */
export function markdownTable(rows: readonly (readonly string[])[]): string[] {
  const escaped = rows.map((cells) => cells.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = (escaped[0] ?? []).map((_, column) =>
    Math.max(3, ...escaped.map((cells) => cells[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = escaped
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)]
}
