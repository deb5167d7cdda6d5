/** Cuts bytes into pieces of a size; the last one may be shorter. */
export function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
}

/** A body that gives the pieces as fast as they are read, so many times over. */
export function bodyOf(parts: readonly Uint8Array[], times = 1): ReadableStream<Uint8Array> {
  let given = 0
  return new ReadableStream({
    pull(controller) {
      const part = given < parts.length * times ? parts[given++ % parts.length] : undefined
      if (part === undefined) controller.close()
      else controller.enqueue(part)
    },
  })
}
