import { defineConfig } from '@playwright/test';
import base from './playwright.config';

/** What is measured, one after the other: numbers are printed, and nothing fails for being slow. */
export default defineConfig({
  ...base,
  testDir: 'bench',
  testMatch: '*.bench.ts',
  workers: 1,
  fullyParallel: false,
  retries: 0,
});
