/** Lets go of a body that nobody reads. One that broke off already fails even then, which concerns nobody any more. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined)
}
