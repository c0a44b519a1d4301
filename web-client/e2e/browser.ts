import { existsSync } from 'node:fs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The machine's own Chromium; CHOWDA_TEST_BROWSER says where another one is. */
export const CHROMIUM = [process.env.CHOWDA_TEST_BROWSER, ...PLACES].find(
  (place) => place !== undefined && existsSync(place),
)

export const HOW_TO_HAVE_IT =
  'no Chromium on this machine. To have it: web-client/install_browser.sh (Debian, root), or install Chromium and say ' +
  'where it is in CHOWDA_TEST_BROWSER'

export const REQUIRED = (process.env.CHOWDA_TEST_REQUIRE ?? '').split(',').includes('chromium')
