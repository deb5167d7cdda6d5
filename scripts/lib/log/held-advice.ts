/** What lets go of removals that the guard holds, by why it holds them. */
export function heldAdvice(why: string): string {
  // Lists without any address are no witness, however often they say so.
  return why.includes('no address at all') ? 'USR2 applies them' : 'a second list lets them go, or USR2'
}
