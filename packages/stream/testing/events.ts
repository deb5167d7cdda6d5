import { Hrefs, type PlatformEvent, readEvent } from '@novnc-tokens/api'

const hrefs = new Hrefs('https://h/api')

/** An event that is read from what the platform tells of it. */
export function eventOf(told: object): PlatformEvent {
  const event = readEvent(told, hrefs)
  if (event === null) throw new Error('That is no event')
  return event
}
