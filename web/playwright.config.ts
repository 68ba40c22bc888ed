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
  // Sound and timing need the machine for themselves: tests that measure one of the two carry the tag, come last, and take turns.
  projects: [
    { name: 'shared', grepInvert: /@alone/ },
    { name: 'alone', grep: /@alone/ },
  ],
  forbidOnly: Boolean(process.env.CI),
  reporter: [['list']],
  // No pictures in the trace: they are a recording of every frame, and with it two frames took 85 ms where they take
  // 33.
  use: { trace: { mode: 'retain-on-failure', screenshots: false }, screenshot: 'only-on-failure' },
});
