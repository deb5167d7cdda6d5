#!/usr/bin/env bun
/**
 * Fetches lists one after the other and prints how many milliseconds the runtime's parser alone takes for their texts.
 * A program of its own, since it grows large. Arguments: a JSON file with `urls` and `headers`, then `json` or `xml`.
 */
async function main(input: string, parse: (text: string) => unknown): Promise<void> {
  const { urls, headers } = (await Bun.file(input).json()) as { urls: string[]; headers: Record<string, string> }
  let spentMs = 0
  for (const url of urls) {
    const answer = await fetch(url, { headers })
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
    const text = await answer.text()
    const began = performance.now()
    parse(text)
    spentMs += performance.now() - began
  }
  console.log(spentMs)
}

if (import.meta.main) {
  const [input = '', format] = process.argv.slice(2)
  await main(input, format === 'xml' ? Bun.XML.parse : JSON.parse)
}
