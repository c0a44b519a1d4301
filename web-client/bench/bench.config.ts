import { defineConfig } from '@playwright/test'
import browser from '../playwright.config'

export default defineConfig({
  ...browser,
  testDir: '.',
  outputDir: '../test-results',
  testMatch: '*.bench.ts',
  timeout: 300_000,
})
