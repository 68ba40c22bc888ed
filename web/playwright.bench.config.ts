import { defineConfig } from '@playwright/test';
import base from './playwright.config.ts';

// Measures instead of testing; for `make bench`, on a machine that does nothing else.
export default defineConfig({ ...base, testDir: 'tests/bench', workers: 1, projects: [{ name: 'bench' }] });
