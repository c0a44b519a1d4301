import { existsSync } from 'node:fs'

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The path of Chromium: CHOWDA_TEST_BROWSER, or the system's own. */
export const CHROMIUM = [process.env.CHOWDA_TEST_BROWSER, ...PATHS].find(
  (path) => path !== undefined && existsSync(path),
)

export const INSTALL_HINT =
  'No Chromium on this machine. Run web-client/install_browser.sh (Debian, as root), or install Chromium and set ' +
  'CHOWDA_TEST_BROWSER to its path.'

export const REQUIRED = (process.env.CHOWDA_TEST_REQUIRE ?? '').split(',').includes('chromium')
