import { defineConfig } from '@playwright/test';

// Real Chromium with a fake microphone that speaks, against a real server that each worker starts for itself.
export default defineConfig({
  testDir: 'tests/e2e',
  outputDir: 'test-results',
  globalSetup: ['./tests/e2e/voice.ts', './tests/e2e/turns.ts'],
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 2,
  fullyParallel: true,
  // Sound and timing need the machine for themselves: tests that measure one of the two carry the tag, come last,
  // and take turns.
  projects: [
    { name: 'shared', grepInvert: /@alone/ },
    { name: 'alone', grep: /@alone/ },
  ],
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  // A trace holds actions, requests and consoles only. With a picture of every frame, two frames took 85 ms instead of
  // 33. Snapshots of the page cost an eighth more work; a failure has its screenshot and its ARIA tree instead.
  use: {
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false, sources: false },
    screenshot: 'only-on-failure',
  },
});
