/** What lets go of removals that the guard holds, by why it holds them. */
export function heldAdvice(why: string): string {
  // Lists without any address are no witness, however often they say so.
  return why.includes('no address at all')
    ? 'they go at the signal USR2 alone'
    : 'they go once another list, one --resync later, agrees; at once at the signal USR2'
}
