import { chromium } from 'playwright-core'
import { program } from './packages.ts'
import { waitFor } from './wait.ts'

/** A headless Chromium with a fresh profile. */
export interface Browser extends AsyncDisposable {
  /**
   * Opens a noVNC page and waits until the console shows this colour at (10, 10).
   *
   * @param colour such as `#2a6099`
   */
  showsColour(page: string, colour: string): Promise<void>
  /** Opens a noVNC page, waits until noVNC says something about the connection that failed, and gives its text. */
  failure(page: string): Promise<string>
}

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts Debian's Chromium. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: program('chromium'), args: quiet })
  // noVNC scales the console when the window is smaller than the desktop, and the pixel would be another one.
  const open = async (url: string) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.goto(url)
    return page
  }
  return {
    async showsColour(url, colour) {
      const page = await open(url)
      let seen: unknown = null
      await waitFor(`${colour} in the console`, async () => {
        seen = await page.evaluate(pixelScript)
        return seen === colour
      }).catch((cause: unknown) => {
        throw new Error(`The console shows ${seen ?? 'nothing'} in place of ${colour}`, { cause })
      })
      await page.close()
    },
    async failure(url) {
      const page = await open(url)
      const status = page.locator('#noVNC_status.noVNC_open')
      await status.waitFor({ timeout: 10_000 })
      const text = (await status.textContent()) ?? ''
      await page.close()
      return text
    },
    async [Symbol.asyncDispose]() {
      await browser.close()
    },
  }
}

/** Text and no function: it runs in the page, where the types and tools of these tests are unknown. */
const pixelScript = `(() => {
  const canvas = document.querySelector('#noVNC_container canvas')
  if (!canvas) return null
  const [red, green, blue] = canvas.getContext('2d').getImageData(10, 10, 1, 1).data
  return '#' + [red, green, blue].map((part) => part.toString(16).padStart(2, '0')).join('')
})()`
